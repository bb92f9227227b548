#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "cli/bottleneck_table.h"
#include "cli/commands.h"
#include "cli/decision_table.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/number_range.h"
#include "cli/policy_timeout.h"
#include "cli/report_error.h"
#include "cli/run_sweep.h"
#include "cli/simulate_viewing.h"
#include "cli/simulation_table.h"
#include "cli/sweep_setup.h"
#include "cli/trace_files.h"
#include "core/time.h"
#include "network_sim/shared_link.h"
#include "network_sim/sweep.h"
#include "plugin/policy_source.h"
#include "prefetch/policies.h"

// `rung simulate`: every policy on every title over every trace.

namespace rung::cli {
namespace {

using network_sim::LinkCapacity;
using network_sim::Outcome;
using network_sim::Sweep;

/// Sessions in one sweep; their outcomes are kept until the end.
constexpr std::size_t most_sessions = 20'000'000;
/// Transfers whose rows are kept until the end; abandoned ones come on top.
constexpr std::int64_t most_decisions = 5'000'000;

struct SimulateOptions {
  std::vector<std::string> policies;
  std::optional<std::string> estimator;
  std::vector<std::string> traces;
  std::vector<std::string> titles;
  std::vector<std::uint64_t> seeds{1};
  unsigned jobs = 0;
  std::string format = "table";
  std::string out = "-";
  std::string decisions;  ///< Empty: not wanted.
  std::string profile;    ///< Empty: ours.
  std::optional<double> rtt_milliseconds;
  std::optional<double> buffer_seconds;
  std::optional<double> startup_seconds;
  std::optional<double> resume_seconds;
  bool never_abandon = false;
  double policy_timeout = default_policy_timeout;
  bool quiet = false;
  std::uint64_t sessions = 1;
  double stagger_seconds = 0;
  std::optional<double> overhead_percent;
  std::optional<std::string> qoe;
  std::vector<std::string> viewing;  ///< Modes; empty: sessions one by one.
  std::vector<std::string> prefetch{prefetch::policy_names().begin(),
                                    prefetch::policy_names().end()};
  double misstated_percent = 0;
  bool metered = false;
};

std::optional<Duration> as_seconds(const std::optional<double>& seconds) {
  if (!seconds) return std::nullopt;
  return from_seconds(*seconds);
}

SweepSettings settings_of(const SimulateOptions& options) {
  return {.profile = options.profile,
          .policies = options.policies,
          .sessions = static_cast<std::size_t>(options.sessions),
          .stagger = from_seconds(options.stagger_seconds),
          .estimator = options.estimator,
          .seeds = options.seeds,
          .buffer = as_seconds(options.buffer_seconds),
          .startup = as_seconds(options.startup_seconds),
          .resume = as_seconds(options.resume_seconds),
          .rtt = options.rtt_milliseconds
                     ? std::optional(from_seconds(*options.rtt_milliseconds / 1000))
                     : std::nullopt,
          .overhead = options.overhead_percent.value_or(0) / 100,
          .abandonment = options.never_abandon ? std::optional(false) : std::nullopt,
          .qoe = options.qoe};
}

Expected<Sweep> make_sweep(const SimulateOptions& options,
                           const std::shared_ptr<plugin::PolicySource>& source) {
  auto setup = set_up_sweep(settings_of(options), source);
  if (!setup) return tl::unexpected(setup.error());
  for (const std::string& path : options.titles)
    if (const auto added = add_title(*setup, path, path); !added)
      return tl::unexpected(added.error());
  const auto files = trace_files(options.traces);
  if (!files) return tl::unexpected(files.error());
  if (files->empty())
    return failure(ErrorCode::not_found, "there is no file here", options.traces.front());
  for (const std::string& path : *files)
    if (const auto added = add_link(*setup, path, path); !added)
      return tl::unexpected(added.error());
  Sweep& sweep = setup->sweep;
  if (sweep.size() > most_sessions)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("{} sessions are more than {}", sweep.size(), most_sessions));
  if (!options.decisions.empty()) {
    std::int64_t segments = 0;
    for (const network_sim::SimulatedTitle& title : sweep.titles)
      segments += (title.known.video ? title.known.video : title.known.audio)->segment_count();
    const auto sessions = static_cast<std::int64_t>(sweep.size() / sweep.titles.size());
    if (segments > most_decisions / sessions)
      return failure(
          ErrorCode::limit_exceeded,
          fmt::format("{} sessions on {} segments in all are more than {} decisions; run fewer "
                      "traces or policies at a time",
                      sessions, segments, most_decisions),
          "--decisions");
  }
  return std::move(sweep);
}

Expected<void> write_result(const std::string& path, const std::string& text) {
  if (path != "-") return write_file(path, text);
  std::fwrite(text.data(), 1, text.size(), stdout);  // main() tells when it is lost.
  return {};
}

/// Several sessions on each link.
int simulate_bottlenecks(const SimulateOptions& options, const Sweep& sweep) {
  const auto runs = run_bottlenecks(sweep, threads_for(options.jobs));
  if (!runs) return report_error(runs.error());
  const std::string text = options.format == "csv"     ? bottleneck_csv(sweep, *runs)
                           : options.format == "jsonl" ? bottleneck_json_lines(sweep, *runs)
                                                       : bottleneck_table(sweep, *runs);
  if (const auto written = write_result(options.out, text); !written)
    return report_error(written.error());
  for (const network_sim::BottleneckOutcome& run : *runs)
    for (const Outcome& outcome : run.sessions)
      if (outcome.report.end == session::EndReason::played_out) return 0;
  return report_error(
      {ErrorCode::network, "no session was played to its end", sweep.links.front().trace().name()});
}

int simulate(const SimulateOptions& options) {
  const auto source = std::make_shared<plugin::PolicySource>(from_seconds(options.policy_timeout));
  const auto sweep = make_sweep(options, source);
  if (!sweep) return report_error(sweep.error());
  if (!options.quiet) {
    GoodputWarning warning;
    for (const LinkCapacity& link : sweep->links) warning.look_at(link.trace());
    warning.print();
  }
  if (options.sessions > 1) return simulate_bottlenecks(options, *sweep);
  const unsigned jobs = threads_for(options.jobs);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::vector<network_sim::TransferRecord>> transfers;
  const auto outcomes = run_sweep(*sweep, jobs, options.decisions.empty() ? nullptr : &transfers);
  if (!outcomes) return report_error(outcomes.error());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;

  const std::string text = options.format == "csv"     ? simulation_csv(*sweep, *outcomes)
                           : options.format == "jsonl" ? simulation_json_lines(*sweep, *outcomes)
                                                       : simulation_table(*sweep, *outcomes);
  if (const auto written = write_result(options.out, text); !written)
    return report_error(written.error());
  if (!options.decisions.empty())
    if (const auto written = write_file(options.decisions, decision_table(*sweep, transfers));
        !written)
      return report_error(written.error());
  std::int64_t segments = 0;
  std::size_t played_out = 0;
  for (const Outcome& outcome : *outcomes) {
    segments += outcome.report.segments;
    if (outcome.report.end == session::EndReason::played_out) ++played_out;
  }
  if (!options.quiet)
    fmt::print(stderr, "{} sessions, {} segments in {:.3f} s with {} jobs\n", outcomes->size(),
               segments, taken.count(), jobs);
  if (played_out > 0) return 0;
  const std::string_view end = session::to_string(outcomes->front().report.end);
  return report_error(
      {ErrorCode::network,
       fmt::format("none of the {} sessions was played to its end; the first ended with {}",
                   outcomes->size(), end),
       sweep->links.front().trace().name()});
}

/// `rung simulate --viewing`: the sweep's links, titles and options, seen by viewers who go from
/// title to title.
int simulate_viewing(const SimulateOptions& options) {
  if (options.policies.size() != 1)
    return report_error({ErrorCode::invalid_argument,
                         "viewers are simulated with one policy at a time", "--policy"});
  if (!options.decisions.empty() || !options.profile.empty() ||
      options.policies.front() == network_sim::oracle_policy ||
      plugin::PolicySource::is_external(options.policies.front()))
    return report_error({ErrorCode::invalid_argument,
                         "goes with neither --decisions nor --profile, nor with the oracle or a "
                         "policy from outside",
                         "--viewing"});
  auto sweep = make_sweep(options, std::make_shared<plugin::PolicySource>());
  if (!sweep) return report_error(sweep.error());
  ViewingSweep viewing{.modes = {},
                       .prefetch_policies = options.prefetch,
                       .links = std::move(sweep->links),
                       .titles = std::move(sweep->titles),
                       .seeds = options.seeds,
                       .policy = options.policies.front(),
                       .estimator = std::string(sweep->estimator_of(0)),
                       .session = sweep->session,
                       .buffer_given = options.buffer_seconds.has_value(),
                       .default_rtt = sweep->default_rtt,
                       .misstated = options.misstated_percent / 100,
                       .metered = options.metered};
  for (const std::string& name : options.viewing) {
    const auto mode = network_sim::parse_viewing_mode(name);
    if (!mode) return report_error(mode.error());
    viewing.modes.push_back(*mode);
  }
  for (const std::string& name : options.prefetch)
    if (const auto made = prefetch::make_policy(name, {}); !made) return report_error(made.error());
  const auto summaries = run_viewing(viewing, threads_for(options.jobs));
  if (!summaries) return report_error(summaries.error());
  const std::string text = options.format == "csv"     ? viewing_csv(*summaries)
                           : options.format == "jsonl" ? viewing_json_lines(*summaries)
                                                       : viewing_table(*summaries);
  if (const auto written = write_result(options.out, text); !written)
    return report_error(written.error());
  return 0;
}

std::string listed(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

}  // namespace

void add_simulate_command(CLI::App& app, int& status) {
  auto options = std::make_shared<SimulateOptions>();
  CLI::App* command = app.add_subcommand(
      "simulate", "Run sessions over network traces: every policy, title, trace and seed");
  add_list_option(*command, "--policy", options->policies,
                  "Comma-separated: " + listed(abr::policy_names()) +
                      ", oracle, pensieve:FOLDER, ./OBJECT.so[:PARAMETERS], pipe:COMMAND",
                  any_text())
      ->required();
  command->add_option("--estimator", options->estimator,
                      "Throughput estimator: " + listed(abr::estimator_names()) +
                          "; without it, each policy runs with its own");
  command->add_option("--trace", options->traces, "Trace files, or directories of them")
      ->required()
      ->type_name("FILE|DIR");
  command
      ->add_option("--title", options->titles,
                   "JSON ladders, Sabre's movies, folders of Pensieve's size files, or DASH or HLS "
                   "manifests with their files beside them")
      ->required()
      ->type_name("FILE");
  add_list_option(*command, "--seed", options->seeds, "Seeds, comma-separated", any_seed())
      ->default_str("1");
  command->add_option("--jobs", options->jobs, "Threads; 0 for one for each processor")
      ->check(CLI::Range(0U, 1024U))
      ->capture_default_str();
  command
      ->add_option("--format", options->format,
                   "table (a summary for each policy), csv or jsonl (every session)")
      ->check(CLI::IsMember({"table", "csv", "jsonl"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->out, "File to write, - for the standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--rtt", options->rtt_milliseconds,
                   "Request to first byte in milliseconds, where the trace tells none [0]")
      ->check(number_from(0, 600'000.0));
  command
      ->add_option("--overhead", options->overhead_percent,
                   "Headers in percent of the body, for traces that count packets [0]")
      ->check(number_from(0, 1000.0));
  CLI::Option* sessions =
      command
          ->add_option("--sessions", options->sessions,
                       "Sessions on the link at once; a policy may be a mix, as bba+bola-e [1]")
          ->check(whole_number_from(1, network_sim::SharedLink::max_transfers));
  command
      ->add_option("--stagger", options->stagger_seconds,
                   "Seconds by which each of them begins after the one before [0]")
      ->check(number_from(0, 86'400.0))
      ->needs(sessions);
  command->add_flag("--quiet", options->quiet, "Nothing but errors on the standard error");
  command->add_option("--buffer", options->buffer_seconds, "Buffer capacity in seconds [30]")
      ->check(number_from(0.001, 86'400.0));
  command
      ->add_option("--startup", options->startup_seconds, "Media before the first picture, seconds")
      ->check(number_from(0.001, 86'400.0));
  command
      ->add_option("--resume", options->resume_seconds,
                   "Media before going on after a stall, seconds")
      ->check(number_from(0.001, 86'400.0));
  command
      ->add_option("--decisions", options->decisions,
                   "Write every transfer to this file, as tab-separated values")
      ->type_name("FILE");
  command->add_flag("--never-abandon", options->never_abandon, "Let every transfer run to its end");
  command->add_option("--qoe", options->qoe, "Quality model that is reported and planned for [lin]")
      ->check(CLI::IsMember({"lin", "log", "hd"}));
  add_policy_timeout_option(*command, options->policy_timeout);
  command->add_option("--profile", options->profile,
                      "Simulate as another simulator does: pensieve-2017, sabre");
  add_list_option(*command, "--viewing", options->viewing,
                  "Simulate viewers who go from title to title: series, catalogue, feed, music",
                  any_text());
  add_list_option(*command, "--prefetch", options->prefetch,
                  "With --viewing, what is fetched ahead: " + listed(prefetch::policy_names()),
                  any_text())
      ->needs("--viewing")
      ->default_str("all of them");
  command
      ->add_option("--misstated", options->misstated_percent,
                   "With --viewing, how far the told probabilities are off, in percent")
      ->check(number_from(0, 90))
      ->needs("--viewing");
  command->add_flag("--metered", options->metered, "With --viewing, every byte is paid for")
      ->needs("--viewing");
  sessions->excludes(command->get_option("--decisions"));
  sessions->excludes(command->get_option("--viewing"));
  command->callback([options, &status] {
    status = options->viewing.empty() ? simulate(*options) : simulate_viewing(*options);
  });
}

}  // namespace rung::cli
