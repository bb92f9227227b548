#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/policy_timeout.h"
#include "cli/report_error.h"
#include "cli/timelines.h"
#include "evaluation/timeline_chart.h"
#include "plugin/policy_source.h"

// `rung report`: what happened in recorded sessions, drawn.

namespace rung::cli {
namespace {

struct ReportFlags {
  std::vector<std::string> logs;
  std::string html;
  std::optional<std::string> policy;
  double policy_timeout = default_policy_timeout;
};

int report(const ReportFlags& flags) {
  plugin::PolicySource source(from_seconds(flags.policy_timeout));
  const auto groups = logged_timelines(flags.logs, flags.policy, source);
  if (!groups) return report_error(groups.error());
  if (const auto written = write_file(flags.html, evaluation::timeline_page(*groups)); !written)
    return report_error(written.error());
  return 0;
}

}  // namespace

void add_report_command(CLI::App& app, int& status) {
  auto* command = app.add_subcommand(
      "report", "Draw recorded sessions: representation, throughput, buffer and stalls over time.");
  auto flags = std::make_shared<ReportFlags>();
  command
      ->add_option("LOG", flags->logs,
                   "Session logs, as of `rung play --session-log` and `rung demo --logs`; sessions "
                   "of one title are drawn below each other with the same axes")
      ->required();
  command->add_option("--html", flags->html, "Page to write: one file that needs nothing else")
      ->required()
      ->type_name("FILE");
  command->add_option("--policy", flags->policy,
                      "Policy of the logs, where it is one from outside Rung: it is run only when "
                      "it is named here");
  add_policy_timeout_option(*command, flags->policy_timeout);
  command->callback([flags, &status] { status = report(*flags); });
}

}  // namespace rung::cli
