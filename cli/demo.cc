#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "cli/commands.h"
#include "cli/encoding_progress.h"
#include "cli/number_range.h"
#include "cli/report_error.h"
#include "cli/simulated_title.h"
#include "cli/state_files.h"
#include "cli/status_line.h"
#include "cli/stop_on_signal.h"
#include "cli/trace_files.h"
#include "media/package/demo_source.h"
#include "media/package/packager.h"
#include "network_sim/emulator/origin.h"
#include "network_sim/emulator/request_record.h"
#include "network_sim/link_capacity.h"
#include "network_sim/scenario.h"
#include "network_sim/synthetic_trace.h"
#include "player/head_fetcher.h"
#include "player/player.h"
#include "plugin/policy_source.h"
#include "session/session_log.h"

// `rung demo`: package a title, play it through a shaped link, simulate the same, compare.

namespace rung::cli {

namespace {

namespace fs = std::filesystem;

struct DemoFlags {
  std::string policy{abr::default_policy};
  std::string estimator;  ///< Empty: the policy's own.
  std::string trace;      ///< Empty: the built-in one.
  std::string title;      ///< Empty: the demo title, made once.
  int seconds = 60;
  double rtt_ms = 40;
  std::string logs;  ///< Directory for the session logs; empty for none.
  bool headless = false;
  bool json = false;
};

/// Enough for all six rungs, then for two, then for four: every policy has to move.
Expected<network_sim::Trace> built_in_trace() {
  using namespace std::chrono_literals;
  using namespace rung::literals;
  return network_sim::synthetic_trace(
      network_sim::StepLink{.rates = {5000_kbps, 900_kbps, 2500_kbps}, .hold = 15s},
      {.name = "demo", .duration = 45s, .rtt = std::nullopt, .seed = 1});
}

/// The demo title's directory; made where it is not there yet.
Expected<fs::path> demo_title(const DemoFlags& flags, const std::stop_token& stop) {
  const fs::path directory =
      cache_directory() / fmt::format("demo-{}-{}s", RUNG_VERSION, flags.seconds);
  std::error_code ignored;
  if (fs::exists(directory / package::package_mark, ignored)) return directory;

  fmt::print(stderr, "Making the demo title (once, about as long as it plays): {}\n",
             directory.string());
  package::PackageOptions options;
  options.speed = package::EncoderSpeed::superfast;
  const auto& top = options.ladder.back();
  const auto source = package::DemoSource::create({.seconds = flags.seconds,
                                                   .seed = 1,
                                                   .frame_rate = {24, 1},
                                                   .size = {top.width, top.height}});
  if (!source) return tl::unexpected(source.error());
  fs::create_directories(directory.parent_path(), ignored);
  EncodingProgress bar(EncodingProgress::Visibility::when_watched);
  const auto written = package::write_package(
      **source, options, directory, [&](const package::PackageProgress& progress) {
        bar.show(progress);
        return stop.stop_requested() ? package::Proceed::stop : package::Proceed::go_on;
      });
  if (!written) return tl::unexpected(written.error());
  return directory;
}

bool has_display() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  return set("DISPLAY") || set("WAYLAND_DISPLAY");
}

/// What the played session asked of the origin beside the bodies of segments.
struct Overhead {
  ByteCount manifest;
  ByteCount head;  ///< Of a response, on average.
};

Overhead overhead_of(const std::vector<emulator::RequestRecord>& requests) {
  Overhead overhead;
  for (const emulator::RequestRecord& request : requests) {
    if (request.target.ends_with(".mpd")) overhead.manifest = request.body;
    overhead.head += request.head;
  }
  if (!requests.empty())
    overhead.head = ByteCount(overhead.head.bytes() / static_cast<std::int64_t>(requests.size()));
  return overhead;
}

/// The session logs of both worlds, where they are wanted.
class Logs {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<Logs>> create(const std::string& directory) {
    auto logs = std::make_unique<Logs>();
    if (directory.empty()) return logs;
    std::error_code ignored;
    fs::create_directories(directory, ignored);
    for (File* file : {&logs->played_, &logs->simulated_}) {
      file->path = (fs::path(directory) / (file == &logs->played_ ? "played" : "simulated"))
                       .replace_extension("jsonl")
                       .string();
      file->stream.open(file->path, std::ios::binary | std::ios::trunc);
      if (!file->stream) return tl::unexpected(unwritable(*file));
    }
    return logs;
  }

