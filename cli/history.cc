#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/report_error.h"
#include "cli/state_files.h"
#include "core/time.h"
#include "recommend/event_log/event_log.h"
#include "recommend/event_log/viewing_record.h"

// `rung history`; docs/catalogue.md.

namespace rung::cli {
namespace {

using event_log::Event;

struct HistoryFlags {
  std::string viewer;
  bool plays = false;
  bool json = false;
  bool forget = false;
};

std::string utc(std::int64_t milliseconds) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{
      std::chrono::milliseconds(milliseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

void print_json(const Event& event) {
  nlohmann::ordered_json line{
      {"time", utc(event.time)}, {"viewer", event.viewer}, {"event", to_string(event.kind)}};
  if (!event.title.empty()) line["title"] = event.title;
  if (event.position) line["position_s"] = to_seconds(*event.position);
  if (event.length) line["length_s"] = to_seconds(*event.length);
  if (!event.reason.empty()) line["reason"] = event.reason;
  for (const event_log::Shown& shown : event.slate)
    line["slate"].push_back({{"title", shown.title},
                             {"row", shown.row},
                             {"place", shown.place},
                             {"propensity", shown.propensity}});
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_line(const Event& event) {
  std::string what = event.title;
  if (event.position) what += fmt::format(" at {:.0f} s", to_seconds(*event.position));
  if (event.length) what += fmt::format(" of {:.0f}", to_seconds(*event.length));
  if (!event.reason.empty()) what += fmt::format(" ({})", event.reason);
  if (!event.slate.empty()) what += fmt::format("{} titles", event.slate.size());
  for (char& letter : what)
    if (static_cast<unsigned char>(letter) < 0x20) letter = '?';
  fmt::print("{}  {:<12} {:<10} {}\n", utc(event.time), event.viewer, to_string(event.kind), what);
}

int history(const HistoryFlags& flags) {
  const std::string file = event_log_file();
  if (flags.forget) {
    const auto forgotten = event_log::forget(file, flags.viewer);
    if (!forgotten) return report_error(forgotten.error());
    fmt::print("{} events forgotten\n", *forgotten);
    // Heads tell what somebody was likely to watch; whose they were is not known.
    std::error_code error;
    std::filesystem::remove_all(heads_directory(), error);
    if (error)
      return report_error(
          {ErrorCode::io, "cannot be removed: " + error.message(), heads_directory().string()});
    return 0;
  }
  const auto events = event_log::read_events(file, flags.viewer);
  if (!events) return report_error(events.error());
  if (flags.plays) {
    std::fputs(event_log::plays_csv(*events).c_str(), stdout);
    return 0;
  }
  for (const Event& event : *events) flags.json ? print_json(event) : print_line(event);
  return 0;
}

}  // namespace

void add_history_command(CLI::App& app, int& status) {
  const auto flags = std::make_shared<HistoryFlags>();
  CLI::App* const command =
      app.add_subcommand("history", "What was shown and played of catalogues, or forget it");
  command->add_option("--user", flags->viewer, "Of one viewer (default: of all)");
  command->add_flag("--json", flags->json, "One JSON object a line");
  auto* const plays =
      command->add_flag("--plays", flags->plays, "The plays, as `rung recommend train` reads them");
  command
      ->add_flag("--forget", flags->forget, "Remove it from the disk, and what is kept of titles")
      ->excludes(plays);
  command->footer(
      "It lies in $XDG_STATE_HOME/rung/events.sqlite and is kept on this machine only.");
  command->callback([flags, &status] { status = history(*flags); });
}

}  // namespace rung::cli
