#include "session/recorded_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "core/limits.h"
#include "media/iso8601.h"

// Reads what session_log.cc writes; docs/session-log.md.

namespace rung::session {

namespace {

using Json = nlohmann::ordered_json;
using media::TrackKind;

/// What parse_session_log turns into the error of the line that it reads.
[[noreturn]] void refuse(std::string message) { throw std::invalid_argument(std::move(message)); }

/// `json` as a T; where it is none the message calls it `name`.
template <typename T>
T value_of(const Json& json, std::string_view name) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) refuse(fmt::format("{} is neither true nor false", name));
  } else if constexpr (std::is_integral_v<T>) {
    if (!json.is_number_integer()) refuse(fmt::format("{} is not a whole number", name));
    const bool in_range = json.is_number_unsigned()
                              ? std::in_range<T>(json.template get<std::uint64_t>())
                              : std::in_range<T>(json.template get<std::int64_t>());
    if (!in_range) refuse(fmt::format("{} is out of range", name));
  } else if constexpr (std::is_floating_point_v<T>) {
    if (!json.is_number()) refuse(fmt::format("{} is not a number", name));
  } else {
    if (!json.is_string()) refuse(fmt::format("{} is not a text", name));
  }
  return json.template get<T>();
}

const Json& member(const Json& json, std::string_view name) {
  const auto found = json.find(name);
  if (found == json.end()) refuse(fmt::format("{} is missing", name));
  return *found;
}

template <typename T>
T field(const Json& json, std::string_view name) {
  return value_of<T>(member(json, name), name);
}

const Json& object_of(const Json& json, std::string_view name) {
  const Json& found = member(json, name);
  if (!found.is_object()) refuse(fmt::format("{} is not an object", name));
  return found;
}

const Json& list_of(const Json& json, std::string_view name) {
  const Json& found = member(json, name);
  if (!found.is_array()) refuse(fmt::format("{} is not a list", name));
  return found;
}

/// Logs from before there were several tell none.
abr::QoeModel qoe_model_from(const Json& json) {
  if (!json.contains("qoe_model")) return abr::QoeModel::lin;
  const auto name = field<std::string>(json, "qoe_model");
  const auto model = abr::parse_qoe_model(name);
  if (!model) refuse(fmt::format("there is no QoE model \"{}\"", name));
  return *model;
}

/// Logs from before there were two tell none.
CapacityRule capacity_rule_from(const Json& json) {
  if (!json.contains("capacity_rule")) return CapacityRule::segment;
  const auto name = field<std::string>(json, "capacity_rule");
  if (name != "segment" && name != "level") refuse(fmt::format("there is no rule \"{}\"", name));
  return name == "level" ? CapacityRule::level : CapacityRule::segment;
}

/// What was not there yet when a log was written is as it is by default.
template <typename T>
T field_or(const Json& json, std::string_view name, T otherwise) {
  return json.contains(name) ? field<T>(json, name) : otherwise;
}

Speed speed_of(int percent) {
  if (percent < Speed::lowest || percent > Speed::highest) refuse("percent is out of range");
  return Speed::of_percent(percent);
}

