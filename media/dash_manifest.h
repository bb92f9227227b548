#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/presentation.h"

namespace rung::media {

/// MPEG-DASH (ISO/IEC 23009-1): the media presentation description as its author wrote it, with
/// inheritance applied, URLs resolved and the segment index computed. Supported: SegmentTemplate
/// with and without SegmentTimeline, SegmentList, SegmentBase, BaseURL at every level (the first of
/// several), multiple periods, live documents. Not followed: xlink,
/// sub-representations, segment patterns (S@p; such a representation has no known segments). No DTD
/// or entity is read. What playback can do without may be malformed; what places a segment may not.
struct DashRepresentation {
  /// As in the Presentation, but with every segment that the document announces, also those outside
  /// of the period. A missing bandwidth is 0.
  Representation representation;
  std::string base_url;           ///< Resolved.
  std::int64_t start_number = 1;  ///< Of segment 0.
  friend bool operator==(const DashRepresentation&, const DashRepresentation&) = default;
};

struct DashAdaptationSet {
  std::string id;
  ContentType type = ContentType::unknown;
  std::string language;
  std::string label;
  std::string role;                  ///< The first one but "main".
  bool is_main = false;              ///< Role "main".
  bool is_forced = false;            ///< Role "forced-subtitle".
  bool is_protected = false;         ///< Has ContentProtection, itself or in a representation.
  std::vector<std::string> key_ids;  ///< The default_KID of these, once each.
  std::string licence_url;           ///< The first one for clear keys.
  /// Only for trick play (fast forward), not for ordinary playback.
  bool is_trick_mode = false;
  /// How much earlier than computed segments are available; infinite is Duration::max().
  std::optional<Duration> availability_time_offset;
  /// What is available then is whole; without it the rest comes as it is produced.
  bool availability_time_complete = true;
  std::vector<DashRepresentation> representations;  ///< In document order.
  friend bool operator==(const DashAdaptationSet&, const DashAdaptationSet&) = default;
};

struct DashPeriod {
  std::string id;
  Duration start{};
  std::optional<Duration> duration;
  std::vector<DashAdaptationSet> adaptation_sets;
  friend bool operator==(const DashPeriod&, const DashPeriod&) = default;
};

struct DashManifest {
  /// Where a live presentation should be played (section on service descriptions, edition 4).
  struct ServiceDescription {
    std::optional<Duration> target_latency;
    std::optional<Duration> min_latency;
    std::optional<Duration> max_latency;
    std::optional<double> min_playback_rate;
    std::optional<double> max_playback_rate;
    friend bool operator==(const ServiceDescription&, const ServiceDescription&) = default;
  };

  std::string type;   ///< As written: "static" or "dynamic".
  std::string url;    ///< Where the document came from.
  std::string title;  ///< Of the first ProgramInformation, at most 200 bytes.
  std::optional<Duration> min_buffer_time;
  std::optional<Duration> media_presentation_duration;
  std::optional<Duration> minimum_update_period;
  std::optional<Duration> time_shift_buffer_depth;
  std::optional<Duration> suggested_presentation_delay;
  std::optional<Duration> availability_start_time;  ///< Since 1970.
  std::optional<Duration> availability_end_time;    ///< Since 1970.
  std::optional<Duration> publish_time;             ///< Since 1970.
  std::vector<std::string> locations;               ///< Resolved.
  std::optional<PatchLocation> patch;               ///< The first one.
  std::optional<ServiceDescription> service_description;
  std::vector<UtcTiming> timings;
  std::vector<DashPeriod> periods;
  std::vector<Places> places;                   ///< Of every level that has several, once each.
  std::map<std::string, std::string> pathways;  ///< BaseURL@serviceLocation by its URL.
  std::optional<SteeringServer> steering;
  [[nodiscard]] bool is_live() const { return type == "dynamic"; }
  friend bool operator==(const DashManifest&, const DashManifest&) = default;
};

/// Reads an MPD. `url` is where it came from. In a live document without a SegmentTimeline the
/// segments follow from the wall clock (since 1970): without one there are none yet. A template of
/// which nothing tells the end has none; fails where no sound and no pictures are left then. Errors
/// say the line and the element.
[[nodiscard]] Expected<DashManifest> parse_dash_manifest(std::string_view text,
                                                         const std::string& url,
                                                         std::optional<Duration> wall_clock);

/// What the manifest means for a player: only segments that lie in their period, representations
/// sorted, periods without media left out.
[[nodiscard]] Presentation to_presentation(const DashManifest& manifest);

}  // namespace rung::media
