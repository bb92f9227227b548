#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/segment_timeline.h"

namespace rung::media {

/// Part of a resource: `length` bytes from byte `first` on (RFC 9110 section 14.1.2).
struct ByteRange {
  std::int64_t first = 0;
  ByteCount length;  ///< Zero: to the end.
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What one HTTP request fetches: an absolute URL and, maybe, a part of it.
struct Resource {
  std::string url;
  std::optional<ByteRange> range;
  friend bool operator==(const Resource&, const Resource&) = default;
};

/// How a media segment is encrypted (HLS EXT-X-KEY, RFC 8216 section 4.3.2.4), as a fact.
struct Encryption {
  std::string method;  ///< "AES-128", "SAMPLE-AES", ...
  std::string key_url;
  /// Initialization vector: 32 hexadecimal digits, empty where the media sequence number tells it.
  std::string iv;
  std::string key_format;
  friend bool operator==(const Encryption&, const Encryption&) = default;
};

/// `encryption` with its initialization vector, where that is told by `sequence`, the media
/// sequence number of what it encrypts.
[[nodiscard]] Encryption with_vector(Encryption encryption, std::int64_t sequence);

/// Resources that follow a pattern (DASH SegmentTemplate, ISO/IEC 23009-1 section 5.3.9.4.4).
/// $RepresentationID$ and $Bandwidth$ are filled in already; $Number$ and $Time$ are left, as
/// `parts` with the values between them.
struct ResourceTemplate {
  enum class Field { none, number, time };
  struct Part {
    std::string text;           ///< Literal text before the field.
    Field field = Field::none;  ///< The value that follows the text.
    int width = 1;              ///< Minimum number of digits, zero-padded.
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::vector<Part> parts;
  std::string base_url;           ///< The filled-in reference is resolved against it.
  std::int64_t start_number = 1;  ///< $Number$ of segment 0.
  friend bool operator==(const ResourceTemplate&, const ResourceTemplate&) = default;
};

/// Resources listed one by one (SegmentList, sidx, HLS media playlist). All vectors are either
/// empty or as long as the time line.
struct ResourceList {
  std::vector<Resource> resources;
  friend bool operator==(const ResourceList&, const ResourceList&) = default;
};

/// How an image is divided into pictures of one size, row by row, each for the same time.
struct TileGrid {
  int columns = 1;
  int rows = 1;
  friend bool operator==(const TileGrid&, const TileGrid&) = default;
};

/// "10x5" as columns and rows; nullopt where it is no such grid, or has more than
/// 1024 of them.
[[nodiscard]] std::optional<TileGrid> parse_tile_grid(std::string_view text);

/// A set of encoded media of one content component at one quality.
struct Representation {
  std::string id;
  BitRate bandwidth;
  std::string mime_type;
  std::string codecs;
  int width = 0;
  int height = 0;
  double frame_rate = 0;
  std::optional<TileGrid> tiles;  ///< Of images that are thumbnails.

  SegmentTimeline timeline;
  std::variant<ResourceTemplate, ResourceList> resources;
  std::optional<Resource> init;
  std::optional<Encryption> init_encryption;

  /// A document that must be fetched before `timeline` is known: the index segment of a
  /// SegmentBase, or an HLS media playlist. Unset once it has been read.
  std::optional<Resource> pending_document;

  /// HLS only; empty or one entry a run of segments with the same key, by first segment.
  struct KeyedFrom {
    SegmentNumber first = 0;
    std::optional<Encryption> encryption;
    std::int64_t sequence = 0;  ///< Its media sequence number; those behind it follow.
    friend bool operator==(const KeyedFrom&, const KeyedFrom&) = default;
  };
  std::vector<KeyedFrom> encryption;
  std::string playlist;  ///< HLS only: where its segments are listed, as the manifest names it.
  /// HLS only: segments that start a discontinuity, ascending.
  std::vector<SegmentNumber> discontinuities;

  /// `index` in [0, timeline.size()).
  [[nodiscard]] Resource resource(SegmentNumber index) const;
  /// How the segment is encrypted, with its initialization vector; none where it is not.
  [[nodiscard]] std::optional<Encryption> encryption_of(SegmentNumber index) const;
  /// The exact size where the manifest or an index tells it (a byte range's length).
  [[nodiscard]] std::optional<ByteCount> size(SegmentNumber index) const;