SessionOptions options_from(const Json& json) {
  const auto time = [&](const char* name) { return Duration(field<std::int64_t>(json, name)); };
  std::optional<BitRate> expected;
  if (json.contains("expected_bps"))
    expected = BitRate::bits_per_second(field<std::int64_t>(json, "expected_bps"));
  std::optional<SessionOptions::Seek> seek;
  if (json.contains("seek_to_ns"))
    seek = SessionOptions::Seek{.fetched = MediaTime(time("seek_fetched_ns")),
                                .to = MediaTime(time("seek_to_ns"))};
  return {.buffer_capacity = time("buffer_capacity_ns"),
          .capacity_rule = capacity_rule_from(json),
          .wait_quantum = Duration(field_or<std::int64_t>(json, "wait_quantum_ns", 0)),
          .startup_level = time("startup_level_ns"),
          .resume_level = time("resume_level_ns"),
          .startup_delay_target = time("startup_delay_target_ns"),
          .expected_throughput = expected,
          .policy_starts = field_or(json, "policy_starts", false),
          .idle_timeout = time("idle_timeout_ns"),
          .first_idle_timeout = time("first_idle_timeout_ns"),
          .transfer_timeout = time("transfer_timeout_ns"),
          .max_attempts = field<int>(json, "max_attempts"),
          .backoff_base = time("backoff_base_ns"),
          .backoff_max = time("backoff_max_ns"),
          .retry_after_max = time("retry_after_max_ns"),
          .progress_every = time("progress_every_ns"),
          .live_delay = Duration(field_or<std::int64_t>(json, "live_delay_ns", 0)),
          .live_delay_max = Duration(field_or<std::int64_t>(json, "live_delay_max_ns", 0)),
          .live_slowest = speed_of(field_or(json, "live_slowest_percent", 100)),
          .live_fastest = speed_of(field_or(json, "live_fastest_percent", 100)),
          .live_chunks = field_or(json, "live_chunks", false),
          .abandonment = field<bool>(json, "abandonment"),
          .choose_after_abandonment = field_or(json, "choose_after_abandonment", false),
          .upgrade_share = field_or(json, "upgrade_share", 0.0),
          .seek = seek,
          .qoe = {.model = qoe_model_from(json),
                  .switch_penalty = field<double>(json, "switch_penalty"),
                  .rebuffer_penalty = field<double>(json, "rebuffer_penalty"),
                  .startup_penalty = field<double>(json, "startup_penalty")},
          .first_segment_counts = field_or(json, "first_segment_counts", true),
          .seed = field<std::uint64_t>(json, "seed")};
}

/// Of one transfer; beyond it a recorded count of bytes says no more.
constexpr ByteCount most_bytes{std::int64_t{1} << 50};

/// Whether a tick lies within the range of times, on a time line of `timescale` ticks a second with
/// the start of its period at `origin`.
bool is_within_times(std::int64_t tick, std::int64_t origin, std::int64_t timescale) {
  __extension__ using Wide = __int128;
  constexpr Wide longest =
      std::chrono::duration_cast<std::chrono::seconds>(media::furthest_time).count();
  const Wide seconds = (Wide{tick} - origin) / timescale;
  return seconds >= -longest && seconds <= longest;
}

media::SegmentTimeline timeline_from(const Json& json) {
  constexpr std::int64_t largest_timescale = 10'000'000'000;
  constexpr std::int64_t furthest_tick = std::int64_t{1} << 62;
  // They are computed, not listed: as many as a manifest may number.
  constexpr std::int64_t most_segments = std::int64_t{1} << 60;
  const auto timescale = field<std::int64_t>(json, "timescale");
  if (timescale <= 0 || timescale > largest_timescale) refuse("timescale is out of range");
  const auto origin = field<std::int64_t>(json, "origin");
  if (origin < -furthest_tick || origin > furthest_tick) refuse("origin is out of range");
  const auto period_start = Duration(field<std::int64_t>(json, "period_start_ns"));
  if (period_start < Duration::zero() || period_start > media::furthest_time)
    refuse("period_start_ns is out of range");
  media::SegmentTimeline timeline(timescale, origin, MediaTime(period_start));
  std::int64_t end = -furthest_tick;
  for (const Json& run : list_of(json, "runs")) {
    if (!run.is_array() || run.size() != 3) refuse("a run is not [start, duration, count]");
    const media::SegmentTimeline::Run read{value_of<std::int64_t>(run[0], "a run's start"),
                                           value_of<std::int64_t>(run[1], "a run's duration"),
                                           value_of<std::int64_t>(run[2], "a run's count")};
    std::int64_t length = 0;
    if (read.duration <= 0 || read.count <= 0 || read.start < end ||
        timeline.size() > most_segments - read.count ||
        __builtin_mul_overflow(read.duration, read.count, &length) ||
        __builtin_add_overflow(read.start, length, &end) || end > furthest_tick ||
        !is_within_times(read.start, origin, timescale) || !is_within_times(end, origin, timescale))
      refuse("a run of segments is out of range");
    timeline.append(read);
  }
  if (json.contains("end_ns")) {
    const auto cut = field<std::int64_t>(json, "end_ns");
    const SegmentNumber last = timeline.size() - 1;
    if (last < 0 || cut <= timeline.start(last).time_since_epoch().count() ||
        MediaTime(Duration(cut)) >= timeline.start(last) + timeline.duration(last))
      refuse("end_ns is out of range");
    timeline.cut_end(MediaTime(Duration(cut)));
  }
  return timeline;
}

