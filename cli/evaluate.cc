#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
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
#include "cli/journal_options.h"
#include "cli/policy_timeout.h"
#include "cli/ranks.h"
#include "cli/report_error.h"
#include "cli/run_sweep.h"
#include "cli/suite_run.h"
#include "cli/sweep_journal.h"
#include "cli/sweep_progress.h"
#include "cli/timelines.h"
#include "core/limits.h"
#include "core/time.h"
#include "evaluation/baseline.h"
#include "evaluation/evaluation.h"
#include "evaluation/html_report.h"
#include "evaluation/report_formats.h"
#include "evaluation/suite.h"
#include "network_sim/fingerprint.h"
#include "plugin/policy_source.h"

// `rung evaluate`: a suite of sessions, judged; for tests that run on every change.

namespace rung::cli {
namespace {

using evaluation::Evaluation;
using evaluation::SessionScore;
using evaluation::Suite;

constexpr int passed_status = 0;
constexpr int worse_status = 1;
constexpr int could_not_run_status = 2;

struct EvaluateOptions {
  std::string suite;
  std::optional<std::string> baseline;
  std::optional<std::string> save_baseline;
  std::optional<std::string> junit;
  std::optional<std::string> markdown;
  std::optional<std::string> html;
  unsigned jobs = 0;
  bool regret = false;
  bool quiet = false;
  std::string journal;  ///< Empty: none.
  bool go_on = false;
  double policy_timeout = default_policy_timeout;
  std::vector<std::string> session_logs;
  std::size_t timelines = 3;
};

/// What scores must have in common to be compared: the QoE, and how far behind viewers of live
/// titles are.
std::string scored_with(const Suite& suite) {
  const std::optional<Duration>& live = suite.grid.live_delay;
  if (!live) return suite.qoe;
  const double chunk = to_seconds(suite.grid.live_chunk);
  return fmt::format("{}, live {} s{}", suite.qoe, to_seconds(*live),
                     chunk > 0 ? fmt::format(" in chunks of {} s", chunk) : "");
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

/// The suite's sessions and those of the logs: a log's sessions are in every group, beside the
/// simulated ones.
Expected<std::vector<evaluation::TimelineGroup>> timelines_of(const EvaluateOptions& options,
                                                              SuiteRun& run,
                                                              std::span<const SessionScore> scores,
                                                              plugin::PolicySource& source) {
  if (!options.html) return std::vector<evaluation::TimelineGroup>();
  const auto logged = logged_timelines(options.session_logs, std::nullopt, source);
  if (!logged) return tl::unexpected(logged.error());
  auto groups = run.timelines(scores, options.timelines);
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
  return {};
}

/// What a suite is run with.
struct Inputs {
  std::shared_ptr<plugin::PolicySource> source;
  SuiteRun run;
  std::optional<std::vector<SessionScore>> recorded;
};

Expected<Inputs> load(const EvaluateOptions& options) {
  if (options.go_on && options.journal.empty())
    return failure(ErrorCode::invalid_argument, "needs --journal FILE", "--continue");
  auto source = std::make_shared<plugin::PolicySource>(from_seconds(options.policy_timeout));
  auto run = SuiteRun::load(options.suite, options.regret, source);
  if (!run) return tl::unexpected(run.error());
  if (!options.journal.empty())
    if (auto error = not_for_journals(run->suite().grid.policies))
      return tl::unexpected(*std::move(error));
  auto recorded = load_baseline(options, run->suite());
  if (!recorded) return tl::unexpected(recorded.error());
  return Inputs{std::move(source), *std::move(run), *std::move(recorded)};
}

/// What sessions of a suite came to.
struct Results {
  std::vector<SessionScore> scores;
  std::vector<evaluation::SessionBounds> bounds;
};

Expected<Results> run_sessions(const EvaluateOptions& options, SuiteRun& run, Ranks& ranks) {
  const std::uint64_t digest = options.journal.empty() ? 0 : run.digest();
  const auto journal =
      SweepJournal::open(options.journal, options.go_on, digest, run.sessions(), ranks);
  if (!journal) return tl::unexpected(journal.error());
  SweepProgress progress(run.sessions(), !options.quiet && ranks.size() == 1);
  SweepObservers observers{.journal = journal->get(), .progress = &progress, .ranks = &ranks};
  const unsigned jobs = threads_for(options.jobs);
  auto scores = run.scores(jobs, observers);
  if (!scores) return tl::unexpected(scores.error());
  auto bounds = run.bounds(jobs, observers);
  if (!bounds) return tl::unexpected(bounds.error());
  if (const auto kept = keep(journal->get(), ranks); !kept) return tl::unexpected(kept.error());
  return Results{*std::move(scores), *std::move(bounds)};
}

/// Whether the suite passed. Of several ranks only the first one judges and writes; the others have
/// done their part when it begins to.
Expected<bool> run_suite(const EvaluateOptions& options, Ranks& ranks) {
  auto inputs = load(options);
  network_sim::Fingerprint digest;
  if (inputs && ranks.size() > 1) {
    digest.add(inputs->run.digest());
    digest.add(options.journal.empty() ? 0 : 1);
  }
  if (auto error = ranks.first_failure(inputs ? std::nullopt : std::optional(inputs.error()),
                                       digest.value()))
    return tl::unexpected(*std::move(error));
  SuiteRun& run = inputs->run;
  const auto results = run_sessions(options, run, ranks);
  if (!results) return tl::unexpected(results.error());
  if (!ranks.first()) return true;
  std::optional<std::span<const SessionScore>> record;
  if (inputs->recorded) record = *inputs->recorded;
  const auto made = evaluation::evaluate(run.suite(), results->scores, record, results->bounds);
  if (!made) return failure(made.error().code, made.error().message, options.baseline.value_or(""));
  const auto timelines = timelines_of(options, run, results->scores, *inputs->source);
  if (!timelines) return tl::unexpected(timelines.error());
  if (const auto written = write_reports(options, run.suite(), *made, results->scores, *timelines);
      !written)
    return tl::unexpected(written.error());
  return made->passed();
}

int evaluate_on_ranks(const EvaluateOptions& options) {
  const auto ranks = Ranks::join();
  if (!ranks) {
    if (Ranks::tells()) report_error(ranks.error());
    return could_not_run_status;
  }
  const auto passed = run_suite(options, **ranks);
  if (!passed && (*ranks)->first()) report_error(passed.error());
  (*ranks)->leave();
  if (!passed || std::fflush(stdout) != 0)
    return could_not_run_status;  // main() tells of the loss.
  return *passed ? passed_status : worse_status;
}

/// Nothing but a judgement ends with worse_status.
int evaluate(const EvaluateOptions& options) {
  try {
    return evaluate_on_ranks(options);
  } catch (const std::exception& error) {
    report_error({.code = ErrorCode::limit_exceeded, .message = error.what(), .where = {}});
    return could_not_run_status;
  }
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
  add_journal_options(*command, options->journal, options->go_on);
  command->add_flag("--quiet", options->quiet, "Nothing but errors on the standard error");
  add_policy_timeout_option(*command, options->policy_timeout);
  command->callback([options, &status] { status = evaluate(*options); });
}

}  // namespace rung::cli
