#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "cli/catalogue_programme.h"
#include "cli/catalogue_source.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/http_flags.h"
#include "cli/number_range.h"
#include "cli/option_file.h"
#include "cli/play_titles.h"
#include "cli/playback_memory.h"
#include "cli/policy_timeout.h"
#include "cli/printable.h"
#include "cli/programme.h"
#include "cli/report_error.h"
#include "cli/state_files.h"
#include "cli/status_line.h"
#include "cli/stop_on_signal.h"
#include "cli/title_sequence.h"
#include "cli/viewing_log.h"
#include "core/limits.h"
#include "media/decode/content_keys.h"
#include "media/url.h"
#include "media/url_policy.h"
#include "player/player.h"
#include "player/scenario.h"
#include "player/title_prefetcher.h"
#include "plugin/policy_source.h"

// `rung play`; docs/play.md.

namespace rung::cli {
namespace {

double megabytes(ByteCount size) { return static_cast<double>(size.bytes()) / 1e6; }

Error error_of(const player::PlayerReport& report) {
  if (report.failure) return *report.failure;
  return {ErrorCode::limit_exceeded, "the session took too long", {}};
}

bool succeeded(const player::PlayerReport& report) {
  return !report.failure && (report.session.end == session::EndReason::played_out ||
                             report.session.end == session::EndReason::viewer_left);
}

void print_json(const player::PlayerReport& report, const PlayFlags& flags,
                const std::string& url) {
  const session::SessionReport& session = report.session;
  nlohmann::ordered_json json{{"player", "rung"},
                              {"title", media::redacted_url(url)},
                              {"policy", flags.policy},
                              {"estimator", flags.estimator},
                              {"ended", session::to_string(session.end)},
                              {"began_at_s", to_seconds(report.began.time_since_epoch())},
                              {"startup_from_play_s", to_seconds(session.startup_delay)},
                              {"first_frame_s", nullptr},
                              {"played_s", to_seconds(session.played)},
                              {"stall_count", session.stall_count},
                              {"stall_s", to_seconds(session.stalled)},
                              {"seeking_s", to_seconds(session.seeking)},
                              {"paused_s", to_seconds(session.paused)},
                              {"elapsed_s", to_seconds(session.elapsed)},
                              {"latency_s", nullptr},
                              {"latency_target_s", nullptr},
                              {"segments", session.segments},
                              {"mean_kbps", session.mean_kbps},
                              {"switches", session.switches},
                              {"qoe_lin", session.qoe_sum},
                              {"qoe_lin_per_seg", session.qoe_per_segment},
                              {"body_bytes", session.received.bytes()},
                              {"discarded_bytes", session.discarded.bytes()},
                              {"upgrades", session.upgrades},
                              {"replaced_bytes", session.replaced.bytes()},
                              {"aborted", session.abandonments},
                              {"failures", session.failures},
                              {"fallbacks", session.fallbacks},
                              {"left_out", session.losses},
                              {"frames", report.output.frames_presented},
                              {"dropped_frames", report.output.frames_dropped},
                              {"decode_errors", report.output.decode_errors},
                              {"audio_underruns", report.output.audio_underruns},
                              {"peak_buffer_bytes", report.most_held.bytes()},
                              {"prefetched_bytes", report.prefetches.received.bytes()},
                              {"prefetch_discarded_bytes", report.prefetches.discarded.bytes()},
                              {"prefetch_cancelled", report.prefetches.cancelled},
                              {"prefetch_hits", report.ahead_record.hits},
                              {"prefetch_misses", report.ahead_record.misses},
                              {"prefetch_wasted_bytes", report.ahead_record.wasted.bytes()},
                              {"held_segments", report.held},
                              {"held_segments_played", report.held_used},
                              {"from_disk", report.from_disk},
                              {"audio", nullptr},
                              {"subtitles", nullptr},
                              {"error", nullptr}};
  if (!report.audio.empty() || !report.audio_trouble.empty()) {
    nlohmann::ordered_json& audio = json["audio"] = {{"track", nullptr},
                                                     {"language", report.audio_language},
                                                     {"changes", report.audio_changes},
                                                     {"trouble", nullptr}};
    if (!report.audio.empty()) audio["track"] = report.audio;
    if (!report.audio_trouble.empty()) audio["trouble"] = report.audio_trouble;
  }
  if (!report.subtitles.empty() || !report.text.trouble.empty()) {
    nlohmann::ordered_json& text = json["subtitles"] = {{"track", nullptr},
                                                        {"shown", report.cues_shown},
                                                        {"documents", report.text.documents},
                                                        {"bytes", report.text.received.bytes()},
                                                        {"failures", report.text.failures},
                                                        {"trouble", nullptr}};
    if (!report.subtitles.empty()) text["track"] = report.subtitles;
    if (!report.text.trouble.empty()) text["trouble"] = report.text.trouble;
  }
  if (report.first_frame_at)
    json["first_frame_s"] = to_seconds(report.first_frame_at->time_since_epoch());
  if (session.latency) json["latency_s"] = to_seconds(*session.latency);
  if (report.latency_target) json["latency_target_s"] = to_seconds(*report.latency_target);
  if (!succeeded(report)) json["error"] = to_string(error_of(report));
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_report(const player::PlayerReport& report) {
  const session::SessionReport& session = report.session;
  fmt::print("played     {:.1f} s, {} pictures ({} dropped)\n", to_seconds(session.played),
             report.output.frames_presented, report.output.frames_dropped);
  fmt::print("start-up   {:.2f} s\n", to_seconds(session.startup_delay));
  fmt::print("stalls     {} ({:.2f} s)\n", session.stall_count, to_seconds(session.stalled));
  if (session.latency && report.latency_target)
    fmt::print("latency    {:.2f} s (held at {:.2f} s)\n", to_seconds(*session.latency),
               to_seconds(*report.latency_target));
  if (session.losses > 0) fmt::print("left out   {} segments\n", session.losses);
  fmt::print("bitrate    {:.0f} kbit/s on average, {} switches\n", session.mean_kbps,
             session.switches);
  fmt::print("QoE        {:.3f} a segment, {} segments\n", session.qoe_per_segment,
             session.segments);
  fmt::print("received   {:.1f} MB, {:.1f} MB of it not used; at most {:.1f} MB held\n",
             megabytes(session.received + session.discarded),
             megabytes(session.discarded + session.replaced), megabytes(report.most_held));
  if (report.prefetches.received > ByteCount() || report.held > 0)
    fmt::print(
        "ahead      {:.1f} MB fetched of titles that may come next; {} of {} segments that "
        "were there before it began{} were played\n",
        megabytes(report.prefetches.received + report.prefetches.discarded), report.held_used,
        report.held, report.from_disk ? ", on the disk," : "");
  if (!report.audio.empty())
    fmt::print("sound      {}{}\n", printable(report.audio),
               report.audio_changes > 0
                   ? fmt::format(", changed {} times while it played", report.audio_changes)
                   : "");
  if (!report.audio_trouble.empty())
    fmt::print("{:<11}{}\n", report.audio.empty() ? "sound" : "", report.audio_trouble);
  if (!report.subtitles.empty())
    fmt::print("subtitles  {}, {} shown\n", printable(report.subtitles), report.cues_shown);
  if (!report.text.trouble.empty()) fmt::print("text       {}\n", report.text.trouble);
  if (session.failures > 0 || session.abandonments > 0 || session.upgrades > 0)
    fmt::print("transfers  {} failed, {} given up for a lower representation, {} raised\n",
               session.failures, session.abandonments, session.upgrades);
}

/// Megabytes of heads that are kept.
constexpr int usual_cache_size = 256;

/// What --data-saver allows.
constexpr int data_saver_height = 480;
constexpr int data_saver_kbps = 1000;

/// The viewer's own limit, and that of the data saver where it is on and lower.
std::optional<int> lower(std::optional<int> own, bool saving, int saver) {
  if (!saving) return own;
  return std::min(own.value_or(saver), saver);
}

}  // namespace

player::PlayerOptions player_options(const PlayFlags& flags) {
  player::PlayerOptions options;
  options.policy = flags.policy;
  options.estimator = flags.estimator;
  options.session.buffer_capacity = from_seconds(flags.buffer_seconds);
  options.session.upgrade_share = flags.upgrade_percent / 100;
  options.audio_language = flags.audio_language;
  options.subtitles = flags.subtitles;
  options.max_height = lower(flags.max_height, flags.data_saver, data_saver_height);
  if (const auto kbps = lower(flags.max_kbps, flags.data_saver, data_saver_kbps))
    options.max_bandwidth = BitRate::bits_per_second(std::int64_t{*kbps} * 1000);
  if (flags.latency_seconds) options.latency = from_seconds(*flags.latency_seconds);
  for (const std::string& key : flags.keys)
    if (auto read = decode::parse_content_key(key)) options.keys.insert(*std::move(read));
  options.display = flags.headless ? player::Display::none : player::Display::window;
  options.full_screen = flags.full_screen;
  options.metered = flags.metered;
  options.volume = flags.volume / 100.0;
  return options;
}

namespace {

/// What can be told wrong before anything is fetched.
Expected<void> check_url(const std::string& text) {
  const media::Url url = media::parse_url(text);
  const std::string shown = media::redacted_url(text);
  if (url.scheme.empty()) {
    std::error_code error;
    const bool here = std::filesystem::exists(text, error);
    return failure(ErrorCode::invalid_argument,
                   here ? "is a file; titles are played from a URL, and `rung serve DIR` gives a "
                          "directory one"
                        : "is not a URL; titles are played from http:// and https:// URLs, and "
                          "`rung serve DIR` gives a directory one",
                   shown);
  }
  if (!url.is_http())
    return failure(ErrorCode::unsupported, "titles are played from http:// and https:// URLs only",
                   shown);
  const auto allowed = media::UrlPolicy(text).check(text);
  if (!allowed) return failure(ErrorCode::invalid_argument, allowed.error().message, shown);
  return {};
}

Expected<player::Scenario> read_scenario(const std::string& path) {
  auto text = read_file(path, limits::text_file_size);
  if (!text) return tl::unexpected<Error>(text.error());
  return player::parse_scenario(*text, path);
}

/// The session log of all titles, one after the other. A resource.
class LogFile {
 public:
  explicit LogFile(const std::string& path) : file_(path, std::ios::binary | std::ios::trunc) {}