/// How good each segment looks; empty where the log does not tell.
std::vector<double> measure_from(const Json& part, std::string_view name) {
  std::vector<double> values;
  if (!part.contains(name)) return values;
  for (const Json& value : list_of(part, name)) values.push_back(value_of<double>(value, name));
  return values;
}

Expected<std::vector<media::Track::Part>> parts_from(const Json& json) {
  std::vector<media::Track::Part> parts;
  for (const Json& entry : json) {
    if (!entry.is_object()) refuse("a period of a track is not an object");
    media::Track::Part part;
    part.timeline = timeline_from(entry);
    for (const Json& rate : list_of(entry, "bandwidths")) {
      part.bandwidths.push_back(
          BitRate::bits_per_second(value_of<std::int64_t>(rate, "a bandwidth")));
      if (part.bandwidths.back() > limits::trace_rate) refuse("a bandwidth is out of range");
    }
    if (part.bandwidths.size() > limits::representations)
      return failure(ErrorCode::limit_exceeded, "the ladder has too many representations");
    for (const Json& height : list_of(entry, "heights"))
      part.heights.push_back(value_of<int>(height, "a height"));
    part.has_init = field<bool>(entry, "has_init");
    for (const Json& size : list_of(entry, "sizes")) {
      part.sizes.emplace_back(value_of<std::int64_t>(size, "a size"));
      if (part.sizes.back() > most_bytes) refuse("a size is out of range");
    }
    part.ssim = measure_from(entry, "ssim");
    part.vmaf = measure_from(entry, "vmaf");
    parts.push_back(std::move(part));
  }
  return parts;
}

Expected<media::TracksGrowth> growth_from(const Json& json) {
  media::TracksGrowth growth;
  growth.ended = field_or(json, "ended", false);
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    const std::string name = kind == TrackKind::video ? "video" : "audio";
    if (json.contains(name + "_last_duration"))
      growth.of(kind).last_duration = field<std::int64_t>(json, name + "_last_duration");
    if (!json.contains(name)) continue;
    auto parts = parts_from(list_of(json, name));
    if (!parts) return tl::unexpected(parts.error());
    growth.of(kind).parts = *std::move(parts);
    growth.of(kind).joins = field_or(json, name + "_joins", false);
  }
  return growth;
}

/// A whole number in [0, 2^60]: every time and size of a session, with room to add.
std::int64_t number_of(const Json& json, const char* name) {
  const auto number = field<std::int64_t>(json, name);
  if (number < 0 || number > (std::int64_t{1} << 60))
    refuse(fmt::format("{} is out of range", name));
  return number;
}

ByteCount bytes_of(const Json& json, const char* name) {
  return ByteCount(std::min(number_of(json, name), most_bytes.bytes()));
}

TrackKind kind_from(const Json& json) {
  const auto track = field<std::string>(json, "track");
  if (track != "video" && track != "audio") refuse("unknown track");
  return track == "video" ? TrackKind::video : TrackKind::audio;
}

