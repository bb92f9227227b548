#include "media/thumbnails.h"

#include <algorithm>

#include "media/url.h"

namespace rung::media {
namespace {

/// Whether pictures of `width` suit better than those of `other`.
bool suits_better(int width, int other, int wanted) {
  if (width >= wanted && other >= wanted) return width < other;
  return width > other;
}

/// The picture of the image that is seen `since` its beginning, each for `each`.
Thumbnail picture_of(Resource image, const TileGrid& grid, Duration since, Duration each) {
  const std::int64_t last = std::int64_t{grid.columns} * grid.rows - 1;
  const std::int64_t number =
      std::clamp<std::int64_t>(each > Duration::zero() ? since / each : 0, 0, last);
  return {.image = std::move(image),
          .grid = grid,
          .column = static_cast<int>(number % grid.columns),
          .row = static_cast<int>(number / grid.columns)};
}

}  // namespace

std::optional<Thumbnail> thumbnail_at(const Presentation& presentation, MediaTime at, int width) {
  const Representation* best = nullptr;
  const auto width_of = [](const Representation& images) {
    return images.width / images.tiles->columns;
  };
  for (const Period& period : presentation.periods) {
    if (at < period.start || at >= period.start + period.duration) continue;
    for (const AdaptationSet& set : period.adaptation_sets) {
      if (set.type != ContentType::image || set.is_protected) continue;
      for (const Representation& images : set.representations)
        if (images.tiles &&
            (best == nullptr || suits_better(width_of(images), width_of(*best), width)))
          best = &images;
    }
  }
  if (best == nullptr) return std::nullopt;
  const SegmentTimeline& timeline = best->timeline;
  const auto segment = timeline.find(at);
  if (!segment) return std::nullopt;
  // The last image is divided as the others are, although it may be cut short.
  const Duration whole = from_ticks(timeline.duration_ticks(*segment), timeline.timescale());
  const int count = best->tiles->columns * best->tiles->rows;
  return picture_of(best->resource(*segment), *best->tiles, at - timeline.start(*segment),
                    whole / count);
}

const ImageRendition* image_rendition(const Presentation& presentation, int width) {
  const ImageRendition* best = nullptr;
  for (const ImageRendition& images : presentation.image_renditions)
    if (best == nullptr || suits_better(images.width, best->width, width)) best = &images;
  return best;
}

std::optional<Thumbnail> thumbnail_at(const HlsMediaPlaylist& playlist, const std::string& url,
                                      MediaTime at) {
  MediaTime start{};
  for (const HlsSegment& segment : playlist.segments) {
    const MediaTime end = start + segment.duration;
    if (at >= start && at < end && !segment.gap && !segment.key) {
      HlsTiles tiles;
      if (segment.tiles) tiles = playlist.tiles[*segment.tiles];
      const int count = tiles.grid.columns * tiles.grid.rows;
      return picture_of({resolve_url(url, segment.uri), segment.range}, tiles.grid, at - start,
                        tiles.duration.value_or(segment.duration / count));
    }
    start = end;
  }
  return std::nullopt;
}

}  // namespace rung::media
