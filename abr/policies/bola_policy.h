#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "abr/policy.h"
#include "core/limits.h"

namespace rung::abr {

/// BOLA-E. BOLA: Spiteri, Urgaonkar, Sitaraman, "BOLA: near-optimal bitrate adaptation for online
/// videos", INFOCOM 2016, section III: the representation with the greatest
/// (V (u + gp) - Q) / S, where Q is the buffer level, S the size and u the logarithm of the
/// bandwidth over the lowest one. BOLA-E: Spiteri, Sitaraman, Sparacio, "From theory to practice:
/// improving bitrate adaptation in the DASH reference player", MMSys 2018, section 4: the start-up
/// goes by throughput and a placeholder buffer carries its choice over to the buffer rule, a rise
/// above the forecast is held back (BOLA-O), and a low buffer bounds the choice.
///
/// The first of equal scores, thus the lowest of equal bandwidths, is taken. A ladder whose
/// bandwidths are all equal gives its first representation and never waits.
///
/// Where we differ: see docs/policies.md.
class BolaPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void on_seek() override;

 private:
  /// V and gp in seconds and utilities, for the ladder and capacity at hand.
  struct Control {
    double v = 0;
    double gp = 0;
  };
  /// Makes control_ and the terms of the ladder, unless they are those of `context` already.
  void set_control(const DecisionContext& context);
  /// The best score at `level` seconds.
  [[nodiscard]] RepresentationIndex best_at(double level) const;
  /// The level in seconds above which no lower representation scores more than `representation`.
  [[nodiscard]] double least_level(RepresentationIndex representation) const;

  // What was last worked out, and from what.
  std::size_t rungs_ = 0;
  std::array<BitRate, limits::representations> ladder_{};
  Duration target_{};
  Control control_;
  std::array<double, limits::representations> sizes_{};  ///< By the lowest one's.
  std::array<double, limits::representations> utilities_{};

  bool steady_ = false;
  double placeholder_ = 0;  ///< Seconds of buffer that are not there.
  int stalls_ = 0;
  std::optional<RepresentationIndex> chosen_;
};

}  // namespace rung::abr
