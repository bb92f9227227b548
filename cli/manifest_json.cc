#include "cli/manifest_json.h"

#include <algorithm>
#include <optional>

#include "core/limits.h"
#include "media/url.h"

namespace rung::cli {
namespace {

using media::DashAdaptationSet;
using media::DashManifest;
using media::DashPeriod;
using media::DashRepresentation;
using media::HlsMediaPlaylist;
using media::HlsMultivariantPlaylist;
using media::HlsPlaylist;
using media::HlsSegment;
using media::HlsVariant;

/// Beyond this no further segment is listed, however long their URLs are.
constexpr std::int64_t longest_output = std::int64_t{256} * 1024 * 1024;

std::optional<double> seconds(const std::optional<Duration>& duration) {
  if (!duration) return std::nullopt;
  return to_seconds(*duration);
}

void write_range(JsonWriter& json, const std::optional<media::ByteRange>& range) {
  if (!range) return;
  json.key("byterange");
  json.begin_object();
  if (range->length > ByteCount{}) json.member("length", range->length.bytes());
  json.member("offset", range->first);
  json.end_object();
}

// --- DASH ---

class DashWriter {
 public:
  DashWriter(JsonWriter& json, const DashManifest& manifest) : json_(json), manifest_(manifest) {
    std::int64_t representations = 0;
    for (const DashPeriod& period : manifest.periods)
      for (const DashAdaptationSet& set : period.adaptation_sets)
        representations += std::ssize(set.representations);
    share_ = limits::listed_segments / std::max<std::int64_t>(representations, 1);
  }

  void write() {
    json_.begin_object();
    json_.member("format", "dash");
    json_.member("type", manifest_.type);
    json_.member("min_buffer_time", seconds(manifest_.min_buffer_time));
    json_.member("media_presentation_duration", seconds(manifest_.media_presentation_duration));
    json_.member("minimum_update_period", seconds(manifest_.minimum_update_period));
    json_.member("time_shift_buffer_depth", seconds(manifest_.time_shift_buffer_depth));
    json_.member("suggested_presentation_delay", seconds(manifest_.suggested_presentation_delay));
    json_.key("locations");
    json_.begin_array();
    for (const std::string& location : manifest_.locations) json_.value(location);
    json_.end_array();
    if (manifest_.service_description) write(*manifest_.service_description);
    json_.key("periods");
    json_.begin_array();
    for (const DashPeriod& period : manifest_.periods) write(period);
    json_.end_array();
    json_.end_object();
  }

 private:
  void write(const DashManifest::ServiceDescription& service) {
    json_.key("service_description");
    json_.begin_object();
    json_.member("target_latency", seconds(service.target_latency));
    json_.member("min_latency", seconds(service.min_latency));
    json_.member("max_latency", seconds(service.max_latency));
    json_.member("min_playback_rate", service.min_playback_rate);
    json_.member("max_playback_rate", service.max_playback_rate);
    json_.end_object();
  }

  void write(const DashPeriod& period) {
    json_.begin_object();
    json_.known_member("id", period.id);
    json_.member("start", to_seconds(period.start));
    json_.member("duration", seconds(period.duration));
    json_.key("adaptation_sets");
    json_.begin_array();
    for (const DashAdaptationSet& set : period.adaptation_sets) write(set);
    json_.end_array();
    json_.end_object();
  }

  void write(const DashAdaptationSet& set) {
    json_.begin_object();
    json_.known_member("id", set.id);
    json_.known_member("lang", set.language);
    json_.known_member("label", set.label);
    json_.known_member("role", set.role);
    if (set.availability_time_offset == Duration::max())
      json_.member("availability_time_offset", "INF");
    else
      json_.member("availability_time_offset", seconds(set.availability_time_offset));
    json_.key("representations");
    json_.begin_array();
    for (const DashRepresentation& representation : set.representations) write(representation);
    json_.end_array();
    json_.end_object();
  }

  void write(const DashRepresentation& source) {
    const media::Representation& representation = source.representation;
    json_.begin_object();
    json_.known_member("id", representation.id);
    json_.known_member("bandwidth", representation.bandwidth.bits_per_second());
    json_.known_member("mime_type", representation.mime_type);
    json_.known_member("codecs", representation.codecs);
    json_.known_member("width", representation.width);
    json_.known_member("height", representation.height);
    json_.known_member("frame_rate", representation.frame_rate);
    json_.member("base_url", source.base_url);
    if (const auto url = init_url(source)) json_.member("init_url", *url);
    json_.member("segment_count", representation.timeline.size());
    write_segments(source);
    json_.end_object();
  }

  /// What is not said to be initialised elsewhere holds its initialisation itself.
  static std::optional<std::string> init_url(const DashRepresentation& source) {
    if (source.representation.init) return source.representation.init->url;
    if (std::holds_alternative<media::ResourceTemplate>(source.representation.resources))
      return std::nullopt;
    return source.base_url;
  }

  void write_segments(const DashRepresentation& source) {
    const media::Representation& representation = source.representation;
    const SegmentNumber count = representation.timeline.size();
    SegmentNumber listed = 0;
    json_.key("segments");
    json_.begin_array();
    for (; listed < std::min(count, share_) && json_.size() < longest_output; ++listed) {
      const media::Resource resource = representation.resource(listed);
      json_.begin_object();
      json_.member("url", resource.url);
      json_.member("number", source.start_number + listed);
      json_.member("time", to_seconds(representation.timeline.start(listed).time_since_epoch()));
      json_.member("duration", to_seconds(representation.timeline.duration(listed)));
      write_range(json_, resource.range);
      json_.end_object();
    }
    json_.end_array();
    if (listed < count) json_.member("segments_listed", listed);
  }