  [[nodiscard]] bool wanted() const { return played_.stream.is_open(); }
  [[nodiscard]] std::function<void(std::string_view)> played() { return sink(played_); }
  [[nodiscard]] std::function<void(std::string_view)> simulated() { return sink(simulated_); }
  [[nodiscard]] Expected<void> finish() {
    for (File* file : {&played_, &simulated_})
      if (file->stream.is_open() && !file->stream.flush()) return tl::unexpected(unwritable(*file));
    return {};
  }

 private:
  struct File {
    std::string path;
    std::ofstream stream;
  };
  static Error unwritable(const File& file) {
    return {ErrorCode::io, "cannot be written", file.path};
  }
  static std::function<void(std::string_view)> sink(File& file) {
    return [&file](std::string_view line) { file.stream << line << '\n'; };
  }

  File played_;
  File simulated_;
};

struct Comparison {
  player::PlayerReport played;
  session::SessionReport simulated;
  /// From the wish to the first picture of a next title, without anything of it and with what the
  /// planner fetched ahead.
  std::optional<Duration> cold_start = {};
  std::optional<Duration> prefetched_start = {};
};

/// The origin of the title behind its link, which begins anew.
auto serve(const fs::path& title, const network_sim::Trace& trace, Duration rtt) {
  emulator::OriginOptions served;
  served.directory = title;
  served.trace = trace;
  served.rtt = rtt;
  return emulator::Origin::create(std::move(served));
}

/// From the wish to play to the first picture; the viewer leaves then.
Expected<std::optional<Duration>> start_of(player::PlayerOptions options, const DemoFlags& flags,
                                           const std::stop_token& stop) {
  plugin::PolicySource source;
  auto policy = source.make(flags.policy, {.qoe = options.session.qoe});
  if (!policy) return tl::unexpected(policy.error());
  auto estimator = abr::make_estimator(options.estimator);
  if (!estimator) return tl::unexpected(estimator.error());
  const auto player =
      player::Player::open(std::move(options), *std::move(policy), *std::move(estimator), stop);
  if (!player) return tl::unexpected(player.error());
  const std::jthread viewer([&player](const std::stop_token& over) {
    while (!over.stop_requested() && !(*player)->status().first_frame_shown)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    (*player)->control().stop();
  });
  const auto report = (*player)->play(stop);
  if (!report.first_frame_at) return std::nullopt;
  return report.first_frame_at->time_since_epoch();
}

/// So long the planner has for the next title.
constexpr Duration fetched_ahead_for = std::chrono::seconds(2);

/// Starts the title twice as one that comes next, on a link that begins anew.
Expected<void> measure_starts(Comparison& comparison, player::PlayerOptions options,
                              const DemoFlags& flags, const fs::path& title,
                              const network_sim::Trace& trace, const std::stop_token& stop) {
  options.log_line = {};
  const Duration rtt = from_seconds(flags.rtt_ms / 1000);
  {
    const auto origin = serve(title, trace, rtt);
    if (!origin) return tl::unexpected(origin.error());
    options.url = (*origin)->url() + "manifest.mpd";
    const auto cold = start_of(options, flags, stop);
    (*origin)->stop();
    if (!cold) return tl::unexpected(cold.error());
    comparison.cold_start = *cold;
  }
  const auto origin = serve(title, trace, rtt);
  if (!origin) return tl::unexpected(origin.error());
  options.url = (*origin)->url() + "manifest.mpd";
  player::HeadFetcher fetcher({{.url = options.url, .probability = 0.9}}, {});
  std::this_thread::sleep_for(fetched_ahead_for);
  options.prepared = fetcher.take(0);
  const auto prefetched = start_of(options, flags, stop);
  (*origin)->stop();
  if (!prefetched) return tl::unexpected(prefetched.error());
  comparison.prefetched_start = *prefetched;
  return {};
}

Expected<Comparison> compare(const DemoFlags& flags, const std::string& estimator_name,
                             const fs::path& title, const network_sim::Trace& trace,
                             const std::stop_token& stop) {
  const Duration rtt = from_seconds(flags.rtt_ms / 1000);
  player::PlayerOptions options;
  options.policy = flags.policy;
  options.estimator = estimator_name;
  options.display =
      flags.headless || !has_display() ? player::Display::none : player::Display::window;
  const abr::PolicyOptions policy_options{.qoe = options.session.qoe};

  // What can fail for a wrong flag does so before the window opens.
  auto simulated_title = load_simulated_title((title / "manifest.mpd").string());
  if (!simulated_title) return tl::unexpected(simulated_title.error());
  plugin::PolicySource source;
  auto policy = source.make(flags.policy, policy_options);
  if (!policy) return tl::unexpected(policy.error());
  auto estimator = abr::make_estimator(estimator_name);
  if (!estimator) return tl::unexpected(estimator.error());

  const auto origin = serve(title, trace, rtt);
  if (!origin) return tl::unexpected(origin.error());
  options.url = (*origin)->url() + "manifest.mpd";
  const auto logs = Logs::create(flags.logs);
  if (!logs) return tl::unexpected(logs.error());
  if ((*logs)->wanted()) options.log_line = (*logs)->played();
  const auto player =
      player::Player::open(options, *std::move(policy), *std::move(estimator), stop);
  if (!player) return tl::unexpected(player.error());
  player::PlayerReport played;
  {
    const StatusLine status(**player);
    played = (*player)->play(stop);
  }
  (*origin)->stop();

  const Overhead overhead = overhead_of((*origin)->requests());
  const network_sim::LinkCapacity link(trace);
  policy = source.make(flags.policy, policy_options);
  estimator = abr::make_estimator(estimator_name);
  std::optional<session::SessionLog> log;
  if ((*logs)->wanted()) {
    const session::SessionSetup setup{.title = simulated_title->name,
                                      .policy = flags.policy,
                                      .estimator = estimator_name,
                                      .options = options.session,
                                      .tracks = simulated_title->known};
    log.emplace(setup, 0,
                session::SessionLog::Sinks{
                    .line = (*logs)->simulated(), .url = nullptr, .output = nullptr});
  }
  const auto simulated = network_sim::simulate({.link = link,
                                                .title = *simulated_title,
                                                .session = options.session,
                                                .default_rtt = rtt,
                                                .viewer = {},
                                                .manifest_size = overhead.manifest,
                                                .head_size = overhead.head,
                                                .log = log ? &*log : nullptr},
                                               *std::move(policy), *std::move(estimator));
  if (!simulated) return tl::unexpected(simulated.error());
  if (const auto finished = (*logs)->finish(); !finished) return tl::unexpected(finished.error());
  Comparison comparison{.played = std::move(played), .simulated = simulated->report};
  // A viewer who has left needs no next title.
  if (comparison.played.session.end == session::EndReason::played_out && !stop.stop_requested())
    if (auto measured = measure_starts(comparison, options, flags, title, trace, stop); !measured)
      return tl::unexpected(measured.error());
  return comparison;
}

nlohmann::ordered_json to_json(const session::SessionReport& report) {
  return {{"startup_s", to_seconds(report.startup_delay)},
          {"stall_count", report.stall_count},
          {"stall_s", to_seconds(report.stalled)},
          {"mean_kbps", report.mean_kbps},
          {"switches", report.switches},
          {"qoe_lin_per_seg", report.qoe_per_segment},
          {"segments", report.segments},
          {"played_s", to_seconds(report.played)},
          {"aborted", report.abandonments},
          {"failures", report.failures}};
}

nlohmann::ordered_json seconds_or_null(const std::optional<Duration>& time) {
  if (!time) return nullptr;
  return to_seconds(*time);
}

void print_json(const Comparison& comparison, const DemoFlags& flags,
                const std::string& estimator) {
  nlohmann::ordered_json played = to_json(comparison.played.session);
  played["frames"] = comparison.played.output.frames_presented;
  played["dropped_frames"] = comparison.played.output.frames_dropped;
  if (const auto first = comparison.played.first_frame_at)
    played["first_frame_s"] = to_seconds(first->time_since_epoch());
  const nlohmann::ordered_json all{
      {"policy", flags.policy},
      {"estimator", estimator},
      {"played", played},
      {"simulated", to_json(comparison.simulated)},
      {"cold_start_s", seconds_or_null(comparison.cold_start)},
      {"prefetched_start_s", seconds_or_null(comparison.prefetched_start)}};
  fmt::print("{}\n", all.dump(2));
}

void print_table(const Comparison& comparison, const DemoFlags& flags,
                 const std::string& estimator) {
  const session::SessionReport& played = comparison.played.session;
  const session::SessionReport& simulated = comparison.simulated;
  fmt::print("\n{} with estimator {}, {} segments\n\n", flags.policy, estimator, played.segments);
  fmt::print("{:<24} {:>10} {:>10}\n", "", "played", "simulated");
  fmt::print("{:<24} {:>8.2f} s {:>8.2f} s\n", "start-up", to_seconds(played.startup_delay),
             to_seconds(simulated.startup_delay));
  fmt::print("{:<24} {:>10} {:>10}\n", "stalls", played.stall_count, simulated.stall_count);
  fmt::print("{:<24} {:>8.2f} s {:>8.2f} s\n", "rebuffering", to_seconds(played.stalled),
             to_seconds(simulated.stalled));
  fmt::print("{:<24} {:>10.0f} {:>10.0f}\n", "mean bitrate (kbit/s)", played.mean_kbps,
             simulated.mean_kbps);
  fmt::print("{:<24} {:>10} {:>10}\n", "switches", played.switches, simulated.switches);
  fmt::print("{:<24} {:>10.3f} {:>10.3f}\n", "QoE a segment", played.qoe_per_segment,
             simulated.qoe_per_segment);
  fmt::print("\n{} pictures shown, {} dropped; the same session code ran in both.\n",
             comparison.played.output.frames_presented, comparison.played.output.frames_dropped);
  if (comparison.cold_start && comparison.prefetched_start)
    fmt::print(
        "The next title's first picture: {:.3f} s cold, {:.3f} s after its head was fetched "
        "ahead.\n",
        to_seconds(*comparison.cold_start), to_seconds(*comparison.prefetched_start));
}

int demo(const DemoFlags& flags) {
  const StopOnSignal stop;
  const std::string estimator = flags.estimator.empty()
                                    ? std::string(abr::default_estimator_of(flags.policy))
                                    : flags.estimator;
  const auto trace = flags.trace.empty() ? built_in_trace() : read_trace(flags.trace);
  if (!trace) return report_error(trace.error());
  const auto title =
      flags.title.empty() ? demo_title(flags, stop.token()) : Expected<fs::path>(flags.title);
  if (!title) return stop.stopped() ? interrupted_status : report_error(title.error());
  const auto comparison = compare(flags, estimator, *title, *trace, stop.token());
  if (!comparison) return stop.stopped() ? interrupted_status : report_error(comparison.error());
  if (flags.json)
    print_json(*comparison, flags, estimator);
  else
    print_table(*comparison, flags, estimator);
  if (comparison->played.failure) return report_error(*comparison->played.failure);
  return 0;
}

}  // namespace

void add_demo_command(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "demo", "Play a made title through a varying link and simulate the same session.");
  auto flags = std::make_shared<DemoFlags>();
  command->add_flag("--headless", flags->headless,
                    "No window, even where there is a display; playback runs in real time");
  command->add_option("--policy", flags->policy, "ABR policy")->capture_default_str();
  command->add_option("--estimator", flags->estimator,
                      "Throughput estimator (default: the policy's own)");
  command->add_option("--trace", flags->trace, "Trace of the link (default: a built-in one)");
  command->add_option("--rtt", flags->rtt_ms, "Round-trip time in ms, where the trace tells none")
      ->check(number_from(0, 10'000.0))
      ->capture_default_str();
  command->add_option("--title", flags->title, "Directory of a packaged title to play instead")
      ->check(CLI::ExistingDirectory);
  command->add_option("--seconds", flags->seconds, "Length of the demo title")
      ->check(CLI::Range(8, 600))
      ->capture_default_str();
  command->add_option("--logs", flags->logs,
                      "Directory for both session logs, played.jsonl and simulated.jsonl");
  command->add_flag("--json", flags->json, "Print the comparison as JSON");
  command->callback([flags, &status] { status = demo(*flags); });
}

}  // namespace rung::cli
