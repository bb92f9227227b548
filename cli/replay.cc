#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "abr/estimator_factory.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/policy_timeout.h"
#include "cli/report_error.h"
#include "core/limits.h"
#include "plugin/policy_source.h"
#include "session/recorded_session.h"
#include "session/replay_environment.h"
#include "session/run.h"

namespace rung::cli {

namespace {

struct ReplayFlags {
  std::string log;
  std::optional<std::string> policy;  ///< In place of the log's.
  double policy_timeout = default_policy_timeout;
};

/// 0 when every request was reproduced, 1 when one was not or the log cannot be read.
int replay_session(const ReplayFlags& flags, std::string_view text, const std::string& path) {
  const auto recording = session::parse_session_log(text, path);
  if (!recording) return report_error(recording.error());
  const session::SessionSetup& setup = recording->setup;

  const auto in_log = [&](Error error) {
    error.where = path + " line 1";
    report_error(error);
    return 1;
  };
  const auto options = session::validate(setup.options, setup.tracks);
  if (!options) return in_log(options.error());
  // A log may come from anywhere: what it names is not run because it names it.
  if (!flags.policy && plugin::PolicySource::is_external(setup.policy))
    return in_log(
        {ErrorCode::refused,
         "the policy \"" + setup.policy + "\" is outside Rung; to run it, name it with --policy",
         {}});
  plugin::PolicySource source(from_seconds(flags.policy_timeout));
  const std::string policy_name = flags.policy.value_or(setup.policy);
  auto policy = source.make(policy_name, {.qoe = options->qoe, .seed = options->seed});
  if (!policy) return flags.policy ? report_error(policy.error()) : in_log(policy.error());
  const abr::Policy& asked = **policy;
  auto estimator = abr::make_estimator(setup.estimator);
  if (!estimator) return in_log(estimator.error());

  session::StreamingSession session(setup.tracks, *options, *std::move(policy),
                                    *std::move(estimator));
  session.hold(setup.held);
  session::ReplayEnvironment environment(*recording);
  session::run(session, environment);
  if (const auto lost = asked.failure()) return report_error(*lost);
  if (const auto& divergence = environment.divergence()) {
    fmt::print(stderr,
               "rung: {} line {}: the replay differs after {} equal requests\n"
               "  recorded: {}\n"
               "  replayed: {}\n",
               path, divergence->line, environment.matched(), divergence->recorded,
               divergence->replayed);
    return 1;
  }
  fmt::print("{}: all {} requests reproduced ({}, {})\n", path, environment.matched(), policy_name,
             setup.estimator);
  return 0;
}

/// Every session of the log, up to the first that differs.
int replay(const ReplayFlags& flags) {
  const auto text = read_file(flags.log, limits::text_file_size);
  if (!text) return report_error(text.error());
  const auto sessions = session::split_session_log(*text);
  if (sessions.size() < 2) return replay_session(flags, *text, flags.log);
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const std::string name = fmt::format("{} session {}", flags.log, i + 1);
    if (const int status = replay_session(flags, sessions[i], name); status != 0) return status;
  }
  return 0;
}

}  // namespace

void add_replay_command(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "replay", "Run a recorded session again and compare every request with the log.");
  auto flags = std::make_shared<ReplayFlags>();
  command->add_option("LOG", flags->log, "Session log written by `rung play --session-log`")
      ->required();
  command->add_option("--policy", flags->policy,
                      "Policy to compare with in place of the log's; one from outside Rung is run "
                      "only when it is named here");
  add_policy_timeout_option(*command, flags->policy_timeout);
  command->callback([flags, &status] { status = replay(*flags); });
}

}  // namespace rung::cli
