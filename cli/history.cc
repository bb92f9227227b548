#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/number_range.h"
#include "cli/printable.h"
#include "cli/report_error.h"
#include "cli/state_files.h"
#include "core/time.h"
#include "recommend/event_log/event_log.h"
#include "recommend/event_log/viewing_record.h"
#include "recommend/watch_time.h"

// `rung history`; docs/catalogue.md.

namespace rung::cli {
namespace {

using event_log::Event;

struct HistoryFlags {
  std::string viewer;
  bool plays = false;
  bool json = false;
  bool forget = false;
  bool stays = false;
  bool decisions = false;
  std::string reward = "play";
  double within_seconds = 60;
};

/// Where in a title it is told how probable it is that a viewer leaves.
constexpr std::array told_at{Duration(std::chrono::seconds(0)), Duration(std::chrono::minutes(1)),
                             Duration(std::chrono::minutes(10))};

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
  if (event.hour) line["hour"] = *event.hour;
  if (!event.device.empty()) line["device"] = event.device;
  for (const event_log::Shown& shown : event.slate) {
    line["slate"].push_back({{"title", shown.title},
                             {"row", shown.row},
                             {"place", shown.place},
                             {"propensity", shown.propensity}});
    if (!shown.usual.empty()) line["slate"].back()["usual"] = shown.usual;
  }
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_line(const Event& event) {
  std::string what = event.title;
  if (event.position) what += fmt::format(" at {:.0f} s", to_seconds(*event.position));
  if (event.length) what += fmt::format(" of {:.0f}", to_seconds(*event.length));
  if (!event.reason.empty()) what += fmt::format(" ({})", event.reason);
  if (!event.slate.empty()) what += fmt::format("{} titles", event.slate.size());
  fmt::print("{}  {:<12} {:<10} {}\n", utc(event.time), printable(event.viewer),
             to_string(event.kind), printable(what));
}

/// How long titles are watched, those that were begun most often first.
void print_stays(const std::vector<Event>& events, const HistoryFlags& flags) {
  struct Title {
    std::string id;
    std::size_t viewings = 0;
    std::size_t left = 0;
    std::size_t number = 0;
  };
  std::vector<Title> titles;
  std::map<std::string, std::size_t> numbers;
  std::vector<recommend::Stay> stays;
  for (const event_log::Viewing& viewing : event_log::viewings(events)) {
    const auto [number, is_new] = numbers.try_emplace(viewing.title, titles.size());
    if (is_new) titles.push_back({.id = viewing.title, .number = titles.size()});
    Title& title = titles[number->second];
    ++title.viewings;
    if (viewing.left) ++title.left;
    stays.push_back({number->second, viewing.from, viewing.to, viewing.left});
  }
  const auto times = recommend::WatchTimes::fit(stays, titles.size());
  std::ranges::stable_sort(titles, std::ranges::greater(), &Title::viewings);
  const Duration within = from_seconds(flags.within_seconds);
  if (!flags.json)
    fmt::print("{:>8} {:>8}  leaves within {:g} s at {:>6} {:>6} {:>6}  title\n", "viewings",
               "left", flags.within_seconds, "0:00", "1:00", "10:00");
  for (const Title& title : titles) {
    std::array<double, told_at.size()> p{};
    for (std::size_t at = 0; at < p.size(); ++at)
      p[at] = times.leave_within(title.number, told_at[at], within);
    if (flags.json) {
      nlohmann::ordered_json line{{"title", title.id},
                                  {"viewings", title.viewings},
                                  {"left", title.left},
                                  {"within_s", flags.within_seconds}};
      for (std::size_t at = 0; at < p.size(); ++at)
        line["p_leave"].push_back({{"at_s", to_seconds(told_at[at])}, {"p", p[at]}});
      fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      const auto shown = fmt::format("{:g}", flags.within_seconds);
      fmt::print("{:>8} {:>8}  {:{}} {:>5.1f}% {:>5.1f}% {:>5.1f}%  {}\n", title.viewings,
                 title.left, "", std::string_view("leaves within  s at").size() + shown.size(),
                 p[0] * 100, p[1] * 100, p[2] * 100, printable(title.id));
    }
  }
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
  if (flags.decisions) {
    const auto reward =
        flags.reward == "minutes" ? event_log::Reward::minutes : event_log::Reward::play;
    std::fputs(event_log::decisions_csv(*events, reward).c_str(), stdout);
    return 0;
  }
  if (flags.stays) {
    print_stays(*events, flags);
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
  auto* const stays = command->add_flag(
      "--stays", flags->stays,
      "How long titles are watched: how probable it is that a viewer leaves within a time");
  stays->excludes(plays);
  auto* const decisions = command->add_flag(
      "--decisions", flags->decisions,
      "What was shown and what it brought, as `rung recommend evaluate --logged` reads it");
  decisions->excludes(plays)->excludes(stays);
  command->add_option("--reward", flags->reward, "Of --decisions: play (1) or minutes watched")
      ->check(CLI::IsMember({"play", "minutes"}))
      ->needs(decisions)
      ->capture_default_str();
  command->add_option("--within", flags->within_seconds, "That time of --stays, in seconds")
      ->check(number_from(0.1, 86400.0))
      ->needs(stays)
      ->capture_default_str();
  command
      ->add_flag("--forget", flags->forget, "Remove it from the disk, and what is kept of titles")
      ->excludes(plays)
      ->excludes(stays)
      ->excludes(decisions);
  command->footer(
      "It lies in $XDG_STATE_HOME/rung/events.sqlite and is kept on this machine only.");
  command->callback([flags, &status] { status = history(*flags); });
}

}  // namespace rung::cli
