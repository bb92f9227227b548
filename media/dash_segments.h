#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "media/dash_manifest.h"
#include "media/xml_reader.h"

namespace rung::media {

/// The segment information of one level of an MPD, merged with what it inherits (ISO/IEC 23009-1
/// section 5.3.9): the nearest SegmentTemplate, SegmentList or SegmentBase counts, and takes the
/// attributes and children that it does not state itself from one of the same kind further out.
struct DashSegmentInfo {
  enum class Kind { none, base, list, pattern };
  Kind kind = Kind::none;
  pugi::xml_node node;  ///< The nearest element, for messages.
  std::int64_t timescale = 1;
  std::int64_t presentation_time_offset = 0;
  std::optional<std::int64_t> duration;
  std::int64_t start_number = 1;
  std::optional<std::int64_t> end_number;
  std::string media;
  std::string initialization;
  std::string index_range;
  std::optional<Duration> availability_time_offset;
  bool availability_time_complete = true;
  pugi::xml_node timeline;                ///< SegmentTimeline.
  pugi::xml_node initialization_element;  ///< Initialization.
  pugi::xml_node urls;                    ///< The SegmentList that holds the SegmentURLs.
};

/// What a level of the MPD adds to `inherited`.
[[nodiscard]] DashSegmentInfo merge_segment_info(XmlReader& xml, pugi::xml_node level,
                                                 const DashSegmentInfo& inherited);

/// A length such as "PT5S" of availabilityTimeOffset's kind: seconds, or "INF" as Duration::max().
[[nodiscard]] std::optional<Duration> read_availability_time_offset(XmlReader& xml,
                                                                    pugi::xml_node node);

/// What the segments of a period's representations depend on beside their own elements.
struct DashPeriodClock {
  Duration start{};
  std::optional<Duration> duration;
  bool is_live = false;
  /// How much of a live period's time line has been produced by now; nullopt without a clock.
  std::optional<Duration> elapsed;
  /// How far back a live period's segments are kept.
  std::optional<Duration> time_shift_buffer_depth;
};

/// Whether nothing tells how many segments a template stands for: then there are none.
[[nodiscard]] bool lacks_end(const DashSegmentInfo& segments, const DashPeriodClock& period);

/// Fills in the time line, the resources, the init segment and the index of `target`, whose id,
/// bandwidth and base URL are set already. Failures are kept in `xml`.
void add_segments(XmlReader& xml, const DashSegmentInfo& segments, const DashPeriodClock& period,
                  DashRepresentation& target);

}  // namespace rung::media
