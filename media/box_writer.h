#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "media/box_reader.h"

/// Boxes (ISO/IEC 14496-12 section 4.2) put together from bytes.

namespace rung::media {

using Bytes = std::vector<std::byte>;

/// The last `count` bytes of the number, in the order of networks.
void put(Bytes& bytes, std::uint64_t value, int count);
void put(Bytes& bytes, std::string_view text);
void put(Bytes& bytes, std::span<const std::byte> more);

/// The number in the `count` bytes from `at` on, which must be there.
[[nodiscard]] std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at,
                                      std::size_t count);

[[nodiscard]] std::string_view text_of(std::span<const std::byte> bytes);

constexpr std::size_t box_header = 8;
/// A box of that type, with a header of `box_header` bytes.
[[nodiscard]] Bytes box(std::string_view type, std::span<const std::byte> body);
/// The same box again.
[[nodiscard]] Bytes box(const Box& found);

/// `bytes`, which must be boxes behind so many others, with what `change` makes of each Box.
template <typename Change>
[[nodiscard]] Bytes rewritten(std::string_view bytes, std::size_t skip, const Change& change) {
  Bytes result;
  put(result, bytes.substr(0, skip));
  for (std::size_t at = skip; at < bytes.size();) {
    const auto found = read_box(bytes, at);
    RUNG_CHECK(found.has_value());
    put(result, change(*found));
    at = found->end;
  }
  return result;
}

}  // namespace rung::media
