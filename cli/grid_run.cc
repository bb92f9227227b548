#include "cli/grid_run.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "cli/sweep_journal.h"
#include "cli/trace_files.h"
#include "network_sim/fingerprint.h"

namespace rung::cli {
namespace {

using network_sim::Sweep;

Setting setting_of(const Sweep& sweep) {
  return {.estimator = sweep.estimator, .session = sweep.session, .default_rtt = sweep.default_rtt};
}

/// All files of a folder are called as the folder is, with what comes below.
Expected<void> add_links(SweepSetup& setup, const NamedPath& root) {
  const auto files = trace_files({root.path});
  if (!files) return tl::unexpected(files.error());
  if (files->empty()) return failure(ErrorCode::not_found, "there is no file here", root.path);
  for (const std::string& path : *files)
    if (auto added = add_link(setup, path, root.name + path.substr(root.path.size())); !added)
      return added;
  return {};
}

}  // namespace

void Setting::put_into(Sweep& sweep) const {
  sweep.estimator = estimator;
  sweep.session = session;
  sweep.default_rtt = default_rtt;
}

std::vector<NamedPath> beside(const std::string& file, const std::vector<std::string>& names) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::vector<NamedPath> paths;
  for (const std::string& name : names) paths.push_back({(folder / name).string(), name});
  return paths;
}

SweepSettings sweep_settings(const evaluation::Grid& grid, const evaluation::GridSetting& setting) {
  return {.profile = grid.profile,
          .policies = grid.policies,
          .estimator = setting.estimator,
          .seeds = grid.seeds,
          .buffer = setting.buffer,
          .startup = setting.startup,
          .resume = setting.resume,
          .rtt = setting.rtt,
          .overhead = grid.overhead_percent / 100,
          .abandonment = setting.abandonment,
          .qoe = grid.qoe,
          .live_delay = grid.live_delay,
          .live_chunk = grid.live_chunk};
}

Expected<Run> make_run(const std::vector<SweepSettings>& settings,
                       const std::vector<NamedPath>& titles, const std::vector<NamedPath>& traces,
                       const std::string& where, std::size_t most_sessions,
                       const std::shared_ptr<plugin::PolicySource>& source) {
  const auto in_file = [&](Error error) {
    if (!where.empty()) error.where = where;
    return tl::unexpected(std::move(error));
  };
  auto setup = set_up_sweep(settings.front(), source);
  if (!setup) return in_file(setup.error());
  Run run;
  run.settings.push_back(setting_of(setup->sweep));
  for (std::size_t i = 1; i < settings.size(); ++i) {
    const auto other = set_up_sweep(settings[i], source);
    if (!other) return in_file(other.error());
    run.settings.push_back(setting_of(other->sweep));
  }
  for (const NamedPath& title : titles) {
    if (const auto added = add_title(*setup, title.path, title.name); !added)
      return tl::unexpected(added.error());
    for (const Setting& setting : run.settings)
      if (const auto fits = session::validate(setting.session, setup->sweep.titles.back().known);
          !fits)
        return failure(fits.error().code, fits.error().message, title.name);
  }
  for (const NamedPath& root : traces)
    if (const auto added = add_links(*setup, root); !added) return tl::unexpected(added.error());
  run.sweep = std::move(setup->sweep);
  if (run.sweep.size() > most_sessions / run.settings.size())
    return in_file({.code = ErrorCode::limit_exceeded,
                    .message = fmt::format("{} sessions in each of {} settings are more than {}",
                                           run.sweep.size(), run.settings.size(), most_sessions),
                    .where = {}});
  return run;
}

std::uint64_t digest_of_all(Run& run) {
  network_sim::Fingerprint digest;
  for (const Setting& setting : run.settings) {
    setting.put_into(run.sweep);
    digest.add(digest_of(run.sweep));
  }
  return digest.value();
}

}  // namespace rung::cli
