#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/number_range.h"
#include "cli/report_error.h"
#include "cli/trace_files.h"
#include "core/limits.h"
#include "media/decode/content_keys.h"
#include "network_sim/emulator/origin.h"

// `rung serve`; docs/serve.md.

namespace rung::cli {
namespace {

struct ServeOptions {
  std::string directory;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string trace;
  std::string format;
  double rtt_milliseconds = 0;
  int max_age_seconds = 0;
  std::string trace_start = "first-request";
  bool live = false;
  bool chunked = false;
  bool patches = false;
  double window_seconds = 60;
  double clock_offset_seconds = 0;
  std::string faults;
  std::string log;
  std::vector<std::string> licences;  ///< ID:KEY each.
  std::size_t connections = 256;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Expected<std::optional<network_sim::Trace>> trace_to_serve(const ServeOptions& options) {
  if (options.trace.empty()) return std::optional<network_sim::Trace>{};
  const auto format = trace_format_flag(options.format);
  if (!format) return tl::unexpected(format.error());
  auto trace = read_trace(options.trace, *format);
  if (!trace) return tl::unexpected(trace.error());
  return std::optional<network_sim::Trace>(*std::move(trace));
}

Expected<emulator::FaultScript> read_faults(const std::string& path) {
  if (path.empty()) return emulator::FaultScript();
  const auto text = read_file(path, limits::manifest_size);
  if (!text) return tl::unexpected(text.error());
  return emulator::FaultScript::create(*text, path);
}

/// Blocks the signals that end the program, in this thread and those it starts, to wait for them.
sigset_t block_ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Expected<void> serve(const ServeOptions& options) {
  auto trace = trace_to_serve(options);
  if (!trace) return tl::unexpected(trace.error());
  auto faults = read_faults(options.faults);
  if (!faults) return tl::unexpected(faults.error());
  emulator::OriginOptions origin_options;
  File log;
  if (!options.log.empty()) {
    log.reset(std::fopen(options.log.c_str(), "we"));
    if (!log) return failure(ErrorCode::io, "cannot be written", options.log);
    origin_options.on_request = [file = log.get()](const emulator::RequestRecord& record) {
      std::fputs((emulator::to_json(record) + '\n').c_str(), file);
      std::fflush(file);
    };
  }
  for (const std::string& licence : options.licences) {
    auto key = decode::parse_content_key(licence);
    if (!key)
      return failure(ErrorCode::invalid_argument, "must be ID:KEY, each of 32 hexadecimal digits",
                     "--licence");
    origin_options.keys.insert(*std::move(key));
  }
  origin_options.directory = options.directory;
  origin_options.address = options.address;
  origin_options.port = options.port;
  origin_options.trace = *std::move(trace);
  origin_options.max_age = std::chrono::seconds(options.max_age_seconds);
  origin_options.rtt = from_seconds(options.rtt_milliseconds / 1000);
  if (options.trace_start == "launch") origin_options.trace_start = emulator::TraceStart::launch;
  origin_options.faults = *std::move(faults);
  origin_options.connections = options.connections;
  if (options.live)
    origin_options.live = {.window = from_seconds(options.window_seconds),
                           .clock_offset = from_seconds(options.clock_offset_seconds),
                           .chunked = options.chunked,
                           .patches = options.patches};
  const sigset_t signals = block_ending_signals();
  const auto origin = emulator::Origin::create(std::move(origin_options));
  if (!origin) return tl::unexpected(origin.error());
  std::printf("%s\n", (*origin)->url().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*origin)->stop();
  return {};
}

}  // namespace

void add_serve_command(CLI::App& app, int& status) {
  CLI::App* const command =
      app.add_subcommand("serve", "Serve a directory over HTTP through a link shaped by a trace");
  const auto options = std::make_shared<ServeOptions>();
  command->add_option("DIR", options->directory, "The directory to serve")->required();
  command->add_option("--port", options->port, "TCP port; 0 for any")
      ->check(whole_number_from(0, 65535))
      ->capture_default_str();
  command->add_option("--bind", options->address, "Numeric address to listen on")
      ->capture_default_str();
  command->add_option("--trace", options->trace,
                      "Capacity of the link over time, shared by all connections; no limit if "
                      "not given");
  command->add_option("--format", options->format,
                      "Format of the trace: csv, sabre, pensieve or mahimahi; found by its content "
                      "if not given");
  command
      ->add_option("--rtt", options->rtt_milliseconds,
                   "Milliseconds from request to first byte, where the trace tells none")
      ->check(number_from(0, 600000.0))
      ->capture_default_str();
  command->add_option("--trace-start", options->trace_start, "When the trace begins")
      ->check(CLI::IsMember({"first-request", "launch"}))
      ->capture_default_str();
  command
      ->add_option("--max-age", options->max_age_seconds,
                   "Seconds for which clients may keep files; 0: not at all")
      ->check(whole_number_from(0, 31'536'000))
      ->capture_default_str();
  auto* const live =
      command->add_flag("--live", options->live, "Show the title in DIR live, again and again");
  command
      ->add_flag("--chunked", options->chunked,
                 "Send segments of --live while they are produced, chunk by chunk")
      ->needs(live);
  command
      ->add_flag("--mpd-patch", options->patches,
                 "MPDs of --live name a place that tells what has changed in them")
      ->needs(live);
  command
      ->add_option("--window", options->window_seconds,
                   "Seconds for which a segment of --live stays available")
      ->check(number_from(1, 86400.0))
      ->needs(live)
      ->capture_default_str();
  command
      ->add_option("--clock-offset", options->clock_offset_seconds,
                   "Seconds by which the clock of --live is ahead of this machine's")
      ->check(CLI::Range(-86400.0, 86400.0))
      ->needs(live)
      ->capture_default_str();
  command->add_option("--faults", options->faults, "JSON script of responses that go wrong");
  command
      ->add_option("--licence", options->licences,
                   "ID:KEY, each of 32 hexadecimal digits: give licences for clear keys at "
                   "/licence; several times")
      ->allow_extra_args(false);
  command->add_option("--log", options->log, "File for one JSON line a request");
  command->add_option("--connections", options->connections, "Connections open at once")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->callback([options, &status] {
    const auto served = serve(*options);
    if (!served) status = report_error(served.error());
  });
}

}  // namespace rung::cli
