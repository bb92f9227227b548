#include "media/track.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/check.h"

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

}  // namespace

Expected<Track> Track::create(std::vector<Part> parts) {
  if (parts.empty()) return failure(ErrorCode::malformed, "a track needs at least one period");
  Track track;
  track.sizes_known_ = true;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    const auto malformed = [&](std::string message) {
      return failure(ErrorCode::malformed, std::move(message), "period " + std::to_string(i + 1));
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
      return malformed(
          "the SSIM does not fit the ladder and the time line, or is not within 0 to 1");
    if (!is_measure(part.vmaf, entries, 100))
      return malformed(
          "the VMAF does not fit the ladder and the time line, or is not within 0 to 100");
    if (std::ranges::any_of(part.sizes, [](ByteCount size) { return size <= ByteCount{}; }))
      return malformed("a segment's size is not above zero");
    if (i > 0 && part.timeline.start(0) < track.end_)
      return malformed("the period starts before the one before it has ended");
    if (part.timeline.duration(count - 1) <= Duration::zero())
      return malformed("a segment does not last any time");
    track.first_.push_back(track.segment_count_);
    track.segment_count_ += count;
    track.end_ = part.timeline.start(count - 1) + part.timeline.duration(count - 1);
    track.longest_duration_ = std::max(track.longest_duration_, part.timeline.longest_duration());
    if (part.sizes.empty()) track.sizes_known_ = false;
  }
  track.parts_ = std::move(parts);
  return track;
}

Expected<Track> Track::grown(const TrackGrowth& growth) const {
  std::vector<Part> parts = parts_;
  for (const Part& part : growth.parts) {
    const bool joins = growth.joins && &part == &growth.parts.front();
    if (!joins) {
      parts.push_back(part);
      continue;
    }
    Part& last = parts.back();
    const SegmentTimeline& more = part.timeline;
    const SegmentNumber count = last.timeline.size();
    const bool fits = last.bandwidths == part.bandwidths && last.heights == part.heights &&
                      last.timeline.timescale() == more.timescale() &&
                      last.timeline.origin() == more.origin() &&
                      last.timeline.period_start() == more.period_start() && !last.timeline.cut() &&
                      more.size() > 0 &&
                      more.start_ticks(0) >= last.timeline.start_ticks(count - 1) +
                                                 last.timeline.duration_ticks(count - 1);
    if (!fits) return failure(ErrorCode::malformed, "the segments do not go on where they ended");
    for (const auto& run : more.runs()) last.timeline.append(run);
    if (more.cut()) last.timeline.cut_end(*more.cut());
    join(last.sizes, part.sizes);
    join(last.ssim, part.ssim);
    join(last.vmaf, part.vmaf);
  }
  return create(std::move(parts));
}

MediaTime end_of(const Tracks& tracks) {
  MediaTime end{};
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (const auto& track = tracks.of(kind)) end = std::max(end, track->end());
  return end;
}

Expected<Tracks> grown(const Tracks& tracks, const TracksGrowth& growth) {
  Tracks result = tracks;
  result.live = tracks.live && !growth.ended;
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    const TrackGrowth& more = growth.of(kind);
    if (more.parts.empty()) continue;
    if (!tracks.live || !tracks.of(kind))
      return failure(ErrorCode::malformed, "segments of a track that is not there");
    auto track = tracks.of(kind)->grown(more);
    if (!track) return tl::unexpected(track.error());
    result.of(kind) = *std::move(track);
  }
  return result;
}

void GrowingTracks::grow(const TracksGrowth& growth) {
  auto more = grown(*tracks_, growth);
  RUNG_CHECK(more);
  grown_ = *std::move(more);
  tracks_ = &*grown_;
}

MediaTime Track::start(SegmentNumber segment) const {
  const Place at = place(segment);
  return parts_[at.part].timeline.start(at.index);
}

Duration Track::duration(SegmentNumber segment) const {
  const Place at = place(segment);
  return parts_[at.part].timeline.duration(at.index);
}

std::optional<SegmentNumber> Track::find(MediaTime at) const {
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (const auto index = parts_[i].timeline.find(at)) return first_[i] + *index;
  return std::nullopt;
}

ByteCount Track::size(SegmentNumber segment, RepresentationIndex representation) const {
  const Place at = place(segment);
  const Part& part = parts_[at.part];
  RUNG_CHECK(representation < part.bandwidths.size());
  if (part.sizes.empty())
    return std::max(part.bandwidths[representation] * part.timeline.duration(at.index),
                    ByteCount(1));
  return part.sizes[static_cast<std::size_t>(at.index) * part.bandwidths.size() + representation];
}

Track::Place Track::place_among_parts(SegmentNumber segment) const {
  const auto behind = std::upper_bound(first_.begin(), first_.end(), segment);
  const auto part = static_cast<std::size_t>(behind - first_.begin()) - 1;
  return {part, segment - first_[part]};
}

}  // namespace rung::media
