#include "media/dash_segments.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "media/iso8601.h"
#include "media/url.h"

namespace rung::media {
namespace {

__extension__ using Wide = __int128;
using Run = SegmentTimeline::Run;

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

/// Half of what fits, so that sums of a tick or an index and another number fit too.
constexpr std::int64_t furthest_tick = std::numeric_limits<std::int64_t>::max() / 2;
constexpr std::int64_t highest_number = std::int64_t{1} << 60;

/// `duration` in ticks, rounded down.
Wide to_ticks(Duration duration, std::int64_t timescale) {
  return Wide{duration.count()} * timescale / nanoseconds_per_second;
}

/// How many segments of `duration` ticks it takes to fill `span`.
Wide segments_to_fill(Duration span, std::int64_t duration, std::int64_t timescale) {
  const Wide span_parts = Wide{span.count()} * timescale;
  const Wide segment_parts = Wide{duration} * nanoseconds_per_second;
  return (span_parts + segment_parts - 1) / segment_parts;
}

/// How many whole segments of `duration` ticks lie within `span`; none in a negative one.
Wide segments_within(Duration span, std::int64_t duration, std::int64_t timescale) {
  if (span < Duration::zero()) return 0;
  return Wide{span.count()} * timescale / (Wide{duration} * nanoseconds_per_second);
}

/// Collects runs of segments that neither overlap nor leave the range of times.
class RunCollector {
 public:
  RunCollector(XmlReader& xml, const DashSegmentInfo& segments) : xml_(xml), segments_(segments) {}

  /// Adds `count` segments. Where they start before the end so far they take the place of what is
  /// there.
  void add(pugi::xml_node node, std::int64_t start, std::int64_t duration, Wide count) {
    if (count <= 0 || !xml_.charge(node, sizeof(Run) * 2)) return;
    const Wide end = start + Wide{duration} * count;
    const Wide furthest = to_ticks(furthest_time, segments_.timescale);
    const Wide from_origin = end - segments_.presentation_time_offset;
    const Wide start_from_origin = Wide{start} - segments_.presentation_time_offset;
    if (end > furthest_tick || from_origin > furthest || start_from_origin < -furthest) {
      xml_.fail(node, "the segments reach beyond the range of times", ErrorCode::limit_exceeded);
      return;
    }
    if (start < end_) cut_back_to(start);
    runs_.push_back({start, duration, static_cast<std::int64_t>(count)});
    end_ = static_cast<std::int64_t>(end);
  }

  void clear() { runs_.clear(); }
  [[nodiscard]] std::int64_t end() const { return end_; }
  [[nodiscard]] bool empty() const { return runs_.empty(); }

  /// The first `limit` of the segments as a time line.
  [[nodiscard]] SegmentTimeline timeline(MediaTime period_start, std::int64_t limit) const {
    SegmentTimeline result(segments_.timescale, segments_.presentation_time_offset, period_start);
    for (Run run : runs_) {
      run.count = std::min(run.count, limit - result.size());
      if (run.count > 0) result.append(run);
    }
    return result;
  }

 private:
  /// Takes away what begins at `start` or later, and shortens the segment that reaches beyond it.
  void cut_back_to(std::int64_t start) {
    while (!runs_.empty() && runs_.back().start >= start) runs_.pop_back();
    if (runs_.empty()) return;
    Run& last = runs_.back();
    last.count = std::min(last.count, (start - last.start + last.duration - 1) / last.duration);
    const std::int64_t last_start = last.start + last.duration * (last.count - 1);
    if (last_start + last.duration <= start) return;
    if (--last.count == 0) runs_.pop_back();
    runs_.push_back({last_start, start - last_start, 1});
  }

