#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/presentation.h"

namespace rung::media {

/// HTTP Live Streaming playlists (RFC 8216 and its second edition, draft-pantos-hls-rfc8216bis) as
/// their author wrote them. Lenient as players are: unknown tags and attributes are passed over,
/// and a tag that is malformed but not needed to find and time the segments is ignored. URIs stay
/// as written; resolve_url() against the playlist's own URL makes them absolute. Date
/// ranges are passed over, and so are skips: see undo_hls_skip().
struct HlsMap {
  std::string uri;
  std::optional<ByteRange> range;
  std::optional<std::size_t> key;  ///< Index into HlsMediaPlaylist::keys.
  friend bool operator==(const HlsMap&, const HlsMap&) = default;
};

struct HlsKey {
  std::string method;  ///< "AES-128", "SAMPLE-AES", ...; never "NONE".
  std::string uri;
  std::string iv;  ///< 32 hexadecimal digits in lower case, or empty.
  std::string key_format;
  friend bool operator==(const HlsKey&, const HlsKey&) = default;
};

/// How images are divided into thumbnails (EXT-X-TILES of Roku's image media playlists).
struct HlsTiles {
  TileGrid grid;
  std::optional<Duration> duration;  ///< Of one picture; else the image's is divided among them.
  std::string resolution;            ///< Of one, as it is written.
  friend bool operator==(const HlsTiles&, const HlsTiles&) = default;
};

/// A partial segment (EXT-X-PART).
struct HlsPart {
  std::string uri;
  Duration duration{};
  std::optional<ByteRange> range;
  friend bool operator==(const HlsPart&, const HlsPart&) = default;
};

struct HlsSegment {
  std::string uri;
  Duration duration{};
  std::string title;
  std::optional<ByteRange> range;
  std::optional<Duration> program_date_time;  ///< Since 1970, where a tag states it.
  bool discontinuity = false;                 ///< The media before it ends here.
  bool gap = false;                           ///< It cannot be fetched.
  std::optional<std::size_t> map;             ///< Index into HlsMediaPlaylist::maps.
  std::optional<std::size_t> key;             ///< Index into HlsMediaPlaylist::keys.
  std::optional<std::size_t> tiles;           ///< Index into HlsMediaPlaylist::tiles.
  std::vector<HlsPart> parts = {};            ///< What it is made of, where that is listed.
  friend bool operator==(const HlsSegment&, const HlsSegment&) = default;
};

struct HlsMediaPlaylist {
  std::optional<Duration> target_duration;
  std::int64_t media_sequence = 0;
  std::int64_t discontinuity_sequence = 0;
  std::string playlist_type;  ///< As written: "VOD", "EVENT", or empty.
  /// EXT-X-SERVER-CONTROL: so far behind the end a viewer should stay.
  std::optional<Duration> hold_back;
  /// The same: a client that knows the playlist may leave out what is farther from its end.
  std::optional<Duration> can_skip_until;
  /// Low latency: so far behind the end a viewer should stay, how long parts are at most, and
  /// whether a reload may ask for what is still to come.
  std::optional<Duration> part_hold_back;
  std::optional<Duration> part_target;
  bool can_block_reload = false;
  bool has_end = false;  ///< EXT-X-ENDLIST: nothing will be added.
  bool iframes_only = false;
  bool images_only = false;  ///< EXT-X-IMAGES-ONLY: thumbnails.
  std::vector<HlsTiles> tiles;
  std::vector<HlsMap> maps;
  std::vector<HlsKey> keys;
  std::vector<HlsSegment> segments;
  /// The one that is being produced: its parts so far, and as long as these; no URI.
  std::optional<HlsSegment> growing;
  /// EXT-X-PRELOAD-HINT: the part that comes next; its duration is not known. One whose length is
  /// not told, of a longer file, is passed over.
  std::optional<HlsPart> next_part;
  friend bool operator==(const HlsMediaPlaylist&, const HlsMediaPlaylist&) = default;
};

struct HlsVariant {
  std::string uri;
  std::int64_t bandwidth = 0;  ///< 0 where missing or malformed.
  std::optional<std::int64_t> average_bandwidth;
  std::string codecs;
  int width = 0;
  int height = 0;
  double frame_rate = 0;
  std::string audio;  ///< Group ids, empty where there is none.
  std::string video;
  std::string subtitles;
  std::string pathway = {};  ///< For content steering; "." where none is stated.
  std::string stable_id = {};
  friend bool operator==(const HlsVariant&, const HlsVariant&) = default;
};

struct HlsRendition {
  std::string type;  ///< "AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS".
  std::string group_id;
  std::string name;
  std::string uri;  ///< Empty: within the variant's own segments.
  std::string language;
  std::string channels;
  bool is_default = false;
  bool autoselect = false;
  bool forced = false;
  std::string stable_id = {};
  friend bool operator==(const HlsRendition&, const HlsRendition&) = default;
};

struct HlsMultivariantPlaylist {
  std::vector<HlsVariant> variants;
  std::vector<HlsVariant> iframe_variants;
  std::vector<HlsVariant> image_variants;  ///< EXT-X-IMAGE-STREAM-INF.
  std::vector<HlsRendition> renditions;
  /// EXT-X-CONTENT-STEERING; its URI as written, and the pathway to begin with where one is stated.
  std::optional<SteeringServer> steering;
  friend bool operator==(const HlsMultivariantPlaylist&, const HlsMultivariantPlaylist&) = default;
};

struct HlsPlaylist {
  std::optional<std::int64_t> version;
  bool independent_segments = false;
  /// EXT-X-START: where a viewer begins; below zero it counts from the end.
  std::optional<Duration> start_offset;
  std::vector<HlsVariable> variables;
  std::variant<HlsMediaPlaylist, HlsMultivariantPlaylist> content;
  friend bool operator==(const HlsPlaylist&, const HlsPlaylist&) = default;
};

/// Reads a playlist. `url` is where it came from (EXT-X-DEFINE:QUERYPARAM reads it); `imported` are
/// the variables of the multivariant playlist that led here (EXT-X-DEFINE:IMPORT). Errors say the
/// line and the tag.
[[nodiscard]] Expected<HlsPlaylist> parse_hls_playlist(std::string_view text,
                                                       const std::string& url,
                                                       const std::vector<HlsVariable>& imported);

}  // namespace rung::media
