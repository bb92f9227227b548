#include "media/live_presentation.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "core/check.h"
#include "media/iso8601.h"

namespace rung::media {
namespace {

constexpr Duration furthest_delay = std::chrono::hours(1);
/// Of segments that come in chunks, however small these are.
constexpr Duration shortest_delay = std::chrono::milliseconds(500);

/// How many of the segments end by `edge`.
SegmentNumber ended_by(const SegmentTimeline& timeline, MediaTime edge) {
  SegmentNumber count = timeline.find(edge).value_or(timeline.size());
  while (count < timeline.size() && timeline.start(count) + timeline.duration(count) <= edge)
    ++count;
  while (count > 0 && timeline.start(count - 1) + timeline.duration(count - 1) > edge) --count;
  return count;
}

/// Segments [first, ...) of the part.
Track::Part behind(const Track::Part& part, SegmentNumber first) {
  Track::Part result = part;
  const SegmentTimeline& timeline = part.timeline;
  result.timeline =
      SegmentTimeline(timeline.timescale(), timeline.origin(), timeline.period_start());
  for (const auto& run : timeline.runs(first, timeline.size())) result.timeline.append(run);
  if (timeline.cut()) result.timeline.cut_end(*timeline.cut());
  if (!part.sizes.empty())
    result.sizes.erase(
        result.sizes.begin(),
        result.sizes.begin() + first * static_cast<std::ptrdiff_t>(part.bandwidths.size()));
  return result;
}

/// Whether the segments of `more` can be counted as further ones of `last`.
bool joins(const Track::Part& last, const Track::Part& more) {
  const SegmentTimeline& before = last.timeline;
  const SegmentNumber end = before.size() - 1;
  return before.timescale() == more.timeline.timescale() &&
         before.origin() == more.timeline.origin() &&
         before.period_start() == more.timeline.period_start() && !before.cut() &&
         last.bandwidths == more.bandwidths && last.heights == more.heights &&
         more.timeline.start_ticks(0) >= before.start_ticks(end) + before.duration_ticks(end);
}

/// Whether both segments need the same init segments.
bool same_inits(TrackKind kind, const TrackSelection& a, SegmentNumber in_a,
                const TrackSelection& b, SegmentNumber in_b) {
  const std::size_t rungs = a.tracks().of(kind)->ladder(in_a).size();
  if (b.tracks().of(kind)->ladder(in_b).size() != rungs) return false;
  for (RepresentationIndex i = 0; i < rungs; ++i)
    if (a.init_of(kind, in_a, i) != b.init_of(kind, in_b, i)) return false;
  return true;
}

TrackGrowth track_growth(TrackKind kind, const Track& known, const TrackSelection& newest,
                         const TrackSelection& fresh) {
  TrackGrowth result;
  const auto& track = fresh.tracks().of(kind);
  if (!track) return result;
  const MediaTime end = known.end();
  auto first = track->find(end);
  if (!first) return result;
  // The same segments may be placed a little differently now.
  if (track->start(*first) + track->duration(*first) / 2 < end) ++*first;
  if (*first >= track->segment_count()) return result;
  const Track::Place place = track->place(*first);
  for (std::size_t i = place.part; i < track->parts().size(); ++i) {
    const Track::Part& part = track->parts()[i];
    result.parts.push_back(i == place.part ? behind(part, place.index) : part);
  }
  Track::Part& head = result.parts.front();
  const auto& last = newest.tracks().of(kind);
  result.joins = last && joins(known.parts().back(), head) &&
                 same_inits(kind, newest, last->segment_count() - 1, fresh, *first);
  if (!result.joins && head.timeline.start(0) < end)
    head.timeline = fitted(head.timeline, end, MediaTime::max());
  return result;
}

/// Subtitles that are one document a period: it is there with the manifest.
bool is_document(ContentType type, const Representation& representation) {
  return type == ContentType::text && representation.timeline.size() == 1 &&
         std::holds_alternative<ResourceList>(representation.resources);
}

}  // namespace

LiveWindow window_at(const LiveTimes& times, Duration wall_clock) {
  if (times.availability_end) wall_clock = std::min(wall_clock, *times.availability_end);
  const Duration edge = std::max(wall_clock - times.availability_start, Duration::zero());
  LiveWindow window{.start = {}, .edge = MediaTime(edge)};
  if (times.window) window.start = MediaTime(std::max(edge - *times.window, Duration::zero()));
  return window;
}

Presentation available(Presentation presentation, const LiveWindow& window) {
  for (Period& period : presentation.periods) {
    MediaTime last_end = period.start;
    for (AdaptationSet& set : period.adaptation_sets) {
      // An endless offset promises all that is announced.
      const MediaTime edge = set.availability_offset > furthest_time
                                 ? MediaTime::max()
                                 : window.edge + set.availability_offset;
      for (Representation& representation : set.representations) {
        const SegmentTimeline& timeline = representation.timeline;
        if (is_document(set.type, representation)) continue;
        const SegmentNumber last = ended_by(timeline, edge);
        SegmentNumber first = std::min(timeline.find(window.start).value_or(last), last);
        if (first < last && timeline.start(first) + timeline.duration(first) <= window.start)
          ++first;
        representation = slice(representation, first, last);
        if (first < last)
          last_end = std::max(last_end, representation.timeline.start(last - first - 1) +
                                            representation.timeline.duration(last - first - 1));
      }
      std::erase_if(set.representations, [](const Representation& representation) {
        return representation.timeline.size() == 0;
      });
    }
    std::erase_if(period.adaptation_sets,
                  [](const AdaptationSet& set) { return set.representations.empty(); });
    // Without anything that is seen or heard the text is of no use.
    if (std::ranges::all_of(period.adaptation_sets,
                            [](const AdaptationSet& set) { return set.type == ContentType::text; }))
      period.adaptation_sets.clear();
    period.duration = std::min(period.duration, last_end - period.start);
  }
  // A period of which only the sound or only the pictures are there would leave the other one out
  // of the whole title.
  const auto has = [](const Period& period, ContentType type) {
    return std::ranges::any_of(period.adaptation_sets,
                               [&](const AdaptationSet& set) { return set.type == type; });
  };
  for (const ContentType type : {ContentType::video, ContentType::audio})
    if (std::ranges::any_of(presentation.periods,
                            [&](const Period& period) { return has(period, type); }))
      std::erase_if(presentation.periods, [&](const Period& period) { return !has(period, type); });
  std::erase_if(presentation.periods,
                [](const Period& period) { return period.adaptation_sets.empty(); });
  return presentation;
}

TracksGrowth growth(const Tracks& known, const TrackSelection& newest,
                    const TrackSelection& fresh) {
  TracksGrowth result;
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (known.of(kind)) result.of(kind) = track_growth(kind, *known.of(kind), newest, fresh);
  return result;
}

std::optional<SegmentNumber> counterpart(const Track& known, SegmentNumber segment,
                                         const Track& fresh) {
  const MediaTime start = known.start(segment);
  const auto found = fresh.find(start + known.duration(segment) / 2);
  if (!found || std::chrono::abs(fresh.start(*found) - start) > known.duration(segment) / 2)
    return std::nullopt;
  if (!std::ranges::equal(fresh.ladder(*found), known.ladder(segment))) return std::nullopt;
  return found;
}

Duration longest_segment(const Tracks& tracks) {
  Duration longest{};
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (tracks.of(kind)) longest = std::max(longest, tracks.of(kind)->longest_duration());
  return longest;
}

Duration first_chunk(const Presentation& presentation, const Tracks& tracks) {
  const Duration longest = longest_segment(tracks);
  if (presentation.periods.empty()) return longest;
  Duration chunk{};
  for (const AdaptationSet& set : presentation.periods.back().adaptation_sets) {
    if (set.type != ContentType::video && set.type != ContentType::audio) continue;
    if (!set.is_chunked) return longest;
    chunk = std::max(chunk, longest - std::min(set.availability_offset, longest));
  }
  return chunk;
}

Duration safe_delay(const Presentation& presentation, const Tracks& tracks,
                    std::optional<Duration> wish) {
  constexpr int segments = 3;
  const Duration longest = longest_segment(tracks);
  const Duration chunk = first_chunk(presentation, tracks);
  const LiveTimes times = presentation.live.value_or(LiveTimes{});
  Duration delay = wish ? *wish : times.suggested_delay.value_or(longest * segments);
  if (times.latest_delay) delay = std::min(delay, *times.latest_delay);
  if (times.earliest_delay) delay = std::max(delay, *times.earliest_delay);
  // What ends last has ended up to one segment ago, and is still to come over the link.
  Duration least = wish ? longest * 5 / 4 : longest;
  if (chunk < longest) least = std::max(chunk * 2, shortest_delay);
  delay = std::max(delay, least);
  if (times.window) delay = std::min(delay, std::max(*times.window - longest, longest));
  return std::min(delay, furthest_delay);
}

}  // namespace rung::media
