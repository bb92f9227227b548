#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "network_sim/sweep.h"

namespace rung::python {

/// What simulated sessions are run with, by the names and in the units of `rung simulate`'s flags,
/// which also say what is not given here. A value.
struct SessionSettings {
  std::string profile;                   ///< Empty: ours.
  std::optional<std::string> estimator;  ///< Without one, the one that goes with the policy.
  std::optional<std::string> qoe;
  std::optional<double> buffer;
  std::optional<double> startup;
  std::optional<double> resume;
  std::optional<double> rtt;
  std::optional<double> overhead;
  std::optional<bool> abandonment;
};

/// Every title and trace (files, or directories of traces) with these settings. Fails where a file
/// cannot be read or a setting is out of range, with what and where.
[[nodiscard]] Expected<network_sim::Sweep> make_sweep(const std::vector<std::string>& titles,
                                                      const std::vector<std::string>& traces,
                                                      const std::vector<std::string>& policies,
                                                      const std::vector<std::uint64_t>& seeds,
                                                      const SessionSettings& settings);

}  // namespace rung::python
