#include "media/package/demo_marker.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.h"

namespace rung::package {

namespace {

constexpr int columns = 9;
constexpr int rows = 2;
constexpr int margin = 2;  ///< In block sides.
constexpr double blocks_per_height = 36;
/// White and black must differ by this much to count as a mark.
constexpr int smallest_contrast = 48;

using Bits = std::array<bool, columns * rows>;

unsigned check_of(unsigned rung, unsigned gray) {
  return (rung + (gray & 15U) + (gray >> 4U) + 5U) & 15U;
}

Bits bits_of(DemoMarker marker) {
  const auto rung = static_cast<unsigned>(marker.rung);
  const unsigned gray = marker.picture ^ (marker.picture >> 1U);
  const unsigned word = (2U << 16U) | (rung << 12U) | (check_of(rung, gray) << 8U) | gray;
  Bits bits{};
  for (std::size_t i = 0; i < bits.size(); ++i)
    bits[i] = ((word >> (bits.size() - 1 - i)) & 1U) != 0;
  return bits;
}

/// Edges of a block in samples, for any size of picture.
struct Box {
  int left, top, right, bottom;
};

Box block_box(int width, int height, int column, int row, double inset) {
  const double side = height / blocks_per_height;
  const double left = width - side * (margin + columns - column);
  const double top = height - side * (margin + rows - row);
  const auto at = [](double edge) { return static_cast<int>(std::lround(edge)); };
  return {at(left + inset * side), at(top + inset * side), at(left + (1 - inset) * side),
          at(top + (1 - inset) * side)};
}

void fill(AVFrame& picture, int plane, Box box, int value) {
  for (int y = box.top; y < box.bottom; ++y) {
    std::uint8_t* row =
        picture.data[plane] + static_cast<std::ptrdiff_t>(y) * picture.linesize[plane];
    std::fill(row + box.left, row + box.right, static_cast<std::uint8_t>(value));
  }
}

}  // namespace

void draw_demo_marker(AVFrame& picture, DemoMarker marker) {
  RUNG_CHECK(marker.rung < 16);
  constexpr int black = 16;
  constexpr int white = 235;
  constexpr int grey = 128;
  const double side = picture.height / blocks_per_height;
  Box panel = block_box(picture.width, picture.height, 0, 0, 0);
  const Box end = block_box(picture.width, picture.height, columns - 1, rows - 1, 0);
  const auto frame = static_cast<int>(std::lround(side / 2));
  panel = {(panel.left - frame) & ~1, (panel.top - frame) & ~1, (end.right + frame + 1) & ~1,
           (end.bottom + frame + 1) & ~1};
  fill(picture, 0, panel, black);
  for (const int chroma : {1, 2})
    fill(picture, chroma, {panel.left / 2, panel.top / 2, panel.right / 2, panel.bottom / 2}, grey);
  const Bits bits = bits_of(marker);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      if (!bits[static_cast<std::size_t>(row * columns + column)]) continue;
      fill(picture, 0, block_box(picture.width, picture.height, column, row, 0), white);
    }
  }
}

std::optional<DemoMarker> read_demo_marker(LumaView picture) {
  if (picture.height < 36 || picture.width < picture.height / 2) return std::nullopt;
  std::array<int, columns * rows> levels{};
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      // The middle of the block, where its neighbours do not shine in.
      Box box = block_box(picture.width, picture.height, column, row, 0.25);
      box.right = std::max(box.right, box.left + 1);
      box.bottom = std::max(box.bottom, box.top + 1);
      int sum = 0;
      for (int y = box.top; y < box.bottom; ++y)
        for (int x = box.left; x < box.right; ++x) sum += picture.samples[y * picture.stride + x];
      levels[static_cast<std::size_t>(row * columns + column)] =
          sum / ((box.right - box.left) * (box.bottom - box.top));
    }
  }
  const int white = levels[0];
  const int black = levels[1];
  if (white - black < smallest_contrast) return std::nullopt;
  unsigned word = 0;
  for (const int level : levels) word = (word << 1U) | (2 * level > white + black ? 1U : 0U);
  const unsigned rung = (word >> 12U) & 15U;
  const unsigned check = (word >> 8U) & 15U;
  const unsigned gray = word & 255U;
  if (word >> 16U != 2U || check != check_of(rung, gray)) return std::nullopt;
  unsigned number = gray;
  for (const unsigned shift : {1U, 2U, 4U}) number ^= number >> shift;
  return DemoMarker{rung, static_cast<std::uint8_t>(number)};
}

}  // namespace rung::package
