#include "session/session_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace rung::session {

namespace {

using Json = nlohmann::ordered_json;
using abr::Reason;
using media::TrackKind;

constexpr std::array<std::pair<FailureKind, std::string_view>, 6> failure_names{{
    {FailureKind::connection, "connection"},
    {FailureKind::timeout, "timeout"},
    {FailureKind::http_status, "http-status"},
    {FailureKind::truncated, "truncated"},
    {FailureKind::too_large, "too-large"},
    {FailureKind::refused, "refused"},
}};

std::string_view name_of(TrackKind kind) { return kind == TrackKind::video ? "video" : "audio"; }

std::string_view name_of(FailureKind kind) {
  for (const auto& [value, name] : failure_names)
    if (value == kind) return name;
  RUNG_CHECK(false);
}

std::int64_t nanoseconds(Timestamp at) { return at.time_since_epoch().count(); }

// --- The setup: options and tracks ---

Json to_json(const SessionOptions& options) {
  return {{"buffer_capacity_ns", options.buffer_capacity.count()},
          {"startup_level_ns", options.startup_level.count()},
          {"resume_level_ns", options.resume_level.count()},
          {"startup_delay_target_ns", options.startup_delay_target.count()},
          {"idle_timeout_ns", options.idle_timeout.count()},
          {"first_idle_timeout_ns", options.first_idle_timeout.count()},
          {"transfer_timeout_ns", options.transfer_timeout.count()},
          {"max_attempts", options.max_attempts},
          {"backoff_base_ns", options.backoff_base.count()},
          {"backoff_max_ns", options.backoff_max.count()},
          {"retry_after_max_ns", options.retry_after_max.count()},
          {"progress_every_ns", options.progress_every.count()},
          {"abandonment", options.abandonment},
          {"switch_penalty", options.qoe.switch_penalty},
          {"rebuffer_penalty", options.qoe.rebuffer_penalty},
          {"startup_penalty", options.qoe.startup_penalty},
          {"seed", options.seed}};
}

Json to_json(const media::Track& track) {
  Json parts = Json::array();
  for (const media::Track::Part& part : track.parts()) {
    Json runs = Json::array();
    for (const auto& run : part.timeline.runs())
      runs.push_back(Json::array({run.start, run.duration, run.count}));
    Json bandwidths = Json::array();
    for (const BitRate rate : part.bandwidths) bandwidths.push_back(rate.bits_per_second());
    Json sizes = Json::array();
    for (const ByteCount size : part.sizes) sizes.push_back(size.bytes());
    parts.push_back({{"timescale", part.timeline.timescale()},
                     {"origin", part.timeline.origin()},
                     {"period_start_ns", part.timeline.period_start().time_since_epoch().count()},
                     {"runs", runs},
                     {"bandwidths", bandwidths},
                     {"heights", part.heights},
                     {"has_init", part.has_init},
                     {"sizes", sizes}});
  }
  return parts;
}

/// Reads fields of one line; a field that is missing or of another type throws Json::exception,
/// which parse_session_log turns into the line's error.
SessionOptions options_from(const Json& json) {
  const auto time = [&](const char* name) { return Duration(json.at(name).get<std::int64_t>()); };
  return {.buffer_capacity = time("buffer_capacity_ns"),
          .startup_level = time("startup_level_ns"),
          .resume_level = time("resume_level_ns"),
          .startup_delay_target = time("startup_delay_target_ns"),
          .idle_timeout = time("idle_timeout_ns"),
          .first_idle_timeout = time("first_idle_timeout_ns"),
          .transfer_timeout = time("transfer_timeout_ns"),
          .max_attempts = json.at("max_attempts").get<int>(),
          .backoff_base = time("backoff_base_ns"),
          .backoff_max = time("backoff_max_ns"),
          .retry_after_max = time("retry_after_max_ns"),
          .progress_every = time("progress_every_ns"),
          .abandonment = json.at("abandonment").get<bool>(),
          .qoe = {.switch_penalty = json.at("switch_penalty").get<double>(),
                  .rebuffer_penalty = json.at("rebuffer_penalty").get<double>(),
                  .startup_penalty = json.at("startup_penalty").get<double>()},
          .seed = json.at("seed").get<std::uint64_t>()};
}

Expected<media::Track> track_from(const Json& json) {
  std::vector<media::Track::Part> parts;
  for (const Json& entry : json) {
    const auto timescale = entry.at("timescale").get<std::int64_t>();
    if (timescale <= 0) return failure(ErrorCode::malformed, "timescale must be above zero");
    media::Track::Part part;
    part.timeline = media::SegmentTimeline(
        timescale, entry.at("origin").get<std::int64_t>(),
        MediaTime(Duration(entry.at("period_start_ns").get<std::int64_t>())));
    std::int64_t end = std::numeric_limits<std::int64_t>::min();
    for (const Json& run : entry.at("runs")) {
      const media::SegmentTimeline::Run read{run.at(0).get<std::int64_t>(),
                                             run.at(1).get<std::int64_t>(),
                                             run.at(2).get<std::int64_t>()};
      std::int64_t length = 0;
      if (read.duration <= 0 || read.count <= 0 || read.start < end ||
          part.timeline.size() > limits::listed_segments - read.count ||
          __builtin_mul_overflow(read.duration, read.count, &length) ||
          __builtin_add_overflow(read.start, length, &end))
        return failure(ErrorCode::malformed, "a run of segments is out of range");
      part.timeline.append(read);
    }
    for (const Json& rate : entry.at("bandwidths"))
      part.bandwidths.push_back(BitRate::bits_per_second(rate.get<std::int64_t>()));
    if (part.bandwidths.size() > limits::representations)
      return failure(ErrorCode::limit_exceeded, "the ladder has too many representations");
    part.heights = entry.at("heights").get<std::vector<int>>();
    part.has_init = entry.at("has_init").get<bool>();
    for (const Json& size : entry.at("sizes")) part.sizes.emplace_back(size.get<std::int64_t>());
    parts.push_back(std::move(part));
  }
  return media::Track::create(std::move(parts));
}

Expected<SessionSetup> setup_from(const Json& json) {
  SessionSetup setup;
  setup.title = json.at("title").get<std::string>();
  setup.policy = json.at("policy").get<std::string>();
  setup.estimator = json.at("estimator").get<std::string>();
  setup.options = options_from(json.at("options"));
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    const auto found = json.at("tracks").find(name_of(kind));
    if (found == json.at("tracks").end()) continue;
    auto track = track_from(*found);
    if (!track) return tl::unexpected(track.error());
    (kind == TrackKind::video ? setup.tracks.video : setup.tracks.audio) = std::move(*track);
  }
  return setup;
}

