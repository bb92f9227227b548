#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/sweep_setup.h"
#include "core/expected.h"
#include "core/time.h"
#include "evaluation/grid.h"
#include "network_sim/sweep.h"
#include "plugin/policy_source.h"
#include "session/session_options.h"

namespace rung::cli {

/// One setting of a grid, as a sweep is run in it.
struct Setting {
  std::optional<std::string> estimator;
  session::SessionOptions session;
  Duration default_rtt{};

  void put_into(network_sim::Sweep& sweep) const;
};

/// The sweep that is run once in every setting, of which there is one at least.
struct Run {
  network_sim::Sweep sweep;
  std::vector<Setting> settings;

  [[nodiscard]] std::size_t sessions() const { return sweep.size() * settings.size(); }
};

/// A file, or a folder, and what it is called.
struct NamedPath {
  std::string path;
  std::string name;
};
/// Where they are opened, each called as it is named; relative ones start at the folder of `file`.
[[nodiscard]] std::vector<NamedPath> beside(const std::string& file,
                                            const std::vector<std::string>& names);

/// What a grid says of one of its settings.
[[nodiscard]] SweepSettings sweep_settings(const evaluation::Grid& grid,
                                           const evaluation::GridSetting& setting);

/// Reads and checks all that is run in `settings`, of which there is one at least; they differ in
/// what a Setting holds. What is wrong with one of them is told as wrong in `where`, where that is
/// not empty. Fails where there are more than `most_sessions`.
[[nodiscard]] Expected<Run> make_run(const std::vector<SweepSettings>& settings,
                                     const std::vector<NamedPath>& titles,
                                     const std::vector<NamedPath>& traces, const std::string& where,
                                     std::size_t most_sessions,
                                     const std::shared_ptr<plugin::PolicySource>& source);

/// Of all that is run, as sweep_journal.h has it of one sweep. Puts setting after setting into the
/// sweep.
[[nodiscard]] std::uint64_t digest_of_all(Run& run);

}  // namespace rung::cli
