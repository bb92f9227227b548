#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/cue.h"
#include "media/hls_presentation.h"
#include "media/presentation.h"
#include "media/webvtt.h"

namespace rung::media {

/// Subtitles that a viewer may choose, over all periods of a title: what has the same language,
/// name and purpose is one track. A value.
struct TextTrack {
  std::string language = {};  ///< BCP 47; may be empty.
  std::string name = {};      ///< For people; may be empty.
  std::string playlist = {};  ///< HLS: the URL of its playlist; empty in DASH.
  bool is_default = false;
  bool is_forced = false;  ///< For those who otherwise want none.
  friend bool operator==(const TextTrack&, const TextTrack&) = default;
};

/// In the manifest's order, at most limits::text_tracks.
[[nodiscard]] std::vector<TextTrack> text_tracks(const Presentation& presentation);

/// The one to show to a viewer who wants this language: in the language, forced or not as asked
/// for, the title's own choice first. Nullopt where there is none.
[[nodiscard]] std::optional<std::size_t> find_text_track(std::span<const TextTrack> tracks,
                                                         std::string_view language, bool forced);

/// A document or a segment of a text track.
struct TextPiece {
  MediaTime start = {};
  MediaTime end = {};
  Resource resource = {};
  std::optional<Resource> init = {};
  /// DASH: what is added to its times. HLS: none, see clock_shift().
  std::optional<Duration> shift = {};
  bool is_encrypted = false;
  bool is_alone = false;  ///< The track has no other one.
  bool is_live = false;   ///< HLS: what counts from the title's beginning nobody knows.
  friend bool operator==(const TextPiece&, const TextPiece&) = default;
};

/// The pieces of a DASH title's track that have something of [from, to), in order, at most `most`.
[[nodiscard]] std::vector<TextPiece> text_pieces(const Presentation& presentation,
                                                 const TextTrack& track, MediaTime from,
                                                 MediaTime to, std::size_t most);
/// The same of a playlist of HLS.
[[nodiscard]] std::vector<TextPiece> text_pieces(std::span<const PlacedSegment> segments,
                                                 MediaTime from, MediaTime to, std::size_t most);

/// The cues of a piece. On the title's time line, or of HLS with a map as they are written: what
/// clock_shift() tells is then still to be added. Of live HLS that has no map it is presumed: that
/// the text counts as the media does (RFC 8216 section 3.5), or from its segment's beginning.
struct PieceText {
  std::vector<Cue> cues = {};
  std::optional<WebVtt::TimestampMap> map = {};
  bool is_presumed = false;
  friend bool operator==(const PieceText&, const PieceText&) = default;
};

/// Reads WebVTT, TTML or either in ISO BMFF, which the bytes tell; `init` is needed by the last one
/// alone. Samples in HLS begin where the playlist puts their segment. Fails as the parsers do.
[[nodiscard]] Expected<PieceText> read_text(const TextPiece& piece, std::string_view init,
                                            std::string_view bytes);

/// What is added to the times of a piece's text.
struct ClockShift {
  Duration shift{};
  /// How far from its piece the first cue comes to lie; above the piece's length it is hardly the
  /// right shift.
  Duration away{};
  friend bool operator==(const ClockShift&, const ClockShift&) = default;
};
/// `offsets` are what may have to be added to the time stamps of the pictures and of the sound to
/// get the title's time; the one counts that puts the text next to its piece, where the map is
/// presumed also the piece's beginning. Without any the text stays as it is written.
[[nodiscard]] ClockShift clock_shift(const PieceText& text, const TextPiece& piece,
                                     std::span<const Duration> offsets);

}  // namespace rung::media