Expected<SessionSetup> setup_from(const Json& json) {
  SessionSetup setup;
  setup.title = field<std::string>(json, "title");
  setup.policy = field<std::string>(json, "policy");
  setup.estimator = field<std::string>(json, "estimator");
  setup.options = options_from(object_of(json, "options"));
  const Json& tracks = object_of(json, "tracks");
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    const char* const name = kind == TrackKind::video ? "video" : "audio";
    if (!tracks.contains(name)) continue;
    auto parts = parts_from(list_of(tracks, name));
    if (!parts) return tl::unexpected(parts.error());
    auto track = media::Track::create(*std::move(parts));
    if (!track) return tl::unexpected(track.error());
    (kind == TrackKind::video ? setup.tracks.video : setup.tracks.audio) = std::move(*track);
  }
  setup.tracks.live = field_or(tracks, "live", false);
  if (!json.contains("held")) return setup;
  for (const Json& entry : list_of(json, "held")) {
    if (!entry.is_object()) refuse("what is held is not an object");
    const HeldSegment held{.track = kind_from(entry),
                           .segment = field<SegmentNumber>(entry, "seg"),
                           .representation = field<RepresentationIndex>(entry, "rep"),
                           .size = bytes_of(entry, "bytes")};
    const auto& track = setup.tracks.of(held.track);
    if (!track || held.segment < 0 || held.segment >= track->segment_count())
      refuse("what is held is no segment of the title");
    setup.held.push_back(held);
  }
  return setup;
}

// --- Facts and requests ---

Timestamp at_of(const Json& json, const char* name) {
  return Timestamp(Duration(number_of(json, name)));
}

MediaTime position_of(const Json& json, const char* name) {
  const auto number = field<std::int64_t>(json, name);
  if (number < 0 || number > 2 * media::furthest_time.count())
    refuse(fmt::format("{} is out of range", name));
  return MediaTime(Duration(number));
}

TransferId transfer_of(const Json& json) {
  return TransferId(field<std::uint64_t>(json, "transfer"));
}

std::optional<Timestamp> optional_time(const Json& json, const char* field) {
  if (!json.contains(field)) return std::nullopt;
  return at_of(json, field);
}

FetchSegment fetch_from(const Json& json) {
  const auto reason = abr::parse_reason(field<std::string>(json, "reason"));
  if (!reason) refuse("unknown reason");
  FetchSegment fetch{.transfer = transfer_of(json),
                     .track = kind_from(json),
                     .segment = field<SegmentNumber>(json, "seg"),
                     .representation = field<RepresentationIndex>(json, "rep"),
                     .with_init = field<bool>(json, "init"),
                     .attempt = field<int>(json, "attempt"),
                     .growing = field_or(json, "growing", false),
                     .first_progress = Duration(field<std::int64_t>(json, "first_progress_ns")),
                     .progress_every = Duration(field<std::int64_t>(json, "progress_every_ns")),
                     .reason = *reason,
                     .forecast = std::nullopt,
                     .buffer_level = Duration(field<std::int64_t>(json, "buf_ns"))};
  if (json.contains("est_bps"))
    fetch.forecast = BitRate::bits_per_second(field<std::int64_t>(json, "est_bps"));
  return fetch;
}

