#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
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
#include "cli/number_range.h"
#include "cli/policy_timeout.h"
#include "cli/report_error.h"
#include "cli/run_sweep.h"
#include "cli/simulate_viewing.h"
#include "cli/simulation_table.h"
#include "cli/sweep_journal.h"
#include "cli/sweep_progress.h"
#include "cli/sweep_setup.h"
#include "cli/trace_files.h"
#include "core/limits.h"
#include "core/time.h"
#include "evaluation/suite.h"
#include "network_sim/fingerprint.h"
#include "network_sim/shared_link.h"
#include "network_sim/sweep.h"
#include "plugin/policy_source.h"
#include "prefetch/policies.h"
#include "session/session_options.h"
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

/// Sessions in one sweep; their outcomes are kept until the end.
constexpr std::size_t most_sessions = 20'000'000;
/// Combinations of a grid's options.
constexpr std::size_t most_settings = 10'000;
/// Transfers whose rows are kept until the end; abandoned ones come on top.
constexpr std::int64_t most_decisions = 5'000'000;

struct SimulateOptions {
  std::vector<std::string> policies;
  std::string grid;  ///< Empty: the flags say all.
  std::vector<std::string> estimators;
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
  std::string journal;  ///< Empty: none.
  bool go_on = false;
};

/// One setting of a grid; without one there is a single one, without columns of its own.
struct Setting {
  std::optional<std::string> estimator;
  session::SessionOptions session;
  Duration default_rtt{};
  SettingColumns columns;

  void put_into(Sweep& sweep) const {
    sweep.estimator = estimator;
    sweep.session = session;
    sweep.default_rtt = default_rtt;
  }
};

/// The sweep that is run once in every setting.
struct Run {
  Sweep sweep;
  std::vector<Setting> settings;
};

/// What the flags say, as a grid of which each list has at most one entry; the estimators aside.
Expected<evaluation::Grid> grid_of(const SimulateOptions& options) {
  if (!options.grid.empty()) {
    const auto text = read_file(options.grid, limits::manifest_size);
    if (!text) return tl::unexpected(text.error());
    auto grid = evaluation::parse_grid(*text, options.grid);
    if (!grid) return grid;
    const std::filesystem::path folder = std::filesystem::path(options.grid).parent_path();
    for (std::vector<std::string>* paths : {&grid->titles, &grid->traces})
      for (std::string& path : *paths) path = (folder / path).string();
    return grid;
  }
  evaluation::Grid grid{.titles = options.titles,
                        .traces = options.traces,
                        .policies = options.policies,
                        .seeds = options.seeds,
                        .profile = options.profile,
                        .qoe = options.qoe,
                        .estimators = options.estimators,
                        .buffers = {},
                        .startups = {},
                        .resumes = {},
                        .rtts = {},
                        .abandonment = {}};
  const auto put = [](const std::optional<double>& value, double unit,
                      std::vector<Duration>& into) {
    if (value) into.push_back(from_seconds(*value * unit));
  };
  put(options.buffer_seconds, 1, grid.buffers);
  put(options.startup_seconds, 1, grid.startups);
  put(options.resume_seconds, 1, grid.resumes);
  put(options.rtt_milliseconds, 0.001, grid.rtts);
  if (options.never_abandon) grid.abandonment.push_back(false);
  return grid;
}

/// Every entry of a list, or one that is not given.
template <typename T>
std::vector<std::optional<T>> each_or_none(const std::vector<T>& list) {
  std::vector<std::optional<T>> made(list.begin(), list.end());
  if (made.empty()) made.emplace_back();
  return made;
}

/// All combinations, the one that stands last below changing fastest.
std::vector<SweepSettings> combinations(const evaluation::Grid& grid,
                                        const SimulateOptions& options) {
  std::vector<SweepSettings> made;
  for (const auto& estimator : each_or_none(grid.estimators))
    for (const auto& buffer : each_or_none(grid.buffers))
      for (const auto& startup : each_or_none(grid.startups))
        for (const auto& resume : each_or_none(grid.resumes))
          for (const auto& rtt : each_or_none(grid.rtts))
            for (const auto& abandonment : each_or_none(grid.abandonment))
              made.push_back({.profile = grid.profile,
                              .policies = grid.policies,
                              .sessions = static_cast<std::size_t>(options.sessions),
                              .stagger = from_seconds(options.stagger_seconds),
                              .estimator = estimator,
                              .seeds = grid.seeds,
                              .buffer = buffer,
                              .startup = startup,
                              .resume = resume,
                              .rtt = rtt,
                              .overhead = options.overhead_percent.value_or(0) / 100,
                              .abandonment = abandonment,
                              .qoe = grid.qoe});
  return made;
}

