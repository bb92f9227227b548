#include "session/session_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/check.h"

namespace rung::session {

namespace {

using Json = nlohmann::ordered_json;

using media::TrackKind;

constexpr std::array<std::pair<FailureKind, std::string_view>, 7> failure_names{{
    {FailureKind::connection, "connection"},
    {FailureKind::timeout, "timeout"},
    {FailureKind::http_status, "http-status"},
    {FailureKind::truncated, "truncated"},
    {FailureKind::too_large, "too-large"},
    {FailureKind::refused, "refused"},
    {FailureKind::incomplete, "incomplete"},
}};

std::string_view name_of(TrackKind kind) { return kind == TrackKind::video ? "video" : "audio"; }

std::int64_t nanoseconds(Timestamp at) { return at.time_since_epoch().count(); }

// --- The setup: options and tracks ---

Json to_json(const SessionOptions& options) {
  Json json{{"buffer_capacity_ns", options.buffer_capacity.count()},
            {"startup_level_ns", options.startup_level.count()},
            {"resume_level_ns", options.resume_level.count()},
            {"capacity_rule", options.capacity_rule == CapacityRule::segment ? "segment" : "level"},
            {"wait_quantum_ns", options.wait_quantum.count()},
            {"policy_starts", options.policy_starts},
            {"first_segment_counts", options.first_segment_counts},
            {"startup_delay_target_ns", options.startup_delay_target.count()},
            {"idle_timeout_ns", options.idle_timeout.count()},
            {"first_idle_timeout_ns", options.first_idle_timeout.count()},
            {"transfer_timeout_ns", options.transfer_timeout.count()},
            {"max_attempts", options.max_attempts},
            {"backoff_base_ns", options.backoff_base.count()},
            {"backoff_max_ns", options.backoff_max.count()},
            {"retry_after_max_ns", options.retry_after_max.count()},
            {"progress_every_ns", options.progress_every.count()},
            {"live_delay_ns", options.live_delay.count()},
            {"live_delay_max_ns", options.live_delay_max.count()},
            {"live_slowest_percent", options.live_slowest.percent()},
            {"live_fastest_percent", options.live_fastest.percent()},
            {"live_chunks", options.live_chunks},
            {"abandonment", options.abandonment},
            {"choose_after_abandonment", options.choose_after_abandonment},
            {"upgrade_share", options.upgrade_share},
            {"qoe_model", abr::to_string(options.qoe.model)},
            {"switch_penalty", options.qoe.switch_penalty},
            {"rebuffer_penalty", options.qoe.rebuffer_penalty},
            {"startup_penalty", options.qoe.startup_penalty},
            {"seed", options.seed}};
  if (options.expected_throughput)
    json["expected_bps"] = options.expected_throughput->bits_per_second();
  if (options.seek) {
    json["seek_fetched_ns"] = options.seek->fetched.time_since_epoch().count();
    json["seek_to_ns"] = options.seek->to.time_since_epoch().count();
  }
  return json;
}

Json to_json(const std::vector<media::Track::Part>& list) {
  Json parts = Json::array();
  for (const media::Track::Part& part : list) {
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
    if (!part.ssim.empty()) parts.back()["ssim"] = part.ssim;
    if (!part.vmaf.empty()) parts.back()["vmaf"] = part.vmaf;
    if (const auto end = part.timeline.cut())
      parts.back()["end_ns"] = end->time_since_epoch().count();
  }
  return parts;
}

double kbps(BitRate rate) { return static_cast<double>(rate.bits_per_second()) / 1000; }

double seconds(MediaTime position) { return to_seconds(position.time_since_epoch()); }

/// What a prefetch is of.
Json what_of(const Request& request) {
  if (const auto* segment = std::get_if<FetchSegment>(&request))
    return {{"title", segment->title},
            {"what", "segment"},
            {"track", name_of(segment->track)},
            {"seg", segment->segment},
            {"rep", segment->representation}};
  return {{"title", std::get<FetchManifest>(request).title}, {"what", "manifest"}};
}

TransferId transfer_of(const Request& request) {
  if (const auto* segment = std::get_if<FetchSegment>(&request)) return segment->transfer;
  return std::get<FetchManifest>(request).transfer;
}

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

std::string_view to_string(FailureKind kind) {
  for (const auto& [value, name] : failure_names)
    if (value == kind) return name;
  RUNG_CHECK(false);
}

std::optional<FailureKind> parse_failure_kind(std::string_view name) {
  for (const auto& [value, known] : failure_names)
    if (known == name) return value;
  return std::nullopt;
}

SessionLog::SessionLog(const SessionSetup& setup, std::int64_t epoch_ms, Sinks sinks)
    : first_tracks_(setup.tracks),
      tracks_(first_tracks_),
      epoch_ms_(epoch_ms),
      sinks_(std::move(sinks)) {
  Json tracks = Json::object();
  if (tracks_->video) tracks["video"] = to_json(tracks_->video->parts());
  if (tracks_->audio) tracks["audio"] = to_json(tracks_->audio->parts());
  if (tracks_->live) tracks["live"] = true;
  Json hello{{"t", wall_ms(Timestamp{})},
             {"ev", "hello"},
             {"schema", "rung-session/1"},
             {"player", "rung"},
             {"version", RUNG_VERSION},
             {"title", setup.title},
             {"policy", setup.policy},
             {"estimator", setup.estimator},
             {"options", to_json(setup.options)},
             {"tracks", tracks}};
  if (!setup.held.empty()) {
    hello["held"] = Json::array();
    for (const HeldSegment& held : setup.held)
      hello["held"].push_back({{"track", name_of(held.track)},
                               {"seg", held.segment},
                               {"rep", held.representation},
                               {"bytes", held.size.bytes()}});
  }
  sinks_.line(hello.dump());
  sinks_.line(Json{{"t", wall_ms(Timestamp{})}, {"ev", "play"}}.dump());
}

void SessionLog::happened(const Event& event, const StreamingSession& session) {
  const Timestamp at = time_of(event);
  Json line{{"t", wall_ms(at)}, {"ns", nanoseconds(at)}};
  const bool of_prefetch = std::visit(
      [this](const auto& fact) {
        if constexpr (requires { fact.transfer; }) return is_prefetch(fact.transfer);
        return false;
      },
      event);
  if (of_prefetch) {
    line["ev"] = "wake";
    sinks_.line(line.dump());
    if (const auto* completed = std::get_if<TransferCompleted>(&event))
      write_prefetch("prefetched", completed->transfer, at, completed->size);
    if (const auto* failed = std::get_if<TransferFailed>(&event))
      write_prefetch("prefetch_failed", failed->transfer, at, failed->received);
    return;
  }
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
                   if (fact.last_byte) line["last_byte_ns"] = nanoseconds(*fact.last_byte);
                   for (Open& open : open_) {
                     if (open.request.transfer != fact.transfer) continue;
                     open.received = fact.received;
                     open.first_byte = fact.first_byte;
                   }
                   write("progress");
                 },
                 [&](const MediaArrived& fact) {
                   line["transfer"] = fact.transfer.value();
                   line["media_ns"] = fact.media.count();
                   write("media");
                 },
                 [&](const TransferCompleted& fact) {
                   line["transfer"] = fact.transfer.value();
                   line["bytes"] = fact.size.bytes();
                   line["first_byte_ns"] = nanoseconds(fact.first_byte);
                   if (fact.held) line["held"] = true;
                   if (fact.idle > Duration::zero()) line["idle_ns"] = fact.idle.count();
                   if (fact.late) line["late"] = true;
                   write("completed");
                   if (auto open = take(fact.transfer)) {
                     open->received = fact.size;
                     open->first_byte = fact.first_byte;
                     open->url = url_of(open->request);
                     write_exchange(*open, at, 200, false);
                   }
                 },
                 [&](const TransferFailed& fact) {
                   line["transfer"] = fact.transfer.value();
                   line["kind"] = to_string(fact.kind);
                   line["status"] = fact.http_status;
                   line["bytes"] = fact.received.bytes();
                   if (fact.retry_after) line["retry_after_ns"] = fact.retry_after->count();
                   write("failed");
                   if (auto open = take(fact.transfer)) {
                     open->received = fact.received;
                     open->url = url_of(open->request);
                     write_exchange(*open, at, fact.http_status, true);
                   }
                 },
                 [&](const PlayheadObserved& fact) {
                   const OutputState output = sinks_.output ? sinks_.output() : OutputState{};
                   position_ = seconds(fact.position);
                   line["pos"] = position_;
                   line["pos_ns"] = fact.position.time_since_epoch().count();
                   line["buf"] = to_seconds(session.buffer().level());
                   if (const auto latency = session.latency())
                     line["latency"] = to_seconds(*latency);
                   if (const auto forecast = session.forecast())
                     line["est"] = kbps(forecast->throughput);
                   if (output.shown && tracks_->video) {
                     const auto segment = tracks_->video->find(fact.position);
                     const auto ladder = tracks_->video->ladder(
                         segment.value_or(tracks_->video->segment_count() - 1));
                     if (*output.shown < ladder.size()) line["kbps"] = kbps(ladder[*output.shown]);
                   }
                   if (output.height > 0) line["h"] = output.height;
                   line["frames"] = output.frames;
                   line["drop"] = output.dropped;
                   write("pos");
                 },
                 [&](const ViewerPaused&) {
                   paused_ = true;
                   write("pause");
                 },
                 [&](const ViewerResumed&) {
                   paused_ = false;
                   write("unpause");
                 },
                 [&](const ViewerSought& fact) {
                   line["to"] = seconds(fact.to);
                   line["to_ns"] = fact.to.time_since_epoch().count();
                   if (fact.held_from)
                     line["held_from_ns"] = fact.held_from->time_since_epoch().count();
                   write("seek");
                 },
                 [&](const ViewerPinned& fact) {
                   if (fact.representation) line["rep"] = *fact.representation;
                   write("pin");
                 },
                 [&](const ViewerChangedSpeed& fact) {
                   line["percent"] = fact.speed.percent();
                   write("speed");
                 },
                 [&](const ViewerChangedAudio& fact) {
                   line["audio"] = to_json(fact.track.parts());
                   tracks_.replace(TrackKind::audio, fact.track);
                   write("audio");
                 },
                 [&](const ViewerLeft&) { write("leave"); },
                 [&](const PresentationGrew& fact) {
                   for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
                     const media::TrackGrowth& more = fact.growth.of(kind);
                     if (more.last_duration)
                       line[fmt::format("{}_last_duration", name_of(kind))] = *more.last_duration;
                     if (more.parts.empty()) continue;
                     line[std::string(name_of(kind))] = to_json(more.parts);
                     if (more.joins) line[fmt::format("{}_joins", name_of(kind))] = true;
                   }
                   line["window_start_ns"] = fact.window_start.time_since_epoch().count();
                   line["live_edge_ns"] = fact.live_edge.time_since_epoch().count();
                   if (fact.growth.ended) line["ended"] = true;
                   tracks_.grow(fact.growth);
                   write("grew");
                 },
             },
             event);
}

