#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
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

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/policy_timeout.h"
#include "cli/ranks.h"
#include "cli/report_error.h"
#include "cli/run_sweep.h"
#include "cli/sweep_journal.h"
#include "cli/sweep_setup.h"
#include "cli/timelines.h"
#include "cli/trace_files.h"
#include "core/limits.h"
#include "evaluation/baseline.h"
#include "evaluation/evaluation.h"
#include "evaluation/html_report.h"
#include "evaluation/report_formats.h"
#include "evaluation/suite.h"
#include "network_sim/fingerprint.h"
#include "network_sim/sweep.h"
#include "plugin/policy_source.h"
#include "session/timeline.h"

// `rung evaluate`: a suite of sessions, judged; for tests that run on every change.

namespace rung::cli {
namespace {

using evaluation::Evaluation;
using evaluation::SessionScore;
using evaluation::Suite;
using network_sim::Outcome;
using network_sim::Sweep;

constexpr int passed_status = 0;
constexpr int worse_status = 1;
constexpr int could_not_run_status = 2;

/// Sessions in one suite; their scores are kept until the end.
constexpr std::size_t most_sessions = 5'000'000;

struct EvaluateOptions {
  std::string suite;
  std::optional<std::string> baseline;
  std::optional<std::string> save_baseline;
  std::optional<std::string> junit;
  std::optional<std::string> markdown;
  std::optional<std::string> html;
  unsigned jobs = 0;
  bool regret = false;
  double policy_timeout = default_policy_timeout;
  std::vector<std::string> session_logs;
  std::size_t timelines = 3;
};

/// A path of the suite as it is opened; its name in reports is the one that the suite gives.
std::string opened(const std::string& suite_path, const std::string& named) {
  return (std::filesystem::path(suite_path).parent_path() / named).string();
}

/// Adds the traces that the suite names, each called as the suite calls it, wherever that lies.
Expected<void> add_links(const Suite& suite, const std::string& suite_path, SweepSetup& setup) {
  for (const std::string& named : suite.traces) {
    const std::string root = opened(suite_path, named);
    const auto files = trace_files({root});
    if (!files) return tl::unexpected(files.error());
    if (files->empty()) return failure(ErrorCode::not_found, "there is no file here", root);
    for (const std::string& path : *files) {
      const std::string name = named + path.substr(root.size());
      if (name.find_first_of("\t\r\n") != std::string::npos)
        return failure(ErrorCode::invalid_argument,
                       "the file's name has a tab or a line end; a baseline cannot name it", name);
      if (auto added = add_link(setup, path, name); !added) return added;
    }
  }
  return {};
}

SweepSettings settings_of(const Suite& suite) {
  return {.profile = suite.profile,
          .policies = suite.policies,
          .estimator = suite.estimator,
          .seeds = suite.seeds,
          .buffer = suite.buffer,
          .startup = suite.startup,
          .resume = suite.resume,
          .rtt = suite.rtt,
          .abandonment = suite.abandonment,
          .qoe = suite.qoe,
          .live_delay = suite.live_delay};
}

Expected<Sweep> make_sweep(const Suite& suite, const std::string& suite_path,
                           const std::shared_ptr<plugin::PolicySource>& source) {
  auto setup = set_up_sweep(settings_of(suite), source);
  if (!setup) return failure(setup.error().code, setup.error().message, suite_path);
  for (const std::string& named : suite.titles)
    if (const auto added = add_title(*setup, opened(suite_path, named), named); !added)
      return tl::unexpected(added.error());
  if (const auto added = add_links(suite, suite_path, *setup); !added)
    return tl::unexpected(added.error());
  Sweep& sweep = setup->sweep;
  if (sweep.size() > most_sessions)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("{} sessions are more than {}", sweep.size(), most_sessions),
                   suite_path);
  return std::move(sweep);
}

std::vector<SessionScore> scores_of(const Sweep& sweep, const std::vector<Outcome>& outcomes) {
  std::vector<SessionScore> scores;
  scores.reserve(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Sweep::Place at = sweep.place(i);
    const session::SessionReport& report = outcomes[i].report;
    scores.push_back({.policy = sweep.policies[at.policy],
                      .title = sweep.titles[at.title].name,
                      .trace = sweep.links[at.link].trace().name(),
                      .seed = sweep.seeds[at.seed],
                      .played_out = report.end == session::EndReason::played_out,
                      .qoe = report.qoe_per_segment,
                      .startup_s = to_seconds(report.startup_delay),
                      .stalled_s = to_seconds(report.stalled),
                      .mean_kbps = report.mean_kbps,
                      .switches = static_cast<double>(report.switches),
                      .fingerprint = outcomes[i].fingerprint});
  }
  return scores;
}

/// The optimum and the lowest representation on every title, trace and seed: two more policies on
/// the same sweep.
Expected<std::vector<evaluation::SessionBounds>> bounds_of(Sweep sweep, unsigned jobs,
                                                           Ranks& ranks) {
  const std::vector<std::uint64_t> seeds = sweep.seeds;
  sweep.policies = {std::string(network_sim::oracle_policy)};
  sweep.seeds = {seeds.front()};  // Nothing fails for the oracle, so it never draws.
  const auto best = run_each(sweep, jobs, &ranks);
  if (!best) return tl::unexpected(best.error());
  sweep.policies = {"fixed:lowest"};
  sweep.seeds = seeds;
  const auto lowest = run_sweep(sweep, jobs, {.ranks = &ranks});
  if (!lowest) return tl::unexpected(lowest.error());
  std::vector<evaluation::SessionBounds> bounds;
  for (std::size_t i = 0; i < lowest->size(); ++i) {
    const Expected<Outcome>& optimum = (*best)[i / seeds.size()];
    bounds.push_back({.optimum = {}, .lowest = (*lowest)[i].report.qoe_per_segment, .unknown = {}});
    if (optimum)
      bounds.back().optimum = optimum->report.qoe_per_segment;
    else
      bounds.back().unknown = optimum.error().message;
  }
  return bounds;
}

/// What scores must have in common to be compared: the QoE, and how far behind viewers of live
/// titles are.
std::string scored_with(const Suite& suite) {
  const std::string qoe(suite.qoe);
  return suite.live_delay ? fmt::format("{}, live {} s", qoe, to_seconds(*suite.live_delay)) : qoe;
}

Expected<std::optional<std::vector<SessionScore>>> load_baseline(const EvaluateOptions& options,
                                                                 const Suite& suite) {
  if (!options.baseline) return std::nullopt;
  const auto text = read_file(*options.baseline, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  auto scores = evaluation::parse_baseline(*text, scored_with(suite), *options.baseline);
  if (!scores) return tl::unexpected(scores.error());
  return *std::move(scores);
}

/// Sessions of the suite for the report: of the titles and traces in the order of the baseline
/// policy's scores `wanted` ones, evenly from its worst to its best, with every policy on each. Run
/// again to be drawn; a sweep's sessions are functions of their number.
Expected<std::vector<evaluation::TimelineGroup>> chosen_timelines(
    const Sweep& sweep, const Suite& suite, std::span<const SessionScore> scores,
    std::size_t wanted) {
  const std::size_t each = sweep.size() / sweep.policies.size();
  const std::size_t baseline =
      each * static_cast<std::size_t>(std::ranges::find(sweep.policies, suite.baseline) -
                                      sweep.policies.begin());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < each; i += sweep.seeds.size()) order.push_back(i);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return scores[baseline + i].qoe; });
  wanted = std::min(wanted, order.size());
  std::vector<evaluation::TimelineGroup> groups;
  for (std::size_t n = 0; n < wanted; ++n) {
    const std::size_t at = order[wanted == 1 ? 0 : n * (order.size() - 1) / (wanted - 1)];
    groups.push_back({.caption = scores[at].title + ", " + scores[at].trace, .sessions = {}});
    for (std::size_t policy = 0; policy < sweep.policies.size(); ++policy) {
      session::Timeline timeline;
      const auto outcome = sweep.run(policy * each + at, nullptr, &timeline);
      if (!outcome) return tl::unexpected(outcome.error());
      groups.back().sessions.push_back(
          drawn(timeline, sweep.policies[policy],
                fmt::format("QoE {:.3f}", outcome->report.qoe_per_segment)));
    }
  }
  return groups;
}