Setting setting_of(const Sweep& sweep, bool with_columns) {
  Setting setting{.estimator = sweep.estimator,
                  .session = sweep.session,
                  .default_rtt = sweep.default_rtt,
                  .columns = {}};
  if (with_columns)
    setting.columns = {
        real_column("buffer_s", to_seconds(sweep.session.buffer_capacity)),
        real_column("startup_level_s", to_seconds(sweep.session.startup_level)),
        real_column("resume_level_s", to_seconds(sweep.session.resume_level)),
        real_column("rtt_ms", to_seconds(sweep.default_rtt) * 1000),
        {"abandonment", sweep.session.abandonment ? "true" : "false", ColumnType::truth}};
  return setting;
}

Expected<Run> make_run(const SimulateOptions& options,
                       const std::shared_ptr<plugin::PolicySource>& source) {
  const auto grid = grid_of(options);
  if (!grid) return tl::unexpected(grid.error());
  const std::size_t count = std::max<std::size_t>(1, grid->estimators.size()) *
                            std::max<std::size_t>(1, grid->buffers.size()) *
                            std::max<std::size_t>(1, grid->startups.size()) *
                            std::max<std::size_t>(1, grid->resumes.size()) *
                            std::max<std::size_t>(1, grid->rtts.size()) *
                            std::max<std::size_t>(1, grid->abandonment.size());
  if (count > most_settings)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("{} settings are more than {}", count, most_settings), options.grid);
  Run run;
  const std::vector<SweepSettings> wanted = combinations(*grid, options);
  auto setup = set_up_sweep(wanted.front(), source);
  // What is wrong with a grid is wrong in its file.
  const auto in_grid = [&](Error error) {
    if (!options.grid.empty()) error.where = options.grid;
    return tl::unexpected(std::move(error));
  };
  if (!setup) return in_grid(setup.error());
  run.settings.push_back(setting_of(setup->sweep, !options.grid.empty()));
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    const auto other = set_up_sweep(wanted[i], source);
    if (!other) return in_grid(other.error());
    run.settings.push_back(setting_of(other->sweep, !options.grid.empty()));
  }
  for (const std::string& path : grid->titles) {
    if (const auto added = add_title(*setup, path, path); !added)
      return tl::unexpected(added.error());
    for (const Setting& setting : run.settings)
      if (const auto fits = session::validate(setting.session, setup->sweep.titles.back().known);
          !fits)
        return failure(fits.error().code, fits.error().message, path);
  }
  const auto files = trace_files(grid->traces);
  if (!files) return tl::unexpected(files.error());
  if (files->empty())
    return failure(ErrorCode::not_found, "there is no file here", grid->traces.front());
  for (const std::string& path : *files)
    if (const auto added = add_link(*setup, path, path); !added)
      return tl::unexpected(added.error());
  run.sweep = std::move(setup->sweep);
  const Sweep& sweep = run.sweep;
  if (sweep.size() > most_sessions / count)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("{} sessions in each of {} settings are more than {}", sweep.size(),
                               count, most_sessions));
  if (!options.decisions.empty() && count > 1)
    return failure(ErrorCode::invalid_argument,
                   "the rows do not tell settings apart; give one estimator and no grid",
                   "--decisions");
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
  return run;
}

Expected<void> write_result(const std::string& path, const std::string& text) {
  if (path != "-") return write_file(path, text);
  std::fwrite(text.data(), 1, text.size(), stdout);  // main() tells when it is lost.
  return {};
}

