#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
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
#include "abr/qoe.h"
#include "cli/bottleneck_table.h"
#include "cli/commands.h"
#include "cli/decision_table.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/journal_options.h"
#include "cli/number_range.h"
#include "cli/policy_timeout.h"
#include "cli/ranks.h"
#include "cli/report_error.h"
#include "cli/run_sweep.h"
#include "cli/simulate_viewing.h"
#include "cli/simulation_run.h"
#include "cli/simulation_table.h"
#include "cli/sweep_journal.h"
#include "cli/sweep_progress.h"
#include "cli/trace_files.h"
#include "core/limits.h"
#include "core/time.h"
#include "network_sim/fingerprint.h"
#include "network_sim/shared_link.h"
#include "network_sim/sweep.h"
#include "plugin/policy_source.h"
#include "prefetch/policies.h"
#include "session/session_report.h"

// `rung simulate`: every policy on every title over every trace.

namespace rung::cli {
namespace {

using network_sim::LinkCapacity;
using network_sim::Outcome;
using network_sim::Sweep;

std::vector<std::string> qoe_model_names() {
  std::vector<std::string> names;
  for (const abr::QoeModel model : abr::qoe_models) names.emplace_back(to_string(model));
  return names;
}

Expected<void> write_result(const std::string& path, const std::string& text) {
  if (path != "-") return write_file(path, text);
  std::fwrite(text.data(), 1, text.size(), stdout);  // main() tells when it is lost.
  return {};
}

/// Told by the first rank alone. Returns the exit status.
int tell(const Error& error, const Ranks& ranks) {
  return ranks.first() ? report_error(error) : exit_status(error.code);
}

/// Several sessions on each link.
int simulate_bottlenecks(const SimulateOptions& options, const Run& run, Ranks& ranks) {
  const Sweep& sweep = run.sweep;
  const auto runs = run_bottlenecks(sweep, threads_for(options.jobs), ranks);
  if (!runs) return tell(runs.error(), ranks);
  if (!ranks.first()) return 0;
  const std::string text = options.format == "csv"     ? bottleneck_csv(sweep, *runs)
                           : options.format == "jsonl" ? bottleneck_json_lines(sweep, *runs)
                                                       : bottleneck_table(sweep, *runs);
  if (const auto written = write_result(options.out, text); !written)
    return report_error(written.error());
  for (const network_sim::BottleneckOutcome& shared : *runs)
    for (const Outcome& outcome : shared.sessions)
      if (outcome.report.end == session::EndReason::played_out) return 0;
  return report_error(
      {ErrorCode::network, "no session was played to its end", sweep.links.front().trace().name()});
}

/// What one setting came to, as text.
std::string shown(const SimulateOptions& options, const Run& run, const Setting& setting,
                  const std::vector<Outcome>& outcomes) {
  const bool first = &setting == &run.settings.front();
  const SettingColumns columns = setting_columns(options, setting);
  if (options.format == "csv") return simulation_csv(run.sweep, outcomes, columns, first);
  if (options.format == "jsonl") return simulation_json_lines(run.sweep, outcomes, columns);
  if (options.format == "stats") return simulation_stats(run.sweep, outcomes, columns, first);
  if (run.settings.size() == 1) return simulation_table(run.sweep, outcomes);
  std::string heading = setting.estimator ? "estimator " + *setting.estimator : "";
  for (const Column& column : columns) {
    std::string value = column.value;
    if (value.ends_with(".0")) value.resize(value.size() - 2);
    heading += (heading.empty() ? "" : ", ") + column.name + ' ' + value;
  }
  return (first ? "" : "\n") + heading + '\n' + simulation_table(run.sweep, outcomes);
}

/// What cannot be run so: flags that do not go together.
std::optional<Error> wrong_flags(const SimulateOptions& options) {
  const auto wrong = [](std::string_view flag, std::string_view message) {
    return Error{ErrorCode::invalid_argument, std::string(message), std::string(flag)};
  };
  if (options.format == "stats" && options.sessions > 1)
    return wrong("--format", "stats does not go with --sessions");
  if (options.format == "stats" && !options.viewing.empty())
    return wrong("--format", "stats does not go with --viewing");
  if (options.go_on && options.journal.empty()) return wrong("--continue", "needs --journal FILE");
  if (!options.journal.empty() && !options.decisions.empty())
    return wrong("--journal", "cannot go with --decisions");
  if (!options.journal.empty() && (options.sessions > 1 || !options.viewing.empty()))
    return wrong("--journal", "goes with neither --sessions nor --viewing");
  if (options.viewing.empty()) return std::nullopt;
  if (options.policies.size() != 1)
    return wrong("--policy", "viewers are simulated with one policy at a time");
  if (!options.decisions.empty() || !options.profile.empty() ||
      options.policies.front() == network_sim::oracle_policy ||
      plugin::PolicySource::is_external(options.policies.front()))
    return wrong("--viewing",
                 "goes with neither --decisions nor --profile, nor with the oracle or a policy "
                 "from outside");
  return std::nullopt;
}

/// What is known when the grid is: who takes only one setting, and what no journal can be of.
std::optional<Error> wrong_settings(const SimulateOptions& options, const Run& run) {
  if (run.settings.size() > 1)
    for (const auto& [used, flag] : {std::pair(options.sessions > 1, "--sessions"),
                                     std::pair(!options.viewing.empty(), "--viewing")})
      if (used)
        return Error{ErrorCode::invalid_argument, "goes with one estimator at a time", flag};
  if (!options.journal.empty()) return not_for_journals(run.sweep.policies);
  return std::nullopt;
}

/// Of all that ranks must have in common.
std::uint64_t digest_of(const SimulateOptions& options, Run& run) {
  std::string flags = fmt::format("{} {} {} {}", options.journal.empty(), options.decisions.empty(),
                                  options.misstated_percent, options.metered);
  for (const std::vector<std::string>* names : {&options.viewing, &options.prefetch})
    for (const std::string& name : *names) flags += ' ' + name;
  network_sim::Fingerprint digest;
  digest.add(digest_of_all(run));
  for (const char letter : flags) digest.add(static_cast<unsigned char>(letter));
  return digest.value();
}

/// The rows of all sessions, whichever rank ran them.
Expected<std::string> all_decisions(
    const Sweep& sweep, const std::vector<std::vector<network_sim::TransferRecord>>& transfers,
    Ranks& ranks) {
  std::vector<std::string> own;
  for (std::size_t i = 0; i < ranks.share(sweep.size()); ++i)
    own.push_back(decision_rows(sweep, ranks.place(i), transfers[ranks.place(i)]));
  auto rows = ranks.gather(sweep.size(), std::move(own));
  if (!rows) return tl::unexpected(rows.error());
  std::string text = decision_head();
  for (std::string& of_session : *rows) text += std::exchange(of_session, {});
  return text;
}

/// What sessions one by one came to.
struct SweepResult {
  std::string text;       ///< All settings, as the flags want them; of the first rank only.
  std::string decisions;  ///< Where they are wanted.
  std::int64_t segments = 0;
  std::size_t played_out = 0;
  session::EndReason first_end{};
  std::optional<std::size_t> known;  ///< Sessions that a journal knew.
};

/// The sweep in every setting, shared out among the ranks.
Expected<SweepResult> run_settings(const SimulateOptions& options, Run& run, Ranks& ranks) {
  const std::uint64_t digest = options.journal.empty() ? 0 : digest_of_all(run);
  const auto journal =
      SweepJournal::open(options.journal, options.go_on, digest, run.sessions(), ranks);
  if (!journal) return tl::unexpected(journal.error());
  SweepResult result;
  if (*journal) result.known = (*journal)->known();
  std::vector<std::vector<network_sim::TransferRecord>> transfers;
  SweepProgress progress(run.sessions(), !options.quiet && ranks.size() == 1);
  SweepObservers observers{.transfers = options.decisions.empty() ? nullptr : &transfers,
                           .journal = journal->get(),
                           .progress = &progress,
                           .ranks = &ranks};
  for (const Setting& setting : run.settings) {
    setting.put_into(run.sweep);
    const auto outcomes = run_sweep(run.sweep, threads_for(options.jobs), observers);
    if (!outcomes) return tl::unexpected(outcomes.error());
    if (observers.first_in_journal == 0) result.first_end = outcomes->front().report.end;
    observers.first_in_journal += outcomes->size();
    if (!ranks.first()) continue;
    for (const Outcome& outcome : *outcomes) {
      result.segments += outcome.report.segments;
      if (outcome.report.end == session::EndReason::played_out) ++result.played_out;
    }
    result.text += shown(options, run, setting, *outcomes);
  }
  if (const auto kept = keep(journal->get(), ranks); !kept) return tl::unexpected(kept.error());
  if (options.decisions.empty()) return result;
  auto rows = all_decisions(run.sweep, transfers, ranks);
  if (!rows) return tl::unexpected(rows.error());
  result.decisions = *std::move(rows);
  return result;
}

/// Sessions one by one. Of several ranks only the first one prints and writes.
int simulate_sweep(const SimulateOptions& options, Run& run, Ranks& ranks) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run_settings(options, run, ranks);
  if (!result) return tell(result.error(), ranks);
  if (!ranks.first()) return 0;
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (const auto written = write_result(options.out, result->text); !written)
    return report_error(written.error());
  if (!options.decisions.empty())
    if (const auto written = write_file(options.decisions, result->decisions); !written)
      return report_error(written.error());
  if (!options.quiet) {
    const std::string known =
        result->known ? fmt::format(", {} of them from the journal", *result->known) : "";
    fmt::print(stderr, "{} sessions{}, {} segments in {:.3f} s with {} jobs\n", run.sessions(),
               known, result->segments, taken.count(), threads_for(options.jobs));
  }
  if (result->played_out > 0) return 0;
  return report_error(
      {ErrorCode::network,
       fmt::format("none of the {} sessions was played to its end; the first ended with {}",
                   run.sessions(), session::to_string(result->first_end)),
       run.sweep.links.front().trace().name()});
}

/// Viewers who go from title to title, on the sweep's links, titles and options.
Expected<ViewingSweep> viewing_sweep(const SimulateOptions& options, Sweep sweep) {
  ViewingSweep viewing{.modes = {},
                       .prefetch_policies = options.prefetch,
                       .links = std::move(sweep.links),
                       .titles = std::move(sweep.titles),
                       .seeds = sweep.seeds,
                       .policy = sweep.policies.front(),
                       .estimator = std::string(sweep.estimator_of(0)),
                       .session = sweep.session,
                       .buffer_given = options.buffer_seconds.has_value(),
                       .default_rtt = sweep.default_rtt,
                       .misstated = options.misstated_percent / 100,
                       .metered = options.metered};
  for (const std::string& name : options.viewing) {
    const auto mode = network_sim::parse_viewing_mode(name);
    if (!mode) return tl::unexpected(mode.error());
    viewing.modes.push_back(*mode);
  }
  for (const std::string& name : options.prefetch)
    if (const auto made = prefetch::make_policy(name, {}); !made)
      return tl::unexpected(made.error());
  return viewing;
}

/// `rung simulate --viewing`.
int simulate_viewing(const SimulateOptions& options, Sweep sweep, Ranks& ranks) {
  const auto viewing = viewing_sweep(options, std::move(sweep));
  if (!viewing) return tell(viewing.error(), ranks);
  const auto summaries = run_viewing(*viewing, threads_for(options.jobs), ranks);
  if (!summaries) return tell(summaries.error(), ranks);
  if (!ranks.first()) return 0;
  const std::string text = options.format == "csv"     ? viewing_csv(*summaries)
                           : options.format == "jsonl" ? viewing_json_lines(*summaries)
                                                       : viewing_table(*summaries);
  if (const auto written = write_result(options.out, text); !written)
    return report_error(written.error());
  return 0;
}

/// What every rank does.
int simulate(const SimulateOptions& options, Ranks& ranks) {
  const auto source = std::make_shared<plugin::PolicySource>(from_seconds(options.policy_timeout));
  auto error = wrong_flags(options);
  auto run = error ? tl::unexpected(*error) : make_run(options, source);
  error = run ? wrong_settings(options, *run) : run.error();
  error = ranks.first_failure(error, run && ranks.size() > 1 ? digest_of(options, *run) : 0);
  if (error) return tell(*error, ranks);
  if (!options.quiet && ranks.first()) {
    GoodputWarning warning;
    for (const LinkCapacity& link : run->sweep.links) warning.look_at(link.trace());
    warning.print();
  }
  if (!options.viewing.empty()) return simulate_viewing(options, std::move(run->sweep), ranks);
  if (options.sessions > 1) return simulate_bottlenecks(options, *run, ranks);
  return simulate_sweep(options, *run, ranks);
}

int simulate(const SimulateOptions& options) {
  const auto ranks = Ranks::join();
  if (!ranks) return Ranks::tells() ? report_error(ranks.error()) : exit_status(ranks.error().code);
  const int status = simulate(options, **ranks);
  (*ranks)->leave();
  return status;
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
  CLI::Option* policy =
      add_list_option(*command, "--policy", options->policies,
                      "Comma-separated: " + listed(abr::policy_names()) +
                          ", oracle, pensieve:FOLDER, ./OBJECT.so[:PARAMETERS], pipe:COMMAND",
                      any_text());
  CLI::Option* estimator =
      add_list_option(*command, "--estimator", options->estimators,
                      "Throughput estimators, comma-separated: " + listed(abr::estimator_names()) +
                          "; every policy runs with each; without one, with its own",
                      any_text());
  CLI::Option* trace =
      command->add_option("--trace", options->traces, "Trace files, or directories of them")
          ->type_name("FILE|DIR");
  CLI::Option* title =
      command
          ->add_option("--title", options->titles,
                       "JSON ladders, Sabre's movies, folders of Pensieve's size files, or DASH or "
                       "HLS manifests with their files beside them")
          ->type_name("FILE");
  CLI::Option* seed =
      add_list_option(*command, "--seed", options->seeds, "Seeds, comma-separated", any_seed())
          ->default_str("1");
  command->add_option("--jobs", options->jobs, "Threads; 0 for one for each processor")
      ->check(CLI::Range(0U, 1024U))
      ->capture_default_str();
  command
      ->add_option(
          "--format", options->format,
          "table (a summary for each policy), csv or jsonl (every session), stats (median, "
          "mean and standard deviation of every number)")
      ->check(CLI::IsMember({"table", "csv", "jsonl", "stats"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->out, "File to write, - for the standard output")
      ->type_name("FILE")
      ->capture_default_str();
  CLI::Option* rtt =
      command
          ->add_option("--rtt", options->rtt_milliseconds,
                       "Request to first byte in milliseconds, where the trace tells none [0]")
          ->check(rtt_milliseconds());
  CLI::Option* overhead =
      command
          ->add_option("--overhead", options->overhead_percent,
                       "Headers in percent of the body, for traces that count packets [0]")
          ->check(overhead_percent());
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
  CLI::Option* buffer =
      command->add_option("--buffer", options->buffer_seconds, "Buffer capacity in seconds [30]")
          ->check(buffer_seconds());
  CLI::Option* startup = command
                             ->add_option("--startup", options->startup_seconds,
                                          "Media before the first picture, seconds")
                             ->check(buffer_seconds());
  CLI::Option* resume = command
                            ->add_option("--resume", options->resume_seconds,
                                         "Media before going on after a stall, seconds")
                            ->check(buffer_seconds());
  command
      ->add_option("--decisions", options->decisions,
                   "Write every transfer to this file, as tab-separated values")
      ->type_name("FILE");
  CLI::Option* never_abandon = command->add_flag("--never-abandon", options->never_abandon,
                                                 "Let every transfer run to its end");
  CLI::Option* upgrades = add_upgrades_option(*command, options->upgrade_percent);
  CLI::Option* qoe = command
                         ->add_option("--qoe", options->qoe,
                                      "Quality model that is reported and planned for [lin]")
                         ->check(CLI::IsMember(qoe_model_names()));
  CLI::Option* live =
      command
          ->add_option("--live", options->live_seconds,
                       "Titles are live: produced while they are watched, so many seconds behind")
          ->check(number_from(0.001, 86'400.0))
          ->excludes(sessions);
  CLI::Option* chunk =
      command
          ->add_option("--chunk", options->chunk_seconds,
                       "Segments of live titles come in chunks of so many seconds, while they are "
                       "produced")
          ->check(number_from(0.001, 86'400.0))
          ->needs(live);
  CLI::Option* length =
      command
          ->add_option("--length", options->length_seconds,
                       "Titles in numbers are cut, or repeated, to so many seconds")
          ->check(number_from(0.001, 7 * 86'400.0));
  CLI::Option* factor = command
                            ->add_option("--capacity-factor", options->capacity_factor,
                                         "Times the rates of the traces")
                            ->check(number_from(0.001, 1000))
                            ->capture_default_str();
  CLI::Option* seek =
      command
          ->add_option(
              "--seek", options->seek,
              "The viewer goes elsewhere: WHEN:TO in seconds, of their time and the title's")
          ->type_name("WHEN:TO")
          ->excludes(sessions)
          ->excludes(live);
  CLI::Option* rampup =
      command
          ->add_option(
              "--rampup", options->rampup,
              "With --profile sabre, from which representation on (from 0) a viewer counts "
              "as ramped up [what the link sustains]")
          ->check(whole_number_from(0, limits::representations - 1));
  add_policy_timeout_option(*command, options->policy_timeout);
  CLI::Option* profile = command->add_option(
      "--profile", options->profile, "Simulate as another simulator does: pensieve-2017, sabre");
  CLI::Option* viewing = add_list_option(
      *command, "--viewing", options->viewing,
      "Simulate viewers who go from title to title: series, catalogue, feed, music", any_text());
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
  CLI::Option* grid =
      command
          ->add_option("--grid", options->grid,
                       "TOML file of lists, in place of the flags that say what is run: policies, "
                       "titles, traces, seeds, estimators and options, all combinations")
          ->type_name("FILE");
  for (CLI::Option* said :
       {policy, estimator,     trace, title,  seed,    rtt,      buffer,   startup,
        resume, never_abandon, qoe,   live,   profile, overhead, sessions, viewing,
        length, factor,        seek,  rampup, chunk,   upgrades})
    grid->excludes(said);
  for (CLI::Option* other : {length, factor, seek, rampup, upgrades}) viewing->excludes(other);
  for (CLI::Option* other : {viewing, profile}) live->excludes(other);
  for (const char* other : {"--decisions", "--viewing"})
    sessions->excludes(command->get_option(other));
  add_journal_options(*command, options->journal, options->go_on);
  command->add_flag("--quiet", options->quiet, "Nothing but errors on the standard error");
  command->callback([options, &status] {
    if (options->grid.empty()) {
      if (options->policies.empty()) throw CLI::RequiredError("--policy");
      if (options->traces.empty()) throw CLI::RequiredError("--trace");
      if (options->titles.empty()) throw CLI::RequiredError("--title");
    }
    status = simulate(*options);
  });
}

}  // namespace rung::cli
