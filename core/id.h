#pragma once

#include <compare>
#include <cstdint>

namespace rung {

/// A number that identifies one thing of the kind `Tag`. Ids of different kinds do not mix.
template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(std::uint64_t value) : value_(value) {}
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr Id next() const { return Id(value_ + 1); }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  std::uint64_t value_ = 0;
};

/// One HTTP exchange of a session; ids grow in the order in which the session asked.
using TransferId = Id<struct TransferTag>;

/// A position in a ladder whose representations are sorted by ascending bandwidth.
using RepresentationIndex = std::size_t;

/// A segment's position on its track, counted from 0 over all periods.
using SegmentNumber = std::int64_t;

}  // namespace rung
