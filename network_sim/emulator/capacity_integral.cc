#include "network_sim/emulator/capacity_integral.h"

#include <algorithm>

#include "core/check.h"

namespace rung::emulator {

CapacityIntegral::CapacityIntegral(const network_sim::Trace& trace)
    : pieces_(trace.pieces()), round_(trace.duration()) {
  Duration begin{};
  for (const auto& piece : pieces_) {
    begins_.push_back(begin);
    before_.push_back(round_amount_);
    begin += piece.duration;
    round_amount_ += Amount{piece.rate.bits_per_second()} * piece.duration.count();
  }
}

CapacityIntegral::Amount CapacityIntegral::until(Duration time) const {
  RUNG_CHECK(time >= Duration::zero());
  const Duration in_round = time % round_;
  const std::size_t piece = piece_at(in_round);
  return Amount{time / round_} * round_amount_ + before_[piece] +
         Amount{pieces_[piece].rate.bits_per_second()} * (in_round - begins_[piece]).count();
}

Duration CapacityIntegral::time_of(Amount amount) const {
  if (amount <= 0) return Duration::zero();
  // The round and the piece in which the last part of the amount arrives.
  const Amount rounds = (amount - 1) / round_amount_;
  const Amount in_round = amount - rounds * round_amount_;
  const auto behind = std::ranges::lower_bound(before_, in_round);
  const auto piece = static_cast<std::size_t>(behind - before_.begin()) - 1;
  const Amount rate = pieces_[piece].rate.bits_per_second();
  const Amount offset = (in_round - before_[piece] + rate - 1) / rate;
  const Amount time = rounds * round_.count() + begins_[piece].count() + offset;
  if (time > Duration::max().count()) return Duration::max();
  return Duration(static_cast<std::int64_t>(time));
}

std::optional<Duration> CapacityIntegral::rtt_at(Duration time) const {
  return pieces_[piece_at(time % round_)].rtt;
}

std::size_t CapacityIntegral::piece_at(Duration time_in_round) const {
  const auto behind = std::ranges::upper_bound(begins_, time_in_round);
  return static_cast<std::size_t>(behind - begins_.begin()) - 1;
}

}  // namespace rung::emulator
