#include "cli/simulation_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <ratio>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/files.h"
#include "cli/sweep_setup.h"
#include "cli/trace_files.h"
#include "core/limits.h"
#include "evaluation/suite.h"

namespace rung::cli {
namespace {

using network_sim::Sweep;

/// Transfers whose rows are kept until the end; abandoned ones come on top.
constexpr std::int64_t most_decisions = 5'000'000;

/// What the flags say, as a grid of which each list has at most one entry; the estimators aside.
Expected<evaluation::Grid> grid_of(const SimulateOptions& options) {
  if (!options.grid.empty()) {
    const auto text = read_file(options.grid, limits::manifest_size);
    if (!text) return tl::unexpected(text.error());
    return evaluation::parse_grid(*text, options.grid);
  }
  evaluation::Grid grid{.titles = options.titles,
                        .traces = options.traces,
                        .policies = options.policies,
                        .seeds = options.seeds,
                        .profile = options.profile,
                        .qoe = options.qoe,
                        .live_delay = options.live_seconds
                                          ? std::optional(from_seconds(*options.live_seconds))
                                          : std::nullopt,
                        .live_chunk = from_seconds(options.chunk_seconds),
                        .overhead_percent = options.overhead_percent.value_or(0),
                        .estimators = options.estimators,
                        .buffers = {},
                        .startups = {},
                        .resumes = {},
                        .rtts = {},
                        .abandonment = {}};
  const auto put = [](const std::optional<double>& value, double unit,
                      std::vector<Duration>& into) {
    if (value) into.push_back(from_seconds(*value * unit));
  };
  put(options.buffer_seconds, 1, grid.buffers);
  put(options.startup_seconds, 1, grid.startups);
  put(options.resume_seconds, 1, grid.resumes);
  put(options.rtt_milliseconds, 0.001, grid.rtts);
  if (options.never_abandon) grid.abandonment.push_back(false);
  return grid;
}

/// "WHEN:TO", both in seconds.
Expected<std::pair<Duration, Duration>> parse_seek(const std::string& text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto number = [](std::string_view part) -> std::optional<Duration> {
    constexpr double longest = 7 * 86'400.0;
    double seconds = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), seconds);
    if (error != std::errc{} || end != part.data() + part.size() ||
        !(seconds >= 0 && seconds <= longest))
      return std::nullopt;
    return from_seconds(seconds);
  };
  const std::string_view all(text);
  const auto when = number(all.substr(0, colon));
  const auto to = colon < text.size() ? number(all.substr(colon + 1)) : std::nullopt;
  if (!when || !to)
    return failure(ErrorCode::invalid_argument,
                   "'" + text.substr(0, 64) +
                       "' is not WHEN:TO, two numbers of seconds within a week, as in 120:180",
                   "--seek");
  return std::pair(*when, *to);
}

/// Every setting of the grid, with what the flags say beside it.
std::vector<SweepSettings> settings_of(const evaluation::Grid& grid, const SimulateOptions& options,
                                       const std::optional<std::pair<Duration, Duration>>& seek) {
  std::vector<SweepSettings> made;
  for (const evaluation::GridSetting& setting : evaluation::settings_of(grid)) {
    SweepSettings& settings = made.emplace_back(sweep_settings(grid, setting));
    settings.sessions = static_cast<std::size_t>(options.sessions);
    settings.stagger = from_seconds(options.stagger_seconds);
    if (options.length_seconds) settings.length = from_seconds(*options.length_seconds);
    settings.capacity_factor = options.capacity_factor;
    settings.rampup = options.rampup;
    settings.upgrade_share = options.upgrade_percent / 100;
    settings.seek = seek;
  }
  return made;
}

/// Titles and traces are called as they are opened.
std::vector<NamedPath> as_opened(const SimulateOptions& options,
                                 const std::vector<std::string>& names) {
  std::vector<NamedPath> paths = beside(options.grid, names);
  for (NamedPath& path : paths) path.name = path.path;
  return paths;
}

/// Rows of decisions: not of several settings, and not more than are kept.
Expected<void> check_decisions(const Run& run) {
  if (run.settings.size() > 1)
    return failure(ErrorCode::invalid_argument,
                   "the rows do not tell settings apart; give one estimator and no grid",
                   "--decisions");
  std::int64_t segments = 0;
  for (const network_sim::SimulatedTitle& title : run.sweep.titles)
    segments += (title.known.video ? title.known.video : title.known.audio)->segment_count();
  const auto sessions = static_cast<std::int64_t>(run.sweep.size() / run.sweep.titles.size());
  if (segments > most_decisions / sessions)
    return failure(
        ErrorCode::limit_exceeded,
        fmt::format("{} sessions on {} segments in all are more than {} decisions; run fewer "
                    "traces or policies at a time",
                    sessions, segments, most_decisions),
        "--decisions");
  return {};
}

}  // namespace

SettingColumns setting_columns(const SimulateOptions& options, const Setting& setting) {
  if (options.grid.empty()) return {};
  using Milliseconds = std::chrono::duration<double, std::milli>;
  return {real_column("buffer_s", to_seconds(setting.session.buffer_capacity)),
          real_column("startup_level_s", to_seconds(setting.session.startup_level)),
          real_column("resume_level_s", to_seconds(setting.session.resume_level)),
          real_column("rtt_ms", Milliseconds(setting.default_rtt).count()),
          {"abandonment", setting.session.abandonment ? "true" : "false", ColumnType::truth}};
}

Expected<Run> make_run(const SimulateOptions& options,
                       const std::shared_ptr<plugin::PolicySource>& source) {
  const auto grid = grid_of(options);
  if (!grid) return tl::unexpected(grid.error());
  std::optional<std::pair<Duration, Duration>> seek;
  if (!options.seek.empty()) {
    const auto parsed = parse_seek(options.seek);
    if (!parsed) return tl::unexpected(parsed.error());
    seek = *parsed;
  }
  auto run = make_run(settings_of(*grid, options, seek), as_opened(options, grid->titles),
                      as_opened(options, grid->traces), options.grid,
                      evaluation::most_grid_sessions, source);
  if (run && !options.decisions.empty())
    if (const auto fits = check_decisions(*run); !fits) return tl::unexpected(fits.error());
  return run;
}

}  // namespace rung::cli
