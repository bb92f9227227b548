#include "media/hls_presentation.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/check.h"
#include "media/codecs.h"
#include "media/hls_pathways.h"
#include "media/url.h"

namespace rung::media {
namespace {

constexpr std::int64_t ticks_per_second = 1'000'000'000;  // a Duration's own
constexpr Duration shortest_segment = std::chrono::milliseconds(1);

/// A variant without picture: no size, and its codecs name only audio.
bool is_audio_only(const HlsVariant& variant) {
  if (variant.width > 0 || variant.codecs.empty()) return false;
  return std::ranges::all_of(split_codecs(variant.codecs), [](const std::string& codec) {
    return content_type_of_codec(codec) == ContentType::audio;
  });
}

/// Whether the variant's audio comes in playlists of its own.
bool has_separate_audio(const HlsMultivariantPlaylist& playlist, const HlsVariant& variant) {
  return !variant.audio.empty() &&
         std::ranges::any_of(playlist.renditions, [&](const HlsRendition& rendition) {
           return rendition.type == "AUDIO" && rendition.group_id == variant.audio &&
                  !rendition.uri.empty();
         });
}

Representation announce(std::string id, const std::string& url, const std::string& uri) {
  Representation representation;
  representation.id = std::move(id);
  representation.resources = ResourceList{};
  representation.pending_document = Resource{resolve_url(url, uri), std::nullopt};
  return representation;
}

Representation* find_document(AdaptationSet& set, const std::optional<Resource>& document) {
  const auto found =
      std::ranges::find(set.representations, document, &Representation::pending_document);
  return found == set.representations.end() ? nullptr : &*found;
}

void add_variant(AdaptationSet& set, const HlsVariant& variant, const std::string& url,
                 const std::string& id, const std::string& codecs) {
  Representation representation = announce(id, url, variant.uri);
  // BANDWIDTH is required, but some leave it out or say 0.
  const std::int64_t declared =
      variant.bandwidth > 0 ? variant.bandwidth : variant.average_bandwidth.value_or(0);
  representation.bandwidth =
      declared > 0 ? BitRate::bits_per_second(declared) : undeclared_bandwidth;
  representation.codecs = codecs;
  representation.width = variant.width;
  representation.height = variant.height;
  representation.frame_rate = variant.frame_rate;
  if (Representation* same = find_document(set, representation.pending_document)) {
    same->bandwidth = std::min(same->bandwidth, representation.bandwidth);
    return;
  }
  set.representations.push_back(std::move(representation));
}

/// The audio codecs of a variant that uses the group.
std::string codecs_of_group(const HlsMultivariantPlaylist& playlist, const std::string& group) {
  for (const HlsVariant& variant : playlist.variants)
    if (variant.audio == group) {
      std::string codecs = codecs_of_type(variant.codecs, ContentType::audio);
      if (!codecs.empty()) return codecs;
    }
  return {};
}

AdaptationSet announce_rendition(const HlsMultivariantPlaylist& playlist,
                                 const HlsRendition& rendition, const std::string& url) {
  AdaptationSet set;
  set.id = rendition.group_id;
  set.type = ContentType::audio;
  set.language = rendition.language;
  set.name = rendition.name;
  set.is_default = rendition.is_default;
  Representation representation =
      announce(rendition.group_id + "/" + rendition.name, url, rendition.uri);
  representation.bandwidth = undeclared_audio_bandwidth;
  representation.codecs = codecs_of_group(playlist, rendition.group_id);
  set.representations.push_back(std::move(representation));
  return set;
}

/// The mean rate, where byte ranges tell the size of every segment.
std::optional<BitRate> measured_bandwidth(std::span<const PlacedSegment> segments) {
  Duration duration{};
  double bits = 0;
  for (const PlacedSegment& segment : segments) {
    if (!segment.resource.range) return std::nullopt;
    duration += segment.duration;
    bits += 8.0 * static_cast<double>(segment.resource.range->length.bytes());
  }
  const double rate = duration > Duration::zero() ? bits / to_seconds(duration) : 0;
  if (rate < 1 || rate > 1e12) return std::nullopt;
  return BitRate::bits_per_second(static_cast<std::int64_t>(rate));
}

Presentation empty_presentation(const std::string& url) {
  Presentation presentation;
  presentation.format = ManifestFormat::hls;
  presentation.url = url;
  presentation.periods.push_back({});
  return presentation;
}

std::optional<Encryption> encryption_of(const HlsMediaDocument& document,
                                        std::optional<std::size_t> index) {
  if (!index) return std::nullopt;
  const HlsKey& key = document.playlist.keys[*index];
  return Encryption{.method = key.method,
                    .key_url = key.uri.empty() ? "" : resolve_url(document.url, key.uri),
                    .iv = key.iv,
                    .key_format = key.key_format};
}

std::optional<HlsMap> map_of(const HlsMediaPlaylist& playlist, const HlsSegment& segment) {
  if (!segment.map) return std::nullopt;
  return playlist.maps[*segment.map];
}

/// What lines of the playlist say of the segment, but not where it lies.
PlacedSegment described(const HlsMediaDocument& document, const HlsSegment& segment) {
  PlacedSegment result;
  result.duration = std::max(segment.duration, shortest_segment);
  result.resource = {resolve_url(document.url, segment.uri), segment.range};
  if (const auto map = map_of(document.playlist, segment)) {
    result.init = Resource{resolve_url(document.url, map->uri), map->range};
    // Without a vector, which it must state, nothing but zero is to be had.
    if (const auto encryption = encryption_of(document, map->key))
      result.init_encryption = with_vector(*encryption, 0);
  }
  result.encryption = encryption_of(document, segment.key);
  result.discontinuity = segment.discontinuity;
  result.gap = segment.gap;
  for (const HlsPart& part : segment.parts)
    result.parts.push_back({resolve_url(document.url, part.uri), part.range});
  return result;
}

/// Whether the segment of that index is encrypted as those before it.
bool continues(const Representation::KeyedFrom& run, SegmentNumber index,
               const PlacedSegment& segment) {
  return run.encryption == segment.encryption &&
         (!run.encryption || run.sequence + (index - run.first) == segment.sequence);
}

}  // namespace

Presentation announced_presentation(const HlsMultivariantPlaylist& all, const std::string& url) {
  Presentation presentation = empty_presentation(url);
  HlsPathways pathways = pathways_of(all, url);
  const HlsMultivariantPlaylist& playlist = pathways.first;
  presentation.places = std::move(pathways.places);
  presentation.pathways = std::move(pathways.names);
  presentation.stable_ids = std::move(pathways.stable_ids);
  if (all.steering) {
    presentation.steering = all.steering;
    presentation.steering->server = resolve_url(url, all.steering->server);
  }
  AdaptationSet video;
  video.type = ContentType::video;
  AdaptationSet audio;
  audio.type = ContentType::audio;
  bool all_separate = true;
  for (std::size_t i = 0; i < playlist.variants.size(); ++i) {
    const HlsVariant& variant = playlist.variants[i];
    const std::string id = std::to_string(i + 1);
    if (is_audio_only(variant)) {
      // Usually this is the playlist of a rendition too, which says more about it.
      if (!has_separate_audio(playlist, variant))
        add_variant(audio, variant, url, id, variant.codecs);
      continue;
    }
    const bool separate = has_separate_audio(playlist, variant);
    const std::string video_codecs = codecs_of_type(variant.codecs, ContentType::video);
    const bool video_only =
        !variant.codecs.empty() && codecs_of_type(variant.codecs, ContentType::audio).empty();
    if (!separate && !video_only) all_separate = false;
    add_variant(video, variant, url, id, separate ? video_codecs : variant.codecs);
  }
  video.is_muxed = !all_separate;
  std::vector<AdaptationSet>& sets = presentation.periods.front().adaptation_sets;
  if (!video.representations.empty()) sets.push_back(std::move(video));
  for (const HlsRendition& rendition : playlist.renditions) {
    if (rendition.type == "SUBTITLES" && !rendition.uri.empty())
      presentation.text_renditions.push_back({.language = rendition.language,
                                              .name = rendition.name,
                                              .playlist = resolve_url(url, rendition.uri),
                                              .is_default = rendition.is_default,
                                              .is_forced = rendition.forced});
    if (rendition.type != "AUDIO" || rendition.uri.empty()) continue;
    AdaptationSet set = announce_rendition(playlist, rendition, url);
    const auto& document = set.representations.front().pending_document;
    if (std::ranges::none_of(
            sets, [&](AdaptationSet& other) { return find_document(other, document) != nullptr; }))
      sets.push_back(std::move(set));
  }
  if (!audio.representations.empty()) sets.push_back(std::move(audio));
  for (const HlsVariant& images : playlist.image_variants)
    if (!images.uri.empty())
      presentation.image_renditions.push_back(
          {.playlist = resolve_url(url, images.uri), .width = images.width});
  return presentation;
}

Presentation announced_presentation(const HlsMediaPlaylist& playlist, const std::string& url) {
  Presentation presentation = empty_presentation(url);
  AdaptationSet set;
  set.type = ContentType::video;
  set.is_muxed = true;
  Representation representation = announce("1", url, url);
  representation.bandwidth =
      measured_bandwidth(placed({playlist, url})).value_or(undeclared_bandwidth);
  set.representations.push_back(std::move(representation));
  presentation.periods.front().adaptation_sets.push_back(std::move(set));
  return presentation;
}

std::vector<PlacedSegment> placed(const HlsMediaDocument& document) {
  const HlsMediaPlaylist& playlist = document.playlist;
  std::vector<PlacedSegment> result;
  result.reserve(playlist.segments.size());
  MediaTime at{};
  std::int64_t sequence = playlist.media_sequence;
  std::optional<Duration> clock;
  for (const HlsSegment& segment : playlist.segments) {
    PlacedSegment& last = result.emplace_back(described(document, segment));
    last.sequence = sequence++;
    last.start = at;
    if (segment.program_date_time) clock = segment.program_date_time;
    last.clock = clock;
    at += last.duration;
    if (clock) *clock += last.duration;
  }
  return result;
}

std::optional<PlacedSegment> growing(const HlsMediaDocument& document,
                                     std::span<const PlacedSegment> segments) {
  const HlsMediaPlaylist& playlist = document.playlist;
  if (!playlist.growing || segments.empty()) return std::nullopt;
  PlacedSegment result = described(document, *playlist.growing);
  // Parts of a segment cannot be decrypted one by one.
  if (result.encryption) return std::nullopt;
  const PlacedSegment& before = segments.back();
  result.resource = {};
  result.growing = true;
  result.sequence = before.sequence + 1;
  result.start = before.start + before.duration;
  if (!playlist.has_end) result.duration = std::max(result.duration, before.duration);
  if (playlist.next_part && !playlist.has_end) {
    Resource next{resolve_url(document.url, playlist.next_part->uri), playlist.next_part->range};
    if (std::ranges::find(result.parts, next) == result.parts.end())
      result.next_part = std::move(next);
  }
  result.clock = playlist.growing->program_date_time;
  if (!result.clock && before.clock) result.clock = *before.clock + before.duration;
  return result;
}

std::vector<Representation> split_by_map(const Representation& announced,
                                         std::span<const PlacedSegment> segments) {
  std::vector<Representation> parts;
  const PlacedSegment* before = nullptr;
  for (const PlacedSegment& segment : segments) {
    if (segment.gap) continue;
    if (before == nullptr || segment.init != before->init) {
      Representation part = announced;
      if (part.pending_document) part.playlist = part.pending_document->url;
      part.pending_document.reset();
      part.timeline = SegmentTimeline(ticks_per_second, 0, MediaTime{});
      part.resources = ResourceList{};
      part.init = segment.init;
      part.init_encryption = segment.init_encryption;
      parts.push_back(std::move(part));
    }
    before = &segment;
    Representation& part = parts.back();
    const SegmentNumber index = part.timeline.size();
    part.timeline.append({segment.start.time_since_epoch().count(), segment.duration.count(), 1});
    std::get<ResourceList>(part.resources).resources.push_back(segment.resource);
    if (segment.discontinuity) part.discontinuities.push_back(index);
    if (part.encryption.empty() ? segment.encryption.has_value()
                                : !continues(part.encryption.back(), index, segment))
      part.encryption.push_back({index, segment.encryption, segment.sequence});
  }
  // A rendition's bandwidth is not declared, but byte ranges may tell it.
  if (announced.bandwidth == undeclared_audio_bandwidth)
    if (const auto bandwidth = measured_bandwidth(segments))
      for (Representation& part : parts) part.bandwidth = *bandwidth;
  return parts;
}

}  // namespace rung::media
