#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "abr/qoe.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::session {

/// What the segments of a session come to, in the order in which they arrived; one that was
/// replaced counts as what replaced it. Keeps no more than what can still be replaced. A value.
class SegmentTally {
 public:
  /// Without `first_counts` the first segment's quality is left out, as SessionOptions tells.
  SegmentTally(const abr::Qoe& qoe, bool first_counts);

  /// A segment of the track that is counted has arrived. Of the segments before it those that begin
  /// before `shown` are not replaced any more.
  void add(const media::Track& track, SegmentNumber segment, RepresentationIndex representation,
           MediaTime shown);
  /// A segment that was added since the last gap in their numbers, and begins at `shown` or later,
  /// has been fetched once more and stands in its place.
  void replace(const media::Track& track, SegmentNumber segment,
               RepresentationIndex representation);

  /// In which representation it counts; none of a segment before the last gap, or forgotten.
  [[nodiscard]] std::optional<RepresentationIndex> representation(SegmentNumber segment) const;

  [[nodiscard]] std::int64_t segments() const { return segments_; }
  /// Mean bandwidth, weighted by duration; zero before the first segment.
  [[nodiscard]] double mean_kbps() const;
  [[nodiscard]] int switches() const { return sums_.switches; }
  /// Sum of abr::Qoe::quality() over the segments that count.
  [[nodiscard]] double quality() const { return sums_.quality; }
  /// Sum of the costs of changes of quality.
  [[nodiscard]] double switching() const { return sums_.switching; }

 private:
  struct Kept {
    Kept(const media::Track& track, SegmentNumber segment, RepresentationIndex index,
         const abr::Qoe& qoe);
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
    Sums& operator+=(const Sums& other);
    Sums& operator-=(const Sums& other);
  };
  /// What a segment comes to behind the one before; the very first one has none.
  [[nodiscard]] Sums worth(const std::optional<Kept>& before, const Kept& here) const;
  /// Lets go of what begins before `shown`.
  void forget(const media::Track& track, MediaTime shown);

  abr::Qoe qoe_;
  bool first_counts_;
  std::int64_t segments_ = 0;
  Sums sums_;
  std::optional<Kept> last_;
  // Numbers without a gap, up to the last one.
  std::optional<Kept> before_run_;
  SegmentNumber run_begin_ = 0;
  std::vector<std::uint8_t> run_;  ///< The representations.
};

}  // namespace rung::session