void SessionLog::requested(const Request& request, Timestamp now) {
  const auto* segment = std::get_if<FetchSegment>(&request);
  const bool prefetch = segment != nullptr ? segment->purpose == Purpose::prefetch
                                           : std::holds_alternative<FetchManifest>(request);
  if (prefetch) {
    prefetches_.push_back(request);
    Json line{{"t", wall_ms(now)}, {"ev", "prefetch"}};
    line.update(what_of(request));
    sinks_.line(line.dump());
    return;
  }
  if (const auto* cancel = std::get_if<CancelTransfer>(&request);
      cancel != nullptr && is_prefetch(cancel->transfer)) {
    write_prefetch("prefetch_cancelled", cancel->transfer, now, ByteCount());
    return;
  }
  Json line{{"t", wall_ms(now)}, {"ns", nanoseconds(now)}};
  std::visit(Overloaded{
                 [&](const FetchSegment& fetch) {
                   const media::Track& track = *tracks_->of(fetch.track);
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
                   if (fetch.growing) line["growing"] = true;
                   line["first_progress_ns"] = fetch.first_progress.count();
                   line["progress_every_ns"] = fetch.progress_every.count();
                   open_.push_back({.request = fetch,
                                    .requested = now,
                                    .received = {},
                                    .first_byte = {},
                                    .url = url_of(fetch)});
                 },
                 [&](const CancelTransfer& cancel) {
                   line["ev"] = "cancel";
                   line["transfer"] = cancel.transfer.value();
                 },
                 [&](const StartPlayback& start) {
                   line["ev"] = "show";
                   line["pos_ns"] = start.position.time_since_epoch().count();
                 },
                 [&](const SeekPlayback& seek) {
                   ++seeks_;
                   line["ev"] = "jump";
                   line["pos_ns"] = seek.position.time_since_epoch().count();
                   line["kept"] = seek.keep_media;
                   if (seek.left_out > Duration::zero())
                     line["left_out_ns"] = seek.left_out.count();
                 },
                 [&](const HoldPlayback&) { line["ev"] = "hold"; },
                 [&](const SetSpeed& set) {
                   line["ev"] = "rate";
                   line["percent"] = set.speed.percent();
                 },
                 [](const FetchManifest&) {},
             },
             request);
  sinks_.line(line.dump());
  explain(request, now);
}

