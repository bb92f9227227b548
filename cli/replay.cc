#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/report_error.h"
#include "core/limits.h"
#include "session/recorded_session.h"
#include "session/replay_environment.h"
#include "session/run.h"

namespace rung::cli {

namespace {

/// 0 when every request was reproduced, 1 when one was not or the log cannot be read.
int replay(const std::string& path) {
  const auto text = read_file(path, limits::text_file_size);
  if (!text) return report_error(text.error());
  const auto recording = session::parse_session_log(*text, path);
  if (!recording) return report_error(recording.error());
  const session::SessionSetup& setup = recording->setup;

  const auto in_log = [&](Error error) {
    error.where = path + " line 1";
    report_error(error);
    return 1;
  };
  const auto options = session::validate(setup.options, setup.tracks);
  if (!options) return in_log(options.error());
  auto policy = abr::make_policy(setup.policy, {.qoe = options->qoe});
  if (!policy) return in_log(policy.error());
  auto estimator = abr::make_estimator(setup.estimator);
  if (!estimator) return in_log(estimator.error());

  session::StreamingSession session(setup.tracks, *options, *std::move(policy),
                                    *std::move(estimator));
  session::ReplayEnvironment environment(*recording);
  session::run(session, environment);
  if (const auto& divergence = environment.divergence()) {
    fmt::print(stderr,
               "rung: {} line {}: the replay differs after {} equal requests\n"
               "  recorded: {}\n"
               "  replayed: {}\n",
               path, divergence->line, environment.matched(), divergence->recorded,
               divergence->replayed);
    return 1;
  }
  fmt::print("{}: all {} requests reproduced ({}, {})\n", path, environment.matched(), setup.policy,
             setup.estimator);
  return 0;
}

}  // namespace

void add_replay_command(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "replay", "Run a recorded session again and compare every request with the log.");
  auto log = std::make_shared<std::string>();
  command->add_option("LOG", *log, "Session log written by `rung play --session-log`")->required();
  command->callback([log, &status] { status = replay(*log); });
}

}  // namespace rung::cli
