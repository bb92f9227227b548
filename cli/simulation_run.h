#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/grid_run.h"
#include "cli/policy_timeout.h"
#include "cli/simulation_table.h"
#include "core/expected.h"
#include "plugin/policy_source.h"
#include "prefetch/policies.h"

namespace rung::cli {

/// What `rung simulate` is asked for.
struct SimulateOptions {
  std::vector<std::string> policies;
  std::string grid;  ///< Empty: the flags say all.
  std::vector<std::string> estimators;
  std::vector<std::string> traces;
  std::vector<std::string> titles;
  std::vector<std::uint64_t> seeds{1};
  unsigned jobs = 0;
  std::string format = "table";
  std::string out = "-";
  std::string decisions;  ///< Empty: not wanted.
  std::string profile;    ///< Empty: ours.
  std::optional<double> rtt_milliseconds;
  std::optional<double> buffer_seconds;
  std::optional<double> startup_seconds;
  std::optional<double> resume_seconds;
  bool never_abandon = false;
  double upgrade_percent = 0;
  double policy_timeout = default_policy_timeout;
  bool quiet = false;
  std::uint64_t sessions = 1;
  double stagger_seconds = 0;
  std::optional<double> overhead_percent;
  std::optional<double> length_seconds;
  double capacity_factor = 1;
  std::optional<std::uint64_t> rampup;
  std::string seek;  ///< WHEN:TO in seconds; empty: never.
  std::optional<std::string> qoe;
  std::optional<double> live_seconds;  ///< None: titles are there as a whole.
  double chunk_seconds = 0;            ///< Zero: live segments come as a whole.
  std::vector<std::string> viewing;    ///< Modes; empty: sessions one by one.
  std::vector<std::string> prefetch{prefetch::policy_names().begin(),
                                    prefetch::policy_names().end()};
  double misstated_percent = 0;
  bool metered = false;
  std::string journal;  ///< Empty: none.
  bool go_on = false;
};

/// The columns in which a grid's rows tell its settings apart; none without a grid.
[[nodiscard]] SettingColumns setting_columns(const SimulateOptions& options,
                                             const Setting& setting);

/// Reads and checks all that is run. Fails before the first session begins, naming the flag or
/// file.
[[nodiscard]] Expected<Run> make_run(const SimulateOptions& options,
                                     const std::shared_ptr<plugin::PolicySource>& source);

}  // namespace rung::cli