  JsonWriter& json_;
  const DashManifest& manifest_;
  std::int64_t share_ = 0;  ///< How many segments each representation may list.
};

// --- HLS ---

void write_map(JsonWriter& json, const media::HlsMap& map) {
  json.key("map");
  json.begin_object();
  json.member("uri", map.uri);
  write_range(json, map.range);
  json.end_object();
}

void write_key(JsonWriter& json, const media::HlsKey& key, const std::string& url) {
  json.key("key");
  json.begin_object();
  json.member("method", key.method);
  json.known_member("uri", key.uri);
  if (!key.uri.empty()) json.member("resolved_uri", media::resolve_url(url, key.uri));
  json.known_member("iv", key.iv);
  json.end_object();
}

void write_segment(JsonWriter& json, const HlsMediaPlaylist& playlist, const HlsSegment& segment,
                   const std::string& url) {
  json.begin_object();
  json.member("uri", segment.uri);
  json.member("resolved_uri", media::resolve_url(url, segment.uri));
  json.member("duration", to_seconds(segment.duration));
  json.known_member("title", segment.title);
  json.member("discontinuity", segment.discontinuity);
  json.member("gap", segment.gap);
  if (segment.program_date_time)
    json.member("program_date_time",
                std::chrono::floor<std::chrono::milliseconds>(*segment.program_date_time).count());
  write_range(json, segment.range);
  if (segment.map) write_map(json, playlist.maps[*segment.map]);
  if (segment.key) write_key(json, playlist.keys[*segment.key], url);
  json.end_object();
}

void write_media(JsonWriter& json, const HlsMediaPlaylist& playlist, const std::string& url) {
  Duration total{};
  std::int64_t discontinuities = 0;
  for (const HlsSegment& segment : playlist.segments) {
    total += segment.duration;
    discontinuities += segment.discontinuity ? 1 : 0;
  }
  json.member("target_duration", seconds(playlist.target_duration));
  json.member("media_sequence", playlist.media_sequence);
  json.member("discontinuity_sequence", playlist.discontinuity_sequence);
  json.known_member("playlist_type", playlist.playlist_type);
  json.member("endlist", playlist.has_end);
  json.member("iframes_only", playlist.iframes_only);
  json.member("segment_count", playlist.segments.size());
  json.member("discontinuity_count", discontinuities);
  json.member("total_duration", to_seconds(total));
  std::int64_t listed = 0;
  json.key("segments");
  json.begin_array();
  for (const HlsSegment& segment : playlist.segments) {
    if (json.size() >= longest_output) break;
    write_segment(json, playlist, segment, url);
    ++listed;
  }
  json.end_array();
  if (listed < std::ssize(playlist.segments)) json.member("segments_listed", listed);
}

void write_variants(JsonWriter& json, const char* name, const std::vector<HlsVariant>& variants,
                    const std::string& url) {
  json.key(name);
  json.begin_array();
  for (const HlsVariant& variant : variants) {
    json.begin_object();
    json.member("uri", variant.uri);
    json.member("resolved_uri", media::resolve_url(url, variant.uri));
    json.known_member("bandwidth", variant.bandwidth);
    json.member("average_bandwidth", variant.average_bandwidth);
    json.known_member("codecs", variant.codecs);
    json.known_member("width", variant.width);
    json.known_member("height", variant.height);
    json.known_member("frame_rate", variant.frame_rate);
    json.known_member("audio", variant.audio);
    json.known_member("video", variant.video);
    json.known_member("subtitles", variant.subtitles);
    json.end_object();
  }
  json.end_array();
}

void write_multivariant(JsonWriter& json, const HlsMultivariantPlaylist& playlist,
                        const std::string& url) {
  write_variants(json, "variants", playlist.variants, url);
  write_variants(json, "iframe_variants", playlist.iframe_variants, url);
  json.key("renditions");
  json.begin_array();
  for (const media::HlsRendition& rendition : playlist.renditions) {
    json.begin_object();
    json.member("type", rendition.type);
    json.member("group_id", rendition.group_id);
    json.member("name", rendition.name);
    json.known_member("uri", rendition.uri);
    json.known_member("language", rendition.language);
    json.known_member("channels", rendition.channels);
    json.member("default", rendition.is_default);
    json.member("autoselect", rendition.autoselect);
    json.member("forced", rendition.forced);
    json.end_object();
  }
  json.end_array();
}

void write_hls(JsonWriter& json, const HlsPlaylist& playlist, const std::string& url) {
  const auto* media_playlist = std::get_if<HlsMediaPlaylist>(&playlist.content);
  json.begin_object();
  json.member("format", "hls");
  json.member("kind", media_playlist != nullptr ? "media" : "multivariant");
  json.member("version", playlist.version);
  json.member("independent_segments", playlist.independent_segments);
  if (media_playlist != nullptr)
    write_media(json, *media_playlist, url);
  else
    write_multivariant(json, std::get<HlsMultivariantPlaylist>(playlist.content), url);
  json.end_object();
}

}  // namespace

void write_manifest_json(JsonWriter& json, const media::Manifest& manifest,
                         const std::string& url) {
  if (const auto* dash = std::get_if<DashManifest>(&manifest))
    DashWriter(json, *dash).write();
  else
    write_hls(json, std::get<HlsPlaylist>(manifest), url);
}

}  // namespace rung::cli
