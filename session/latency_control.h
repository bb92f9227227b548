#pragma once

#include "core/speed.h"
#include "core/time.h"

namespace rung::session {

/// Where a live presentation tells nothing else, it is played between these speeds, and a viewer
/// who is so much farther behind than they should be goes on at the live edge at once.
inline constexpr int usual_slowest_percent = 95;
inline constexpr int usual_fastest_percent = 105;
inline constexpr Duration usual_latency_drift = std::chrono::seconds(12);
/// No viewer is meant to be farther behind the live edge.
inline constexpr Duration longest_live_delay = std::chrono::hours(24);
/// Whatever it tells.
inline constexpr int slowest_live_percent = 50;
inline constexpr int fastest_live_percent = 150;

/// Holds the latency of a live viewer at its target by the speed of playback. It begins where the
/// latency is off by more than a tolerance and ends within a quarter of that; the farther off, the
/// faster, as with dash.js. It never hurries while there is little to play. A value;
/// docs/play.md has the rule's sources.
class LatencyControl {
 public:
  struct Bounds {
    Duration target{};
    Speed slowest;
    Speed fastest;
    friend bool operator==(const Bounds&, const Bounds&) = default;
  };
  explicit LatencyControl(const Bounds& bounds) : bounds_(bounds) {}

  /// Whether it may change the speed at all.
  [[nodiscard]] bool active() const { return bounds_.slowest != bounds_.fastest; }
  /// How fast to play now, where the viewer is `latency` behind and has `level` ahead.
  [[nodiscard]] Speed speed_at(Duration latency, Duration level);
  /// Nothing is played, or not where the control may act: begins anew.
  void rest() { correcting_ = false; }

  /// From being off by more than this on it corrects.
  [[nodiscard]] Duration tolerance() const;

 private:
  Bounds bounds_;
  bool correcting_ = false;
  bool safe_ = false;  ///< There is enough to play to hurry.
};

}  // namespace rung::session
