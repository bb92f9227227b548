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

/// How far a cue, with `shift` added to its times, is from the piece; zero where they overlap.
Duration distance(const Cue& cue, Duration shift, const TextPiece& piece) {
  return std::max({Duration{}, cue.start + shift - piece.end, piece.start - (cue.end + shift)});
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
  SegmentNumber all = 0;
  for (const Period& period : presentation.periods) {
    const auto set = std::ranges::find_if(period.adaptation_sets, [&](const AdaptationSet& one) {
      return one.type == ContentType::text && same_track(track_of(one), track);
    });
    if (set == period.adaptation_sets.end() || set->representations.empty()) continue;
    const Representation& representation = set->representations.front();
    const SegmentTimeline& timeline = representation.timeline;
    if (timeline.size() == 0) continue;
    all += timeline.size();
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
  for (TextPiece& piece : pieces) piece.is_alone = all == 1;
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
                      .is_encrypted = segment.encryption || segment.init_encryption,
                      .is_alone = segments.size() == 1});
  }
  return pieces;
}

Expected<PieceText> read_text(const TextPiece& piece, std::string_view init,
                              std::string_view bytes) {
  // A server may answer with an empty segment where nobody speaks.
  if (bytes.empty()) return PieceText();
  if (looks_like_boxes(bytes)) {
    auto format = parse_text_init(init);
    if (!format) return tl::unexpected(format.error());
    auto segment = parse_text_segment(*format, bytes);
    if (!segment) return tl::unexpected(segment.error());
    return PieceText{
        .cues = shifted(std::move(segment->cues),
                        piece.shift.value_or(piece.start.time_since_epoch() - segment->start))};
  }
  if (looks_like_xml(bytes)) {
    auto cues = parse_ttml(bytes);
    if (!cues) return tl::unexpected(cues.error());
    return PieceText{.cues = shifted(*std::move(cues), piece.shift.value_or(Duration{}))};
  }
  auto document = parse_webvtt(bytes);
  if (!document) return tl::unexpected(document.error());
  if (!piece.shift && document->map)
    return PieceText{.cues = std::move(document->cues), .map = document->map};
  if (!piece.shift && piece.is_live)
    return PieceText{
        .cues = std::move(document->cues), .map = WebVtt::TimestampMap{}, .is_presumed = true};
  return PieceText{.cues = shifted(std::move(document->cues), piece.shift.value_or(Duration{}))};
}

ClockShift clock_shift(const PieceText& text, const TextPiece& piece,
                       std::span<const Duration> offsets) {
  if (!text.map || text.cues.empty() || offsets.empty()) return {};
  const Cue& first = text.cues.front();
  const Duration clock = from_ticks(text.map->transport, transport_clock) - text.map->local;
  std::optional<ClockShift> best;
  for (const Duration offset : offsets) {
    Duration shift = clock + offset;
    const Duration behind = piece.start - (first.start + shift);
    const Duration half = behind < Duration{} ? -(transport_wrap / 2) : transport_wrap / 2;
    shift += (behind + half) / transport_wrap * transport_wrap;
    const Duration away = distance(first, shift, piece);
    if (!best || away < best->away) best = ClockShift{.shift = shift, .away = away};
  }
  if (const Duration own = piece.start.time_since_epoch(); text.is_presumed)
    if (const Duration away = distance(first, own, piece); away < best->away)
      best = ClockShift{.shift = own, .away = away};
  return *best;
}

}  // namespace rung::media