void SessionLog::explain(const Request& request, Timestamp now) {
  const auto write = [&](const char* kind, const Json& fields) {
    Json line{{"t", wall_ms(now)}, {"ev", kind}};
    line.update(fields);
    sinks_.line(line.dump());
  };
  if (const auto* cancel = std::get_if<CancelTransfer>(&request)) {
    if (const auto open = take(cancel->transfer)) {
      write_exchange(*open, now, 0, true);
      cancelled_ = open->request;
    }
  } else if (const auto* fetch = std::get_if<FetchSegment>(&request)) {
    if (fetch->reason == abr::Reason::abandoned && cancelled_)
      write("abandon", {{"track", name_of(fetch->track)},
                        {"seg", fetch->segment},
                        {"from", cancelled_->representation},
                        {"to", fetch->representation}});
    cancelled_.reset();
    Json asked{{"track", name_of(fetch->track)},
               {"seg", fetch->segment},
               {"rep", fetch->representation},
               {"attempt", fetch->attempt}};
    if (const auto& url = open_.back().url) asked["url"] = *url;
    write("request", asked);
  } else if (std::holds_alternative<HoldPlayback>(request) && !paused_) {
    stalled_ = true;
    write("stall", {{"pos", position_}, {"cause", "network"}});
  } else if (!std::holds_alternative<SetSpeed>(request) && std::exchange(stalled_, false)) {
    write("resume", {{"pos", position_}});
  }
}

