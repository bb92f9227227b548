#include "network_sim/link_capacity.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace rung::network_sim {

LinkCapacity::LinkCapacity(Trace trace, Amount cost_of_byte, double share)
    : trace_(std::move(trace)), cost_of_byte_(cost_of_byte), share_(share) {
  RUNG_CHECK(cost_of_byte > 0 && share > 0);
  const std::vector<Trace::Piece>& pieces = trace_.pieces();
  begins_.reserve(pieces.size());
  carried_.reserve(pieces.size());
  steps_.reserve(pieces.size());
  Duration begin{};
  for (const Trace::Piece& piece : pieces) {
    begins_.push_back(begin);
    carried_.push_back(round_);
    begin += piece.duration;
    steps_.push_back(
        {.end = begin, .duration = piece.duration, .rate = piece.rate.bits_per_second()});
    round_ += steps_.back().carried();
  }
  RUNG_CHECK(round_ > 0);
}

std::size_t LinkCapacity::piece_at(Duration time) const {
  RUNG_CHECK(time >= Duration::zero() && time < trace_.duration());
  const auto behind = std::ranges::upper_bound(begins_, time);
  return static_cast<std::size_t>(behind - begins_.begin()) - 1;
}

std::size_t LinkCapacity::piece_behind(std::size_t piece, Amount amount, Duration end) const {
  RUNG_CHECK(piece + 1 < piece_count());
  // A piece ends, in time and in what is carried, where the next one begins; the last one is what
  // is left.
  const auto next = static_cast<std::ptrdiff_t>(piece + 2);
  const Amount enough = carried_in_round(piece) + amount;
  const auto there = std::lower_bound(carried_.begin() + next, carried_.end(), enough);
  const auto late = std::lower_bound(begins_.begin() + next, begins_.end(), end);
  return static_cast<std::size_t>(std::min(there - carried_.begin(), late - begins_.begin())) - 1;
}

LinkCapacity::Amount LinkCapacity::carried_by(Timestamp at) const {
  const Duration time = at.time_since_epoch();
  RUNG_CHECK(time >= Duration::zero());
  const Duration in_round = time % trace_.duration();
  const std::size_t index = piece_at(in_round);
  return round_ * (time / trace_.duration()) + carried_[index] +
         Amount{piece(index).rate.bits_per_second()} * (in_round - begins_[index]).count();
}

Timestamp LinkCapacity::time_of(Amount amount) const {
  RUNG_CHECK(amount > 0);
  // A full round ends in the round that filled it, not at the start of the next one, which may
  // come to the same instant or, behind an outage, to a later one.
  const Amount rounds = (amount - 1) / round_;
  const Amount rest = amount - rounds * round_;
  const auto behind = std::ranges::lower_bound(carried_, rest);
  const auto index = static_cast<std::size_t>(behind - carried_.begin()) - 1;
  const Amount rate = piece(index).rate.bits_per_second();
  const Amount into = (rest - carried_[index] + rate - 1) / rate;
  const Amount time = rounds * trace_.duration().count() + begins_[index].count() + into;
  if (time >= Timestamp::max().time_since_epoch().count()) return Timestamp::max();
  return Timestamp(Duration(static_cast<std::int64_t>(time)));
}

}  // namespace rung::network_sim
