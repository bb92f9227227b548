#include "media/segment_timeline.h"

#include <algorithm>

#include "core/check.h"

namespace rung::media {

namespace {

/// `ticks` above zero; zero where that is not a whole number of nanoseconds, or a very large one.
Duration whole_nanoseconds(std::int64_t ticks, std::int64_t timescale) {
  std::int64_t scaled = 0;
  if (__builtin_mul_overflow(ticks, std::int64_t{1'000'000'000}, &scaled) ||
      scaled % timescale != 0)
    return Duration::zero();
  return Duration(scaled / timescale);
}

}  // namespace

SegmentTimeline::SegmentTimeline(std::int64_t timescale, std::int64_t origin,
                                 MediaTime period_start)
    : timescale_(timescale), origin_(origin), period_start_(period_start) {
  RUNG_CHECK(timescale > 0);
}

void SegmentTimeline::append(Run run) {
  RUNG_CHECK(run.duration > 0 && run.count > 0 && !end_);
  if (!runs_.empty()) {
    Run& last = runs_.back().run;
    const std::int64_t end = last.start + last.duration * last.count;
    RUNG_CHECK(run.start >= end);
    if (run.start == end && run.duration == last.duration) {
      last.count += run.count;
      size_ += run.count;
      return;
    }
  }
  runs_.push_back({.run = run,
                   .first = size_,
                   .begin = at_ticks(run.start),
                   .step = whole_nanoseconds(run.duration, timescale_)});
  size_ += run.count;
}

void SegmentTimeline::set_last_duration(std::int64_t ticks) {
  RUNG_CHECK(size_ > 0 && !end_);
  const std::int64_t start = start_ticks(size_ - 1);
  --size_;
  if (--runs_.back().run.count == 0) runs_.pop_back();
  append({start, ticks, 1});
}

void SegmentTimeline::cut_end(MediaTime end) {
  RUNG_CHECK(size_ > 0 && end > start(size_ - 1));
  if (end < start(size_ - 1) + duration(size_ - 1)) end_ = end;
}

std::vector<SegmentTimeline::Run> SegmentTimeline::runs(SegmentNumber first,
                                                        SegmentNumber last) const {
  RUNG_CHECK(first >= 0 && first <= last && last <= size_);
  std::vector<Run> result;
  for (const IndexedRun& indexed : runs_) {
    const std::int64_t from = std::max(first - indexed.first, std::int64_t{0});
    const std::int64_t to = std::min(last - indexed.first, indexed.run.count);
    if (from >= to) continue;
    result.push_back(
        {indexed.run.start + from * indexed.run.duration, indexed.run.duration, to - from});
  }
  return result;
}

std::int64_t SegmentTimeline::start_ticks(SegmentNumber index) const {
  const IndexedRun& found = run_of(index);
  return found.run.start + (index - found.first) * found.run.duration;
}

std::int64_t SegmentTimeline::duration_ticks(SegmentNumber index) const {
  return run_of(index).run.duration;
}

Duration SegmentTimeline::longest_duration() const {
  std::int64_t longest = 0;
  for (const IndexedRun& indexed : runs_) longest = std::max(longest, indexed.run.duration);
  return longest == 0 ? Duration::zero() : from_ticks(longest, timescale_) + Duration(1);
}

std::optional<SegmentNumber> SegmentTimeline::find(MediaTime at) const {
  if (size_ == 0 || at >= start(size_ - 1) + duration(size_ - 1)) return std::nullopt;
  const auto later = [](MediaTime time, const IndexedRun& run) { return time < run.begin; };
  const auto behind = std::upper_bound(runs_.begin(), runs_.end(), at, later);
  if (behind == runs_.begin()) return 0;
  const IndexedRun& found = *(behind - 1);
  // The division may be one off where a start was rounded; the neighbours decide.
  const Duration step = from_ticks(found.run.duration, timescale_);
  std::int64_t offset = found.run.count - 1;
  if (step > Duration::zero()) offset = std::min(offset, (at - found.begin) / step);
  SegmentNumber index = found.first + offset;
  while (index > found.first && start(index) > at) --index;
  while (index + 1 < found.first + found.run.count && start(index + 1) <= at) ++index;
  return index;
}

const SegmentTimeline::IndexedRun& SegmentTimeline::run_among_many(SegmentNumber index) const {
  const auto behind = std::upper_bound(
      runs_.begin(), runs_.end(), index,
      [](SegmentNumber wanted, const IndexedRun& run) { return wanted < run.first; });
  return *(behind - 1);
}

MediaTime SegmentTimeline::at_ticks(std::int64_t ticks) const {
  return period_start_ + from_ticks(ticks - origin_, timescale_);
}

SegmentTimeline fitted(const SegmentTimeline& timeline, MediaTime start, MediaTime end) {
  __extension__ using Wide = __int128;
  constexpr Wide nanoseconds_per_second = 1'000'000'000;
  const SegmentNumber last = timeline.size() - 1;
  const MediaTime natural_end = timeline.start(last) + timeline.duration(last);
  SegmentTimeline result = timeline;
  if (timeline.start(0) < start) {
    const Wide span = Wide{(start - timeline.period_start()).count()} * timeline.timescale();
    const Wide rounded_up = (span + nanoseconds_per_second - 1) / nanoseconds_per_second;
    const std::int64_t segment_end = timeline.start_ticks(0) + timeline.duration_ticks(0);
    const std::int64_t from =
        std::min(static_cast<std::int64_t>(timeline.origin() + rounded_up), segment_end - 1);
    result = SegmentTimeline(timeline.timescale(), timeline.origin(), timeline.period_start());
    result.append({from, segment_end - from, 1});
    for (const auto& run : timeline.runs(1, timeline.size())) result.append(run);
  }
  if (std::min(end, natural_end) > result.start(last)) result.cut_end(std::min(end, natural_end));
  return result;
}

}  // namespace rung::media
