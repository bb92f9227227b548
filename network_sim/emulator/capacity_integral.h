#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/time.h"
#include "core/units.h"
#include "network_sim/trace.h"

namespace rung::emulator {

/// What a link has carried by a given time, exactly, for traces that repeat for ever. Amounts are
/// in bits per second times nanoseconds, so no rounding is ever carried on. A value.
class CapacityIntegral {
 public:
  __extension__ using Amount = __int128;
  static constexpr Amount per_byte = Amount{8} * 1'000'000'000;

  explicit CapacityIntegral(const network_sim::Trace& trace);

  /// From time zero to `time`, which must not be negative.
  [[nodiscard]] Amount until(Duration time) const;
  /// The first nanosecond by which `amount` has been carried.
  [[nodiscard]] Duration time_of(Amount amount) const;
  /// The RTT that the trace tells for `time`.
  [[nodiscard]] std::optional<Duration> rtt_at(Duration time) const;

 private:
  [[nodiscard]] std::size_t piece_at(Duration time_in_round) const;

  std::vector<network_sim::Trace::Piece> pieces_;
  std::vector<Duration> begins_;  ///< Of every piece, within a round.
  std::vector<Amount> before_;    ///< Carried before every piece, within a round.
  Duration round_{};
  Amount round_amount_ = 0;
};

}  // namespace rung::emulator
