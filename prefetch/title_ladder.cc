#include "prefetch/title_ladder.h"

#include <algorithm>
#include <array>

namespace rung::prefetch {

namespace {

using media::TrackKind;

constexpr std::array both{TrackKind::video, TrackKind::audio};

/// Of the forecast, what a title starts with.
constexpr double safety = 0.8;

/// The first segment of the tracks from where the title `begins` on that begins before `length` is
/// over and is not held in at least `least`; video in `video`, audio in the lowest representation.
std::optional<Wish> first_missing(const Fetched& fetched, MediaTime begins, Duration length,
                                  RepresentationIndex video, Stage stage) {
  std::optional<Wish> first;
  MediaTime first_start{};
  for (const TrackKind kind : both) {
    const auto& track = fetched.tracks->of(kind);
    if (!track) continue;
    const SegmentNumber from = first_segment(*track, begins);
    for (SegmentNumber segment = from;
         segment < track->segment_count() && track->start(segment) - track->start(from) < length;
         ++segment) {
      const auto ladder = track->ladder(segment);
      const RepresentationIndex wanted =
          kind == TrackKind::video ? std::min(video, ladder.size() - 1) : 0;
      const auto held = fetched.representation(kind, segment);
      if (held && *held >= wanted) continue;
      const MediaTime start = track->start(segment);
      if (first && first_start <= start) break;
      const std::size_t part = track->place(segment).part;
      const bool has_init = std::ranges::any_of(fetched.held, [&](const auto& other) {
        return other.track == kind && other.representation == wanted &&
               track->place(other.segment).part == part;
      });
      first = Wish{.stage = stage,
                   .track = kind,
                   .segment = segment,
                   .representation = wanted,
                   .with_init = track->parts()[part].has_init && !has_init,
                   .size = track->size(segment, wanted)};
      if (first->with_init) first->size += typical_init;
      first_start = start;
      break;
    }
  }
  return first;
}

}  // namespace

SegmentNumber first_segment(const media::Track& track, MediaTime begins) {
  return track.find(begins).value_or(0);
}

RepresentationIndex startup_representation(const media::Track& track, MediaTime begins,
                                           const abr::Forecast& forecast) {
  const auto ladder = track.ladder(first_segment(track, begins));
  const BitRate carried = scaled(forecast.throughput, safety);
  for (RepresentationIndex i = ladder.size(); i-- > 1;)
    if (ladder[i] <= carried) return i;
  return 0;
}

std::optional<Wish> next_step(const View& view, std::size_t title, Stage last,
                              const HeadLengths& lengths) {
  const Fetched& fetched = view.fetched[title];
  std::optional<Wish> step;
  if (fetched.tracks == nullptr) {
    step = Wish{.stage = Stage::manifest, .size = typical_manifest};
  } else {
    const MediaTime begins = view.candidates[title].begins;
    if (last >= Stage::thin_head)
      step = first_missing(fetched, begins, lengths.thin, 0, Stage::thin_head);
    const auto& video = fetched.tracks->video;
    const RepresentationIndex start =
        video ? startup_representation(*video, begins, view.forecast) : 0;
    if (!step && last >= Stage::full_head)
      step = first_missing(fetched, begins, lengths.full, start, Stage::full_head);
    if (!step && last >= Stage::further)
      step = first_missing(fetched, begins, lengths.further, start, Stage::further);
  }
  if (step) step->title = title;
  return step;
}

}  // namespace rung::prefetch
