#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/hls_playlist.h"
#include "media/presentation.h"

namespace rung::media {

/// What a multivariant playlist announces: one period with a set of the variants, one of the
/// variants without picture (audio alone), and one for each audio rendition that has a playlist of
/// its own. Every representation's media playlist is still its pending document.
///
/// Of several pathways (PATHWAY-ID) the first one, or that of EXT-X-CONTENT-STEERING, makes the
/// representations; playlists of others that agree in all attributes are places of the same, whose
/// segments are taken to lie beside them under the same names.
///
/// Variants that share a media playlist become one representation with the lowest of their
/// bandwidths: each of them is an upper bound for that playlist together with some audio. A
/// rendition's bandwidth is not declared in HLS; see undeclared_audio_bandwidth.
[[nodiscard]] Presentation announced_presentation(const HlsMultivariantPlaylist& playlist,
                                                  const std::string& url);
/// The same for a media playlist that is read on its own.
[[nodiscard]] Presentation announced_presentation(const HlsMediaPlaylist& playlist,
                                                  const std::string& url);

/// Taken for audio renditions, and for a media playlist that is played without a multivariant one,
/// as long as no byte ranges tell the rate.
inline constexpr BitRate undeclared_audio_bandwidth = BitRate::bits_per_second(128'000);
inline constexpr BitRate undeclared_bandwidth = BitRate::bits_per_second(2'000'000);

/// A media playlist and where it came from.
struct HlsMediaDocument {
  HlsMediaPlaylist playlist;
  std::string url;
  friend bool operator==(const HlsMediaDocument&, const HlsMediaDocument&) = default;
};

/// A segment of a media playlist with all that lines before it say of it.
struct PlacedSegment {
  std::int64_t sequence = 0;  ///< Its media sequence number.
  MediaTime start{};
  Duration duration{};  ///< Above zero.
  Resource resource;
  std::optional<Resource> init;
  std::optional<Encryption> init_encryption;
  std::optional<Encryption> encryption;
  std::optional<Duration> clock;  ///< When it was made, since 1970, where the playlist tells.
  bool discontinuity = false;
  bool gap = false;
  std::vector<Resource> parts = {};        ///< What it is made of, where that is listed.
  bool growing = false;                    ///< It has nothing but its parts; there may come more.
  std::optional<Resource> next_part = {};  ///< Of one that grows: what is to come.
  friend bool operator==(const PlacedSegment&, const PlacedSegment&) = default;
};
/// The playlist's segments, the first one at zero.
[[nodiscard]] std::vector<PlacedSegment> placed(const HlsMediaDocument& document);
/// The segment that is being produced, at the end of `segments`, which are those of the playlist:
/// as long as the last one of them, or as its parts where these are longer or nothing will follow.
[[nodiscard]] std::optional<PlacedSegment> growing(const HlsMediaDocument& document,
                                                   std::span<const PlacedSegment> segments);

/// `announced` as the segments fill it in: one representation for each stretch of segments with the
/// same init segment. Segments marked as gaps are left out.
[[nodiscard]] std::vector<Representation> split_by_map(const Representation& announced,
                                                       std::span<const PlacedSegment> segments);

}  // namespace rung::media