// --- Facts and requests ---

/// A whole number in [0, 2^60]: every time and size of a session, with room to add.
std::int64_t number_of(const Json& json, const char* field) {
  const auto number = json.at(field).get<std::int64_t>();
  if (number < 0 || number > (std::int64_t{1} << 60))
    throw std::invalid_argument(fmt::format("{} is out of range", field));
  return number;
}

Timestamp at_of(const Json& json, const char* field) {
  return Timestamp(Duration(number_of(json, field)));
}

MediaTime position_of(const Json& json, const char* field) {
  return MediaTime(Duration(number_of(json, field)));
}

ByteCount bytes_of(const Json& json, const char* field) {
  return ByteCount(std::min(number_of(json, field), std::int64_t{1} << 50));
}

TransferId transfer_of(const Json& json) {
  return TransferId(json.at("transfer").get<std::uint64_t>());
}

std::optional<Timestamp> optional_time(const Json& json, const char* field) {
  if (!json.contains(field)) return std::nullopt;
  return at_of(json, field);
}

FetchSegment fetch_from(const Json& json) {
  const auto reason = abr::parse_reason(json.at("reason").get<std::string>());
  if (!reason) throw std::invalid_argument("unknown reason");
  const auto track = json.at("track").get<std::string>();
  if (track != "video" && track != "audio") throw std::invalid_argument("unknown track");
  FetchSegment fetch{.transfer = transfer_of(json),
                     .track = track == "video" ? TrackKind::video : TrackKind::audio,
                     .segment = json.at("seg").get<SegmentNumber>(),
                     .representation = json.at("rep").get<RepresentationIndex>(),
                     .with_init = json.at("init").get<bool>(),
                     .attempt = json.at("attempt").get<int>(),
                     .first_progress = Duration(json.at("first_progress_ns").get<std::int64_t>()),
                     .progress_every = Duration(json.at("progress_every_ns").get<std::int64_t>()),
                     .reason = *reason,
                     .forecast = std::nullopt,
                     .buffer_level = Duration(json.at("buf_ns").get<std::int64_t>())};
  if (json.contains("est_bps"))
    fetch.forecast = BitRate::bits_per_second(json.at("est_bps").get<std::int64_t>());
  return fetch;
}

