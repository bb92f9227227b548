#include "evaluation/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <ratio>
#include <set>

namespace rung::evaluation {
namespace {

/// Every entry of a list, or one that is not given.
template <typename T>
std::vector<std::optional<T>> each_or_none(const std::vector<T>& list) {
  std::vector<std::optional<T>> made(list.begin(), list.end());
  if (made.empty()) made.emplace_back();
  return made;
}

/// Adds "key=value" to `name` where the key has several values.
template <typename T>
void add_name(std::string& name, std::string_view key, std::size_t values, const T& value) {
  if (values < 2) return;
  fmt::format_to(std::back_inserter(name), "{}{}={}", name.empty() ? "" : " ", key, value);
}

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// Its session_name and network_name, from the rest.
void name_setting(const Grid& grid, GridSetting& setting) {
  const auto seconds = [&](std::string_view key, const std::vector<Duration>& list,
                           const std::optional<Duration>& value) {
    add_name(setting.session_name, key, list.size(), to_seconds(value.value_or(Duration())));
  };
  add_name(setting.session_name, "estimator", grid.estimators.size(),
           setting.estimator.value_or(""));
  seconds("buffer_s", grid.buffers, setting.buffer);
  seconds("startup_s", grid.startups, setting.startup);
  seconds("resume_s", grid.resumes, setting.resume);
  add_name(setting.network_name, "rtt_ms", grid.rtts.size(),
           milliseconds(setting.rtt.value_or(Duration())));
  add_name(setting.session_name, "abandonment", grid.abandonment.size(),
           setting.abandonment.value_or(false));
}

/// Of what is at least one each; the largest number there is where that does not hold it.
std::size_t product(std::initializer_list<std::size_t> factors) {
  constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();
  std::size_t made = 1;
  for (const std::size_t factor : factors) {
    if (factor > largest / made) return largest;
    made *= std::max<std::size_t>(1, factor);
  }
  return made;
}

}  // namespace

std::size_t setting_count(const Grid& grid) {
  return product({grid.estimators.size(), grid.buffers.size(), grid.startups.size(),
                  grid.resumes.size(), grid.rtts.size(), grid.abandonment.size()});
}

std::size_t least_sessions(const Grid& grid) {
  return product({setting_count(grid), grid.policies.size(), grid.seeds.size(), grid.titles.size(),
                  grid.traces.size()});
}

std::vector<GridSetting> settings_of(const Grid& grid) {
  std::vector<GridSetting> made;
  made.reserve(setting_count(grid));
  for (const auto& estimator : each_or_none(grid.estimators))
    for (const auto& buffer : each_or_none(grid.buffers))
      for (const auto& startup : each_or_none(grid.startups))
        for (const auto& resume : each_or_none(grid.resumes))
          for (const auto& rtt : each_or_none(grid.rtts))
            for (const auto& abandonment : each_or_none(grid.abandonment)) {
              made.push_back({.estimator = estimator,
                              .buffer = buffer,
                              .startup = startup,
                              .resume = resume,
                              .rtt = rtt,
                              .abandonment = abandonment,
                              .session_name = {},
                              .network_name = {}});
              name_setting(grid, made.back());
            }
  return made;
}

std::vector<std::string> variants_of(const Grid& grid) {
  std::vector<std::string> sessions;
  std::set<std::string> seen;
  for (const GridSetting& setting : settings_of(grid))
    if (seen.insert(setting.session_name).second) sessions.push_back(setting.session_name);
  std::vector<std::string> variants;
  for (const std::string& policy : grid.policies)
    for (const std::string& session : sessions)
      variants.push_back(session.empty() ? policy : policy + ' ' + session);
  return variants;
}

}  // namespace rung::evaluation
