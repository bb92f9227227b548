#include "recommend/event_log/viewing_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <string_view>
#include <utility>

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

/// A viewing, and which of the events began it.
struct Followed {
  Viewing viewing;
  std::size_t play = 0;
  std::int64_t since = 0;
  bool told = false;
};

/// The viewings of which it was told where they came to.
std::vector<Followed> followed(std::span<const Event> events) {
  std::vector<Followed> all;
  std::map<std::string, Followed> running;  // By viewer.
  const auto over = [&](const std::string& viewer) {
    const auto found = running.extract(viewer);
    if (found && found.mapped().told) all.push_back(found.mapped());
  };
  for (std::size_t at = 0; at < events.size(); ++at) {
    const Event& event = events[at];
    if (event.kind == EventKind::play) {
      over(event.viewer);
      running[event.viewer] = {.viewing = {.title = event.title}, .play = at, .since = event.time};
    }
    if (event.kind != EventKind::progress && event.kind != EventKind::exit) continue;
    const auto found = running.find(event.viewer);
    if (found == running.end() || found->second.viewing.title != event.title || !event.position)
      continue;
    auto& [viewing, play, since, told] = found->second;
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

/// With all its digits.
std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// By slate the first play after it, each the index of an event; slates that no play followed
/// before the next one are left out.
std::map<std::size_t, std::size_t> plays_after_slates(std::span<const Event> events) {
  std::map<std::size_t, std::size_t> play_after;
  std::map<std::string, std::size_t> latest;  // Slate by viewer.
  for (std::size_t at = 0; at < events.size(); ++at) {
    if (events[at].kind == EventKind::impression) latest[events[at].viewer] = at;
    if (events[at].kind != EventKind::play) continue;
    if (const auto slate = latest.find(events[at].viewer); slate != latest.end())
      play_after.try_emplace(slate->second, at);
  }
  return play_after;
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
  std::vector<Viewing> all;
  for (Followed& one : followed(events)) all.push_back(std::move(one.viewing));
  return all;
}

std::string plays_csv(std::span<const Event> events) {
  std::map<std::size_t, Viewing> stays;  // By play.
  for (Followed& one : followed(events)) stays[one.play] = std::move(one.viewing);
  std::string csv = "viewer,title,time,hour,device,from,to,left\n";
  for (std::size_t at = 0; at < events.size(); ++at) {
    const Event& event = events[at];
    if (event.kind != EventKind::play) continue;
    const auto viewer = field(event.viewer);
    const auto title = field(event.title);
    if (!viewer || !title) continue;
    csv += *viewer + "," + *title + "," + std::to_string(event.time / 1000) + "," +
           (event.hour ? std::to_string(*event.hour) : std::string()) + "," +
           field(event.device).value_or(std::string());
    const auto stay = stays.find(at);
    csv += stay == stays.end()
               ? ",,,"
               : "," + number(to_seconds(stay->second.from)) + "," +
                     number(to_seconds(stay->second.to)) + "," + (stay->second.left ? "1" : "0");
    csv += "\n";
  }
  return csv;
}

std::map<std::string, Looks> looks_in(std::span<const Event> events, std::string_view row) {
  std::map<std::string, Looks> looks;
  for (const auto& [slate, play] : plays_after_slates(events)) {
    const auto& shown = events[slate].slate;
    const auto taken = std::ranges::find(shown, events[play].title, &Shown::title);
    if (taken == shown.end() || taken->row != row) continue;
    for (const Shown& one : shown)
      if (one.row == row && one.place <= taken->place) ++looks[one.title].seen;
    ++looks[taken->title].chosen;
  }
  return looks;
}

std::string decisions_csv(std::span<const Event> events, Reward reward) {
  std::map<std::size_t, double> minutes;  // By play.
  for (const Followed& one : followed(events))
    minutes[one.play] = to_seconds(one.viewing.to - one.viewing.from) / 60;
  const std::map<std::size_t, std::size_t> play_after = plays_after_slates(events);
  std::string csv = "viewer,slate,row,place,title,usual,propensity,reward\n";
  for (std::size_t at = 0; at < events.size(); ++at) {
    const auto play = play_after.find(at);
    bool rewarded = play == play_after.end();
    for (const Shown& shown : events[at].slate) {
      double worth = 0;
      if (!rewarded && shown.title == events[play->second].title) {
        worth = reward == Reward::play ? 1 : minutes[play->second];
        rewarded = true;
      }
      const auto viewer = field(events[at].viewer);
      const auto row = field(shown.row);
      const auto title = field(shown.title);
      const auto usual = field(shown.usual.empty() ? shown.title : shown.usual);
      if (viewer && row && title && usual)
        csv += *viewer + "," + std::to_string(at) + "," + *row + "," + std::to_string(shown.place) +
               "," + *title + "," + *usual + "," + number(shown.propensity) + "," + number(worth) +
               "\n";
    }
  }
  return csv;
}

}  // namespace rung::event_log
