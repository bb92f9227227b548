#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/number_range.h"
#include "cli/report_error.h"
#include "cli/trace_files.h"
#include "core/limits.h"
#include "network_sim/parse_trace.h"
#include "network_sim/synthetic_trace.h"
#include "network_sim/trace_stats.h"

// `rung trace convert`, `rung trace stats` and `rung trace generate`; docs/trace-format.md.

namespace rung::cli {
namespace {

using network_sim::Trace;
using network_sim::TraceFormat;
using network_sim::TraceStats;

struct ReadTrace {
  Trace trace;
  TraceFormat format{};
};

Expected<std::optional<TraceFormat>> format_option(const std::string& name) {
  if (name.empty()) return std::optional<TraceFormat>{};
  const auto format = network_sim::trace_format_from_name(name);
  if (!format)
    return failure(ErrorCode::invalid_argument,
                   "no trace format \"" + name + "\"; there are csv, sabre, pensieve, mahimahi");
  return format;
}

Expected<ReadTrace> read_trace(const std::string& path, std::optional<TraceFormat> format) {
  const auto text = read_file(path, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  auto trace = network_sim::parse_trace(*text, path, format);
  if (!trace) return tl::unexpected(trace.error());
  const TraceFormat read_as =
      format ? *format : network_sim::detect_trace_format(*text).value_or(TraceFormat::csv);
  return ReadTrace{.trace = *std::move(trace), .format = read_as};
}

/// "-" is the standard output.
Expected<void> write_text(const std::string& path, std::string_view text) {
  if (path != "-") return write_file(path, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return failure(ErrorCode::io, "cannot be written", "standard output");
  return {};
}

/// What the name of a file to be written asks for.
std::optional<TraceFormat> format_of_name(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".csv") return TraceFormat::csv;
  if (extension == ".json") return TraceFormat::sabre_json;
  if (extension == ".down" || extension == ".up" || extension == ".mahi")
    return TraceFormat::mahimahi;
  return std::nullopt;
}

Expected<void> write_trace_file(const Trace& trace, const std::string& path, TraceFormat format,
                                const std::string& comment) {
  const auto text = network_sim::write_trace(trace, format);
  if (!text) return tl::unexpected(text.error());
  return write_text(path, format == TraceFormat::csv ? comment + *text : *text);
}

// --- convert ---

struct ConvertOptions {
  std::string in;
  std::string out;
  std::string from;
  std::string to;
  bool quiet = false;
};

Expected<void> convert(const ConvertOptions& options) {
  const auto from = format_option(options.from);
  if (!from) return tl::unexpected(from.error());
  const auto to = format_option(options.to);
  if (!to) return tl::unexpected(to.error());
  const auto read = read_trace(options.in, *from);
  if (!read) return tl::unexpected(read.error());
  GoodputWarning warning;
  warning.look_at(read->trace);
  if (!options.quiet) warning.print();
  const TraceFormat format = to->value_or(format_of_name(options.out).value_or(TraceFormat::csv));
  return write_trace_file(read->trace, options.out, format, "");
}

// --- stats ---

struct StatsOptions {
  std::vector<std::string> paths;
  std::string format;
  std::optional<double> window_seconds;
  double outage_kbps =
      static_cast<double>(network_sim::default_outage_threshold.bits_per_second()) / 1000;
  bool json = false;
  bool quiet = false;
};

double kilobits(BitRate rate) { return static_cast<double>(rate.bits_per_second()) / 1000; }

double rounded(double value, double places) { return std::round(value * places) / places; }

std::string json_line(const std::string& path, TraceFormat format, std::optional<Duration> window,
                      const TraceStats& stats) {
  nlohmann::ordered_json line;
  line["trace"] = path;
  line["format"] = network_sim::to_string(format);
  line["window_s"] = window ? nlohmann::ordered_json(to_seconds(*window)) : nullptr;
  line["pieces"] = stats.pieces;
  line["duration_s"] = to_seconds(stats.duration);
  line["mean_kbps"] = kilobits(stats.mean);
  line["min_kbps"] = kilobits(stats.minimum);
  line["p5_kbps"] = kilobits(stats.percentile_5);
  line["p25_kbps"] = kilobits(stats.percentile_25);
  line["p50_kbps"] = kilobits(stats.median);
  line["p75_kbps"] = kilobits(stats.percentile_75);
  line["p95_kbps"] = kilobits(stats.percentile_95);
  line["max_kbps"] = kilobits(stats.maximum);
  line["cov"] = rounded(stats.coefficient_of_variation, 1e6);
  line["outage_below_kbps"] = kilobits(stats.outage_threshold);
  line["outage_share"] = rounded(stats.outage_share, 1e6);
  line["longest_outage_s"] = to_seconds(stats.longest_outage);
  line["mean_rtt_ms"] =
      stats.mean_rtt ? nlohmann::ordered_json(to_seconds(*stats.mean_rtt) * 1000) : nullptr;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string table_head(double outage_kbps) {
  return fmt::format(
      "Rates in kbit/s, weighted by time; outage: below {:g} kbit/s.\n"
      "{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6} {:>7} {:>8}  {}\n",
      outage_kbps, "seconds", "mean", "p5", "median", "p95", "max", "CoV", "outage", "format",
      "trace");
}

std::string table_line(const std::string& path, TraceFormat format, std::optional<Duration> window,
                       const TraceStats& stats) {
  const std::string note =
      window ? fmt::format(" (windows of {:g} s)", to_seconds(*window)) : std::string();
  return fmt::format(
      "{:>9.1f} {:>9.0f} {:>9.0f} {:>9.0f} {:>9.0f} {:>9.0f} {:>6.3f} {:>6.2f}% {:>8}  {}{}\n",
      to_seconds(stats.duration), kilobits(stats.mean), kilobits(stats.percentile_5),
      kilobits(stats.median), kilobits(stats.percentile_95), kilobits(stats.maximum),
      stats.coefficient_of_variation, stats.outage_share * 100, network_sim::to_string(format),
      path, note);
}

struct FileStats {
  TraceFormat format{};
  std::optional<Duration> window;
  TraceStats stats;
};

Expected<FileStats> file_stats(const std::string& path, std::optional<TraceFormat> format,
                               const StatsOptions& options, GoodputWarning& warning) {
  auto read = read_trace(path, format);
  if (!read) return tl::unexpected(read.error());
  warning.look_at(read->trace);
  std::optional<Duration> window;
  if (options.window_seconds) {
    if (*options.window_seconds > 0) window = from_seconds(*options.window_seconds);
  } else if (read->format == TraceFormat::mahimahi) {
    window = std::chrono::seconds(1);
  }
  const auto threshold =
      BitRate::bits_per_second(static_cast<std::int64_t>(options.outage_kbps * 1000));
  if (window) {
    auto averaged = network_sim::averaged_over(read->trace, *window);
    if (!averaged) return tl::unexpected(averaged.error());
    read->trace = *std::move(averaged);
  }
  return FileStats{.format = read->format,
                   .window = window,
                   .stats = network_sim::trace_stats(read->trace, threshold)};
}

int stats(const StatsOptions& options) {
  const auto format = format_option(options.format);
  if (!format) return report_error(format.error());
  const auto files = trace_files(options.paths);
  if (!files) return report_error(files.error());
  int status = 0;
  bool head_printed = false;
  GoodputWarning warning;
  for (const std::string& path : *files) {
    const auto result = file_stats(path, *format, options, warning);
    if (!result) {
      const int failed = report_error(result.error());
      status = status == 0 ? failed : 1;
      continue;
    }
    const auto& [read_as, window, figures] = *result;
    if (options.json) {
      std::fputs(json_line(path, read_as, window, figures).c_str(), stdout);
      continue;
    }
    if (!head_printed) std::fputs(table_head(options.outage_kbps).c_str(), stdout);
    head_printed = true;
    std::fputs(table_line(path, read_as, window, figures).c_str(), stdout);
  }
  if (!options.quiet) warning.print();
  return status;
}

// --- generate ---

struct GenerateOptions {
  std::string kind;
  std::string out;
  std::string to;
  double duration_seconds = 300;
  std::optional<double> rtt_milliseconds;
  std::uint64_t seed = 1;
  std::vector<double> rates_kbps;
  std::optional<double> low_kbps;
  std::optional<double> high_kbps;
  std::optional<double> hold_seconds;
  std::optional<double> step_seconds;
  std::optional<double> period_seconds;
  std::optional<double> down_seconds;
  std::optional<std::uint32_t> states;
  std::optional<double> noise;
};

BitRate rate_of(double kbps) {
  return BitRate::bits_per_second(static_cast<std::int64_t>(std::llround(kbps * 1000)));
}

/// The flags that a kind of trace cannot use are refused rather than passed over.
Expected<network_sim::LinkModel> link_model(const GenerateOptions& options) {
  const auto wrong = [&](const std::string& message) {
    return failure(ErrorCode::invalid_argument, message, "trace generate " + options.kind);
  };
  const auto duration = [](const std::optional<double>& seconds, Duration otherwise) {
    return seconds ? from_seconds(*seconds) : otherwise;
  };
  struct Flag {
    const char* name;
    bool given;
    const char* kinds;
  };
  const Flag flags[] = {
      {"--rate", !options.rates_kbps.empty(), "constant step outage"},
      {"--low", options.low_kbps.has_value(), "sawtooth markov outage"},
      {"--high", options.high_kbps.has_value(), "sawtooth markov"},
      {"--hold", options.hold_seconds.has_value(), "step markov outage"},
      {"--step", options.step_seconds.has_value(), "sawtooth markov"},
      {"--period", options.period_seconds.has_value(), "sawtooth"},
      {"--down", options.down_seconds.has_value(), "outage"},
      {"--states", options.states.has_value(), "markov"},
      {"--noise", options.noise.has_value(), "markov"},
  };
  for (const Flag& flag : flags)
    if (flag.given && std::string_view(flag.kinds).find(options.kind) == std::string_view::npos)
      return wrong(std::string(flag.name) + " has no meaning here");
  const bool walks = options.kind == "sawtooth" || options.kind == "markov";
  if (walks && (!options.low_kbps || !options.high_kbps))
    return wrong("--low and --high are needed");
  if (!walks && options.rates_kbps.empty()) return wrong("--rate is needed");
  if (!walks && options.kind != "step" && options.rates_kbps.size() != 1)
    return wrong("one --rate is possible");
  if (options.kind == "constant")
    return network_sim::ConstantLink{.rate = rate_of(options.rates_kbps.front())};
  if (options.kind == "step") {
    network_sim::StepLink link;
    for (const double kbps : options.rates_kbps) link.rates.push_back(rate_of(kbps));
    link.hold = duration(options.hold_seconds, link.hold);
    return link;
  }
  if (options.kind == "sawtooth") {
    network_sim::SawtoothLink link{.low = rate_of(*options.low_kbps),
                                   .high = rate_of(*options.high_kbps)};
    link.period = duration(options.period_seconds, link.period);
    link.step = duration(options.step_seconds, link.step);
    return link;
  }
  if (options.kind == "markov") {
    network_sim::MarkovLink link{.low = rate_of(*options.low_kbps),
                                 .high = rate_of(*options.high_kbps)};
    link.states = options.states.value_or(link.states);
    link.mean_hold = duration(options.hold_seconds, link.mean_hold);
    link.step = duration(options.step_seconds, link.step);
    link.noise = options.noise.value_or(link.noise);
    return link;
  }
  network_sim::OutageLink link{.rate = rate_of(options.rates_kbps.front()),
                               .low = rate_of(options.low_kbps.value_or(0))};
  link.mean_up = duration(options.hold_seconds, link.mean_up);
  link.mean_down = duration(options.down_seconds, link.mean_down);
  return link;
}

/// The command that makes the same trace again, without the file's place.
std::string command_line(const GenerateOptions& options) {
  std::string line = "rung trace generate " + options.kind;
  const auto add = [&line](const char* flag, const auto& value) {
    if (value) line += fmt::format(" {} {}", flag, *value);
  };
  if (!options.rates_kbps.empty())
    line += fmt::format(" --rate {}", fmt::join(options.rates_kbps, ","));
  add("--low", options.low_kbps);
  add("--high", options.high_kbps);
  add("--hold", options.hold_seconds);
  add("--down", options.down_seconds);
  add("--period", options.period_seconds);
  add("--step", options.step_seconds);
  add("--states", options.states);
  add("--noise", options.noise);
  line += fmt::format(" --duration {}", options.duration_seconds);
  add("--rtt", options.rtt_milliseconds);
  if (options.kind == "markov" || options.kind == "outage")
    line += fmt::format(" --seed {}", options.seed);
  return line;
}

Expected<void> generate(const GenerateOptions& options) {
  const auto to = format_option(options.to);
  if (!to) return tl::unexpected(to.error());
  const auto model = link_model(options);
  if (!model) return tl::unexpected(model.error());
  network_sim::SyntheticTraceOptions synthetic;
  synthetic.name = options.out;
  synthetic.duration = from_seconds(options.duration_seconds);
  if (options.rtt_milliseconds) synthetic.rtt = from_seconds(*options.rtt_milliseconds / 1000);
  synthetic.seed = options.seed;
  const auto trace = network_sim::synthetic_trace(*model, synthetic);
  if (!trace) return tl::unexpected(trace.error());
  const TraceFormat format = to->value_or(format_of_name(options.out).value_or(TraceFormat::csv));
  return write_trace_file(*trace, options.out, format, "# " + command_line(options) + '\n');
}

int status_of(const Expected<void>& result) { return result ? 0 : report_error(result.error()); }

}  // namespace

void add_trace_command(CLI::App& app, int& status) {
  CLI::App* const trace = app.add_subcommand("trace", "Convert, describe and generate traces");
  trace->require_subcommand(1);
  const std::string formats = "csv, sabre, pensieve or mahimahi";

  const auto conversion = std::make_shared<ConvertOptions>();
  CLI::App* const converting = trace->add_subcommand("convert", "Write a trace in another format");
  converting->add_option("IN", conversion->in, "The trace to read; - is the standard input")
      ->required();
  converting->add_option("OUT", conversion->out, "The file to write; - is the standard output")
      ->required();
  converting->add_option("--from", conversion->from,
                         "Format of IN: " + formats + "; found by its content if not given");
  converting->add_option("--to", conversion->to,
                         "Format of OUT: " + formats +
                             "; if not given: .json sabre, .down .up .mahi mahimahi, else csv");
  converting->add_flag("--quiet", conversion->quiet, "No warning on the standard error");
  converting->callback([conversion, &status] { status = status_of(convert(*conversion)); });

  const auto figures = std::make_shared<StatsOptions>();
  CLI::App* const describing = trace->add_subcommand(
      "stats", "Duration, mean, percentiles, coefficient of variation and outage share of traces");
  describing->add_option("FILE", figures->paths, "Traces, or directories of traces")->required();
  describing->add_option("--format,--from", figures->format, "Format of the traces: " + formats);
  describing
      ->add_option("--window", figures->window_seconds,
                   "Average over windows of so many seconds first; 0 for none (default: 1 for "
                   "mahimahi, else none)")
      ->check(number_from(0, 86400.0));
  describing
      ->add_option("--outage-below", figures->outage_kbps,
                   "Rates below so many kbit/s count as an outage")
      ->check(number_from(0, 1e9))
      ->capture_default_str();
  describing->add_flag("--json", figures->json, "One JSON object a line");
  describing->add_flag("--quiet", figures->quiet, "No warning on the standard error");
  describing->callback([figures, &status] { status = stats(*figures); });

  const auto generation = std::make_shared<GenerateOptions>();
  GenerateOptions& options = *generation;
  CLI::App* const generating = trace->add_subcommand("generate", "Write a trace made from a model");
  const CLI::Validator positive = number_from(0, 1e8);
  generating->add_option("KIND", options.kind, "constant, step, sawtooth, markov or outage")
      ->required()
      ->check(CLI::IsMember({"constant", "step", "sawtooth", "markov", "outage"}));
  generating->add_option("-o,--output", options.out, "The file to write; - is the standard output")
      ->required();
  generating->add_option("--to", options.to, "Format of the file: " + formats);
  generating->add_option("--duration", options.duration_seconds, "Length in seconds")
      ->check(positive)
      ->capture_default_str();
  generating->add_option("--rtt", options.rtt_milliseconds, "Round-trip time in ms")
      ->check(number_from(0, 600000.0));
  generating->add_option("--seed", options.seed, "Seed of markov and outage")
      ->check(any_seed())
      ->capture_default_str();
  add_list_option(*generating, "--rate", options.rates_kbps,
                  "Rate in kbit/s; for step several, with commas between", number_from(0, 1e9));
  generating
      ->add_option("--low", options.low_kbps,
                   "Lowest rate in kbit/s (outage: the rate of an "
                   "outage, default 0)")
      ->check(number_from(0, 1e9));
  generating->add_option("--high", options.high_kbps, "Highest rate in kbit/s")
      ->check(number_from(0, 1e9));
  generating
      ->add_option("--hold", options.hold_seconds,
                   "Seconds for which a rate holds (step, default 30), holds on average "
                   "(markov, 10), between outages on average (outage, 30)")
      ->check(positive);
  generating->add_option("--down", options.down_seconds, "Mean seconds of an outage (default 5)")
      ->check(positive);
  generating
      ->add_option("--period", options.period_seconds,
                   "Seconds of one tooth (sawtooth, default 60)")
      ->check(positive);
  generating
      ->add_option("--step", options.step_seconds,
                   "Seconds between changes (sawtooth and markov, default 1)")
      ->check(positive);
  generating->add_option("--states", options.states, "States of the walk (markov, default 8)");
  generating->add_option("--noise", options.noise, "Variation within a state (markov, default 0.1)")
      ->check(number_from(0, 2.0));
  generating->callback([generation, &status] { status = status_of(generate(*generation)); });
}

}  // namespace rung::cli