  [[nodiscard]] bool good() const { return file_.good(); }
  /// From any thread.
  void write(std::string_view line) {
    const std::lock_guard lock(mutex_);
    file_ << line << '\n';
  }
  /// False when something of it could not be written.
  [[nodiscard]] bool finish() { return static_cast<bool>(file_.flush()); }

 private:
  std::mutex mutex_;
  std::ofstream file_;
};

struct PlayedTitle {
  int status = 0;         ///< The program's exit status.
  bool finished = false;  ///< Seen to its end.
  player::PlayerReport report;
};

/// Plays one title and tells what it came to.
PlayedTitle play_title(player::PlayerOptions options, const PlayFlags& flags,
                       TitleSequence& sequence, Programme& programme, const StopOnSignal& stop) {
  if (const auto playable = check_url(options.url); !playable)
    return {report_error(playable.error())};
  plugin::PolicySource source(from_seconds(flags.policy_timeout));
  auto policy =
      source.make(flags.policy, {.qoe = options.session.qoe, .seed = options.session.seed});
  if (!policy) return {report_error(policy.error())};
  const abr::Policy& asked = **policy;
  auto estimator = abr::make_estimator(flags.estimator);
  if (!estimator) return {report_error(estimator.error())};

  const std::string url = options.url;
  auto player = player::Player::open(std::move(options), *std::move(policy), *std::move(estimator),
                                     stop.token());
  if (!player) return {stop.stopped() ? interrupted_status : report_error(player.error())};
  if (const auto no_text = (*player)->text_failure()) report_error(*no_text);  // Plays on.
  player::PlayerReport report;
  {
    const StatusLine status(**player);
    sequence.set_player(player->get());
    programme.begun(**player);
    report = (*player)->play(stop.token());
    sequence.set_player(nullptr);
    programme.over(report);
  }
  if (flags.json)
    print_json(report, flags, url);
  else
    print_report(report);
  std::fflush(stdout);  // Another title may follow for hours.
  // It played on without its policy, so there is something to tell either way.
  if (const auto lost = asked.failure()) return {report_error(*lost)};
  return {.status = succeeded(report) ? 0 : report_error(error_of(report)),
          .finished = report.session.end == session::EndReason::played_out,
          .report = std::move(report)};
}

/// `named` with the titles of M3U files, one a line, in place of these; all of them playable.
Expected<std::vector<std::string>> titles_of(const std::vector<std::string>& named) {
  std::vector<std::string> titles;
  for (const std::string& name : named) {
    if (media::parse_url(name).scheme.empty() && name.ends_with(".m3u")) {
      const auto text = read_file(name, limits::text_file_size);
      if (!text) return tl::unexpected<Error>(text.error());
      std::istringstream lines(*text);
      for (std::string line; std::getline(lines, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (!line.empty() && line.front() != '#') titles.push_back(line);
      }
    } else {
      titles.push_back(name);
    }
  }
  if (titles.empty()) return failure(ErrorCode::invalid_argument, "names no title", named.front());
  for (const std::string& title : titles)
    if (const auto playable = check_url(title); !playable)
      return tl::unexpected<Error>(playable.error());
  return titles;
}

/// What is of one playback alone does not belong into a file for all of them.
constexpr std::string_view not_in_config = "catalogue config scenario session-log start titles";

Expected<void> apply_config(CLI::App& command, const PlayFlags& flags) {
  std::string path = flags.config;
  if (path.empty()) {
    const auto usual = default_option_file();
    std::error_code error;
    if (!usual || !std::filesystem::exists(*usual, error)) {
      if (flags.profile.empty()) return {};
      return failure(ErrorCode::invalid_argument, "--profile needs the file that it stands in",
                     usual.value_or("rung/config.toml"));
    }
    path = *usual;
  }
  const auto text = read_file(path, limits::text_file_size);
  if (!text) return tl::unexpected<Error>(text.error());
  return apply_option_file(command, *text, path, not_in_config);
}

/// Whether places in titles are remembered. What nobody watches is to come out the same again.
bool remembers(const PlayFlags& flags) {
  return !flags.private_viewing &&
         (flags.start.resume || (!flags.headless && flags.scenario.empty()));
}

/// What the title that begins now had of what was fetched ahead of the last one.
void count_ahead(player::AheadRecord& record, const player::PlayerReport& last,
                 const player::PreparedTitle* taken) {
  const ByteCount all = last.prefetches.received + last.prefetches.discarded;
  const ByteCount used = taken != nullptr ? taken->size() : ByteCount();
  ++(taken != nullptr && !taken->pieces.empty() ? record.hits : record.misses);
  record.used += used;
  record.wasted += std::max(all - used, ByteCount());
}

}  // namespace

void add_cache_size_option(CLI::App& command, PlayFlags& flags) {
  command
      .add_option("--cache-size", flags.cache_size,
                  "MB of what was fetched ahead to keep on the disk for the next time, 0 for "
                  "nothing (default: 256, headless 0)")
      ->check(whole_number_from(0, 1'000'000));
}

std::unique_ptr<player::HeadCache> kept_heads(const PlayFlags& flags) {
  const int megabytes = flags.cache_size.value_or(flags.headless ? 0 : usual_cache_size);
  const bool for_everybody = flags.http.fields.empty() && flags.http.cookie_file.empty();
  if (megabytes == 0 || flags.private_viewing || flags.no_prefetch || !for_everybody)
    return nullptr;
  return std::make_unique<player::HeadCache>(heads_directory(),
                                             ByteCount(std::int64_t{megabytes} * 1'000'000));
}

Expected<std::unique_ptr<CatalogueParts>> catalogue_parts(const PlayFlags& flags,
                                                          const player::HttpClient::Options& http) {
  auto catalogue = load_catalogue(flags.catalogue, http);
  if (!catalogue) return tl::unexpected<Error>(catalogue.error());
  auto model = load_model(flags.model);
  if (!model) return tl::unexpected<Error>(model.error());
  return std::unique_ptr<CatalogueParts>(new CatalogueParts{
      *std::move(catalogue), *std::move(model),
      ViewingLog(flags.private_viewing ? std::string() : flags.viewer, flags.device)});
}

void begin_where_left(std::vector<player::NextTitle>& titles, const PlayFlags& flags) {
  if (titles.empty() || !remembers(flags)) return;
  std::vector<std::string> urls;
  for (const player::NextTitle& title : titles) urls.push_back(title.url);
  const auto places = PlaybackMemory(playback_memory_file()).places(urls);
  for (std::size_t i = 0; i < titles.size(); ++i) titles[i].begins = places[i];
}

int play_all(player::PlayerOptions& options, const PlayFlags& flags, Programme& programme,
             std::optional<player::Scenario> scenario, const StopOnSignal& stop) {
  options.url = programme.url();
  TitleSequence sequence(options.url, options.http, options.log_line);
  std::optional<PlaybackMemory> memory;
  if (remembers(flags)) memory.emplace(playback_memory_file());
  std::optional<player::ScenarioViewer> viewer;
  if (scenario) viewer.emplace(*std::move(scenario), sequence.world());
  for (;;) {
    programme.prepare(options);
    if (flags.no_prefetch) options.next.clear();
    begin_where_left(options.next, flags);
    if (memory && !options.start) options.start = memory->place(options.url);
    if (memory) options.session.expected_throughput = memory->throughput(options.url);
    PlayedTitle played = play_title(options, flags, sequence, programme, stop);
    if (memory) memory->played(options.url, played.report);
    options.start.reset();
    if (played.status == 0) options.subtitles = played.report.wanted_subtitles;
    auto next = sequence.take_next();
    options.loaded.reset();
    options.prepared.reset();
    if (played.report.window) options.window = played.report.window;
    if (played.status != 0 || stop.stopped()) return played.status;
    if (next) {
      options.url = std::move(next->url);
      options.loaded = std::move(next->loaded);
    } else {
      const bool chosen = played.report.titles_on != 0;
      if (!chosen && !played.finished) return 0;
      if (!programme.go(chosen ? played.report.titles_on : 1, chosen)) return 0;
      options.url = programme.url();
    }
    for (auto& prepared : played.report.prepared)
      if (prepared && prepared->url == options.url) options.prepared = std::move(prepared);
    if (options.audio_language != played.report.wanted_audio) {
      options.audio_language = played.report.wanted_audio;
      if (options.prepared) options.prepared = player::without_audio(*options.prepared);
    }
    if (!options.next.empty())
      count_ahead(options.ahead_record, played.report, options.prepared.get());
    options.after_another = true;
  }
}

namespace {

int play(PlayFlags flags) {
  if (flags.catalogue.empty()) {
    auto titles = titles_of(flags.urls);
    if (!titles) return report_error(titles.error());
    flags.urls = *std::move(titles);
  }
  if (flags.estimator.empty()) flags.estimator = abr::default_estimator_of(flags.policy);
  player::PlayerOptions options = player_options(flags);
  auto http = http_options(flags.http);
  if (!http) return report_error(http.error());
  options.http = *std::move(http);
  if (!flags.start.start.empty()) {
    auto start = parse_start_place(flags.start.start);
    if (!start) return report_error(start.error());
    options.start = *start;
  }
  const std::unique_ptr<player::HeadCache> heads = kept_heads(flags);
  options.kept = heads.get();
  std::optional<player::Scenario> scenario;
  if (!flags.scenario.empty()) {
    auto read = read_scenario(flags.scenario);
    if (!read) return report_error(read.error());
    scenario = *std::move(read);
  }
  std::optional<LogFile> log;
  if (!flags.session_log.empty()) {
    log.emplace(flags.session_log);
    if (!log->good()) return report_error({ErrorCode::io, "cannot be written", flags.session_log});
    options.log_line = [&log](std::string_view line) { log->write(line); };
  }
  std::unique_ptr<CatalogueParts> parts;
  std::unique_ptr<Programme> programme;
  if (flags.catalogue.empty()) {
    programme = std::make_unique<PlayList>(flags.urls);
  } else {
    auto made = catalogue_parts(flags, options.http);
    if (!made) return report_error(made.error());
    parts = *std::move(made);
    auto titles = std::make_unique<CatalogueProgramme>(
        parts->catalogue, parts->model ? &*parts->model : nullptr, parts->log,
        CatalogueProgramme::Options{
            .autoplay = !flags.no_autoplay, .titles = flags.titles, .http = options.http});
    const auto begun = titles->begin(flags.urls.empty() ? std::string() : flags.urls.front());
    if (!begun) return report_error(begun.error());
    programme = std::move(titles);
  }
  const StopOnSignal stop;
  const int status = play_all(options, flags, *programme, std::move(scenario), stop);
  if (log && !log->finish())
    return report_error({ErrorCode::io, "cannot be written", flags.session_log});
  return status;
}

}  // namespace

void add_play_command(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("play", "Play a title from the URL of its manifest.");
  auto flags = std::make_shared<PlayFlags>();
  command->add_option("URL", flags->urls,
                      "DASH or HLS manifests, http or https, or M3U files of them (.m3u); with "
                      "--catalogue the identifier of a title");
  command->add_option("--catalogue", flags->catalogue,
                      "Play a title of this feed, and what comes next of it");
  command->add_option("--model", flags->model,
                      "What `rung recommend train` wrote: it says which title comes next");
  command->add_option("--user", flags->viewer, "Who watches, for the event log")
      ->capture_default_str();
  command->add_option("--device", flags->device,
                      "What they watch on, as tv or phone, for the event log and the model");
  command->add_flag("--private", flags->private_viewing,
                    "Keep nothing of this on the disk, and know nothing of the viewer");
  command->add_flag("--no-autoplay", flags->no_autoplay,
                    "Stop at the end of the title of the catalogue");
  command->add_option("--titles", flags->titles, "Play at most so many titles of the catalogue")
      ->check(whole_number_from(1, 1'000'000));
  command->add_flag("--no-prefetch", flags->no_prefetch,
                    "Fetch nothing of the titles that may come next");
  command->add_flag("--metered", flags->metered,
                    "Every byte is paid for: fetch less of the titles that may come next");
  command->add_flag("--headless", flags->headless,
                    "Decode in real time, show and sound nothing; needs no display");
  command
      ->add_option("--policy", flags->policy,
                   "ABR policy, pensieve:FOLDER, ./OBJECT.so[:PARAMETERS] or pipe:COMMAND")
      ->capture_default_str();
  add_policy_timeout_option(*command, flags->policy_timeout);
  command->add_option("--estimator", flags->estimator,
                      "Throughput estimator (default: the policy's own)");
  command->add_option("--session-log", flags->session_log,
                      "Write all that the session is told and asks for, for `rung replay`");
  command->add_option("--scenario", flags->scenario,
                      "JSON file of what the viewer does: seeks, other titles, when to leave");
  add_start_flags(*command, flags->start);
  command->add_flag("--json", flags->json, "Print the report as JSON");
  command->add_flag("--full-screen", flags->full_screen, "Fill the screen");
  command->add_option("--volume", flags->volume, "Percent")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command->add_option("--audio-language", flags->audio_language, "BCP 47, such as en or pt-BR");
  command->add_option("--subtitles", flags->subtitles,
                      "BCP 47, such as en, or the name of a track, or off (default: none but "
                      "forced ones)");
  command->add_option("--max-height", flags->max_height, "Video of at most so many lines")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--max-kbps", flags->max_kbps, "Video of at most so many kbit/s")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_flag("--data-saver", flags->data_saver,
                    "Video of at most 480 lines and 1000 kbit/s");
  command
      ->add_option("--latency", flags->latency_seconds,
                   "Hold live titles so many seconds behind the live edge, as far as they allow it")
      ->check(number_from(0.1, 3600.0));
  command->add_option("--buffer", flags->buffer_seconds, "Media to hold at most, in seconds")
      ->check(number_from(1, 3600.0))
      ->capture_default_str();
  add_upgrades_option(*command, flags->upgrade_percent);
  add_cache_size_option(*command, *flags);
  command
      ->add_option("--key", flags->keys,
                   "ID:KEY of protected media, each of 32 hexadecimal digits; several times")
      ->allow_extra_args(false)
      ->check(CLI::Validator(
          [](const std::string& text) {
            return decode::parse_content_key(text)
                       ? std::string()
                       : std::string("takes ID:KEY, each of 32 hexadecimal digits");
          },
          "ID:KEY"));
  add_http_flags(*command, flags->http);
  command->footer(
      "Keys: space pauses, left and right seek 5 s, 9 and 0 set the volume, f fills the screen,\n"
      "i shows statistics, q leaves and keeps the place, Q forgets it, ? shows all keys.\n"
      "Exit status: 0 played, 1 playback error, 2 usage, 3 network, 4 unsupported.");
  command->add_option("--config", flags->config,
                      "TOML file of options (default: rung/config.toml in $XDG_CONFIG_HOME)");
  command->add_option("--profile", flags->profile,
                      "Use the options that this file has under [profiles.NAME], too");
  command->callback([command, flags, &status] {
    if (flags->urls.empty() && flags->catalogue.empty())
      throw CLI::RequiredError("URL, or --catalogue,");
    if (flags->urls.size() > 1 && !flags->catalogue.empty())
      throw CLI::ValidationError("--catalogue", "takes one title to begin with, not several");
    const auto configured = apply_config(*command, *flags);
    status = configured ? play(*flags) : report_error(configured.error());
  });
}

}  // namespace rung::cli
