#include "player/statistics_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/time.h"
#include "player/clock_text.h"
#include "player/viewer_input.h"

namespace rung::player {

namespace {

using media::TrackKind;

[[nodiscard]] double megabits(BitRate rate) {
  return static_cast<double>(rate.bits_per_second()) / 1e6;
}
[[nodiscard]] double kilobits(BitRate rate) {
  return static_cast<double>(rate.bits_per_second()) / 1e3;
}
[[nodiscard]] double megabytes(ByteCount size) { return static_cast<double>(size.bytes()) / 1e6; }

[[nodiscard]] Color color_of(const Rung& rung) {
  if (rung.of <= 1) return {90, 200, 90, 255};
  const double place = static_cast<double>(rung.index) / static_cast<double>(rung.of - 1);
  const auto channel = [](double value) {
    return static_cast<std::uint8_t>(60 + 170 * std::clamp(value, 0.0, 1.0));
  };
  return {channel(2 - 2 * place), channel(2 * place), 60, 255};
}

void add_transfer(Page& page, const char* label,
                  const std::optional<SessionSnapshot::Transfer>& transfer) {
  if (!transfer) return;
  const session::FetchSegment& request = transfer->request;
  std::string value = fmt::format("segment {}, {}", request.segment, to_string(transfer->rung));
  if (!transfer->running)
    value += ", done";
  else if (transfer->expected && transfer->expected->bytes() > 0)
    value += fmt::format(", {:.0f} %", 100.0 * static_cast<double>(transfer->received.bytes()) /
                                           static_cast<double>(transfer->expected->bytes()));
  if (request.attempt > 1) value += fmt::format(", try {}", request.attempt);
  page.rows.push_back({label, std::move(value)});
  page.rows.push_back({"  because", std::string(sentence(request.reason))});
}

[[nodiscard]] Page stream_page(const PlaybackStatistics& statistics) {
  const SessionSnapshot& session = statistics.session;
  const session::SessionReport& report = session.report;
  const MediaOutputStatistics& output = statistics.output;
  Page page;
  page.heading = session.title;
  const auto add = [&page](const char* label, std::string value) {
    page.rows.push_back({label, std::move(value)});
  };
  add("position",
      fmt::format("{} / {}, {}", clock_text(output.position.time_since_epoch()),
                  clock_text(session.end.time_since_epoch()), abr::to_string(session.state)) +
          (statistics.speed == Speed() ? "" : ", speed " + speed_text(statistics.speed)));
  add("policy", fmt::format("{}, estimator {}", session.policy, session.estimator));
  if (!session.audio.empty()) add("audio", session.audio);
  if (!statistics.subtitles.empty()) add("subtitles", statistics.subtitles);
  if (statistics.pinned) add("pinned", to_string(*statistics.pinned));
  if (statistics.shown) add("playing", to_string(*statistics.shown));
  add_transfer(page, "fetched", session.transfer(TrackKind::video));
  add_transfer(page, "sound", session.transfer(TrackKind::audio));
  add("buffer", fmt::format("{:.1f} of {:.0f} s", to_seconds(session.buffer_level),
                            to_seconds(session.buffer_capacity)));
  page.bar = buffered_pieces(session, output.position, session.buffer_capacity);
  page.bar_row = page.rows.size();
  if (session.latency)
    add("live",
        fmt::format("{:.2f} s behind, target {:.2f} s, rate {}", to_seconds(*session.latency),
                    to_seconds(session.latency_target), speed_text(session.speed)));
  if (session.forecast)
    add("forecast",
        fmt::format("{:.2f} Mbit/s, latency {:.0f} ms", megabits(session.forecast->throughput),
                    to_seconds(session.forecast->latency) * 1000));
  if (!session.throughput.empty()) {
    const BitRate highest = *std::ranges::max_element(session.throughput);
    add("throughput", fmt::format("{:.2f} Mbit/s, at most {:.2f}",
                                  megabits(session.throughput.back()), megabits(highest)));
    for (const BitRate rate : session.throughput)
      page.sparkline.push_back(kilobits(rate) / std::max(1.0, kilobits(highest)));
    page.sparkline_row = page.rows.size();
  }
  add("start-up", fmt::format("{:.2f} s", to_seconds(report.startup_delay)));
  add("stalls", fmt::format("{}, {:.2f} s", report.stall_count, to_seconds(report.stalled)));
  add("quality", fmt::format("{:.0f} kbit/s on average, {} switches, QoE {:.3f}", report.mean_kbps,
                             report.switches, report.qoe_per_segment));
  add("received",
      fmt::format("{:.1f} MB, {:.1f} MB of it not used; {} failed, {} given up, {} upgraded",
                  megabytes(report.received + report.discarded),
                  megabytes(report.discarded + report.replaced), report.failures,
                  report.abandonments, report.upgrades));
  add("pictures",
      fmt::format("{} shown, {} dropped, {} decoded, {} errors", output.frames_presented,
                  output.frames_dropped, output.frames_decoded, output.decode_errors));
  add("audio", fmt::format("volume {:.0f} %{}, {} underruns", statistics.volume * 100,
                           statistics.muted ? " (off)" : "", output.audio_underruns));
  return page;
}

[[nodiscard]] Page events_page(const PlaybackStatistics& statistics) {
  Page page;
  page.heading = "events, the newest last";
  for (const auto& note : statistics.session.notes)
    page.rows.push_back(
        {fmt::format("{:8.2f} s", to_seconds(note.at.time_since_epoch())), note.text});
  return page;
}

[[nodiscard]] Page prefetch_page(const PlaybackStatistics& statistics) {
  const SessionSnapshot& session = statistics.session;
  Page page;
  page.heading = "titles that may come next";
  for (const SessionSnapshot::Ahead& title : session.ahead) {
    page.rows.push_back({fmt::format("{:.0f} %", title.probability * 100), title.title});
    page.rows.push_back({"", fmt::format("{}, {:.2f} MB", title.stage, megabytes(title.received))});
  }
  const prefetch::PrefetchReport& ahead = session.prefetches;
  page.rows.push_back(
      {"fetched", fmt::format("{:.2f} MB in {} transfers; {} cancelled, {} failed, {:.2f} MB lost",
                              megabytes(ahead.received), ahead.transfers, ahead.cancelled,
                              ahead.failures, megabytes(ahead.discarded))});
  const AheadRecord& record = session.ahead_record;
  if (record.hits + record.misses > 0)
    page.rows.push_back(
        {"so far", fmt::format("{} of {} titles were there ({:.2f} MB); {:.2f} MB were for others",
                               record.hits, record.hits + record.misses, megabytes(record.used),
                               megabytes(record.wasted))});
  page.rows.push_back({"this title", session.held == 0
                                         ? std::string("a miss: nothing was there before it began")
                                         : fmt::format("a hit: {} of {} segments that were there "
                                                       "before it began were played",
                                                       session.held_used, session.held)});
  return page;
}

[[nodiscard]] nlohmann::ordered_json json_of(const Rung& rung) {
  return {{"index", rung.index},
          {"of", rung.of},
          {"kbps", kilobits(rung.bandwidth)},
          {"height", rung.height}};
}

[[nodiscard]] nlohmann::ordered_json json_of(
    const std::optional<SessionSnapshot::Transfer>& transfer) {
  if (!transfer) return nullptr;
  nlohmann::ordered_json json{{"segment", transfer->request.segment},
                              {"rung", json_of(transfer->rung)},
                              {"reason", abr::to_string(transfer->request.reason)},
                              {"attempt", transfer->request.attempt},
                              {"running", transfer->running},
                              {"received_bytes", transfer->received.bytes()},
                              {"expected_bytes", nullptr}};
  if (transfer->expected) json["expected_bytes"] = transfer->expected->bytes();
  return json;
}

}  // namespace

Page page_of(const PlaybackStatistics& statistics, StatisticsPage which) {
  switch (which) {
    case StatisticsPage::stream:
      return stream_page(statistics);
    case StatisticsPage::events:
      return events_page(statistics);
    case StatisticsPage::prefetch:
      return prefetch_page(statistics);
  }
  return {};
}

std::string json_of(const PlaybackStatistics& statistics) {
  const SessionSnapshot& session = statistics.session;
  const session::SessionReport& report = session.report;
  const MediaOutputStatistics& output = statistics.output;
  nlohmann::ordered_json json{{"title", session.title},
                              {"policy", session.policy},
                              {"estimator", session.estimator},
                              {"state", abr::to_string(session.state)},
                              {"position_s", to_seconds(output.position.time_since_epoch())},
                              {"end_s", to_seconds(session.end.time_since_epoch())},
                              {"playing", nullptr},
                              {"pinned", nullptr},
                              {"audio_track", nullptr},
                              {"subtitles", nullptr},
                              {"video", json_of(session.transfer(TrackKind::video))},
                              {"audio", json_of(session.transfer(TrackKind::audio))},
                              {"buffer_s", to_seconds(session.buffer_level)},
                              {"buffer_capacity_s", to_seconds(session.buffer_capacity)},
                              {"forecast_kbps", nullptr},
                              {"latency_s", nullptr},
                              {"live_latency_s", nullptr},
                              {"live_latency_target_s", nullptr},
                              {"startup_from_play_s", to_seconds(report.startup_delay)},
                              {"stall_count", report.stall_count},
                              {"stall_s", to_seconds(report.stalled)},
                              {"segments", report.segments},
                              {"mean_kbps", report.mean_kbps},
                              {"switches", report.switches},
                              {"qoe_lin_per_seg", report.qoe_per_segment},
                              {"body_bytes", report.received.bytes()},
                              {"discarded_bytes", report.discarded.bytes()},
                              {"upgrades", report.upgrades},
                              {"replaced_bytes", report.replaced.bytes()},
                              {"aborted", report.abandonments},
                              {"failures", report.failures},
                              {"frames", output.frames_presented},
                              {"dropped_frames", output.frames_dropped},
                              {"decoded_frames", output.frames_decoded},
                              {"decode_errors", output.decode_errors},
                              {"audio_underruns", output.audio_underruns},
                              {"volume", statistics.volume},
                              {"muted", statistics.muted},
                              {"speed", statistics.speed.percent() / 100.0},
                              {"throughput_kbps", nlohmann::ordered_json::array()},
                              {"buffered", nlohmann::ordered_json::array()},
                              {"prefetched_bytes", session.prefetches.received.bytes()},
                              {"prefetch_discarded_bytes", session.prefetches.discarded.bytes()},
                              {"prefetch_hits", session.ahead_record.hits},
                              {"prefetch_misses", session.ahead_record.misses},
                              {"prefetch_wasted_bytes", session.ahead_record.wasted.bytes()},
                              {"held_segments", session.held},
                              {"held_segments_played", session.held_used},
                              {"ahead", nlohmann::ordered_json::array()},
                              {"events", nlohmann::ordered_json::array()}};
  for (const SessionSnapshot::Ahead& title : session.ahead)
    json["ahead"].push_back({{"title", title.title},
                             {"p", title.probability},
                             {"stage", title.stage},
                             {"bytes", title.received.bytes()}});
  if (!session.audio.empty()) json["audio_track"] = session.audio;
  if (!statistics.subtitles.empty()) json["subtitles"] = statistics.subtitles;
  if (statistics.pinned) json["pinned"] = json_of(*statistics.pinned);
  if (statistics.shown) json["playing"] = json_of(*statistics.shown);
  if (session.forecast) {
    json["forecast_kbps"] = kilobits(session.forecast->throughput);
    json["latency_s"] = to_seconds(session.forecast->latency);
  }
  if (session.latency) {
    json["live_latency_s"] = to_seconds(*session.latency);
    json["live_latency_target_s"] = to_seconds(session.latency_target);
  }
  for (const BitRate rate : session.throughput) json["throughput_kbps"].push_back(kilobits(rate));
  for (const auto& segment : session.buffered)
    json["buffered"].push_back({{"start_s", to_seconds(segment.start.time_since_epoch())},
                                {"end_s", to_seconds(segment.end.time_since_epoch())},
                                {"rung", json_of(segment.rung)}});
  for (const auto& note : session.notes)
    json["events"].push_back(
        {{"at_s", to_seconds(note.at.time_since_epoch())}, {"event", note.text}});
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<Page::Piece> buffered_pieces(const SessionSnapshot& session, MediaTime from,
                                         Duration length) {
  std::vector<Page::Piece> pieces;
  if (length <= Duration{}) return pieces;
  const auto place = [&](MediaTime at) {
    return std::clamp(to_seconds(at - from) / to_seconds(length), 0.0, 1.0);
  };
  for (const auto& segment : session.buffered)
    if (segment.end > from)
      pieces.push_back({place(segment.start), place(segment.end), color_of(segment.rung)});
  return pieces;
}

Page help_page() {
  Page page;
  page.heading = "keys";
  for (auto& line : help_lines())
    page.rows.push_back({std::move(line.keys), std::string(line.meaning)});
  return page;
}

}  // namespace rung::player
