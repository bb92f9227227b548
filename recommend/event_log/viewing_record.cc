#include "recommend/event_log/viewing_record.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>

namespace rung::event_log {
namespace {

/// What is left of a title that was seen so far is its credits.
constexpr double seen_share = 0.95;
/// Whoever leaves before has not begun it.
constexpr Duration least_begun = std::chrono::seconds(5);

/// Nothing for what would not be read as one field again.
std::optional<std::string> field(const std::string& text) {
  const bool plain = text.find_first_of("\"\n\r") == std::string::npos;
  if (!plain || text.empty()) return std::nullopt;
  if (text.find(',') == std::string::npos) return text;
  return "\"" + text + "\"";
}

bool seen_to_its_end(const Event& event) {
  if (event.kind == EventKind::exit && event.reason == "ended") return true;
  return event.position && event.length &&
         to_seconds(*event.position) >= seen_share * to_seconds(*event.length);
}

}  // namespace

ViewingRecord viewing_record(std::span<const Event> events) {
  ViewingRecord record;
  for (const Event& event : events) {
    if (event.title.empty()) continue;
    if (event.kind == EventKind::play &&
        (record.played.empty() || record.played.back() != event.title))
      record.played.push_back(event.title);
    if (event.kind != EventKind::progress && event.kind != EventKind::exit) continue;
    std::erase_if(record.begun, [&](const auto& begun) { return begun.title == event.title; });
    if (!seen_to_its_end(event) && event.position.value_or(Duration{}) >= least_begun)
      record.begun.insert(record.begun.begin(), {event.title, *event.position, event.length});
  }
  return record;
}

std::vector<Viewing> viewings(std::span<const Event> events) {
  struct Running {
    Viewing viewing;
    std::int64_t since = 0;
    bool told = false;
  };
  std::vector<Viewing> all;
  std::map<std::string, Running> running;  // By viewer.
  const auto over = [&](const std::string& viewer) {
    const auto found = running.extract(viewer);
    if (found && found.mapped().told) all.push_back(found.mapped().viewing);
  };
  for (const Event& event : events) {
    if (event.kind == EventKind::play) {
      over(event.viewer);
      running[event.viewer] = {.viewing = {.title = event.title}, .since = event.time};
    }
    if (event.kind != EventKind::progress && event.kind != EventKind::exit) continue;
    const auto found = running.find(event.viewer);
    if (found == running.end() || found->second.viewing.title != event.title || !event.position)
      continue;
    auto& [viewing, since, told] = found->second;
    if (!told) {
      const Duration begun = *event.position - std::chrono::milliseconds(event.time - since);
      if (begun >= least_begun) viewing.from = begun;
      told = true;
    }
    viewing.to = std::max(*event.position, viewing.from);
    if (event.kind != EventKind::exit) continue;
    viewing.left = (event.reason == "left" || event.reason == "next") && !seen_to_its_end(event);
    over(event.viewer);
  }
  while (!running.empty()) over(running.begin()->first);
  return all;
}

std::string plays_csv(std::span<const Event> events) {
  std::string csv = "viewer,title,time\n";
  for (const Event& event : events) {
    if (event.kind != EventKind::play) continue;
    const auto viewer = field(event.viewer);
    const auto title = field(event.title);
    if (viewer && title)
      csv += *viewer + "," + *title + "," + std::to_string(event.time / 1000) + "\n";
  }
  return csv;
}

}  // namespace rung::event_log