/// Several sessions on each link.
int simulate_bottlenecks(const SimulateOptions& options, const Run& run) {
  if (run.settings.size() > 1 || !options.journal.empty())
    return report_error({ErrorCode::invalid_argument,
                         "goes with one estimator and without --journal", "--sessions"});
  const Sweep& sweep = run.sweep;
  const auto runs = run_bottlenecks(sweep, threads_for(options.jobs));
  if (!runs) return report_error(runs.error());
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

/// The journal that is wanted, or none.
Expected<std::unique_ptr<SweepJournal>> open_journal(const SimulateOptions& options, Run& run) {
  if (options.journal.empty()) {
    if (options.go_on)
      return failure(ErrorCode::invalid_argument, "needs --journal FILE", "--continue");
    return std::unique_ptr<SweepJournal>();
  }
  if (!options.decisions.empty())
    return failure(ErrorCode::invalid_argument, "cannot go with --decisions", "--journal");
  network_sim::Fingerprint digest;
  for (const Setting& setting : run.settings) {
    setting.put_into(run.sweep);
    digest.add(digest_of(run.sweep));
  }
  return SweepJournal::open(options.journal, options.go_on, digest.value(),
                            run.sweep.size() * run.settings.size());
}

/// What one setting came to, as text.
std::string shown(const SimulateOptions& options, const Run& run, const Setting& setting,
                  const std::vector<Outcome>& outcomes) {
  const bool first = &setting == &run.settings.front();
  if (options.format == "csv") return simulation_csv(run.sweep, outcomes, setting.columns, first);
  if (options.format == "jsonl") return simulation_json_lines(run.sweep, outcomes, setting.columns);
  if (run.settings.size() == 1) return simulation_table(run.sweep, outcomes);
  std::string heading = setting.estimator ? "estimator " + *setting.estimator : "";
  for (const Column& column : setting.columns) {
    std::string value = column.value;
    if (value.ends_with(".0")) value.resize(value.size() - 2);
    heading += (heading.empty() ? "" : ", ") + column.name + ' ' + value;
  }
  return (first ? "" : "\n") + heading + '\n' + simulation_table(run.sweep, outcomes);
}

int simulate(const SimulateOptions& options) {
  const auto source = std::make_shared<plugin::PolicySource>(from_seconds(options.policy_timeout));
  auto run = make_run(options, source);
  if (!run) return report_error(run.error());
  if (!options.quiet) {
    GoodputWarning warning;
    for (const LinkCapacity& link : run->sweep.links) warning.look_at(link.trace());
    warning.print();
  }
  if (options.sessions > 1) return simulate_bottlenecks(options, *run);
  const auto journal = open_journal(options, *run);
  if (!journal) return report_error(journal.error());
  const unsigned jobs = threads_for(options.jobs);
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t sessions = run->sweep.size() * run->settings.size();
  std::vector<std::vector<network_sim::TransferRecord>> transfers;
  std::string text;
  std::int64_t segments = 0;
  std::size_t played_out = 0;
  session::EndReason first_end{};
  {
    SweepProgress progress(sessions, !options.quiet);
    SweepObservers observers{.transfers = options.decisions.empty() ? nullptr : &transfers,
                             .journal = journal->get(),
                             .progress = &progress};
    for (const Setting& setting : run->settings) {
      setting.put_into(run->sweep);
      const auto outcomes = run_sweep(run->sweep, jobs, observers);
      if (!outcomes) return report_error(outcomes.error());
      if (observers.first_in_journal == 0) first_end = outcomes->front().report.end;
      observers.first_in_journal += outcomes->size();
      for (const Outcome& outcome : *outcomes) {
        segments += outcome.report.segments;
        if (outcome.report.end == session::EndReason::played_out) ++played_out;
      }
      text += shown(options, *run, setting, *outcomes);
    }
  }
  if (*journal)
    if (const auto flushed = (*journal)->flush(); !flushed) return report_error(flushed.error());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (const auto written = write_result(options.out, text); !written)
    return report_error(written.error());
  if (!options.decisions.empty())
    if (const auto written = write_file(options.decisions, decision_table(run->sweep, transfers));
        !written)
      return report_error(written.error());
  if (!options.quiet) {
    const std::string known =
        *journal ? fmt::format(", {} of them from the journal", (*journal)->known()) : "";
    fmt::print(stderr, "{} sessions{}, {} segments in {:.3f} s with {} jobs\n", sessions, known,
               segments, taken.count(), jobs);
  }
  if (played_out > 0) return 0;
  return report_error(
      {ErrorCode::network,
       fmt::format("none of the {} sessions was played to its end; the first ended with {}",
                   sessions, session::to_string(first_end)),
       run->sweep.links.front().trace().name()});
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
  auto run = make_run(options, std::make_shared<plugin::PolicySource>());
  if (!run) return report_error(run.error());
  if (run->settings.size() > 1)
    return report_error(
        {ErrorCode::invalid_argument, "goes with one estimator at a time", "--viewing"});
  Sweep* const sweep = &run->sweep;
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
      ->add_option("--format", options->format,
                   "table (a summary for each policy), csv or jsonl (every session)")
      ->check(CLI::IsMember({"table", "csv", "jsonl"}))
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
  CLI::Option* qoe = command
                         ->add_option("--qoe", options->qoe,
                                      "Quality model that is reported and planned for [lin]")
                         ->check(CLI::IsMember(qoe_model_names()));
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
  for (CLI::Option* said : {policy, estimator, trace, title, seed, rtt, buffer, startup, resume,
                            never_abandon, qoe, profile, overhead, sessions, viewing})
    grid->excludes(said);
  for (const char* other : {"--decisions", "--viewing"})
    sessions->excludes(command->get_option(other));
  command
      ->add_option("--journal", options->journal,
                   "Write down every session that is done, so that --continue can go on")
      ->type_name("FILE");
  command->add_flag("--continue", options->go_on,
                    "Go on with the journal of a run that was interrupted");
  command->add_flag("--quiet", options->quiet, "Nothing but errors on the standard error");
  command->callback([options, &status] {
    if (options->grid.empty()) {
      if (options->policies.empty()) throw CLI::RequiredError("--policy");
      if (options->traces.empty()) throw CLI::RequiredError("--trace");
      if (options->titles.empty()) throw CLI::RequiredError("--title");
    }
    status = options->viewing.empty() ? simulate(*options) : simulate_viewing(*options);
  });
}

}  // namespace rung::cli