/// The fact or request of one line; nullopt for a line that carries none.
std::optional<std::variant<Event, Request>> fact_from(const Json& json) {
  const auto kind = field<std::string>(json, "ev");
  if (!json.contains("ns")) return std::nullopt;
  const Timestamp at = at_of(json, "ns");
  using Fact = std::variant<Event, Request>;
  if (kind == "wake") return Fact(Event(TimeReached{at}));
  if (kind == "progress") {
    TransferProgressed event{.at = at,
                             .transfer = transfer_of(json),
                             .first_byte = optional_time(json, "first_byte_ns"),
                             .received = bytes_of(json, "bytes"),
                             .expected = std::nullopt,
                             .last_byte = optional_time(json, "last_byte_ns")};
    if (json.contains("expected")) event.expected = bytes_of(json, "expected");
    return Fact(Event(event));
  }
  if (kind == "completed")
    return Fact(Event(TransferCompleted{
        .at = at,
        .transfer = transfer_of(json),
        .first_byte = at_of(json, "first_byte_ns"),
        .size = bytes_of(json, "bytes"),
        .held = field_or(json, "held", false),
        .idle = json.contains("idle_ns") ? Duration(number_of(json, "idle_ns")) : Duration::zero(),
        .late = field_or(json, "late", false)}));
  if (kind == "media")
    return Fact(Event(MediaArrived{
        .at = at, .transfer = transfer_of(json), .media = Duration(number_of(json, "media_ns"))}));
  if (kind == "failed") {
    const auto failure_kind = parse_failure_kind(field<std::string>(json, "kind"));
    if (!failure_kind) refuse("unknown kind of failure");
    TransferFailed event{.at = at,
                         .transfer = transfer_of(json),
                         .kind = *failure_kind,
                         .http_status = field<int>(json, "status"),
                         .received = bytes_of(json, "bytes"),
                         .retry_after = std::nullopt};
    if (json.contains("retry_after_ns"))
      event.retry_after = Duration(number_of(json, "retry_after_ns"));
    return Fact(Event(event));
  }
  if (kind == "pos")
    return Fact(Event(PlayheadObserved{.at = at, .position = position_of(json, "pos_ns")}));
  if (kind == "pause") return Fact(Event(ViewerPaused{at}));
  if (kind == "unpause") return Fact(Event(ViewerResumed{at}));
  if (kind == "seek") {
    ViewerSought event{.at = at, .to = position_of(json, "to_ns")};
    if (json.contains("held_from_ns")) event.held_from = position_of(json, "held_from_ns");
    return Fact(Event(event));
  }
  if (kind == "pin") {
    ViewerPinned event{.at = at, .representation = std::nullopt};
    if (json.contains("rep")) event.representation = field<RepresentationIndex>(json, "rep");
    return Fact(Event(event));
  }
  if (kind == "speed") {
    return Fact(Event(ViewerChangedSpeed{at, speed_of(field<int>(json, "percent"))}));
  }
  if (kind == "audio") {
    auto parts = parts_from(list_of(json, "audio"));
    if (!parts) refuse(parts.error().message);
    auto track = media::Track::create(*std::move(parts));
    if (!track) refuse(track.error().message);
    return Fact(Event(ViewerChangedAudio{at, *std::move(track)}));
  }
  if (kind == "grew") {
    auto growth = growth_from(json);
    if (!growth) refuse(growth.error().message);
    return Fact(Event(PresentationGrew{.at = at,
                                       .growth = *std::move(growth),
                                       .window_start = position_of(json, "window_start_ns"),
                                       .live_edge = position_of(json, "live_edge_ns")}));
  }
  if (kind == "leave") return Fact(Event(ViewerLeft{at}));
  if (kind == "quality") return Fact(Request(fetch_from(json)));
  if (kind == "cancel") return Fact(Request(CancelTransfer{transfer_of(json)}));
  if (kind == "show") return Fact(Request(StartPlayback{position_of(json, "pos_ns")}));
  if (kind == "jump")
    return Fact(Request(
        SeekPlayback{.position = position_of(json, "pos_ns"),
                     .keep_media = field<bool>(json, "kept"),
                     .left_out = Duration(field_or<Duration::rep>(json, "left_out_ns", 0))}));
  if (kind == "rate") return Fact(Request(SetSpeed{speed_of(field<int>(json, "percent"))}));
  if (kind == "hold") return Fact(Request(HoldPlayback{}));
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> split_session_log(std::string_view text) {
  // In a string of another field the quotes would be escaped.
  constexpr std::string_view hello = "\"ev\":\"hello\"";
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(hello); at != std::string_view::npos;) {
    const std::size_t after = text.find(hello, at + hello.size());
    std::size_t end = text.size();
    if (after != std::string_view::npos) end = text.rfind('\n', after) + 1;
    if (end > at) {
      parts.push_back(text.substr(begin, end - begin));
      begin = end;
    }
    at = after;
  }
  if (begin < text.size()) parts.push_back(text.substr(begin));
  return parts;
}

