#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/forecast_score.h"
#include "cli/commands.h"
#include "cli/csv_field.h"
#include "cli/flag_values.h"
#include "cli/json_writer.h"
#include "cli/number_range.h"
#include "cli/report_error.h"
#include "cli/trace_files.h"
#include "network_sim/link_capacity.h"
#include "network_sim/transfer_history.h"

// `rung predict`: how well every estimator foretells the next transfer; docs/policies.md.

namespace rung::cli {
namespace {

using abr::ForecastScore;

struct PredictOptions {
  std::vector<std::string> traces;
  std::vector<std::string> estimators;
  double bandwidth_kbps = 1000;
  double segment_seconds = 4;
  double buffer_seconds = 30;
  double rtt_milliseconds = 80;
  double level = 0.8;
  std::string format = "table";
};

/// One file, or all files of a directory, and the scores by estimator.
struct TraceSet {
  std::string name;
  std::size_t traces = 0;
  std::size_t transfers = 0;
  std::vector<ForecastScore> scores;
};

Expected<TraceSet> judge(const std::string& path, const PredictOptions& options) {
  const auto files = trace_files({path});
  if (!files) return tl::unexpected(files.error());
  if (files->empty()) return failure(ErrorCode::not_found, "there is no file here", path);
  TraceSet set{.name = path,
               .traces = files->size(),
               .scores = std::vector<ForecastScore>(options.estimators.size(),
                                                    ForecastScore(options.level))};
  const network_sim::HistoryOptions wanted{
      .bandwidth =
          BitRate::bits_per_second(static_cast<std::int64_t>(options.bandwidth_kbps * 1000)),
      .segment_duration = from_seconds(options.segment_seconds),
      .buffer_capacity = from_seconds(options.buffer_seconds),
      .rtt = from_seconds(options.rtt_milliseconds / 1000)};
  for (const std::string& file : *files) {
    auto trace = read_trace(file);
    if (!trace) return tl::unexpected(trace.error());
    const network_sim::LinkCapacity link(*std::move(trace));
    const auto history = network_sim::transfer_history(link, wanted);
    if (!history) return failure(history.error().code, history.error().message, file);
    set.transfers += history->size();
    for (std::size_t i = 0; i < options.estimators.size(); ++i) {
      const auto estimator = abr::make_estimator(options.estimators[i]);
      if (!estimator) return tl::unexpected(estimator.error());
      set.scores[i].add(*history, **estimator);
    }
  }
  return set;
}

std::string table(std::span<const TraceSet> sets, const PredictOptions& options) {
  std::string text;
  for (const TraceSet& set : sets) {
    if (!text.empty()) text += '\n';
    text += fmt::format(
        "{}: {} traces, {} transfers of {:g} s at {:g} kbit/s; intervals of {:g} %\n"
        "{:<18} {:>9} {:>8} {:>8} {:>9} {:>7} {:>7} {:>7} {:>7}\n",
        set.name, set.traces, set.transfers, options.segment_seconds, options.bandwidth_kbps,
        options.level * 100, "estimator", "forecasts", "MAE", "bias", "coverage", "below", "above",
        "width", "score");
    for (std::size_t i = 0; i < set.scores.size(); ++i) {
      const ForecastScore& score = set.scores[i];
      text += fmt::format("{:<18} {:>9} {:>8.4f} {:>8.4f}", options.estimators[i],
                          score.forecasts(), score.mean_absolute_error(), score.bias());
      if (score.intervals() > 0)
        text += fmt::format(" {:>8.2f}% {:>6.2f}% {:>6.2f}% {:>7.4f} {:>7.4f}",
                            score.coverage() * 100, score.below() * 100, score.above() * 100,
                            score.width(), score.interval_score());
      text += '\n';
    }
  }
  return text;
}

std::string csv(std::span<const TraceSet> sets, const PredictOptions& options) {
  std::string text =
      "set,traces,transfers,estimator,forecasts,mae_log,bias_log,level,intervals,coverage,below,"
      "above,width_log,interval_score\n";
  for (const TraceSet& set : sets)
    for (std::size_t i = 0; i < set.scores.size(); ++i) {
      const ForecastScore& score = set.scores[i];
      text +=
          fmt::format("{},{},{},{},{},{},{},{},{}", csv_field(set.name), set.traces, set.transfers,
                      options.estimators[i], score.forecasts(), score.mean_absolute_error(),
                      score.bias(), options.level, score.intervals());
      if (score.intervals() > 0)
        text += fmt::format(",{},{},{},{},{}\n", score.coverage(), score.below(), score.above(),
                            score.width(), score.interval_score());
      else
        text += ",,,,,\n";
    }
  return text;
}

void print_json(std::span<const TraceSet> sets, const PredictOptions& options) {
  JsonWriter json(stdout);
  json.begin_object();
  json.member("bandwidth_kbps", options.bandwidth_kbps);
  json.member("segment_s", options.segment_seconds);
  json.member("buffer_s", options.buffer_seconds);
  json.member("rtt_ms", options.rtt_milliseconds);
  json.member("level", options.level);
  json.key("sets");
  json.begin_array();
  for (const TraceSet& set : sets) {
    json.begin_object();
    json.member("set", set.name);
    json.member("traces", set.traces);
    json.member("transfers", set.transfers);
    json.key("estimators");
    json.begin_array();
    for (std::size_t i = 0; i < set.scores.size(); ++i) {
      const ForecastScore& score = set.scores[i];
      json.begin_object();
      json.member("estimator", options.estimators[i]);
      json.member("forecasts", score.forecasts());
      json.member("mae_log", score.mean_absolute_error());
      json.member("bias_log", score.bias());
      json.member("intervals", score.intervals());
      if (score.intervals() > 0) {
        json.member("coverage", score.coverage());
        json.member("below", score.below());
        json.member("above", score.above());
        json.member("width_log", score.width());
        json.member("interval_score", score.interval_score());
      }
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

int predict(PredictOptions options) {
  if (options.estimators.empty())
    for (const std::string_view name : abr::estimator_names())
      options.estimators.emplace_back(name);
  for (const std::string& name : options.estimators)
    if (const auto made = abr::make_estimator(name); !made) return report_error(made.error());
  std::vector<TraceSet> sets;
  for (const std::string& path : options.traces) {
    auto set = judge(path, options);
    if (!set) return report_error(set.error());
    sets.push_back(*std::move(set));
  }
  if (options.format == "json") {
    print_json(sets, options);
    return 0;
  }
  const std::string text = options.format == "csv" ? csv(sets, options) : table(sets, options);
  std::fwrite(text.data(), 1, text.size(), stdout);  // main() tells when it is lost.
  return 0;
}

}  // namespace

void add_predict_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<PredictOptions>();
  CLI::App* const command = app.add_subcommand(
      "predict", "Judge throughput estimators: how well each foretells the next transfer");
  command
      ->add_option("TRACE", options->traces,
                   "Trace files, or directories of them; each argument is judged as one set")
      ->required()
      ->type_name("FILE|DIR");
  std::string names;
  for (const std::string_view name : abr::estimator_names())
    names += (names.empty() ? "" : ", ") + std::string(name);
  add_list_option(*command, "--estimator", options->estimators,
                  "Comma-separated, all if not given: " + names, any_text());
  command->add_option("--bandwidth", options->bandwidth_kbps, "Of the segments, in kbit/s")
      ->check(number_from(1, 1e7))
      ->capture_default_str();
  command->add_option("--segment", options->segment_seconds, "Length of a segment in seconds")
      ->check(number_from(0.1, 3600.0))
      ->capture_default_str();
  command->add_option("--buffer", options->buffer_seconds, "Buffer capacity in seconds")
      ->check(number_from(0.1, 86'400.0))
      ->capture_default_str();
  command
      ->add_option("--rtt", options->rtt_milliseconds,
                   "Request to first byte in milliseconds, where the trace tells none")
      ->check(number_from(0, 600'000.0))
      ->capture_default_str();
  command
      ->add_option("--level", options->level,
                   "Probability of the intervals that are judged, their tails equally likely")
      ->check(number_from(0.01, 0.99))
      ->capture_default_str();
  command->add_option("--format", options->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->callback([options, &status] { status = predict(*options); });
}

}  // namespace rung::cli