/// The suite's sessions and those of the logs: a log's sessions are in every group, beside the
/// simulated ones.
Expected<std::vector<evaluation::TimelineGroup>> timelines_of(const EvaluateOptions& options,
                                                              const Sweep& sweep,
                                                              const Suite& suite,
                                                              std::span<const SessionScore> scores,
                                                              plugin::PolicySource& source) {
  if (!options.html) return std::vector<evaluation::TimelineGroup>();
  const auto logged = logged_timelines(options.session_logs, std::nullopt, source);
  if (!logged) return tl::unexpected(logged.error());
  auto groups = chosen_timelines(sweep, suite, scores, options.timelines);
  if (!groups) return groups;
  for (const evaluation::TimelineGroup& log : *logged) {
    for (evaluation::TimelineGroup& group : *groups)
      group.sessions.insert(group.sessions.end(), log.sessions.begin(), log.sessions.end());
    if (groups->empty()) groups->push_back(log);
  }
  return groups;
}

Expected<void> write_reports(const EvaluateOptions& options, const Suite& suite,
                             const Evaluation& made, std::span<const SessionScore> scores,
                             const std::vector<evaluation::TimelineGroup>& timelines) {
  if (options.junit)
    if (auto written = write_file(*options.junit, evaluation::junit_report(suite, made)); !written)
      return written;
  if (options.markdown)
    if (auto written = write_file(*options.markdown, evaluation::markdown_report(suite, made));
        !written)
      return written;
  if (options.html)
    if (auto written = write_file(*options.html, evaluation::html_report(suite, made, timelines));
        !written)
      return written;
  if (options.save_baseline)
    if (auto written = write_file(*options.save_baseline,
                                  evaluation::format_baseline(scores, scored_with(suite)));
        !written)
      return written;
  const std::string text = evaluation::text_report(suite, made);
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0)
    return failure(ErrorCode::io, "the report cannot be written", "standard output");
  return {};
}

