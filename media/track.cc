#include "media/track.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "core/check.h"
#include "media/iso8601.h"

namespace rung::media {
namespace {

/// Whether nothing was measured, or each of so many entries lies between 0 and `most`.
bool is_measure(const std::vector<double>& values, std::size_t entries, double most) {
  if (values.empty()) return true;
  return values.size() == entries &&
         std::ranges::all_of(values, [&](double value) { return value >= 0 && value <= most; });
}

/// `list` goes on with `more`, where both tell something.
template <typename T>
void join(std::vector<T>& list, const std::vector<T>& more) {
  if (list.empty() || more.empty())
    list.clear();
  else
    list.insert(list.end(), more.begin(), more.end());
}

/// What a part must be by itself.
Expected<void> check(const Track::Part& part) {
  const auto malformed = [](std::string message) {
    return failure(ErrorCode::malformed, std::move(message));
  };
  const std::int64_t count = part.timeline.size();
  const std::size_t rungs = part.bandwidths.size();
  if (count == 0) return malformed("the track has no segments");
  if (rungs == 0) return malformed("the track has no representation");
  if (part.bandwidths.front() <= BitRate{})
    return malformed("a representation's bandwidth is not above zero");
  if (!std::ranges::is_sorted(part.bandwidths))
    return malformed("the ladder does not ascend in bandwidth");
  if (!part.heights.empty() && part.heights.size() != rungs)
    return malformed("the heights do not fit the ladder");
  const std::size_t entries = static_cast<std::size_t>(count) * rungs;
  if (!part.sizes.empty() && part.sizes.size() != entries)
    return malformed("the segment sizes do not fit the ladder and the time line");
  if (!is_measure(part.ssim, entries, 1))
    return malformed("the SSIM does not fit the ladder and the time line, or is not within 0 to 1");
  if (!is_measure(part.vmaf, entries, 100))
    return malformed(
        "the VMAF does not fit the ladder and the time line, or is not within 0 to 100");
  if (std::ranges::any_of(part.sizes, [](ByteCount size) { return size <= ByteCount{}; }))
    return malformed("a segment's size is not above zero");
  if (part.timeline.duration(count - 1) <= Duration::zero())
    return malformed("a segment does not last any time");
  return {};
}

MediaTime timeline_end(const SegmentTimeline& timeline) {
  const SegmentNumber last = timeline.size() - 1;
  return timeline.start(last) + timeline.duration(last);
}

/// Where the last segment ends in ticks, were it so long.
std::int64_t end_ticks(const SegmentTimeline& timeline, std::optional<std::int64_t> duration) {
  const SegmentNumber last = timeline.size() - 1;
  return timeline.start_ticks(last) + duration.value_or(timeline.duration_ticks(last));
}

/// Where the last segment ends where it lasts for so many ticks; none where it cannot.
std::optional<MediaTime> end_after(const SegmentTimeline& timeline, std::int64_t ticks) {
  __extension__ using Wide = __int128;
  const SegmentNumber last = timeline.size() - 1;
  const Wide end = Wide{timeline.start_ticks(last)} + ticks - timeline.origin();
  if (timeline.cut() || ticks <= 0 ||
      end / timeline.timescale() >= furthest_time / std::chrono::seconds(1))
    return std::nullopt;
  const MediaTime time =
      timeline.period_start() + from_ticks(static_cast<std::int64_t>(end), timeline.timescale());
  return time > timeline.start(last) ? std::optional(time) : std::nullopt;
}

/// Whether `more` goes on where `last` ends, as the same time line and the same ladder.
bool joins(const Track::Part& last, std::int64_t end, const Track::Part& part) {
  const SegmentTimeline& more = part.timeline;
  return last.bandwidths == part.bandwidths && last.heights == part.heights &&
         last.timeline.timescale() == more.timescale() && last.timeline.origin() == more.origin() &&
         last.timeline.period_start() == more.period_start() && !last.timeline.cut() &&
         more.start_ticks(0) >= end;
}

Error in_period(const Error& error, std::size_t number) {
  return {error.code, error.message, "period " + std::to_string(number)};
}

}  // namespace

Expected<Track> Track::create(std::vector<Part> parts) {
  if (parts.empty()) return failure(ErrorCode::malformed, "a track needs at least one period");
  Track track;
  track.sizes_known_ = true;
  track.parts_.reserve(parts.size());
  for (Part& part : parts) {
    const std::size_t number = track.parts_.size() + 1;
    if (const auto good = check(part); !good)
      return tl::unexpected(in_period(good.error(), number));
    if (number > 1 && part.timeline.start(0) < track.end_)
      return failure(ErrorCode::malformed, "the period starts before the one before it has ended",
                     "period " + std::to_string(number));
    track.add(std::move(part));
  }
  return track;
}

Expected<Track> Track::grown(const TrackGrowth& growth) const {
  if (const auto good = fits(growth); !good) return tl::unexpected(good.error());
  Track track = *this;
  track.grow(growth);
  return track;
}

Expected<void> Track::fits(const TrackGrowth& growth) const {
  const SegmentTimeline& last = parts_.back().timeline;
  MediaTime end = end_;
  std::size_t number = parts_.size();
  if (growth.last_duration) {
    const auto corrected = end_after(last, *growth.last_duration);
    if (!corrected)
      return failure(ErrorCode::malformed, "the last segment cannot be so long",
                     "period " + std::to_string(number));
    end = *corrected;
  }
  for (const Part& part : growth.parts) {
    const bool to_last = growth.joins && &part == &growth.parts.front();
    if (!to_last) ++number;
    if (const auto good = check(part); !good)
      return tl::unexpected(in_period(good.error(), number));
    if (to_last ? !joins(parts_.back(), end_ticks(last, growth.last_duration), part)
                : part.timeline.start(0) < end)
      return failure(ErrorCode::malformed, "the segments do not go on where they ended",
                     "period " + std::to_string(number));
    end = timeline_end(part.timeline);
  }
  return {};
}

void Track::grow(const TrackGrowth& growth) {
  if (growth.last_duration) set_last_duration(*growth.last_duration);
  for (const Part& part : growth.parts)
    if (growth.joins && &part == &growth.parts.front())
      add_to_last(part);
    else
      add(part);
}

void Track::set_last_duration(std::int64_t ticks) {
  SegmentTimeline& timeline = parts_.back().timeline;
  timeline.set_last_duration(ticks);
  end_ = timeline_end(timeline);
  longest_duration_ = std::max(longest_duration_, timeline.duration(timeline.size() - 1));
}

void Track::add(Part part) {
  first_.push_back(segment_count_);
  parts_.push_back(std::move(part));
  count(parts_.back());
}

void Track::add_to_last(const Part& part) {
  Part& last = parts_.back();
  for (const auto& run : part.timeline.runs()) last.timeline.append(run);
  if (part.timeline.cut()) last.timeline.cut_end(*part.timeline.cut());
  join(last.sizes, part.sizes);
  join(last.ssim, part.ssim);
  join(last.vmaf, part.vmaf);
  count(part);
}

void Track::count(const Part& added) {
  segment_count_ += added.timeline.size();
  end_ = timeline_end(added.timeline);
  longest_duration_ = std::max(longest_duration_, added.timeline.longest_duration());
  if (added.sizes.empty()) sizes_known_ = false;
}

MediaTime end_of(const Tracks& tracks) {
  MediaTime end{};
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (const auto& track = tracks.of(kind)) end = std::max(end, track->end());
  return end;
}

Expected<Tracks> grown(const Tracks& tracks, const TracksGrowth& growth) {
  Tracks result = tracks;
  if (auto grew = grow(result, growth); !grew) return tl::unexpected(grew.error());
  return result;
}

Expected<void> grow(Tracks& tracks, const TracksGrowth& growth) {
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    const TrackGrowth& more = growth.of(kind);
    if (more.empty()) continue;
    if (!tracks.live || !tracks.of(kind))
      return failure(ErrorCode::malformed, "segments of a track that is not there");
    if (const auto good = tracks.of(kind)->fits(more); !good) return good;
  }
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (auto& track = tracks.of(kind)) track->grow(growth.of(kind));
  if (growth.ended) tracks.live = false;
  return {};
}