/// The fact or request of one line; nullopt for a line that carries none.
std::optional<std::variant<Event, Request>> fact_from(const Json& json) {
  const auto kind = json.at("ev").get<std::string>();
  if (!json.contains("ns")) return std::nullopt;
  const Timestamp at = at_of(json, "ns");
  using Fact = std::variant<Event, Request>;
  if (kind == "wake") return Fact(Event(TimeReached{at}));
  if (kind == "progress") {
    TransferProgressed event{.at = at,
                             .transfer = transfer_of(json),
                             .first_byte = optional_time(json, "first_byte_ns"),
                             .received = bytes_of(json, "bytes"),
                             .expected = std::nullopt};
    if (json.contains("expected")) event.expected = bytes_of(json, "expected");
    return Fact(Event(event));
  }
  if (kind == "completed")
    return Fact(Event(TransferCompleted{.at = at,
                                        .transfer = transfer_of(json),
                                        .first_byte = at_of(json, "first_byte_ns"),
                                        .size = bytes_of(json, "bytes")}));
  if (kind == "failed") {
    const auto name = json.at("kind").get<std::string>();
    const auto* const found = std::ranges::find(failure_names, std::string_view(name),
                                                &std::pair<FailureKind, std::string_view>::second);
    if (found == failure_names.end()) throw std::invalid_argument("unknown kind of failure");
    TransferFailed event{.at = at,
                         .transfer = transfer_of(json),
                         .kind = found->first,
                         .http_status = json.at("status").get<int>(),
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
  if (kind == "seek") return Fact(Event(ViewerSought{.at = at, .to = position_of(json, "to_ns")}));
  if (kind == "leave") return Fact(Event(ViewerLeft{at}));
  if (kind == "quality") return Fact(Request(fetch_from(json)));
  if (kind == "cancel") return Fact(Request(CancelTransfer{transfer_of(json)}));
  if (kind == "show") return Fact(Request(StartPlayback{position_of(json, "pos_ns")}));
  if (kind == "hold") return Fact(Request(HoldPlayback{}));
  return std::nullopt;
}

double kbps(BitRate rate) { return static_cast<double>(rate.bits_per_second()) / 1000; }

double seconds(MediaTime position) { return to_seconds(position.time_since_epoch()); }

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

SessionLog::SessionLog(const SessionSetup& setup, std::int64_t epoch_ms, Sinks sinks)
    : tracks_(setup.tracks), epoch_ms_(epoch_ms), sinks_(std::move(sinks)) {
  Json tracks = Json::object();
  if (tracks_.video) tracks["video"] = to_json(*tracks_.video);
  if (tracks_.audio) tracks["audio"] = to_json(*tracks_.audio);
  const Json hello{{"t", wall_ms(Timestamp{})},
                   {"ev", "hello"},
                   {"schema", "rung-session/1"},
                   {"player", "rung"},
                   {"version", RUNG_VERSION},
                   {"title", setup.title},
                   {"policy", setup.policy},
                   {"estimator", setup.estimator},
                   {"options", to_json(setup.options)},
                   {"tracks", tracks}};
  sinks_.line(hello.dump());
  sinks_.line(Json{{"t", wall_ms(Timestamp{})}, {"ev", "play"}}.dump());
}

void SessionLog::happened(const Event& event, const StreamingSession& session) {
  const Timestamp at = time_of(event);
  Json line{{"t", wall_ms(at)}, {"ns", nanoseconds(at)}};
  const auto write = [&](const char* kind) {
    line["ev"] = kind;
    sinks_.line(line.dump());
  };
  std::visit(Overloaded{
                 [&](const TimeReached&) { write("wake"); },
                 [&](const TransferProgressed& fact) {
                   line["transfer"] = fact.transfer.value();
                   line["bytes"] = fact.received.bytes();
                   if (fact.first_byte) line["first_byte_ns"] = nanoseconds(*fact.first_byte);
                   if (fact.expected) line["expected"] = fact.expected->bytes();
                   for (Open& open : open_) {
                     if (open.request.transfer != fact.transfer) continue;
                     open.received = fact.received;
                     open.first_byte = fact.first_byte;
                   }
                   write("progress");
                 },
                 [&](const TransferCompleted& fact) {
                   line["transfer"] = fact.transfer.value();
                   line["bytes"] = fact.size.bytes();
                   line["first_byte_ns"] = nanoseconds(fact.first_byte);
                   write("completed");
                   if (auto open = take(fact.transfer)) {
                     open->received = fact.size;
                     open->first_byte = fact.first_byte;
                     write_exchange(*open, at, 200, false);
                   }
                 },
                 [&](const TransferFailed& fact) {
                   line["transfer"] = fact.transfer.value();
                   line["kind"] = name_of(fact.kind);
                   line["status"] = fact.http_status;
                   line["bytes"] = fact.received.bytes();
                   if (fact.retry_after) line["retry_after_ns"] = fact.retry_after->count();
                   write("failed");
                   if (auto open = take(fact.transfer)) {
                     open->received = fact.received;
                     write_exchange(*open, at, fact.http_status, true);
                   }
                 },
                 [&](const PlayheadObserved& fact) {
                   const OutputState output = sinks_.output ? sinks_.output() : OutputState{};
                   if (!first_frame_written_ && output.first_frame_at) {
                     first_frame_written_ = true;
                     sinks_.line(Json{{"t", wall_ms(*output.first_frame_at)},
                                      {"ev", "first_frame"},
                                      {"pos", seconds(fact.position)}}
                                     .dump());
                   }
                   line["pos"] = seconds(fact.position);
                   line["pos_ns"] = fact.position.time_since_epoch().count();
                   line["buf"] = to_seconds(session.buffer().level());
                   if (const auto forecast = session.forecast())
                     line["est"] = kbps(forecast->throughput);
                   if (output.shown && tracks_.video) {
                     const auto segment = tracks_.video->find(fact.position);
                     const auto ladder = tracks_.video->ladder(
                         segment.value_or(tracks_.video->segment_count() - 1));
                     if (*output.shown < ladder.size()) line["kbps"] = kbps(ladder[*output.shown]);
                   }
                   if (output.height > 0) line["h"] = output.height;
                   line["frames"] = output.frames;
                   line["drop"] = output.dropped;
                   write("pos");
                 },
                 [&](const ViewerPaused&) { write("pause"); },
                 [&](const ViewerResumed&) { write("unpause"); },
                 [&](const ViewerSought& fact) {
                   line["to"] = seconds(fact.to);
                   line["to_ns"] = fact.to.time_since_epoch().count();
                   write("seek");
                 },
                 [&](const ViewerLeft&) { write("leave"); },
             },
             event);
}

void SessionLog::requested(const Request& request, Timestamp now) {
  Json line{{"t", wall_ms(now)}, {"ns", nanoseconds(now)}};
  std::visit(Overloaded{
                 [&](const FetchSegment& fetch) {
                   const media::Track& track = *tracks_.of(fetch.track);
                   line["ev"] = "quality";
                   line["transfer"] = fetch.transfer.value();
                   line["track"] = name_of(fetch.track);
                   line["seg"] = fetch.segment;
                   line["rep"] = fetch.representation;
                   line["kbps"] = kbps(track.ladder(fetch.segment)[fetch.representation]);
                   line["reason"] = abr::to_string(fetch.reason);
                   line["buf"] = to_seconds(fetch.buffer_level);
                   line["buf_ns"] = fetch.buffer_level.count();
                   if (fetch.forecast) {
                     line["est"] = kbps(*fetch.forecast);
                     line["est_bps"] = fetch.forecast->bits_per_second();
                   }
                   line["init"] = fetch.with_init;
                   line["attempt"] = fetch.attempt;
                   line["first_progress_ns"] = fetch.first_progress.count();
                   line["progress_every_ns"] = fetch.progress_every.count();
                   open_.push_back({fetch, now, ByteCount(), std::nullopt});
                 },
                 [&](const CancelTransfer& cancel) {
                   line["ev"] = "cancel";
                   line["transfer"] = cancel.transfer.value();
                 },
                 [&](const StartPlayback& start) {
                   line["ev"] = "show";
                   line["pos_ns"] = start.position.time_since_epoch().count();
                 },
                 [&](const HoldPlayback&) { line["ev"] = "hold"; },
             },
             request);
  sinks_.line(line.dump());
  if (const auto* cancel = std::get_if<CancelTransfer>(&request))
    if (const auto open = take(cancel->transfer)) write_exchange(*open, now, 0, true);
}

void SessionLog::finished(const SessionReport& report) {
  sinks_.line(Json{
      {"t", wall_ms(Timestamp(report.elapsed))}, {"ev", "end"}, {"reason", to_string(report.end)}}
                  .dump());
}

void SessionLog::write_exchange(const Open& open, Timestamp end, int status, bool aborted) {
  Json line{{"t", wall_ms(end)},
            {"ev", "response"},
            {"seg", open.request.segment},
            {"rep", open.request.representation},
            {"track", name_of(open.request.track)},
            {"bytes", open.received.bytes()},
            {"t0", wall_ms(open.requested)},
            {"t1", wall_ms(end)},
            {"status", status},
            {"aborted", aborted},
            {"attempt", open.request.attempt}};
  if (open.first_byte) line["tfb"] = wall_ms(*open.first_byte);
  if (sinks_.url) line["url"] = sinks_.url(open.request);
  sinks_.line(line.dump());
}

double SessionLog::wall_ms(Timestamp at) const {
  const std::int64_t microseconds = at.time_since_epoch().count() / 1000;
  return static_cast<double>(epoch_ms_) + static_cast<double>(microseconds) / 1000;
}

std::optional<SessionLog::Open> SessionLog::take(TransferId transfer) {
  const auto found = std::ranges::find_if(
      open_, [&](const Open& open) { return open.request.transfer == transfer; });
  if (found == open_.end()) return std::nullopt;
  const Open taken = *found;
  open_.erase(found);
  return taken;
}

Expected<RecordedSession> parse_session_log(std::string_view text, std::string_view name) {
  RecordedSession session;
  bool has_setup = false;
  Timestamp last = Timestamp::min();
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
      if (json.at("ev") == "hello") {
        if (json.at("schema") != "rung-session/1") return error("the schema is not rung-session/1");
        auto setup = setup_from(json);
        if (!setup) return error(setup.error().message);
        session.setup = std::move(*setup);
        has_setup = true;
      } else if (auto fact = fact_from(json)) {
        if (!has_setup) return error("the log does not begin with a hello line");
        const Timestamp at = at_of(json, "ns");
        if (at < last) return error("time goes backwards");
        last = at;
        session.entries.push_back({number, std::move(*fact)});
      }
    } catch (const std::exception& exception) {
      if (cut_off && has_setup) break;
      return error(exception.what());
    }
  }
  if (!has_setup)
    return failure(ErrorCode::malformed, "the log has no hello line of a Rung session",
                   std::string(name));
  return session;
}

std::string describe(const Request& request) {
  return std::visit(
      Overloaded{
          [](const FetchSegment& fetch) {
            return fmt::format(
                "fetch {} segment {} representation {} (transfer {}, attempt {}, {}, buffer {} s, "
                "forecast {} kbit/s{})",
                name_of(fetch.track), fetch.segment, fetch.representation, fetch.transfer.value(),
                fetch.attempt, abr::to_string(fetch.reason), to_seconds(fetch.buffer_level),
                fetch.forecast ? kbps(*fetch.forecast) : 0.0, fetch.with_init ? ", init" : "");
          },
          [](const CancelTransfer& cancel) {
            return fmt::format("cancel transfer {}", cancel.transfer.value());
          },
          [](const StartPlayback& start) {
            return fmt::format("show from {} s", seconds(start.position));
          },
          [](const HoldPlayback&) { return std::string("hold the picture"); },
      },
      request);
}

}  // namespace rung::session