/// What a suite is run with.
struct Inputs {
  Suite suite;
  std::optional<std::vector<SessionScore>> recorded;
  std::shared_ptr<plugin::PolicySource> source;
  Sweep sweep;
};

Expected<Inputs> load(const EvaluateOptions& options) {
  const auto text = read_file(options.suite, limits::manifest_size);
  if (!text) return tl::unexpected(text.error());
  auto suite = evaluation::parse_suite(*text, options.suite);
  if (!suite) return tl::unexpected(suite.error());
  auto recorded = load_baseline(options, *suite);
  if (!recorded) return tl::unexpected(recorded.error());
  auto source = std::make_shared<plugin::PolicySource>(from_seconds(options.policy_timeout));
  auto sweep = make_sweep(*suite, options.suite, source);
  if (!sweep) return tl::unexpected(sweep.error());
  return Inputs{*std::move(suite), *std::move(recorded), std::move(source), *std::move(sweep)};
}

/// Whether the suite passed. Of several ranks only the first one judges and writes; the others have
/// done their part when it begins to.
Expected<bool> run_suite(const EvaluateOptions& options, Ranks& ranks) {
  const auto inputs = load(options);
  network_sim::Fingerprint digest;
  if (inputs && ranks.size() > 1) {
    digest.add(digest_of(inputs->sweep));
    digest.add(inputs->suite.regret || options.regret ? 1 : 0);
  }
  if (auto error = ranks.first_failure(inputs ? std::nullopt : std::optional(inputs.error()),
                                       digest.value()))
    return tl::unexpected(*std::move(error));
  const auto& [suite, recorded, source, sweep] = *inputs;
  const unsigned jobs = threads_for(options.jobs);
  const auto outcomes = run_sweep(sweep, jobs, {.ranks = &ranks});
  if (!outcomes) return tl::unexpected(outcomes.error());
  std::vector<evaluation::SessionBounds> bounds;
  if (suite.regret || options.regret) {
    auto found = bounds_of(sweep, jobs, ranks);
    if (!found) return tl::unexpected(found.error());
    bounds = *std::move(found);
  }
  if (!ranks.first()) return true;
  const std::vector<SessionScore> scores = scores_of(sweep, *outcomes);
  std::optional<std::span<const SessionScore>> record;
  if (recorded) record = *recorded;
  const auto made = evaluation::evaluate(suite, scores, record, bounds);
  if (!made) return failure(made.error().code, made.error().message, options.baseline.value_or(""));
  const auto timelines = timelines_of(options, sweep, suite, scores, *source);
  if (!timelines) return tl::unexpected(timelines.error());
  if (const auto written = write_reports(options, suite, *made, scores, *timelines); !written)
    return tl::unexpected(written.error());
  return made->passed();
}

int evaluate(const EvaluateOptions& options) {
  const auto ranks = Ranks::join();
  if (!ranks) {
    if (Ranks::tells()) report_error(ranks.error());
    return could_not_run_status;
  }
  const auto passed = run_suite(options, **ranks);
  if (!passed && (*ranks)->first()) report_error(passed.error());
  (*ranks)->leave();
  if (passed) return *passed ? passed_status : worse_status;
  return could_not_run_status;
}

}  // namespace

void add_evaluate_command(CLI::App& app, int& status) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command = app.add_subcommand(
      "evaluate", "Run a suite of simulated sessions and judge its policies; for tests of changes");
  command->add_option("SUITE", options->suite, "TOML file: titles, traces, policies, baseline")
      ->required()
      ->type_name("");
  command
      ->add_option("--baseline", options->baseline,
                   "Compare every policy with its own sessions in this file")
      ->type_name("FILE");
  command
      ->add_option("--save-baseline", options->save_baseline,
                   "Write all sessions to this file, for --baseline")
      ->type_name("FILE");
  command->add_option("--junit", options->junit, "Write a JUnit report")->type_name("FILE");
  command->add_option("--markdown", options->markdown, "Write a report in Markdown")
      ->type_name("FILE");
  command->add_option("--html", options->html, "Write a report with charts as one HTML file")
      ->type_name("FILE");
  command
      ->add_option("--timelines", options->timelines,
                   "Titles and traces whose sessions the HTML report draws over time")
      ->check(CLI::Range(0U, 100U))
      ->capture_default_str();
  command
      ->add_option("--session-log", options->session_logs,
                   "Session logs whose sessions the HTML report draws beside the simulated ones")
      ->type_name("LOG")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--jobs", options->jobs, "Threads; 0 for one for each processor")
      ->check(CLI::Range(0U, 1024U))
      ->capture_default_str();
  command->add_flag("--regret", options->regret,
                    "Hold every session against the exact optimum, as \"regret = true\" does");
  add_policy_timeout_option(*command, options->policy_timeout);
  command->callback([options, &status] { status = evaluate(*options); });
}

}  // namespace rung::cli
