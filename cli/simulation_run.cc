#include "cli/simulation_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
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

/// Sessions in one sweep; their outcomes are kept until the end.
constexpr std::size_t most_sessions = 20'000'000;
/// Combinations of a grid's options.
constexpr std::size_t most_settings = 10'000;
/// Transfers whose rows are kept until the end; abandoned ones come on top.
constexpr std::int64_t most_decisions = 5'000'000;

/// What the flags say, as a grid of which each list has at most one entry; the estimators aside.
Expected<evaluation::Grid> grid_of(const SimulateOptions& options) {
  if (!options.grid.empty()) {
    const auto text = read_file(options.grid, limits::manifest_size);
    if (!text) return tl::unexpected(text.error());
    auto grid = evaluation::parse_grid(*text, options.grid);
    if (!grid) return grid;
    const std::filesystem::path folder = std::filesystem::path(options.grid).parent_path();
    for (std::vector<std::string>* paths : {&grid->titles, &grid->traces})
      for (std::string& path : *paths) path = (folder / path).string();
    return grid;
  }
  evaluation::Grid grid{.titles = options.titles,
                        .traces = options.traces,
                        .policies = options.policies,
                        .seeds = options.seeds,
                        .profile = options.profile,
                        .qoe = options.qoe,
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

/// Every entry of a list, or one that is not given.
template <typename T>
std::vector<std::optional<T>> each_or_none(const std::vector<T>& list) {
  std::vector<std::optional<T>> made(list.begin(), list.end());
  if (made.empty()) made.emplace_back();
  return made;
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

/// All combinations, the one that stands last below changing fastest.
std::vector<SweepSettings> combinations(const evaluation::Grid& grid,
                                        const SimulateOptions& options,
                                        const std::optional<std::pair<Duration, Duration>>& seek) {
  std::vector<SweepSettings> made;
  std::optional<Duration> length;
  if (options.length_seconds) length = from_seconds(*options.length_seconds);
  std::optional<Duration> live;
  if (options.live_seconds) live = from_seconds(*options.live_seconds);
  for (const auto& estimator : each_or_none(grid.estimators))
    for (const auto& buffer : each_or_none(grid.buffers))
      for (const auto& startup : each_or_none(grid.startups))
        for (const auto& resume : each_or_none(grid.resumes))
          for (const auto& rtt : each_or_none(grid.rtts))
            for (const auto& abandonment : each_or_none(grid.abandonment))
              made.push_back({.profile = grid.profile,
                              .policies = grid.policies,
                              .sessions = static_cast<std::size_t>(options.sessions),
                              .stagger = from_seconds(options.stagger_seconds),
                              .estimator = estimator,
                              .seeds = grid.seeds,
                              .buffer = buffer,
                              .startup = startup,
                              .resume = resume,
                              .rtt = rtt,
                              .overhead = options.overhead_percent.value_or(0) / 100,
                              .abandonment = abandonment,
                              .qoe = grid.qoe,
                              .live_delay = live,
                              .length = length,
                              .capacity_factor = options.capacity_factor,
                              .rampup = options.rampup,
                              .seek = seek});
  return made;
}

Setting setting_of(const Sweep& sweep, bool with_columns) {
  Setting setting{.estimator = sweep.estimator,
                  .session = sweep.session,
                  .default_rtt = sweep.default_rtt,
                  .columns = {}};
  if (with_columns)
    setting.columns = {
        real_column("buffer_s", to_seconds(sweep.session.buffer_capacity)),
        real_column("startup_level_s", to_seconds(sweep.session.startup_level)),
        real_column("resume_level_s", to_seconds(sweep.session.resume_level)),
        real_column("rtt_ms", to_seconds(sweep.default_rtt) * 1000),
        {"abandonment", sweep.session.abandonment ? "true" : "false", ColumnType::truth}};
  return setting;
}

}  // namespace

Expected<Run> make_run(const SimulateOptions& options,
                       const std::shared_ptr<plugin::PolicySource>& source) {
  const auto grid = grid_of(options);
  if (!grid) return tl::unexpected(grid.error());
  const std::size_t count = std::max<std::size_t>(1, grid->estimators.size()) *
                            std::max<std::size_t>(1, grid->buffers.size()) *
                            std::max<std::size_t>(1, grid->startups.size()) *
                            std::max<std::size_t>(1, grid->resumes.size()) *
                            std::max<std::size_t>(1, grid->rtts.size()) *
                            std::max<std::size_t>(1, grid->abandonment.size());
  if (count > most_settings)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("{} settings are more than {}", count, most_settings), options.grid);
  Run run;
  std::optional<std::pair<Duration, Duration>> seek;
  if (!options.seek.empty()) {
    const auto parsed = parse_seek(options.seek);
    if (!parsed) return tl::unexpected(parsed.error());
    seek = *parsed;
  }
  const std::vector<SweepSettings> wanted = combinations(*grid, options, seek);
  auto setup = set_up_sweep(wanted.front(), source);
  // What is wrong with a grid is wrong in its file.
  const auto in_grid = [&](Error error) {
    if (!options.grid.empty()) error.where = options.grid;
    return tl::unexpected(std::move(error));
  };
  if (!setup) return in_grid(setup.error());
  run.settings.push_back(setting_of(setup->sweep, !options.grid.empty()));
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    const auto other = set_up_sweep(wanted[i], source);
    if (!other) return in_grid(other.error());
    run.settings.push_back(setting_of(other->sweep, !options.grid.empty()));
  }
  for (const std::string& path : grid->titles) {
    if (const auto added = add_title(*setup, path, path); !added)
      return tl::unexpected(added.error());
    for (const Setting& setting : run.settings)
      if (const auto fits = session::validate(setting.session, setup->sweep.titles.back().known);
          !fits)
        return failure(fits.error().code, fits.error().message, path);
  }
  const auto files = trace_files(grid->traces);
  if (!files) return tl::unexpected(files.error());
  if (files->empty())
    return failure(ErrorCode::not_found, "there is no file here", grid->traces.front());
  for (const std::string& path : *files)
    if (const auto added = add_link(*setup, path, path); !added)
      return tl::unexpected(added.error());
  run.sweep = std::move(setup->sweep);
  const Sweep& sweep = run.sweep;
  if (sweep.size() > most_sessions / count)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("{} sessions in each of {} settings are more than {}", sweep.size(),
                               count, most_sessions));
  if (!options.decisions.empty() && count > 1)
    return failure(ErrorCode::invalid_argument,
                   "the rows do not tell settings apart; give one estimator and no grid",
                   "--decisions");
  if (!options.decisions.empty()) {
    std::int64_t segments = 0;
    for (const network_sim::SimulatedTitle& title : sweep.titles)
      segments += (title.known.video ? title.known.video : title.known.audio)->segment_count();
    const auto sessions = static_cast<std::int64_t>(sweep.size() / sweep.titles.size());
    if (segments > most_decisions / sessions)
      return failure(
          ErrorCode::limit_exceeded,
          fmt::format("{} sessions on {} segments in all are more than {} decisions; run fewer "
                      "traces or policies at a time",
                      sessions, segments, most_decisions),
          "--decisions");
  }
  return run;
}

}  // namespace rung::cli
