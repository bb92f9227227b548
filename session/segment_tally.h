#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "abr/qoe.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::session {

/// What the segments of a session come to, in the order in which they arrived; one that was
/// replaced counts as what replaced it. A value.
class SegmentTally {
 public:
  /// Without `first_counts` the first segment's quality is left out, as SessionOptions tells.
  /// `expected` segments need no memory beyond what is taken here.
  SegmentTally(const abr::Qoe& qoe, bool first_counts, SegmentNumber expected);

  /// A segment of the track that is counted has arrived.
  void add(const media::Track& track, SegmentNumber segment, RepresentationIndex representation);
  /// A segment that was added has been fetched once more and stands in its place.
  void replace(const media::Track& track, SegmentNumber segment,
               RepresentationIndex representation);

  [[nodiscard]] std::int64_t segments() const { return static_cast<std::int64_t>(kept_.size()); }
  /// Mean bandwidth, weighted by duration; zero before the first segment.
  [[nodiscard]] double mean_kbps() const;
  [[nodiscard]] int switches() const { return sums_.switches; }
  /// Sum of abr::Qoe::quality() over the segments that count.
  [[nodiscard]] double quality() const { return sums_.quality; }
  /// Sum of the costs of changes of quality.
  [[nodiscard]] double switching() const { return sums_.switching; }

 private:
  struct Kept {
    SegmentNumber segment = 0;
    RepresentationIndex representation = 0;
    std::size_t part = 0;
    BitRate rate;
    Duration duration{};
    double quality = 0;
  };
  struct Sums {
    double weighted_rate = 0;  ///< bit/s x s
    Duration fetched{};
    int switches = 0;
    double quality = 0;
    double switching = 0;
  };
  [[nodiscard]] Kept kept(const media::Track& track, SegmentNumber segment,
                          RepresentationIndex representation) const;
  /// What the segment at that place comes to behind the one before.
  [[nodiscard]] Sums worth(std::size_t place) const;
  void add(const Sums& worth, int sign);

  abr::Qoe qoe_;
  bool first_counts_;
  std::vector<Kept> kept_;
  Sums sums_;
};

}  // namespace rung::session
