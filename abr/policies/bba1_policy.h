#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// BBA-1 of Huang et al., SIGCOMM 2014, section 5, for titles whose segments vary in size: the map
/// goes from the buffer level to the largest segment allowed, and its reservoir follows the sizes
/// ahead.
///
/// The reservoir is what the buffer would lose over the next X = 2 x capacity of media if the link
/// carried the lowest bandwidth exactly: the sum of (size of the lowest / lowest bandwidth -
/// duration), within [8/240, 140/240] of the capacity. Above it the map rises in a line from the
/// lowest bandwidth's mean segment to the highest's at the upper end. The choice moves when the
/// segment allowed reaches the size of the next representation above, or falls to that of the one
/// below (algorithm 1 with sizes). Section 7.1: every segment that arrives while the buffer grows
/// and is below three quarters moves the map 400 ms to the right, up to 80 s, as a protection
/// against outages.
///
/// Where we differ: the paper's times are those of its buffer of 240 s; here all are the same
/// shares of the capacity. The upper end, 216/240, is at most where a session still asks for a
/// segment. A mean segment is bandwidth x duration. At most 1024 segments ahead are looked at.
class Bba1Policy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void on_seek() override;

  /// The choice of the map for `previous`, protection left as it is.
  [[nodiscard]] RepresentationIndex on_map(const DecisionContext& context,
                                           RepresentationIndex previous) const;
  /// The level from which the map allows the highest bandwidth.
  [[nodiscard]] static Duration upper_end(const DecisionContext& context);
  /// Counts the segment that arrived before this choice. Called once for each choice.
  void protect(const DecisionContext& context);
  [[nodiscard]] Duration protection() const { return protection_; }

 private:
  Duration protection_{};
  Duration level_before_{};
};

/// The reservoir of BBA-1 at `context`, without the protection.
[[nodiscard]] Duration bba_reservoir(const DecisionContext& context);

}  // namespace rung::abr
