#include "media/text_tracks.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "core/limits.h"
#include "media/iso8601.h"
#include "media/text_samples.h"
#include "media/track_selection.h"
#include "media/ttml.h"
#include "media/webvtt.h"

namespace rung::media {
namespace {

/// MPEG-TS counts 90 kHz ticks in 33 bits.
constexpr std::int64_t transport_clock = 90'000;
constexpr Duration transport_wrap = from_ticks(std::int64_t{1} << 33U, transport_clock);

TextTrack track_of(const AdaptationSet& set) {
  return {.language = set.language,
          .name = set.name,
          .playlist = {},
          .is_default = set.is_default,
          .is_forced = set.is_forced};
}

bool same_track(const TextTrack& a, const TextTrack& b) {
  return std::tie(a.language, a.name, a.is_forced) == std::tie(b.language, b.name, b.is_forced);
}

Duration magnitude(Duration duration) { return duration < Duration{} ? -duration : duration; }

/// How far `at` is from the piece.
Duration distance(MediaTime at, const TextPiece& piece) {
  return magnitude(at - std::clamp(at, piece.start, std::max(piece.start, piece.end)));
}

/// `cues` with `shift` added to their times; without those that would lie before the beginning.
std::vector<Cue> shifted(std::vector<Cue> cues, Duration shift) {
  for (Cue& cue : cues) {
    cue.start = std::max(cue.start + shift, MediaTime{});
    cue.end += shift;
  }
  std::erase_if(cues, [](const Cue& cue) { return cue.end <= cue.start; });
  return cues;
}

/// What is added to the times of cues with `map`, so that the first one comes next to its piece.
Duration shift_of(const WebVtt::TimestampMap& map, const Cue& first, const TextPiece& piece,
                  std::span<const Duration> offsets) {
  const Duration clock = from_ticks(map.transport, transport_clock);
  std::optional<Duration> best;
  for (const Duration offset : offsets) {
    Duration shift = clock - map.local + offset;
    const Duration away = piece.start - (first.start + shift);
    const Duration half = away < Duration{} ? -(transport_wrap / 2) : transport_wrap / 2;
    shift += (away + half) / transport_wrap * transport_wrap;
    if (!best || distance(first.start + shift, piece) < distance(first.start + *best, piece))
      best = shift;
  }
  return best.value_or(Duration{});
}

bool looks_like_xml(std::string_view bytes) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
  // Of these formats XML alone may be in UTF-16.
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return true;
  const auto first = bytes.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && bytes[first] == '<';
}

bool looks_like_boxes(std::string_view bytes) {
  if (bytes.size() < 8) return false;
  const std::string_view type = bytes.substr(4, 4);
  return type == "styp" || type == "moof" || type == "sidx" || type == "emsg" || type == "prft" ||
         type == "ftyp" || type == "free";
}

}  // namespace

std::vector<TextTrack> text_tracks(const Presentation& presentation) {
  std::vector<TextTrack> tracks;
  const auto add = [&](TextTrack track) {
    const auto same = std::ranges::find_if(
        tracks, [&](const TextTrack& known) { return same_track(known, track); });
    if (same == tracks.end() && tracks.size() < limits::text_tracks)
      tracks.push_back(std::move(track));
  };
  for (const TextRendition& rendition : presentation.text_renditions)
    add({.language = rendition.language,
         .name = rendition.name,
         .playlist = rendition.playlist,
         .is_default = rendition.is_default,
         .is_forced = rendition.is_forced});
  for (const Period& period : presentation.periods)
    for (const AdaptationSet& set : period.adaptation_sets)
      if (set.type == ContentType::text) add(track_of(set));
  return tracks;
}

std::optional<std::size_t> find_text_track(std::span<const TextTrack> tracks,
                                           std::string_view language, bool forced) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    if (!matches_language(tracks[i].language, language) || tracks[i].is_forced != forced) continue;
    if (!found || (tracks[i].is_default && !tracks[*found].is_default)) found = i;
  }
  return found;
}

std::vector<TextPiece> text_pieces(const Presentation& presentation, const TextTrack& track,
                                   MediaTime from, MediaTime to, std::size_t most) {
  std::vector<TextPiece> pieces;
  for (const Period& period : presentation.periods) {
    const auto set = std::ranges::find_if(period.adaptation_sets, [&](const AdaptationSet& one) {
      return one.type == ContentType::text && same_track(track_of(one), track);
    });
    if (set == period.adaptation_sets.end() || set->representations.empty()) continue;
    const Representation& representation = set->representations.front();
    const SegmentTimeline& timeline = representation.timeline;
    if (timeline.size() == 0) continue;
    const auto first = timeline.find(from);
    for (SegmentNumber i = first.value_or(timeline.size()); i < timeline.size(); ++i) {
      const MediaTime start = timeline.start(i);
      if (start >= to || pieces.size() == most) break;
      pieces.push_back({.start = start,
                        .end = start + timeline.duration(i),
                        .resource = representation.resource(i),
                        .init = representation.init,
                        .shift = timeline.period_start().time_since_epoch() -
                                 from_ticks(timeline.origin(), timeline.timescale()),
                        .is_encrypted = set->is_protected});
    }
  }
  return pieces;
}

std::vector<TextPiece> text_pieces(std::span<const PlacedSegment> segments, MediaTime from,
                                   MediaTime to, std::size_t most) {
  std::vector<TextPiece> pieces;
  for (const PlacedSegment& segment : segments) {
    const MediaTime end = segment.start + segment.duration;
    if (segment.gap || end <= from) continue;
    if (segment.start >= to || pieces.size() == most) break;
    pieces.push_back({.start = segment.start,
                      .end = end,
                      .resource = segment.resource,
                      .init = segment.init,
                      .shift = {},
                      .is_encrypted = segment.encryption || segment.init_encryption});
  }
  return pieces;
}

Expected<std::vector<Cue>> read_text(const TextPiece& piece, std::string_view init,
                                     std::string_view bytes, std::span<const Duration> offsets) {
  // A server may answer with an empty segment where nobody speaks.
  if (bytes.empty()) return std::vector<Cue>();
  if (looks_like_boxes(bytes)) {
    auto format = parse_text_init(init);
    if (!format) return tl::unexpected(format.error());
    auto segment = parse_text_segment(*format, bytes);
    if (!segment) return tl::unexpected(segment.error());
    return shifted(std::move(segment->cues),
                   piece.shift.value_or(piece.start.time_since_epoch() - segment->start));
  }
  if (looks_like_xml(bytes)) {
    auto cues = parse_ttml(bytes);
    if (!cues) return tl::unexpected(cues.error());
    return shifted(*std::move(cues), piece.shift.value_or(Duration{}));
  }
  auto document = parse_webvtt(bytes);
  if (!document) return tl::unexpected(document.error());
  Duration shift = piece.shift.value_or(Duration{});
  if (!piece.shift && document->map && !document->cues.empty())
    shift = shift_of(*document->map, document->cues.front(), piece, offsets);
  return shifted(std::move(document->cues), shift);
}

}  // namespace rung::media
