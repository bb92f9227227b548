#include "player/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/limits.h"
#include "player/steady_time.h"

namespace rung::player {
namespace {

using Json = nlohmann::json;

/// How often the viewer looks whether the picture that they wait for is there.
constexpr Duration look_every = std::chrono::milliseconds(5);
constexpr Duration stay_after_actions = std::chrono::seconds(3);

tl::unexpected<Error> malformed(const std::string& message, std::string where) {
  return failure(ErrorCode::malformed, message, std::move(where));
}

Expected<void> only_members(const Json& object, std::initializer_list<std::string_view> known,
                            const std::string& where) {
  for (const auto& [member, value] : object.items())
    if (std::ranges::find(known, member) == known.end())
      return malformed(
          fmt::format("unknown member \"{}\"; there are {}", member, fmt::join(known, ", ")),
          where);
  return {};
}

Expected<Duration> seconds_of(const Json& object, const char* member, const std::string& where) {
  const auto found = object.find(member);
  const double longest = to_seconds(limits::session_time);
  if (found == object.end() || !found->is_number() || !(found->get<double>() >= 0) ||
      found->get<double>() > longest)
    return malformed(
        fmt::format("\"{}\" must be a number of seconds from 0 to {:.0f}", member, longest), where);
  return from_seconds(found->get<double>());
}

Expected<Scenario::Seek> action_of(const Json& action, const std::string& where) {
  if (!action.is_object()) return malformed("is not an object", where);
  const auto what = action.find("do");
  if (what == action.end() || !what->is_string()) return malformed("has no \"do\"", where);
  if (*what != "seek")
    return failure(ErrorCode::unsupported,
                   fmt::format("\"{}\" is not an action of this player; there is seek",
                               what->get<std::string>()),
                   where);
  if (auto known = only_members(action, {"after_s", "do", "to"}, where); !known)
    return tl::unexpected<Error>(known.error());
  const auto after = seconds_of(action, "after_s", where);
  if (!after) return tl::unexpected<Error>(after.error());
  const auto to = seconds_of(action, "to", where);
  if (!to) return tl::unexpected<Error>(to.error());
  return Scenario::Seek{.after = *after, .to = MediaTime(*to)};
}

}  // namespace

Expected<Scenario> parse_scenario(std::string_view text, std::string_view name) {
  const std::string where(name);
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return malformed(fmt::format("is not JSON, as character {} shows", error.byte), where);
  } catch (const Json::out_of_range&) {
    return malformed("holds a number that is out of range", where);
  }
  if (!json.is_object()) return malformed("is not a JSON object", where);
  if (auto known = only_members(json, {"limit_s", "stop_after_actions", "actions"}, where); !known)
    return tl::unexpected<Error>(known.error());
  Scenario scenario;
  if (json.contains("limit_s")) {
    const auto limit = seconds_of(json, "limit_s", where);
    if (!limit) return tl::unexpected<Error>(limit.error());
    scenario.limit = *limit;
  }
  if (const auto stop = json.find("stop_after_actions"); stop != json.end()) {
    if (!stop->is_boolean())
      return malformed("\"stop_after_actions\" must be true or false", where);
    scenario.stop_after_actions = stop->get<bool>();
  }
  const auto actions = json.find("actions");
  if (actions == json.end()) return scenario;
  if (!actions->is_array()) return malformed("\"actions\" must be a list", where);
  if (actions->size() > Scenario::most_actions)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("more than {} actions", Scenario::most_actions), where);
  for (std::size_t number = 0; number < actions->size(); ++number) {
    const auto action = action_of((*actions)[number], fmt::format("{} actions[{}]", name, number));
    if (!action) return tl::unexpected<Error>(action.error());
    scenario.actions.push_back(*action);
  }
  return scenario;
}

ScenarioViewer::ScenarioViewer(Scenario scenario, PlayerControl& control,
                               std::function<bool()> started)
    : scenario_(std::move(scenario)),
      control_(control),
      started_(std::move(started)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ScenarioViewer::run(const std::stop_token& stop) const {
  const SteadyTime begun = SteadyClock::now();
  std::mutex mutex;
  std::condition_variable_any never;
  std::optional<SteadyTime> since;  // The first picture, or the end of the last action.
  bool acting = false;
  auto next = scenario_.actions.begin();
  for (;;) {
    const SteadyTime now = SteadyClock::now();
    const bool over = scenario_.limit && now - begun >= *scenario_.limit;
    if (!since && started_()) since = now;
    if (acting && !control_.seek_target()) {
      acting = false;
      since = now;
    }
    const bool idle = since && !acting;
    const bool done = idle && scenario_.stop_after_actions && next == scenario_.actions.end() &&
                      now - *since >= stay_after_actions;
    if (over || done) {
      control_.stop();
      return;
    }
    if (idle && next != scenario_.actions.end() && now - *since >= next->after) {
      control_.seek(next->to);
      acting = true;
      ++next;
    }
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, look_every, [] { return false; });
    if (stop.stop_requested()) return;
  }
}

}  // namespace rung::player