Expected<RecordedSession> parse_session_log(std::string_view text, std::string_view name) {
  RecordedSession session;
  media::Tracks now;  // As far as they have grown.
  bool has_setup = false;
  Timestamp last = Timestamp::min();
  bool link_taken = false;
  const auto take_link = [&](bool taken) {
    link_taken = taken;
    const auto event = std::ranges::find_if(session.entries.rbegin(), session.entries.rend(),
                                            [](const RecordedSession::Entry& entry) {
                                              return std::holds_alternative<Event>(entry.fact);
                                            });
    if (event != session.entries.rend()) event->link_taken = taken;
  };
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const bool cut_off = end == text.size();
    begin = end + 1;
    ++number;
    const auto error = [&](std::string message) {
      return failure(ErrorCode::malformed, std::move(message),
                     fmt::format("{} line {}", name, number));
    };
    if (line.empty()) continue;
    try {
      const Json json = Json::parse(line);
      if (!json.is_object()) refuse("is not a JSON object");
      if (field<std::string>(json, "ev") == "hello") {
        if (has_setup) return error("a second hello line");
        if (field<std::string>(json, "schema") != "rung-session/1")
          return error("the schema is not rung-session/1");
        auto setup = setup_from(json);
        if (!setup) return error(setup.error().message);
        session.setup = std::move(*setup);
        now = session.setup.tracks;
        has_setup = true;
      } else if (const auto kind = field<std::string>(json, "ev"); kind == "prefetch") {
        take_link(true);
      } else if (kind == "prefetched" || kind == "prefetch_failed" ||
                 kind == "prefetch_cancelled") {
        take_link(false);
      } else if (auto fact = fact_from(json)) {
        if (!has_setup) return error("the log does not begin with a hello line");
        const Timestamp at = at_of(json, "ns");
        if (at < last) return error("time goes backwards");
        last = at;
        if (const Event* event = std::get_if<Event>(&*fact)) {
          if (const auto* changed = std::get_if<ViewerChangedAudio>(event)) {
            if (!now.video || !now.audio) return error("audio that takes the place of none");
            now.audio = changed->track;
          }
          if (const auto* grew = std::get_if<PresentationGrew>(event)) {
            const auto more = media::grow(now, grew->growth);
            if (!more) return error(more.error().message);
            for (const TrackKind track : {TrackKind::video, TrackKind::audio})
              if (now.of(track) && now.of(track)->segment_count() > limits::listed_segments)
                return error("the presentation grows to too many segments");
          }
        }
        session.entries.push_back({number, std::move(*fact), link_taken});
      }
    } catch (const Json::parse_error& exception) {
      if (cut_off && has_setup) break;
      return error(fmt::format("is not JSON, as character {} shows", exception.byte));
    } catch (const Json::out_of_range&) {
      if (cut_off && has_setup) break;
      return error("holds a number that is out of range");
    } catch (const std::invalid_argument& exception) {
      if (cut_off && has_setup) break;
      return error(exception.what());
    }
  }
  if (!has_setup)
    return failure(ErrorCode::malformed, "the log has no hello line of a Rung session",
                   std::string(name));
  if (std::ranges::none_of(session.entries, [](const RecordedSession::Entry& entry) {
        return std::holds_alternative<Request>(entry.fact);
      }))
    return failure(ErrorCode::malformed, "the log ends before the session's first request",
                   fmt::format("{} line {}", name, number));
  return session;
}

}  // namespace rung::session