GrowingTracks::GrowingTracks(const Tracks& tracks)
    : growing_(tracks.live ? std::make_unique<Tracks>(tracks) : nullptr),
      tracks_(growing_ ? growing_.get() : &tracks) {}

void GrowingTracks::grow(const TracksGrowth& growth) {
  RUNG_CHECK(growing_);
  const auto grew = media::grow(*growing_, growth);
  RUNG_CHECK(grew);
}

void GrowingTracks::replace(TrackKind kind, Track track) {
  if (!growing_) growing_ = std::make_unique<Tracks>(*tracks_);
  tracks_ = growing_.get();
  auto& place = growing_->of(kind);
  RUNG_CHECK(place);
  place = std::move(track);
}

std::optional<SegmentNumber> Track::find(MediaTime at) const {
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (const auto index = parts_[i].timeline.find(at)) return first_[i] + *index;
  return std::nullopt;
}

ByteCount Track::declared_size(const Part& part, SegmentNumber index,
                               RepresentationIndex representation) {
  return std::max(part.bandwidths[representation] * part.timeline.duration(index), ByteCount(1));
}

Track::Place Track::place_among_parts(SegmentNumber segment) const {
  const auto behind = std::upper_bound(first_.begin(), first_.end(), segment);
  const auto part = static_cast<std::size_t>(behind - first_.begin()) - 1;
  return {part, segment - first_[part]};
}

}  // namespace rung::media
