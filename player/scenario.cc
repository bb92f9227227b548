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

Expected<Scenario::Action> action_of(const Json& action, const std::string& where) {
  if (!action.is_object()) return malformed("is not an object", where);
  const auto what = action.find("do");
  if (what == action.end() || !what->is_string()) return malformed("has no \"do\"", where);
  Scenario::Action result;
  if (*what == "preload")
    result.deed = Scenario::Deed::preload;
  else if (*what == "zap")
    result.deed = Scenario::Deed::zap;
  else if (*what == "audio")
    result.deed = Scenario::Deed::audio;
  else if (*what != "seek")
    return failure(ErrorCode::unsupported,
                   fmt::format("\"{}\" is not an action; there are seek, preload, zap and audio",
                               what->get<std::string>()),
                   where);
  const char* const object = result.deed == Scenario::Deed::seek    ? "to"
                             : result.deed == Scenario::Deed::audio ? "language"
                                                                    : "url";
  if (auto known = only_members(action, {"after_s", "do", object}, where); !known)
    return tl::unexpected<Error>(known.error());
  const auto after = seconds_of(action, "after_s", where);
  if (!after) return tl::unexpected<Error>(after.error());
  result.after = *after;
  if (result.deed == Scenario::Deed::seek) {
    const auto to = seconds_of(action, object, where);
    if (!to) return tl::unexpected<Error>(to.error());
    result.to = MediaTime(*to);
    return result;
  }
  if (result.deed == Scenario::Deed::audio) {
    const auto language = action.find(object);
    if (language == action.end() || !language->is_string() ||
        language->get_ref<const std::string&>().empty())
      return malformed("\"language\" must be a language, such as \"de\"", where);
    result.language = language->get<std::string>();
    return result;
  }
  const auto url = action.find(object);
  if (url == action.end() || !url->is_string() || url->get_ref<const std::string&>().empty())
    return malformed("\"url\" must be a URL, or a folder beside the title's own", where);
  result.url = url->get<std::string>();
  if (result.url.size() > limits::url_length)
    return failure(ErrorCode::limit_exceeded, "the URL is too long", where);
  return result;
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

ScenarioViewer::ScenarioViewer(Scenario scenario, World world)
    : scenario_(std::move(scenario)),
      world_(std::move(world)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ScenarioViewer::run(const std::stop_token& stop) const {
  const SteadyTime begun = SteadyClock::now();
  std::mutex mutex;
  std::condition_variable_any never;
  std::optional<SteadyTime> since;  // The first picture, or when the last action was done.
  auto next = scenario_.actions.begin();
  for (;;) {
    const SteadyTime now = SteadyClock::now();
    if (!since && world_.started() && !world_.seeking()) since = now;
    const bool over = scenario_.limit && now - begun >= *scenario_.limit;
    const bool done = since && scenario_.stop_after_actions && next == scenario_.actions.end() &&
                      now - *since >= stay_after_actions;
    if (over || done) {
      world_.stop();
      return;
    }
    if (since && next != scenario_.actions.end() && now - *since >= next->after) {
      act(*next++);
      since.reset();
      continue;
    }
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, look_every, [] { return false; });
    if (stop.stop_requested()) return;
  }
}

void ScenarioViewer::act(const Scenario::Action& action) const {
  switch (action.deed) {
    case Scenario::Deed::seek:
      world_.seek(action.to);
      break;
    case Scenario::Deed::preload:
      world_.preload(action.url);
      break;
    case Scenario::Deed::zap:
      world_.zap(action.url);
      break;
    case Scenario::Deed::audio:
      world_.choose_audio(action.language);
      break;
  }
}

}  // namespace rung::player
