#include "network_sim/optimum_bound.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/check.h"

namespace rung::network_sim {

namespace {

/// More bytes and what they add.
struct Step {
  double bytes = 0;
  double quality = 0;
  /// Whether it buys more for a byte; without division, for bytes may be none.
  friend bool operator<(const Step& a, const Step& b) {
    return a.quality * b.bytes > b.quality * a.bytes;
  }
};

}  // namespace

OptimumBound::OptimumBound(const media::Track& track,
                           const std::vector<std::vector<double>>& qualities, const abr::Qoe& qoe,
                           LinkBound link)
    : link_(std::move(link)),
      rebuffer_penalty_(qoe.rebuffer_penalty),
      hulls_(qualities.size()),
      worthwhile_(qualities.size()) {
  RUNG_CHECK(!qualities.empty());
  const auto last = static_cast<SegmentNumber>(qualities.size()) - 1;
  before_last_ = track.start(last) - track.start(0);
  Corner least;  // Every segment where it is smallest.
  std::vector<Step> steps;
  for (SegmentNumber segment = last; segment >= 0; --segment) {
    const std::vector<double>& quality = qualities[static_cast<std::size_t>(segment)];
    std::vector<Corner> choices;
    for (RepresentationIndex i = 0; i < quality.size(); ++i)
      choices.push_back(
          {.bytes = static_cast<double>((link_.sizes.size(segment, i) + link_.head).bytes()),
           .quality = quality[i]});
    std::ranges::sort(choices, [](const Corner& a, const Corner& b) {
      return a.bytes != b.bytes ? a.bytes < b.bytes : a.quality > b.quality;
    });
    // The concave hull of the segment's choices.
    std::vector<Corner> hull;
    for (const Corner& choice : choices) {
      if (!hull.empty() && choice.quality <= hull.back().quality) continue;
      while (hull.size() > 1) {
        const Corner& a = hull[hull.size() - 2];
        const Corner& b = hull.back();
        if ((b.quality - a.quality) * (choice.bytes - a.bytes) >
            (choice.quality - a.quality) * (b.bytes - a.bytes))
          break;
        hull.pop_back();
      }
      hull.push_back(choice);
    }
    least.bytes += hull.front().bytes;
    least.quality += hull.front().quality;
    for (std::size_t i = 1; i < hull.size(); ++i)
      steps.push_back({.bytes = hull[i].bytes - hull[i - 1].bytes,
                       .quality = hull[i].quality - hull[i - 1].quality});
    std::sort(steps.begin(), steps.end());

    Hull& made = hulls_[static_cast<std::size_t>(segment)];
    made.push_back(least);
    Corner& worthwhile = worthwhile_[static_cast<std::size_t>(segment)];
    worthwhile = least;
    for (const Step& step : steps) {
      made.push_back(
          {.bytes = made.back().bytes + step.bytes, .quality = made.back().quality + step.quality});
      if (step.quality * link_.fastest > rebuffer_penalty_ * step.bytes) worthwhile = made.back();
    }
  }
}

double OptimumBound::of(SegmentNumber next, Timestamp ready, Duration waited) const {
  const auto index = static_cast<std::size_t>(next);
  const double bytes = link_.most(next, ready, Timestamp{} + before_last_ + waited);
  const Corner& worthwhile = worthwhile_[index];
  const double cost = rebuffer_penalty_ * to_seconds(waited);
  if (bytes >= worthwhile.bytes) return at(hulls_[index], bytes) - cost;
  // What is still missing comes no faster than the fastest link brings it, and is waited for.
  return worthwhile.quality - cost - rebuffer_penalty_ * (worthwhile.bytes - bytes) / link_.fastest;
}

double OptimumBound::at(const Hull& hull, double bytes) {
  const auto above = std::ranges::upper_bound(hull, bytes, {}, &Corner::bytes);
  if (above == hull.end()) return hull.back().quality;
  RUNG_CHECK(above != hull.begin());
  const Corner& left = *(above - 1);
  return left.quality +
         (above->quality - left.quality) * (bytes - left.bytes) / (above->bytes - left.bytes);
}

}  // namespace rung::network_sim