void SessionLog::shown(Timestamp at, MediaTime position, std::uint64_t seeks) {
  const auto write = [&](const char* kind) {
    sinks_.line(Json{{"t", wall_ms(at)}, {"ev", kind}, {"pos", seconds(position)}}.dump());
  };
  if (!std::exchange(first_frame_written_, true)) {
    write("first_frame");
    if (sinks_.after_another) write("zapped");
  }
  if (seeks > 0 && seeks == seeks_) write("seeked");
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
  if (open.url) line["url"] = *open.url;
  sinks_.line(line.dump());
}

void SessionLog::write_prefetch(const char* kind, TransferId transfer, Timestamp at,
                                ByteCount received) {
  const auto found = std::ranges::find(prefetches_, transfer, transfer_of);
  Json line{{"t", wall_ms(at)}, {"ev", kind}};
  line.update(what_of(*found));
  if (received > ByteCount()) line["bytes"] = received.bytes();
  sinks_.line(line.dump());
  prefetches_.erase(found);
}

bool SessionLog::is_prefetch(TransferId transfer) const {
  return std::ranges::find(prefetches_, transfer, transfer_of) != prefetches_.end();
}

double SessionLog::wall_ms(Timestamp at) const {
  const std::int64_t microseconds = at.time_since_epoch().count() / 1000;
  return static_cast<double>(epoch_ms_) + static_cast<double>(microseconds) / 1000;
}

std::optional<std::string> SessionLog::url_of(const FetchSegment& request) const {
  if (!sinks_.url) return std::nullopt;
  return sinks_.url(request);
}

std::optional<SessionLog::Open> SessionLog::take(TransferId transfer) {
  const auto found = std::ranges::find_if(
      open_, [&](const Open& open) { return open.request.transfer == transfer; });
  if (found == open_.end()) return std::nullopt;
  const Open taken = *found;
  open_.erase(found);
  return taken;
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
          [](const SeekPlayback& seek) {
            return fmt::format("jump to {} s{}{}", seconds(seek.position),
                               seek.keep_media ? ", in the buffer" : "",
                               seek.left_out > Duration::zero() ? ", past what cannot be had" : "");
          },
          [](const HoldPlayback&) { return std::string("hold the picture"); },
          [](const SetSpeed& set) {
            return fmt::format("play at {} % of the speed", set.speed.percent());
          },
          [](const FetchManifest& fetch) {
            return fmt::format("fetch the manifest of title {} (transfer {})", fetch.title,
                               fetch.transfer.value());
          },
      },
      request);
}

}  // namespace rung::session
