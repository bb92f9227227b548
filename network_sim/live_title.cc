#include "network_sim/live_title.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "core/check.h"

namespace rung::network_sim {
namespace {

using media::Track;
using media::TrackKind;

template <typename T>
std::vector<T> slice(const std::vector<T>& list, std::size_t rungs, SegmentNumber first,
                     SegmentNumber last) {
  if (list.empty()) return {};
  const auto at = [&](SegmentNumber segment) {
    return list.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(segment) * rungs);
  };
  return std::vector<T>(at(first), at(last));
}

/// Segments [first, last) of a part.
Track::Part slice(const Track::Part& part, SegmentNumber first, SegmentNumber last) {
  const std::size_t rungs = part.bandwidths.size();
  Track::Part made{
      .timeline = media::SegmentTimeline(part.timeline.timescale(), part.timeline.origin(),
                                         part.timeline.period_start()),
      .bandwidths = part.bandwidths,
      .heights = part.heights,
      .has_init = part.has_init,
      .sizes = slice(part.sizes, rungs, first, last),
      .ssim = slice(part.ssim, rungs, first, last),
      .vmaf = slice(part.vmaf, rungs, first, last)};
  for (const auto& run : part.timeline.runs(first, last)) made.timeline.append(run);
  if (last == part.timeline.size() && part.timeline.cut())
    made.timeline.cut_end(*part.timeline.cut());
  return made;
}

/// Its segments until `end`, which must be some.
Expected<Track> beginning(const Track& track, SegmentNumber end) {
  std::vector<Track::Part> parts;
  SegmentNumber first = 0;
  for (const Track::Part& part : track.parts()) {
    if (first == end) break;
    const SegmentNumber count = std::min(part.timeline.size(), end - first);
    parts.push_back(slice(part, 0, count));
    first += count;
  }
  return Track::create(std::move(parts));
}

media::TrackGrowth one_more(const Track& track, SegmentNumber segment) {
  const Track::Place at = track.place(segment);
  return {.parts = {slice(track.parts()[at.part], at.index, at.index + 1)}, .joins = at.index > 0};
}

}  // namespace

Expected<LiveTitle> live_title(const media::Tracks& title, Duration delay, Duration chunk) {
  RUNG_CHECK(chunk >= Duration::zero());
  /// Of a segment of `duration`, what must have been produced.
  const auto needed = [chunk](Duration duration) {
    return chunk > Duration::zero() ? std::min(chunk, duration) : duration;
  };
  MediaTime begin = MediaTime::max();
  for (const auto* track : {&title.video, &title.audio})
    if (*track) begin = std::min(begin, (*track)->start(0));
  LiveTitle live{.at_first = {.live = true}, .growth = {}, .edge = begin + delay, .chunk = chunk};
  struct Added {
    Timestamp at;
    TrackKind kind;
    SegmentNumber segment;
  };
  std::vector<Added> added;
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    const auto& track = title.of(kind);
    if (!track) continue;
    SegmentNumber there = 0;
    for (SegmentNumber segment = 0; segment < track->segment_count(); ++segment) {
      const Duration age = live.edge - (track->start(segment) + needed(track->duration(segment)));
      if (age >= Duration::zero())
        there = segment + 1;
      else
        added.push_back({.at = Timestamp{} - age, .kind = kind, .segment = segment});
    }
    if (there == 0)
      return failure(
          ErrorCode::invalid_argument,
          "a live viewer " + std::to_string(to_seconds(delay)) + " s behind would find no " +
              (chunk > Duration::zero() ? "chunk" : "segment") + ": the first one lasts " +
              std::to_string(to_seconds(needed(track->duration(0)))) + " s");
    auto first = beginning(*track, there);
    if (!first) return tl::unexpected(first.error());
    live.at_first.of(kind) = *std::move(first);
  }
  const Duration left = media::end_of(title) - live.edge;
  if (left <= Duration::zero()) {
    live.at_first.live = false;
    return live;
  }
  const auto tell = [&live](Timestamp at) {
    live.growth.push_back(
        {.at = at, .growth = {}, .window_start = {}, .live_edge = live.edge + (at - Timestamp{})});
  };
  // As the player is told where the edge is before anything is added.
  tell(Timestamp{});
  std::ranges::stable_sort(added, {}, &Added::at);
  for (const Added& entry : added) {
    const bool together = live.growth.size() > 1 && live.growth.back().at == entry.at &&
                          live.growth.back().growth.of(entry.kind).parts.empty();
    if (!together) tell(entry.at);
    live.growth.back().growth.of(entry.kind) = one_more(*title.of(entry.kind), entry.segment);
  }
  if (live.growth.back().at < Timestamp(left)) tell(Timestamp(left));
  live.growth.back().growth.ended = true;
  return live;
}

}  // namespace rung::network_sim
