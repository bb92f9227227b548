#include "media/box_walk.h"

#include <algorithm>
#include <string_view>

namespace rung::media {
namespace {

constexpr std::uint64_t size_follows = 1;  // in the 64 bits behind the type
constexpr std::uint64_t until_the_end = 0;

/// With which segments begin (ISO/IEC 14496-12 section 8.16, ISO/IEC 23000-19 section 7.3).
constexpr auto first_types = std::to_array<std::string_view>(
    {"ftyp", "styp", "moov", "moof", "sidx", "ssix", "emsg", "prft", "mdat", "free", "skip"});

}  // namespace

void BoxWalk::take(std::span<const std::byte> bytes) {
  while (!bytes.empty() && state_ == State::boxes) {
    if (header_size_ == header_needed_) {
      const std::size_t passed = std::min<std::uint64_t>(bytes.size(), body_left_);
      body_left_ -= passed;
      bytes = bytes.subspan(passed);
      if (body_left_ > 0) return;
      header_size_ = 0;
      header_needed_ = short_header;
      continue;
    }
    const std::size_t copied = std::min(bytes.size(), header_needed_ - header_size_);
    std::copy_n(bytes.begin(), copied, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    header_size_ += copied;
    bytes = bytes.subspan(copied);
    if (header_size_ == header_needed_) read_header();
  }
}

bool BoxWalk::ends_inside_a_box() const {
  if (state_ != State::boxes || header_size_ == 0) return false;
  // A first box whose type has not come yet may be anything.
  if (first_) return false;
  return header_size_ < header_needed_ || body_left_ > 0;
}

void BoxWalk::read_header() {
  const std::uint64_t size = header_number(0, 4);
  if (header_needed_ == short_header) {
    std::array<char, 4> type{};
    std::transform(header_.begin() + 4, header_.begin() + 8, type.begin(),
                   [](std::byte byte) { return static_cast<char>(byte); });
    const std::string_view name(type.data(), type.size());
    if (first_ && std::ranges::find(first_types, name) == first_types.end()) {
      foreign_ = true;
      state_ = State::to_the_end;
      return;
    }
    first_ = false;
    has_movie_ = has_movie_ || name == "moov";
    if (size == size_follows) {
      header_needed_ = long_header;
      return;
    }
  }
  const std::uint64_t whole = size == size_follows ? header_number(8, 8) : size;
  // A size that cannot be is for the demuxer to judge.
  if (whole == until_the_end || whole < header_needed_)
    state_ = State::to_the_end;
  else
    body_left_ = whole - header_needed_;
}

std::uint64_t BoxWalk::header_number(std::size_t first, std::size_t count) const {
  std::uint64_t value = 0;
  for (std::size_t i = first; i < first + count; ++i)
    value = value << 8U | std::to_integer<std::uint64_t>(header_[i]);
  return value;
}

}  // namespace rung::media