  friend bool operator==(const Representation&, const Representation&) = default;
};

/// `source` with only those of its segments that lie, at least in part, in [start, end).
[[nodiscard]] Representation within(const Representation& source, MediaTime start, MediaTime end);
/// `source` with only its segments [first, last).
[[nodiscard]] Representation slice(const Representation& source, SegmentNumber first,
                                   SegmentNumber last);

enum class ContentType { video, audio, text, image, unknown };

/// Interchangeable representations, sorted by ascending bandwidth (ties in document order).
/// A set of type video may carry muxed audio (HLS with MPEG-TS).
struct AdaptationSet {
  std::string id;
  ContentType type = ContentType::unknown;
  std::string language;
  std::string name;  ///< HLS NAME or DASH Label, for people.
  std::string role;  ///< DASH: the first Role but "main"; what it is for.
  bool is_default = false;
  bool is_forced = false;            ///< Of text: for those who otherwise want none.
  bool is_protected = false;         ///< DASH ContentProtection present.
  std::vector<std::string> key_ids;  ///< DASH; that it states, see normal_key_id().
  std::string licence_url;           ///< DASH; who gives licences for clear keys; may be empty.
  bool is_muxed = false;             ///< A video set whose segments carry the audio too.
  /// Live: so much earlier than they end its segments are there.
  Duration availability_offset{};
  bool is_chunked = false;  ///< Then only their beginnings are; the rest comes as it is produced.
  std::vector<Representation> representations;
  friend bool operator==(const AdaptationSet&, const AdaptationSet&) = default;
};

struct Period {
  std::string id;
  MediaTime start{};
  Duration duration{};
  std::vector<AdaptationSet> adaptation_sets;
  friend bool operator==(const Period&, const Period&) = default;
};

enum class PresentationType { on_demand, live };
enum class ManifestFormat { dash, hls };

/// A way to learn the time of a live presentation's origin (ISO/IEC 23009-1 section 5.8.4.11).
struct UtcTiming {
  std::string scheme;
  std::string value;
  friend bool operator==(const UtcTiming&, const UtcTiming&) = default;
};

/// Where what changes in a manifest is told (ISO/IEC 23009-1, 5th edition, section 5.15).
struct PatchLocation {
  std::string url;
  std::optional<Duration> until;  ///< Since 1970: nothing is there any more.
  friend bool operator==(const PatchLocation&, const PatchLocation&) = default;
};

/// When the segments of a live presentation are there.
struct LiveTimes {
  Duration availability_start{};  ///< Since 1970: when the presentation's time zero was produced.
  std::optional<Duration> availability_end;  ///< Since 1970.
  std::optional<Duration> window;            ///< For so long a segment stays.
  std::optional<Duration> suggested_delay;   ///< Behind the live edge.
  std::optional<Duration> earliest_delay;    ///< No viewer should be nearer.
  std::optional<Duration> latest_delay;      ///< No viewer should be farther behind.
  std::optional<double> slowest;             ///< How fast it may be played to get there.
  std::optional<double> fastest;
  std::optional<Duration> update_period;  ///< The manifest is read again after it.
  std::vector<std::string> locations;     ///< Where it is read from then; empty: as before.
  std::vector<UtcTiming> timings;
  std::optional<PatchLocation> patch;
  friend bool operator==(const LiveTimes&, const LiveTimes&) = default;
};

/// URLs below which the same resources lie (DASH BaseURL, ISO/IEC 23009-1 section 5.6.5). The first
/// one is what the presentation's URLs are made of; at least one more, unless a server steers.
using Places = std::vector<std::string>;

/// A server that tells from which of the places to fetch (DASH ContentSteering, ETSI TS 103 998;
/// HLS EXT-X-CONTENT-STEERING).
struct SteeringServer {
  std::string server;              ///< Its URL.
  std::vector<std::string> first;  ///< The pathways before it has answered, best first.
  friend bool operator==(const SteeringServer&, const SteeringServer&) = default;
};

/// What a variant or a rendition of HLS is called wherever it is (STABLE-VARIANT-ID,
/// STABLE-RENDITION-ID).
struct StableId {
  enum class Kind { variant, rendition };
  Kind kind = Kind::variant;
  std::string id;
  friend bool operator==(const StableId&, const StableId&) = default;
};

/// A variable that a playlist of HLS gave a value (EXT-X-DEFINE).
struct HlsVariable {
  std::string name;
  std::string value;
  friend bool operator==(const HlsVariable&, const HlsVariable&) = default;
};

/// Subtitles of HLS, in a playlist that is read when somebody wants them.
struct TextRendition {
  std::string language;
  std::string name;
  std::string playlist;  ///< Its URL.
  bool is_default = false;
  bool is_forced = false;
  friend bool operator==(const TextRendition&, const TextRendition&) = default;
};

/// Thumbnails of HLS, in a playlist that is read when somebody wants them.
struct ImageRendition {
  std::string playlist;  ///< Its URL.
  int width = 0;         ///< Of one of them; 0 where it is not told.
  friend bool operator==(const ImageRendition&, const ImageRendition&) = default;
};

/// What a manifest means: periods of adaptation sets of representations of segments, with absolute
/// URLs and exact times. An immutable value; the segment index is computed, never listed.
struct Presentation {
  ManifestFormat format = ManifestFormat::dash;
  PresentationType type = PresentationType::on_demand;
  std::string url;    ///< Where the manifest came from, after redirects.
  std::string title;  ///< Its name for people, at most 200 bytes; empty where it tells none.
  Duration min_buffer_time{};
  Duration duration{};
  std::vector<Period> periods;
  std::vector<Places> places;                   ///< Where there are several for something.
  std::map<std::string, std::string> pathways;  ///< What a place's URL is called for steering.
  std::map<std::string, StableId> stable_ids;   ///< HLS; by the first URL of a playlist's places.
  std::optional<SteeringServer> steering;
  std::optional<LiveTimes> live;                 ///< DASH, where it is live.
  std::vector<TextRendition> text_renditions;    ///< HLS; of DASH they are adaptation sets.
  std::vector<ImageRendition> image_renditions;  ///< HLS; the same.
  std::vector<HlsVariable> variables;            ///< HLS; for the playlists of these.
  /// HLS, where it is live: its playlists as they were read.
  std::shared_ptr<const struct LivePlaylists> playlists;
  friend bool operator==(const Presentation&, const Presentation&) = default;
};

}  // namespace rung::media
