#pragma once

#include <array>
#include <cstddef>

#include "abr/policy.h"
#include "core/limits.h"

namespace rung::abr {

/// LoL+ of Bentaleb, Akcay, Lim, Begen, Zimmermann, "Catching the moment with LoL+ in Twitch-like
/// low-latency live streaming platforms", IEEE Transactions on Multimedia 24 (2022), as in dash.js
/// (src/streaming/rules/abr/lolp as of commits 10593c73, 295c666c, 7a49069d): a self-organising map
/// with one neuron for every representation. A neuron holds a throughput (at first its bandwidth),
/// a latency, a stall and a switch (at first zero), the rates by the norm of all bandwidths. With w
/// 0.9 of the forecast, the neuron nearest to (w, 0, 0, 0) is taken, its squares weighted by 0.2,
/// 0.2, 1 and 0.2, but that of the throughput by 100 where the bandwidth is above w - 10 kbit/s or
/// the segment would leave less than 0.3 s, except for the lowest. Then every neuron n moves
/// towards what the last choice c, and then what the new one, comes to, by 0.01 exp(-|n - c|^2 /
/// 0.02).
///
/// The weights that dash.js searches for in every step are always these on demand, where there is
/// no latency to a live edge: see docs/policies.md, which also says where we differ.
class LolPlusPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;

 private:
  /// Throughput, latency, stall in seconds, switch.
  using State = std::array<double, 4>;
  void start(const DecisionContext& context);
  void move_towards(const State& came, std::size_t centre);

  std::size_t rungs_ = 0;
  std::array<BitRate, limits::representations> ladder_{};
  double norm_ = 1;  ///< Of all bandwidths, in bit/s.
  std::array<State, limits::representations> neurons_{};
};

}  // namespace rung::abr
