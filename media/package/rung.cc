#include "media/package/rung.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace rung::package {

namespace {

constexpr int smallest_side = 16;
constexpr int largest_side = 8192;

std::optional<BitRate> parse_rate(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double unit = 1;
  if (text.back() == 'k') unit = 1e3;
  if (text.back() == 'M') unit = 1e6;
  if (unit > 1) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double rate = value * unit;
  if (!(rate >= 10e3 && rate <= 1e9)) return std::nullopt;
  return BitRate::bits_per_second(std::llround(rate));
}

std::optional<int> parse_side(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < smallest_side || value > largest_side || value % 2 != 0) return std::nullopt;
  return value;
}

Expected<Rung> parse_rung(std::string_view text) {
  const auto refuse = [&](std::string_view reason) {
    return failure(ErrorCode::invalid_argument, std::string(reason), std::string(text));
  };
  const std::size_t colon = text.find(':');
  const std::size_t cross = text.find('x', colon == std::string_view::npos ? 0 : colon);
  if (colon == std::string_view::npos || cross == std::string_view::npos)
    return refuse("a rung is RATE:WIDTHxHEIGHT, as in 1050k:640x360");
  const auto rate = parse_rate(text.substr(0, colon));
  if (!rate) return refuse("the rate must lie between 10k and 1000M");
  const auto width = parse_side(text.substr(colon + 1, cross - colon - 1));
  const auto height = parse_side(text.substr(cross + 1));
  if (!width || !height) return refuse("width and height must be even, from 16 to 8192");
  return Rung{*rate, *width, *height};
}

int nearest_even(double value) {
  return std::max(smallest_side, 2 * static_cast<int>(std::lround(value / 2)));
}

}  // namespace

std::vector<Rung> default_ladder() {
  return {{235_kbps, 320, 180},  {560_kbps, 512, 288},   {1050_kbps, 640, 360},
          {1750_kbps, 960, 540}, {3000_kbps, 1280, 720}, {4300_kbps, 1920, 1080}};
}

Expected<std::vector<Rung>> parse_ladder(std::string_view text) {
  std::vector<Rung> ladder;
  for (;;) {
    const std::size_t comma = text.find(',');
    const auto rung = parse_rung(text.substr(0, comma));
    if (!rung) return tl::unexpected(rung.error());
    ladder.push_back(*rung);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::ranges::stable_sort(ladder, {}, &Rung::bandwidth);
  const auto twin = std::ranges::adjacent_find(ladder, [](const Rung& a, const Rung& b) {
    return kilobits(a.bandwidth) == kilobits(b.bandwidth);
  });
  if (twin != ladder.end())
    return failure(ErrorCode::invalid_argument, "two rungs have this rate",
                   kilobits(twin->bandwidth));
  if (ladder.size() > 16)
    return failure(ErrorCode::invalid_argument, "a ladder has at most 16 rungs");
  return ladder;
}

PictureSize fit(const Rung& rung, PictureSize source) {
  const double across = static_cast<double>(rung.width) / source.width;
  const double down = static_cast<double>(rung.height) / source.height;
  const double scale = std::min(across, down);
  return {nearest_even(source.width * scale), nearest_even(source.height * scale)};
}

std::vector<FittedRung> fit_ladder(const std::vector<Rung>& ladder, PictureSize source) {
  std::vector<FittedRung> fitted;
  for (const Rung& rung : ladder) {
    const PictureSize size = fit(rung, source);
    // One sample of tolerance: an odd source side is rounded to the even side above it.
    if (size.width <= source.width + 1 && size.height <= source.height + 1)
      fitted.push_back(FittedRung{rung, size});
  }
  if (fitted.empty() && !ladder.empty()) {
    const PictureSize own{nearest_even(source.width), nearest_even(source.height)};
    fitted.push_back(FittedRung{ladder.front(), own});
  }
  return fitted;
}

std::string kilobits(BitRate rate) {
  return std::to_string((rate.bits_per_second() + 500) / 1000) + "k";
}

}  // namespace rung::package
