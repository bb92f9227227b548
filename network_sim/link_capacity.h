#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/time.h"
#include "network_sim/trace.h"

namespace rung::network_sim {

/// What a trace has carried by any instant, prepared for fast look-up: prefix sums over one round.
/// Made once for a trace and shared by all sessions on it. A value.
///
/// Amounts are the trace's rates x nanoseconds (bit-nanoseconds), so all of it is exact.
class LinkCapacity {
 public:
  __extension__ using Amount = __int128;
  static constexpr Amount per_byte = Amount{8} * 1'000'000'000;

  /// What a byte of a body takes off the link where headers add `share` of its size, at least zero:
  /// for traces that count packets. `bare` is what it takes without.
  [[nodiscard]] static Amount with_headers(double share, Amount bare = per_byte) {
    return bare + static_cast<Amount>(static_cast<double>(bare) * share + 0.5);
  }
  /// The same where the link has `factor` (above zero) times the rates of the trace.
  [[nodiscard]] static Amount with_factor(double factor, Amount bare) {
    return static_cast<Amount>(static_cast<double>(bare) / factor + 0.5);
  }
  /// The headers of IPv4 and of TCP with time stamps, 52 bytes, beside the 1448 bytes that are left
  /// of a packet of 1500.
  static constexpr double tcp_headers = 52.0 / 1448;

  /// `cost_of_byte` is what a byte takes off the link: more than per_byte where the rates of the
  /// trace are told in a finer unit than bits per second, or where headers take a share of them.
  /// `share` is what that leaves bodies of the rates that the trace tells, for who reckons in
  /// rates.
  explicit LinkCapacity(Trace trace, Amount cost_of_byte = per_byte, double share = 1);

  [[nodiscard]] const Trace& trace() const { return trace_; }
  [[nodiscard]] std::size_t piece_count() const { return begins_.size(); }
  /// The piece in force at `time` within the first round.
  [[nodiscard]] std::size_t piece_at(Duration time) const;
  /// When `piece` begins within a round.
  [[nodiscard]] Duration begin(std::size_t piece) const { return begins_[piece]; }
  [[nodiscard]] const Trace::Piece& piece(std::size_t piece) const {
    return trace_.pieces()[piece];
  }

  /// A piece, for who walks along the trace.
  struct Step {
    Duration end{};  ///< Within a round.
    Duration duration{};
    std::int64_t rate = 0;  ///< In bit/s.
    [[nodiscard]] Amount carried() const { return Amount{rate} * duration.count(); }
  };
  /// Of all pieces, side by side.
  [[nodiscard]] std::span<const Step> steps() const { return steps_; }
  /// The first piece behind `piece`, which is not the last one, by whose end `amount` has been
  /// carried since the end of `piece`, or that ends at `end` of the round or later; the last one
  /// where there is none.
  [[nodiscard]] std::size_t piece_behind(std::size_t piece, Amount amount, Duration end) const;
  /// From the start of a round to the end of `piece`.
  [[nodiscard]] Amount carried_in_round(std::size_t piece) const {
    return piece + 1 == carried_.size() ? round_ : carried_[piece + 1];
  }

  [[nodiscard]] Amount cost_of_byte() const { return cost_of_byte_; }
  [[nodiscard]] double share() const { return share_; }
  /// Carried from time zero to `at`, over as many rounds as that takes.
  [[nodiscard]] Amount carried_by(Timestamp at) const;
  /// The first nanosecond by which `amount` (above zero) has been carried since time zero;
  /// Timestamp::max() where that is out of range.
  [[nodiscard]] Timestamp time_of(Amount amount) const;

 private:
  Trace trace_;
  Amount cost_of_byte_;
  double share_;
  std::vector<Duration> begins_;  ///< By piece.
  std::vector<Amount> carried_;   ///< By piece: since the start of the round.
  Amount round_ = 0;
  std::vector<Step> steps_;
};

/// `amount` over `divisor`, neither of them negative, without the rest. Most fit into 64 bits,
/// which divide several times faster.
[[nodiscard]] inline LinkCapacity::Amount quotient(LinkCapacity::Amount amount,
                                                   LinkCapacity::Amount divisor) {
  constexpr LinkCapacity::Amount most = std::numeric_limits<std::int64_t>::max();
  if (amount <= most && divisor <= most)
    return static_cast<std::int64_t>(amount) / static_cast<std::int64_t>(divisor);
  return amount / divisor;
}

}  // namespace rung::network_sim
