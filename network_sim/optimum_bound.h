#pragma once

#include <functional>
#include <vector>

#include "abr/qoe.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::network_sim {

/// What a search for the optimum may take for granted about its link.
struct LinkBound {
  /// What travels, besides the head of every response.
  const media::Track& sizes;
  ByteCount head;
  /// No less than the link brings of `segment` and those behind it, asked for one after the other
  /// from `from` on, by `to`. In bytes; zero where `to` is earlier.
  std::function<double(SegmentNumber segment, Timestamp from, Timestamp to)> most;
  /// No link is faster, in bytes a second.
  double fastest = 0;
};

/// What the segments from one on can add to the QoE at most, however they are chosen: the linear
/// relaxation in which bytes count only by the end of playback (a knapsack with one choice a
/// segment, its choices reduced to their concave hull), switches cost nothing and stalls come
/// where they bring the most. Built once for a title. A value.
class OptimumBound {
 public:
  /// `qualities[segment][representation]`; `track` tells times.
  OptimumBound(const media::Track& track, const std::vector<std::vector<double>>& qualities,
               const abr::Qoe& qoe, LinkBound link);

  /// Of segments `next` and later, the first of them asked for at `ready`, less the cost of all
  /// waiting, of which `waited` is already certain.
  [[nodiscard]] double of(SegmentNumber next, Timestamp ready, Duration waited) const;

 private:
  /// The largest sum of qualities that so many bytes buy, as a concave piecewise linear function.
  struct Corner {
    double bytes = 0;
    double quality = 0;
  };
  using Hull = std::vector<Corner>;

  [[nodiscard]] static double at(const Hull& hull, double bytes);

  LinkBound link_;
  double rebuffer_penalty_ = 0;  ///< Per second.
  Duration before_last_{};       ///< Media in front of the last segment.
  std::vector<Hull> hulls_;      ///< By segment: of it and those behind it.
  /// By segment: from the corner on, waiting for more bytes is no longer worth it.
  std::vector<Corner> worthwhile_;
};

}  // namespace rung::network_sim
