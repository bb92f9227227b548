#pragma once

#include <utility>
#include <vector>

#include "prefetch/policy.h"
#include "prefetch/shadow_price.h"
#include "prefetch/title_ladder.h"

namespace rung::prefetch {

/// What a step is worth and what its bytes cost.
struct Prices {
  /// A megabyte that nobody watches, in seconds of start-up, where more than `cheap_share` of what
  /// the running title has received was fetched beside it; less below, down to `cheapest` of it.
  double waste = 0.4;
  double cheap_share = 0.02;
  double cheapest = 0.1;
  double metered_waste = 2;  ///< Always.
  /// A second of the head with the bitrate doubled.
  double doubling = 0.01;
  /// A second of media that lies ahead when the title begins.
  double ahead = 0.02;
};

/// Rung's own policy: the next step of every candidate's ladder, by gain per byte, as far as
///
///   gain = p x (start-up that it saves) - (1 - p) x waste - shadow price x bytes
///
/// is above zero. What a step saves is forecast from the sizes and from the link as the running
/// title knows it. A step that costs that title something is put off unless p x (what it saves) x
/// (the chance that the viewer leaves soon) is above that cost, too.
class Planner final : public Policy {
 public:
  explicit Planner(LeavesWithin leaves = {}, Prices prices = {}, Safety safety = {},
                   HeadLengths lengths = {})
      : leaves_(std::move(leaves)), prices_(prices), safety_(safety), lengths_(lengths) {}

  [[nodiscard]] std::vector<Wish> wishes(const View& view) override;

 private:
  /// What a wasted megabyte costs now.
  [[nodiscard]] double waste(const View& view) const;
  /// What the step saves where the viewer comes, in seconds of start-up.
  [[nodiscard]] double use(const View& view, const Wish& wish) const;

  LeavesWithin leaves_;
  Prices prices_;
  Safety safety_;
  HeadLengths lengths_;
};

}  // namespace rung::prefetch
