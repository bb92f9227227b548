#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/check.h"
#include "core/id.h"
#include "core/time.h"

namespace rung::media {

/// When every segment of a representation starts and how long it lasts, in ticks of a timescale.
/// Runs of equal segments are stored once, so a time line of a million segments may take 50 bytes;
/// every question is answered in O(log runs), of one run without a division where its segments last
/// whole nanoseconds. A value.
class SegmentTimeline {
 public:
  /// `count` segments of `duration` ticks each, the first one starting at `start` ticks.
  struct Run {
    std::int64_t start = 0;
    std::int64_t duration = 0;
    std::int64_t count = 0;
    friend bool operator==(const Run&, const Run&) = default;
  };

  SegmentTimeline() = default;
  /// `timescale` ticks a second (above zero); `origin` is the tick that falls on `period_start`
  /// (DASH presentationTimeOffset).
  SegmentTimeline(std::int64_t timescale, std::int64_t origin, MediaTime period_start);

  /// Adds segments behind the last one; a run that continues the last one is merged into it.
  /// `duration` and `count` must be above zero, `start` not before the end so far.
  void append(Run run);
  /// The last segment lasts for so many ticks, above zero; while its end has not been cut.
  void set_last_duration(std::int64_t ticks);
  /// Lets the last segment end at `end` where it would end later. `end` must lie behind its start;
  /// nothing can be added afterwards.
  void cut_end(MediaTime end);

  /// Where cut_end() put the end; none where the last segment has its full length.
  [[nodiscard]] std::optional<MediaTime> cut() const { return end_; }

  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] std::int64_t timescale() const { return timescale_; }
  /// The tick that falls on the start of the period.
  [[nodiscard]] std::int64_t origin() const { return origin_; }
  [[nodiscard]] MediaTime period_start() const { return period_start_; }
  /// The runs that cover segments [first, last), in order.
  [[nodiscard]] std::vector<Run> runs(SegmentNumber first, SegmentNumber last) const;
  [[nodiscard]] std::vector<Run> runs() const { return runs(0, size_); }
  /// Start in ticks, as $Time$ wants it. `index` in [0, size()).
  [[nodiscard]] std::int64_t start_ticks(SegmentNumber index) const;
  [[nodiscard]] std::int64_t duration_ticks(SegmentNumber index) const;
  /// Start on the presentation's time line, rounded down to a nanosecond.
  [[nodiscard]] MediaTime start(SegmentNumber index) const;
  /// The distance to the end of the segment, such that start + duration is exactly the next start
  /// where segments touch.
  [[nodiscard]] Duration duration(SegmentNumber index) const;
  /// The longest segment's duration, rounded up; zero without segments.
  [[nodiscard]] Duration longest_duration() const;
  /// The segment that holds `at`: the last one that starts at or before it, the first one for
  /// earlier times; nullopt when there is none or `at` lies at or behind the end.
  [[nodiscard]] std::optional<SegmentNumber> find(MediaTime at) const;

  friend bool operator==(const SegmentTimeline&, const SegmentTimeline&) = default;

 private:
  struct IndexedRun {
    Run run;
    std::int64_t first = 0;  ///< Index of the run's first segment.
    MediaTime begin{};       ///< Of that one.
    /// How long each lasts, where that is a whole number of nanoseconds; else zero.
    Duration step{};
    friend bool operator==(const IndexedRun&, const IndexedRun&) = default;
  };
  [[nodiscard]] const IndexedRun& run_of(SegmentNumber index) const {
    RUNG_CHECK(index >= 0 && index < size_);
    return runs_.size() == 1 ? runs_.front() : run_among_many(index);
  }
  [[nodiscard]] const IndexedRun& run_among_many(SegmentNumber index) const;
  [[nodiscard]] MediaTime at_ticks(std::int64_t ticks) const;
  /// When the run's segment `index`, which may be the one behind its last, begins.
  [[nodiscard]] MediaTime start_in(const IndexedRun& run, SegmentNumber index) const {
    const std::int64_t offset = index - run.first;
    // Whole steps behind a start that was rounded down are rounded down as much.
    if (run.step > Duration::zero()) return run.begin + offset * run.step;
    return at_ticks(run.run.start + offset * run.run.duration);
  }

  std::vector<IndexedRun> runs_;
  std::int64_t size_ = 0;
  std::int64_t timescale_ = 1;
  std::int64_t origin_ = 0;
  MediaTime period_start_{};
  std::optional<MediaTime> end_;  ///< Where cut_end() put it.
};

// A simulated session asks for these with every segment, so they are inline.

inline MediaTime SegmentTimeline::start(SegmentNumber index) const {
  return start_in(run_of(index), index);
}

inline Duration SegmentTimeline::duration(SegmentNumber index) const {
  const IndexedRun& found = run_of(index);
  if (end_ && index == size_ - 1) return *end_ - start_in(found, index);
  if (found.step > Duration::zero()) return found.step;
  return start_in(found, index + 1) - start_in(found, index);
}

/// `timeline` with its first segment cut to begin at `start`, and its last one to end at `end`.
[[nodiscard]] SegmentTimeline fitted(const SegmentTimeline& timeline, MediaTime start,
                                     MediaTime end);

}  // namespace rung::media
