#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/policy_timeout.h"
#include "cli/replayed_log.h"
#include "cli/report_error.h"
#include "core/limits.h"
#include "plugin/policy_source.h"
#include "session/recorded_session.h"

namespace rung::cli {

namespace {

struct ReplayFlags {
  std::string log;
  std::optional<std::string> policy;  ///< In place of the log's.
  double policy_timeout = default_policy_timeout;
};

/// 0 when every request was reproduced, 1 when one was not or the log cannot be read.
int replay_session(const ReplayFlags& flags, std::string_view text, const std::string& path) {
  plugin::PolicySource source(from_seconds(flags.policy_timeout));
  const auto replayed = replay_log(text, path, flags.policy, source);
  if (!replayed) return report_error(replayed.error());
  if (const auto& divergence = replayed->divergence) {
    fmt::print(stderr,
               "rung: {} line {}: the replay differs after {} equal requests\n"
               "  recorded: {}\n"
               "  replayed: {}\n",
               path, divergence->line, replayed->matched, divergence->recorded,
               divergence->replayed);
    return 1;
  }
  fmt::print("{}: all {} requests reproduced ({}, {})\n", path, replayed->matched, replayed->policy,
             replayed->estimator);
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