  XmlReader& xml_;
  const DashSegmentInfo& segments_;
  std::vector<Run> runs_;
  std::int64_t end_ = 0;
};

/// Where an open-ended repetition stops: at the next S with a time, else with the period, else, in
/// a live one, with what has been produced. Where nothing tells it, there is one segment.
Wide repetition_end(XmlReader& xml, const DashSegmentInfo& segments, const DashPeriodClock& period,
                    pugi::xml_node s, std::int64_t start, std::int64_t duration) {
  for (pugi::xml_node next = s.next_sibling(); next; next = next.next_sibling()) {
    if (!xml.is(next, "S")) continue;
    const auto time = xml.integer(next, "t");
    if (time) return *time;
    xml.fail(next, "needs a t because the S before it repeats without end");
    return start;
  }
  std::optional<Duration> span = period.duration;
  if (period.is_live) {
    if (!period.elapsed) return Wide{start} + duration;
    if (!span || *period.elapsed < *span) {
      const Wide produced =
          segments.presentation_time_offset + to_ticks(*period.elapsed, segments.timescale);
      return start + (produced - start) / duration * duration;
    }
  }
  if (!span) return Wide{start} + duration;
  return segments.presentation_time_offset + to_ticks(*span, segments.timescale);
}

void collect_timeline(XmlReader& xml, const DashSegmentInfo& segments,
                      const DashPeriodClock& period, RunCollector& runs) {
  bool has_pattern = false;
  xml.each(segments.timeline, "S", [&](pugi::xml_node s) {
    has_pattern = has_pattern || s.attribute("p");
    if (has_pattern) return runs.clear();
    const std::int64_t start = xml.integer(s, "t").value_or(runs.empty() ? 0 : runs.end());
    const auto duration = xml.integer(s, "d", 1);
    if (!duration) return xml.fail(s, "has no d (duration)");
    const std::int64_t repeats =
        xml.integer(s, "r", std::numeric_limits<std::int64_t>::min()).value_or(0);
    Wide count = Wide{repeats} + 1;
    if (repeats < 0) {
      const Wide end = repetition_end(xml, segments, period, s, start, *duration);
      count = (end - start + *duration - 1) / *duration;
    }
    if (!xml.error()) runs.add(s, start, *duration, count);
  });
}

/// The segments of a constant duration that fill the period, or, in a live one, that are available
/// now. Moves the start number to the first of them.
void collect_equal_segments(XmlReader& xml, const DashSegmentInfo& segments,
                            const DashPeriodClock& period, Duration availability_time_offset,
                            std::int64_t& start_number, RunCollector& runs) {
  const std::int64_t duration = *segments.duration;
  const std::int64_t timescale = segments.timescale;
  Wide first = 0;
  Wide end = std::numeric_limits<std::int64_t>::max();
  if (segments.end_number) end = Wide{*segments.end_number} - segments.start_number + 1;
  if (period.duration) end = std::min(end, segments_to_fill(*period.duration, duration, timescale));
  if (period.is_live) {
    if (!period.elapsed) {
      end = 0;
    } else {
      const Duration produced = availability_time_offset == Duration::max()
                                    ? period.duration.value_or(*period.elapsed)
                                    : *period.elapsed + availability_time_offset;
      end = std::min(end, segments_within(produced, duration, timescale));
      if (period.time_shift_buffer_depth)
        first =
            segments_within(*period.elapsed - *period.time_shift_buffer_depth, duration, timescale);
      // However short the window is, the newest one is there.
      if (first == end && end > 0) --first;
    }
  } else if (lacks_end(segments, period)) {
    return;
  }
  if (first >= end) return;
  const Wide start = segments.presentation_time_offset + first * duration;
  const Wide last_number = segments.start_number + end;
  if (start > furthest_tick || last_number > furthest_tick) {
    xml.fail(segments.node, "the segments reach beyond the range of times",
             ErrorCode::limit_exceeded);
    return;
  }
  start_number += static_cast<std::int64_t>(first);
  runs.add(segments.node, static_cast<std::int64_t>(start), duration, end - first);
}

/// Segments of a constant duration end with their period, the last one may be shorter.
void cut_to_period(const DashPeriodClock& period, SegmentTimeline& timeline) {
  if (!period.duration || timeline.size() == 0) return;
  const MediaTime end = MediaTime(period.start) + *period.duration;
  if (end > timeline.start(timeline.size() - 1)) timeline.cut_end(end);
}

/// One segment as long as the period.
void collect_single_segment(XmlReader& xml, const DashSegmentInfo& segments,
                            const DashPeriodClock& period, RunCollector& runs) {
  if (!period.duration) return;
  // Rounded up; the rest is cut off again.
  const Wide ticks = to_ticks(*period.duration, segments.timescale) + 1;
  if (ticks > furthest_tick - std::max<std::int64_t>(segments.presentation_time_offset, 0))
    return xml.fail(segments.node, "the segments reach beyond the range of times",
                    ErrorCode::limit_exceeded);
  runs.add(segments.node, segments.presentation_time_offset, static_cast<std::int64_t>(ticks), 1);
}

/// "first-last" (RFC 9110 section 14.1.2, both ends included), or "first-" to the end; nullopt when
/// it is none.
std::optional<ByteRange> parse_range(std::string_view text) {
  std::int64_t first = 0;
  std::int64_t last = 0;
  const char* const end = text.data() + text.size();
  const auto head = std::from_chars(text.data(), end, first);
  if (head.ec != std::errc() || head.ptr == end || *head.ptr != '-') return std::nullopt;
  if (head.ptr + 1 == end && first >= 0) return ByteRange{first, {}};
  const auto tail = std::from_chars(head.ptr + 1, end, last);
  if (tail.ec != std::errc() || tail.ptr != end || first < 0 || last < first ||
      last > furthest_tick)
    return std::nullopt;
  return ByteRange{first, ByteCount(last - first + 1)};
}

std::optional<ByteRange> read_range(XmlReader& xml, pugi::xml_node node, const char* name) {
  const auto text = xml.text(node, name);
  if (!text || trimmed(*text).empty()) return std::nullopt;
  const auto range = parse_range(trimmed(*text));
  if (!range)
    xml.fail(node,
             std::string(name) + "=" + quoted(*text) + " is not a byte range such as \"0-499\"");
  return range;
}

std::string zero_padded(std::int64_t number, int width) {
  std::string digits = std::to_string(number);
  if (digits.size() < static_cast<std::size_t>(width))
    digits.insert(0, static_cast<std::size_t>(width) - digits.size(), '0');
  return digits;
}

/// The identifier between two dollar signs: its name, and the width of "%0[width]d".
struct Identifier {
  std::string_view name;
  int width = 1;
};

std::optional<Identifier> parse_identifier(std::string_view text) {
  constexpr int widest = 64;
  const auto percent = text.find('%');
  if (percent == std::string_view::npos) return Identifier{text, 1};
  Identifier result{text.substr(0, percent), 1};
  std::string_view format = text.substr(percent + 1);
  if (!format.ends_with('d')) return std::nullopt;
  format.remove_suffix(1);
  if (format.empty()) return result;
  const char* const end = format.data() + format.size();
  const auto [stop, error] = std::from_chars(format.data(), end, result.width);
  if (error != std::errc() || stop != end || result.width < 0 || result.width > widest)
    return std::nullopt;
  return result;
}

/// Takes a template apart; what does not depend on the segment is filled in. What is no known
/// identifier stays as it is.
std::vector<ResourceTemplate::Part> parse_template(std::string_view text,
                                                   const Representation& representation) {
  using Field = ResourceTemplate::Field;
  std::vector<ResourceTemplate::Part> parts(1);
  while (!text.empty()) {
    const auto dollar = text.find('$');
    const auto close = dollar == std::string_view::npos ? dollar : text.find('$', dollar + 1);
    if (close == std::string_view::npos) {
      parts.back().text += text;
      break;
    }
    parts.back().text += text.substr(0, dollar);
    const std::string_view inner = text.substr(dollar + 1, close - dollar - 1);
    const auto identifier = parse_identifier(inner);
    const std::string_view name = identifier ? identifier->name : std::string_view{};
    text.remove_prefix(close + 1);
    if (inner.empty()) {
      parts.back().text += '$';
    } else if (name == "RepresentationID") {
      parts.back().text += representation.id;
    } else if (name == "Bandwidth") {
      parts.back().text +=
          zero_padded(representation.bandwidth.bits_per_second(), identifier->width);
    } else if (name == "Number" || name == "Time") {
      parts.back().field = name == "Number" ? Field::number : Field::time;
      parts.back().width = identifier->width;
      parts.push_back({});
    } else {
      // Another identifier stays with both of its dollar signs; else the second one may open one.
      const bool is_name = std::ranges::all_of(
          inner, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
      parts.back().text += '$';
      parts.back().text += inner;
      if (is_name)
        parts.back().text += '$';
      else
        text = std::string_view(inner.data() + inner.size(), text.size() + 1);
    }
  }
  return parts;
}

std::size_t memory_of(const Resource& resource) { return sizeof(Resource) + resource.url.size(); }

/// The resource that an Initialization or RepresentationIndex element or attribute names.
std::optional<Resource> read_initialization(XmlReader& xml, const DashSegmentInfo& segments,
                                            const DashRepresentation& target) {
  if (!segments.initialization.empty()) {
    std::string reference;
    for (const auto& part : parse_template(segments.initialization, target.representation))
      reference += part.text;
    return Resource{resolve_url(target.base_url, reference), std::nullopt};
  }
  const pugi::xml_node element = segments.initialization_element;
  if (!element) return std::nullopt;
  const std::string source = xml.text(element, "sourceURL").value_or("");
  return Resource{resolve_url(target.base_url, trimmed(source)), read_range(xml, element, "range")};
}

void add_pattern(XmlReader& xml, const DashSegmentInfo& segments, DashRepresentation& target) {
  ResourceTemplate pattern{parse_template(segments.media, target.representation), target.base_url,
                           target.start_number};
  std::size_t bytes = pattern.base_url.size();
  for (const auto& part : pattern.parts) bytes += sizeof(part) + part.text.size();
  if (xml.charge(segments.node, bytes)) target.representation.resources = std::move(pattern);
}

/// Reads the SegmentURLs, as many as there may be, into resources.
ResourceList read_segment_urls(XmlReader& xml, const DashSegmentInfo& segments,
                               const std::string& base_url) {
  ResourceList list;
  xml.each(segments.urls, "SegmentURL", [&](pugi::xml_node url) {
    Resource resource{resolve_url(base_url, trimmed(xml.text(url, "media").value_or(""))),
                      read_range(xml, url, "mediaRange")};
    if (xml.charge(url, memory_of(resource))) list.resources.push_back(std::move(resource));
  });
  return list;
}

void add_list(XmlReader& xml, const DashSegmentInfo& segments, const DashPeriodClock& period,
              DashRepresentation& target) {
  ResourceList list = read_segment_urls(xml, segments, target.base_url);
  const auto count = static_cast<std::int64_t>(list.resources.size());
  RunCollector runs(xml, segments);
  if (segments.timeline) {
    collect_timeline(xml, segments, period, runs);
  } else if (segments.duration) {
    Wide used = count;
    if (period.duration && !period.is_live)
      used = std::min(used,
                      segments_to_fill(*period.duration, *segments.duration, segments.timescale));
    runs.add(segments.node, segments.presentation_time_offset, *segments.duration, used);
  } else if (count == 1) {
    collect_single_segment(xml, segments, period, runs);
  }
  if (xml.error()) return;
  Representation& representation = target.representation;
  representation.timeline = runs.timeline(MediaTime(period.start), count);
  if (!segments.timeline) cut_to_period(period, representation.timeline);
  list.resources.resize(static_cast<std::size_t>(representation.timeline.size()));
  representation.resources = std::move(list);
}

/// The whole resource is one segment until its index has been read.
void add_single_resource(XmlReader& xml, const DashSegmentInfo& segments,
                         const DashPeriodClock& period, DashRepresentation& target) {
  Representation& representation = target.representation;
  RunCollector runs(xml, segments);
  collect_single_segment(xml, segments, period, runs);
  if (xml.error()) return;
  representation.timeline = runs.timeline(MediaTime(period.start), 1);
  cut_to_period(period, representation.timeline);
  ResourceList list;
  if (representation.timeline.size() > 0) list.resources.push_back({target.base_url, std::nullopt});
  representation.resources = std::move(list);
  const auto index = parse_range(trimmed(segments.index_range));
  if (!index || index->length == ByteCount{}) return;
  representation.pending_document = Resource{target.base_url, index};
  // Without an Initialization everything ahead of the index is the init segment.
  if (!representation.init && index->first > 0)
    representation.init = Resource{target.base_url, ByteRange{0, ByteCount(index->first)}};
}

}  // namespace

std::optional<Duration> read_availability_time_offset(XmlReader& xml, pugi::xml_node node) {
  const auto text = xml.text(node, "availabilityTimeOffset");
  if (!text) return std::nullopt;
  if (trimmed(*text) == "INF") return Duration::max();
  const auto seconds = xml.real(node, "availabilityTimeOffset");
  if (!seconds) return std::nullopt;
  const double furthest = to_seconds(furthest_time);
  return from_seconds(std::clamp(*seconds, -furthest, furthest));
}

DashSegmentInfo merge_segment_info(XmlReader& xml, pugi::xml_node level,
                                   const DashSegmentInfo& inherited) {
  using Kind = DashSegmentInfo::Kind;
  pugi::xml_node node;
  Kind kind = Kind::none;
  if ((node = xml.child(level, "SegmentTemplate")))
    kind = Kind::pattern;
  else if ((node = xml.child(level, "SegmentList")))
    kind = Kind::list;
  else if ((node = xml.child(level, "SegmentBase")))
    kind = Kind::base;
  if (kind == Kind::none) return inherited;

  DashSegmentInfo merged = kind == inherited.kind ? inherited : DashSegmentInfo{};
  merged.kind = kind;
  merged.node = node;
  constexpr std::int64_t largest_timescale = 10'000'000'000;
  if (const auto value = xml.integer(node, "timescale", 1, largest_timescale))
    merged.timescale = *value;
  if (const auto value = xml.integer(node, "presentationTimeOffset", -furthest_tick, furthest_tick))
    merged.presentation_time_offset = *value;
  if (const auto value = xml.integer(node, "duration", 1)) merged.duration = *value;
  if (const auto value = xml.integer(node, "startNumber", 0, highest_number))
    merged.start_number = *value;
  if (const auto value = xml.integer(node, "endNumber", 0, highest_number))
    merged.end_number = *value;
  if (auto value = xml.text(node, "media")) merged.media = std::move(*value);
  if (auto value = xml.text(node, "initialization")) merged.initialization = std::move(*value);
  if (auto value = xml.text(node, "indexRange")) merged.index_range = std::move(*value);
  if (const auto value = read_availability_time_offset(xml, node))
    merged.availability_time_offset = value;
  if (const auto value = xml.text(node, "availabilityTimeComplete"))
    merged.availability_time_complete = *value != "false" && *value != "0";
  if (const auto child = xml.child(node, "SegmentTimeline")) merged.timeline = child;
  if (const auto child = xml.child(node, "Initialization")) merged.initialization_element = child;
  if (xml.child(node, "SegmentURL")) merged.urls = node;
  return merged;
}

bool lacks_end(const DashSegmentInfo& segments, const DashPeriodClock& period) {
  return segments.kind == DashSegmentInfo::Kind::pattern && !segments.timeline &&
         !segments.end_number && !period.duration && !period.is_live;
}

void add_segments(XmlReader& xml, const DashSegmentInfo& segments, const DashPeriodClock& period,
                  DashRepresentation& target) {
  using Kind = DashSegmentInfo::Kind;
  target.start_number = segments.start_number;
  target.representation.init = read_initialization(xml, segments, target);
  if (segments.kind == Kind::list) return add_list(xml, segments, period, target);
  if (segments.kind != Kind::pattern) return add_single_resource(xml, segments, period, target);

  RunCollector runs(xml, segments);
  if (segments.timeline)
    collect_timeline(xml, segments, period, runs);
  else if (segments.duration)
    collect_equal_segments(xml, segments, period,
                           segments.availability_time_offset.value_or(Duration::zero()),
                           target.start_number, runs);
  else
    collect_single_segment(xml, segments, period, runs);
  if (xml.error()) return;
  target.representation.timeline =
      runs.timeline(MediaTime(period.start), std::numeric_limits<std::int64_t>::max());
  if (!segments.timeline) cut_to_period(period, target.representation.timeline);
  add_pattern(xml, segments, target);
}

}  // namespace rung::media
