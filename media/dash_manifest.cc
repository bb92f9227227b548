#include "media/dash_manifest.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "core/limits.h"
#include "media/codecs.h"
#include "media/dash_segments.h"
#include "media/iso8601.h"
#include "media/sample_protection.h"
#include "media/url.h"
#include "media/url_policy.h"
#include "media/xml_reader.h"

namespace rung::media {
namespace {

/// However short the window is that a live manifest states.
constexpr int least_window_segments = 3;

/// Of sound and pictures.
Duration longest_segment(const Presentation& presentation) {
  Duration longest{};
  for (const Period& period : presentation.periods)
    for (const AdaptationSet& set : period.adaptation_sets)
      if (set.type == ContentType::video || set.type == ContentType::audio)
        for (const Representation& representation : set.representations)
          if (representation.timeline.size() > 0)
            longest = std::max(longest, representation.timeline.longest_duration());
  return longest;
}

/// "25", "29.97" or "30000/1001" as a number; 0 when it is none.
double read_frame_rate(std::string_view text) {
  const auto number = [](std::string_view digits) {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() && value > 0 && value < 1e12
               ? value
               : 0;
  };
  text = trimmed(text);
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return number(text);
  const double divisor = number(text.substr(slash + 1));
  return divisor > 0 ? number(text.substr(0, slash)) / divisor : 0;
}

ContentType content_type_of(std::string_view type, std::string_view mime_type,
                            std::string_view codecs) {
  if (type.empty()) type = mime_type.substr(0, mime_type.find('/'));
  if (type == "video") return ContentType::video;
  if (type == "audio") return ContentType::audio;
  if (type == "text") return ContentType::text;
  if (type == "image") return ContentType::image;
  if (mime_type == "application/ttml+xml") return ContentType::text;
  const std::vector<std::string> entries = split_codecs(codecs);
  return entries.empty() ? ContentType::unknown : content_type_of_codec(entries.front());
}

/// At most 200 bytes of it, control characters as blanks; whole characters of UTF-8.
std::string name_for_people(std::string_view text) {
  constexpr std::size_t longest = 200;
  text = trimmed(text);
  std::size_t size = std::min(text.size(), longest);
  const auto continues = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (size > 0 && continues(size)) --size;
  std::string name(text.substr(0, size));
  std::ranges::replace_if(
      name, [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, ' ');
  return name;
}

/// The scheme of the W3C's clear keys, as DASH names it.
bool is_clear_key(std::string_view scheme) {
  constexpr std::string_view name = "urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e";
  return std::ranges::equal(scheme, name, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

/// BaseURL elements of one level, or Location elements, that are read; further ones are passed
/// over.
constexpr std::size_t most_places = 8;

/// Levels whose places are read; what lies below further ones is fetched from its first place.
constexpr std::size_t most_sets_of_places = 1024;

/// Places with a name for steering; further ones have none.
constexpr std::size_t most_pathways = 256;

/// Walks through an MPD from the outside in, with what each level hands down.
class MpdReader {
 public:
  MpdReader(XmlReader& xml, DashManifest& manifest, std::optional<Duration> wall_clock)
      : xml_(xml), manifest_(manifest), wall_clock_(wall_clock) {}

  void read() {
    const pugi::xml_node mpd = xml_.root();
    manifest_.type = xml_.text(mpd, "type").value_or("static");
    manifest_.title =
        name_for_people(xml_.child(xml_.child(mpd, "ProgramInformation"), "Title").child_value());
    manifest_.min_buffer_time = xml_.duration_hint(mpd, "minBufferTime");
    manifest_.media_presentation_duration = xml_.duration(mpd, "mediaPresentationDuration");
    manifest_.minimum_update_period = xml_.duration_hint(mpd, "minimumUpdatePeriod");
    manifest_.time_shift_buffer_depth = xml_.duration_hint(mpd, "timeShiftBufferDepth");
    manifest_.suggested_presentation_delay = xml_.duration_hint(mpd, "suggestedPresentationDelay");
    manifest_.availability_start_time = xml_.instant(mpd, "availabilityStartTime");
    manifest_.availability_end_time = xml_.instant(mpd, "availabilityEndTime");
    manifest_.publish_time = xml_.instant(mpd, "publishTime");
    xml_.each(mpd, "Location", [&](pugi::xml_node location) {
      std::string url = resolve_url(manifest_.url, trimmed(location.child_value()));
      if (manifest_.locations.size() < most_places && xml_.charge(location, url.size()))
        manifest_.locations.push_back(std::move(url));
    });
    if (const auto patch = xml_.child(mpd, "PatchLocation")) read_patch_location(patch);
    xml_.each(mpd, "UTCTiming", [&](pugi::xml_node timing) {
      UtcTiming read{.scheme = xml_.text(timing, "schemeIdUri").value_or(""),
                     .value = xml_.text(timing, "value").value_or("")};
      if (xml_.charge(timing, read.scheme.size() + read.value.size()))
        manifest_.timings.push_back(std::move(read));
    });
    if (const auto steering = xml_.child(mpd, "ContentSteering")) read_steering(steering);
    if (const auto service = xml_.child(mpd, "ServiceDescription"))
      manifest_.service_description = read_service_description(service);
    Level level;
    level.base_url = manifest_.url;
    level = enter(mpd, level);
    xml_.each(mpd, "Period", [&](pugi::xml_node period) { read_period(period, level); });
    if (endless_ && !has_sound_or_pictures())
      xml_.fail(endless_,
                "nothing says how many segments there are: neither mediaPresentationDuration nor a "
                "duration of the Period");
  }

 private:
  /// What a level of the document hands down to the one below it.
  struct Level {
    std::string base_url;
    std::optional<Duration> base_availability_offset;
    bool base_availability_complete = true;
    DashSegmentInfo segments;
  };

  /// `outer` with the BaseURL and the segment information of `node`.
  Level enter(pugi::xml_node node, const Level& outer) {
    Level level = outer;
    if (const auto base = xml_.child(node, "BaseURL")) {
      read_places(node, outer.base_url);
      level.base_url = resolve_url(outer.base_url, trimmed(base.child_value()));
      if (level.base_url.size() > limits::url_length)
        xml_.fail(base, "the URL is too long", ErrorCode::limit_exceeded);
      if (const auto offset = read_availability_time_offset(xml_, base))
        level.base_availability_offset = offset;
      if (const auto complete = xml_.text(base, "availabilityTimeComplete"))
        level.base_availability_complete = *complete != "false" && *complete != "0";
    }
    level.segments = merge_segment_info(xml_, node, outer.segments);
    return level;
  }

  /// Where the BaseURL elements of a level are several, all of them.
  void read_places(pugi::xml_node node, const std::string& outer) {
    Places places;
    xml_.each(node, "BaseURL", [&](pugi::xml_node base) {
      std::string url = resolve_url(outer, trimmed(base.child_value()));
      if (places.size() < most_places && url.size() <= limits::url_length &&
          std::ranges::find(places, url) == places.end() && xml_.charge(base, url.size()))
        places.push_back(url);
      if (auto name = xml_.text(base, "serviceLocation");
          name && manifest_.pathways.size() < most_pathways &&
          xml_.charge(base, url.size() + name->size()))
        manifest_.pathways.emplace(std::move(url), *std::move(name));
    });
    // Of one that has a name a server that steers may come to know clones.
    const bool counts = places.size() > 1 || (places.size() == 1 && manifest_.steering &&
                                              manifest_.pathways.contains(places.front()));
    if (counts && manifest_.places.size() < most_sets_of_places &&
        std::ranges::find(manifest_.places, places) == manifest_.places.end())
      manifest_.places.push_back(std::move(places));
  }

  void read_patch_location(pugi::xml_node node) {
    PatchLocation patch{.url = resolve_url(manifest_.url, trimmed(node.child_value())),
                        .until = std::nullopt};
    const auto ttl = parse_decimal_seconds(xml_.text(node, "ttl").value_or(""));
    if (ttl && manifest_.publish_time) patch.until = *manifest_.publish_time + *ttl;
    if (patch.url.size() <= limits::url_length && xml_.charge(node, patch.url.size()))
      manifest_.patch = std::move(patch);
  }

  void read_steering(pugi::xml_node node) {
    SteeringServer steering;
    steering.server = resolve_url(manifest_.url, trimmed(node.child_value()));
    std::istringstream names(xml_.text(node, "defaultServiceLocation").value_or(""));
    for (std::string name; steering.first.size() < most_places && names >> name;)
      steering.first.push_back(std::move(name));
    if (steering.server.size() <= limits::url_length && xml_.charge(node, steering.server.size()))
      manifest_.steering = std::move(steering);
  }

  DashManifest::ServiceDescription read_service_description(pugi::xml_node node) {
    DashManifest::ServiceDescription result;
    const auto latency = xml_.child(node, "Latency");
    const auto milliseconds = [&](const char* name) -> std::optional<Duration> {
      const auto value = xml_.integer(latency, name, 0, 1'000'000'000'000);
      if (!value) return std::nullopt;
      return std::chrono::milliseconds(*value);
    };
    result.target_latency = milliseconds("target");
    result.min_latency = milliseconds("min");
    result.max_latency = milliseconds("max");
    const auto rate = xml_.child(node, "PlaybackRate");
    result.min_playback_rate = xml_.real(rate, "min");
    result.max_playback_rate = xml_.real(rate, "max");
    return result;
  }

  /// Section 5.3.2.1: the start that is written, else the end of the period before.
  void read_period(pugi::xml_node node, const Level& outer) {
    if (manifest_.periods.size() == limits::periods)
      return xml_.fail(node, "there are more than " + std::to_string(limits::periods) + " periods",
                       ErrorCode::limit_exceeded);
    DashPeriod period;
    period.id = xml_.text(node, "id").value_or("");
    period.duration = xml_.duration(node, "duration");
    if (const auto start = xml_.duration(node, "start"))
      period.start = *start;
    else if (!manifest_.periods.empty())
      period.start = manifest_.periods.back().start +
                     manifest_.periods.back().duration.value_or(Duration::zero());
    if (period.start > furthest_time)
      return xml_.fail(node, "starts beyond the range of times", ErrorCode::limit_exceeded);
    if (!period.duration) period.duration = implied_duration(node, period.start);

    clock_ = DashPeriodClock{};
    clock_.start = period.start;
    clock_.duration = period.duration;
    clock_.is_live = manifest_.is_live();
    clock_.time_shift_buffer_depth = manifest_.time_shift_buffer_depth;
    if (wall_clock_)
      clock_.elapsed = *wall_clock_ - manifest_.availability_start_time.value_or(Duration::zero()) -
                       period.start;
    const Level level = enter(node, outer);
    xml_.each(node, "AdaptationSet", [&](pugi::xml_node set) {
      if (period.adaptation_sets.size() == limits::adaptation_sets)
        return xml_.fail(set,
                         "there are more than " + std::to_string(limits::adaptation_sets) +
                             " adaptation sets in the period",
                         ErrorCode::limit_exceeded);
      if (xml_.charge(set, sizeof(DashAdaptationSet)))
        period.adaptation_sets.push_back(read_adaptation_set(set, level));
    });
    manifest_.periods.push_back(std::move(period));
  }

  /// Until the next period's start, or the end of the presentation.
  std::optional<Duration> implied_duration(pugi::xml_node node, Duration start) {
    for (pugi::xml_node next = node.next_sibling(); next; next = next.next_sibling()) {
      if (!xml_.is(next, "Period")) continue;
      const auto next_start = xml_.duration(next, "start");
      if (!next_start) return std::nullopt;
      return std::max(*next_start - start, Duration::zero());
    }
    if (!manifest_.media_presentation_duration) return std::nullopt;
    return std::max(*manifest_.media_presentation_duration - start, Duration::zero());
  }

  void read_protection(pugi::xml_node node, DashAdaptationSet& set) {
    xml_.each(node, "ContentProtection", [&](pugi::xml_node protection) {
      set.is_protected = true;
      for (const pugi::xml_attribute attribute : protection.attributes()) {
        const std::string_view name = attribute.name();
        if (name.substr(name.find(':') + 1) != "default_KID") continue;
        std::string id = normal_key_id(attribute.value());
        if (!id.empty() && set.key_ids.size() < limits::representations &&
            std::ranges::find(set.key_ids, id) == set.key_ids.end())
          set.key_ids.push_back(std::move(id));
      }
      const auto scheme = xml_.text(protection, "schemeIdUri");
      if (set.licence_url.empty() && scheme && is_clear_key(*scheme))
        read_licence_url(protection, set);
    });
  }

  /// Laurl in whatever namespace: it has been in several.
  void read_licence_url(pugi::xml_node protection, DashAdaptationSet& set) {
    for (const pugi::xml_node child : protection.children()) {
      const std::string_view name = child.name();
      const std::string_view local = name.substr(name.find(':') + 1);
      if (local != "Laurl" && local != "laurl") continue;
      const std::string_view reference = trimmed(child.child_value());
      if (reference.empty()) continue;
      std::string url = resolve_url(manifest_.url, reference);
      if (url.size() <= limits::url_length && xml_.charge(child, url.size()))
        set.licence_url = std::move(url);
      return;
    }
  }

  DashAdaptationSet read_adaptation_set(pugi::xml_node node, const Level& outer) {
    DashAdaptationSet set;
    set.id = xml_.text(node, "id").value_or("");
    set.language = xml_.text(node, "lang").value_or("");
    set.label = std::string(trimmed(xml_.child(node, "Label").child_value()));
    read_protection(node, set);
    xml_.each(node, "Role", [&](pugi::xml_node role) {
      const auto value = xml_.text(role, "value");
      if (value == "main") set.is_main = true;
      if (value && value != "main" && set.role.empty()) set.role = *value;
      if (value == "forced-subtitle" || value == "forced_subtitle") set.is_forced = true;
    });
    for (const char* property : {"EssentialProperty", "SupplementalProperty"})
      xml_.each(node, property, [&](pugi::xml_node descriptor) {
        if (xml_.text(descriptor, "schemeIdUri") == "http://dashif.org/guidelines/trickmode")
          set.is_trick_mode = true;
      });
    const Level level = enter(node, outer);
    set.availability_time_offset = availability_time_offset(level);
    set.availability_time_complete =
        level.base_availability_complete && level.segments.availability_time_complete;
    xml_.each(node, "Representation", [&](pugi::xml_node representation) {
      if (set.representations.size() == limits::representations)
        return xml_.fail(representation,
                         "there are more than " + std::to_string(limits::representations) +
                             " representations in the adaptation set",
                         ErrorCode::limit_exceeded);
      if (xml_.charge(representation, sizeof(DashRepresentation) + level.base_url.size()))
        set.representations.push_back(read_representation(representation, node, level));
      read_protection(representation, set);
    });
    std::string type = xml_.text(node, "contentType").value_or("");
    if (type.empty())
      type = xml_.text(xml_.child(node, "ContentComponent"), "contentType").value_or("");
    std::string mime_type = xml_.text(node, "mimeType").value_or("");
    std::string codecs = xml_.text(node, "codecs").value_or("");
    if (!set.representations.empty()) {
      mime_type = set.representations.front().representation.mime_type;
      codecs = set.representations.front().representation.codecs;
    }
    set.type = content_type_of(type, mime_type, codecs);
    return set;
  }

  /// Images that are divided into thumbnails (DASH-IF guidelines, section 6.2.6).
  std::optional<TileGrid> read_tiles(pugi::xml_node node) {
    std::optional<TileGrid> grid;
    for (const char* property : {"EssentialProperty", "SupplementalProperty"})
      xml_.each(node, property, [&](pugi::xml_node descriptor) {
        const auto scheme = xml_.text(descriptor, "schemeIdUri");
        if (scheme == "http://dashif.org/guidelines/thumbnail_tile" ||
            scheme == "http://dashif.org/thumbnail_tile")
          grid = parse_tile_grid(trimmed(xml_.text(descriptor, "value").value_or("")));
      });
    return grid;
  }

  DashRepresentation read_representation(pugi::xml_node node, pugi::xml_node set,
                                         const Level& outer) {
    // An attribute that the representation does not state is the adaptation set's.
    const auto inherited = [&](const char* name) {
      auto own = xml_.text(node, name);
      return own ? *own : xml_.text(set, name).value_or("");
    };
    const auto pixels = [&](const char* name) {
      constexpr int most = 1'000'000;
      const auto own = xml_.integer(node, name, 0, most);
      return static_cast<int>(own ? *own : xml_.integer(set, name, 0, most).value_or(0));
    };
    DashRepresentation result;
    Representation& representation = result.representation;
    representation.id = xml_.text(node, "id").value_or("");
    representation.bandwidth =
        BitRate::bits_per_second(xml_.integer(node, "bandwidth").value_or(0));
    representation.mime_type = inherited("mimeType");
    representation.codecs = inherited("codecs");
    representation.width = pixels("width");
    representation.height = pixels("height");
    representation.frame_rate = read_frame_rate(inherited("frameRate"));
    representation.tiles = read_tiles(node);
    if (!representation.tiles) representation.tiles = read_tiles(set);
    Level level = enter(node, outer);
    level.segments.availability_time_offset = availability_time_offset(level);
    result.base_url = level.base_url;
    if (!endless_ && lacks_end(level.segments, clock_)) endless_ = level.segments.node;
    if (!xml_.error()) add_segments(xml_, level.segments, clock_, result);
    return result;
  }

  /// The offsets of BaseURL and of the segment information add up.
  static std::optional<Duration> availability_time_offset(const Level& level) {
    const auto& base = level.base_availability_offset;
    const auto& segments = level.segments.availability_time_offset;
    if (!base || !segments) return base ? base : segments;
    if (*base == Duration::max() || *segments == Duration::max()) return Duration::max();
    return *base + *segments;
  }

  [[nodiscard]] bool has_sound_or_pictures() const {
    const auto has_segments = [](const DashRepresentation& read) {
      return read.representation.timeline.size() > 0 || read.representation.pending_document;
    };
    const auto is_played = [&](const DashAdaptationSet& set) {
      return (set.type == ContentType::video || set.type == ContentType::audio) &&
             std::ranges::any_of(set.representations, has_segments);
    };
    return std::ranges::any_of(manifest_.periods, [&](const DashPeriod& period) {
      return std::ranges::any_of(period.adaptation_sets, is_played);
    });
  }

  XmlReader& xml_;
  DashManifest& manifest_;
  /// The first segment information of which nothing tells the end, where there is one.
  pugi::xml_node endless_;
  std::optional<Duration> wall_clock_;
  DashPeriodClock clock_;  ///< Of the period that is being read.
};

AdaptationSet to_adaptation_set(const DashAdaptationSet& source, MediaTime start, MediaTime end) {
  AdaptationSet set;
  set.id = source.id;
  set.type = source.type;
  set.language = source.language;
  set.name = source.label;
  set.role = source.role;
  set.is_default = source.is_main;
  set.is_forced = source.is_forced;
  set.is_protected = source.is_protected;
  set.key_ids = source.key_ids;
  set.licence_url = source.licence_url;
  set.availability_offset = source.availability_time_offset.value_or(Duration::zero());
  set.is_chunked = !source.availability_time_complete && set.availability_offset > Duration::zero();
  for (const DashRepresentation& representation : source.representations)
    set.representations.push_back(within(representation.representation, start, end));
  set.is_muxed = set.type == ContentType::video &&
                 std::ranges::any_of(set.representations, [](const Representation& representation) {
                   return !codecs_of_type(representation.codecs, ContentType::audio).empty();
                 });
  std::ranges::stable_sort(set.representations, {}, &Representation::bandwidth);
  return set;
}

}  // namespace

Expected<DashManifest> parse_dash_manifest(std::string_view text, const std::string& url,
                                           std::optional<Duration> wall_clock) {
  auto xml = XmlReader::create(text, redacted_url(url), "MPD");
  if (!xml) return tl::unexpected(xml.error());
  DashManifest manifest;
  manifest.url = url;
  MpdReader(**xml, manifest, wall_clock).read();
  if ((*xml)->error()) return tl::unexpected(*(*xml)->error());
  return manifest;
}

Presentation to_presentation(const DashManifest& manifest) {
  Presentation presentation;
  presentation.format = ManifestFormat::dash;
  if (manifest.is_live()) {
    presentation.type = PresentationType::live;
    const auto& service = manifest.service_description;
    presentation.live =
        LiveTimes{.availability_start = manifest.availability_start_time.value_or(Duration::zero()),
                  .availability_end = manifest.availability_end_time,
                  .window = manifest.time_shift_buffer_depth,
                  .suggested_delay = service && service->target_latency
                                         ? service->target_latency
                                         : manifest.suggested_presentation_delay,
                  .earliest_delay = service ? service->min_latency : std::nullopt,
                  .latest_delay = service ? service->max_latency : std::nullopt,
                  .slowest = service ? service->min_playback_rate : std::nullopt,
                  .fastest = service ? service->max_playback_rate : std::nullopt,
                  .update_period = manifest.minimum_update_period,
                  .locations = manifest.locations,
                  .timings = manifest.timings,
                  .patch = manifest.patch};
  }
  presentation.url = manifest.url;
  presentation.title = manifest.title;
  presentation.places = manifest.places;
  presentation.pathways = manifest.pathways;
  presentation.steering = manifest.steering;
  presentation.min_buffer_time = manifest.min_buffer_time.value_or(Duration::zero());
  for (std::size_t i = 0; i < manifest.periods.size(); ++i) {
    const DashPeriod& source = manifest.periods[i];
    Period period;
    period.id = source.id;
    period.start = MediaTime(source.start);
    MediaTime end =
        source.duration ? period.start + *source.duration : MediaTime(2 * furthest_time);
    if (i + 1 < manifest.periods.size())
      end = std::clamp(MediaTime(manifest.periods[i + 1].start), period.start, end);
    MediaTime last_end = period.start;
    for (const DashAdaptationSet& set : source.adaptation_sets) {
      if (set.is_trick_mode) continue;
      period.adaptation_sets.push_back(to_adaptation_set(set, period.start, end));
      for (const Representation& representation : period.adaptation_sets.back().representations) {
        const SegmentTimeline& timeline = representation.timeline;
        if (timeline.size() > 0)
          last_end = std::max(last_end, timeline.start(timeline.size() - 1) +
                                            timeline.duration(timeline.size() - 1));
      }
    }
    if (period.adaptation_sets.empty()) continue;
    period.duration = (source.duration ? end : std::min(last_end, end)) - period.start;
    presentation.duration = (period.start + period.duration).time_since_epoch();
    presentation.periods.push_back(std::move(period));
  }
  // In a window of less, what is asked for would have left it before it has come.
  if (presentation.live && presentation.live->window)
    presentation.live->window =
        std::max(*presentation.live->window, longest_segment(presentation) * least_window_segments);
  return presentation;
}

}  // namespace rung::media
