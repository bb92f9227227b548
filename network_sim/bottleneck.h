#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "network_sim/scenario.h"
#include "network_sim/sweep.h"

namespace rung::network_sim {

/// What several sessions on one link came to. A value.
struct BottleneckOutcome {
  std::vector<Outcome> sessions;    ///< In order of their beginning; times are each one's own.
  std::vector<double> instability;  ///< By session; network_sim/fairness.h.
  double jain = 1;                  ///< Over the sessions' mean bitrates, like the next one.
  double unfairness = 0;
};

/// The policies of the sessions on one link: the names between '+', from the first on again where
/// there are more sessions than names.
[[nodiscard]] std::vector<std::string> policies_of(std::string_view mix, std::size_t sessions);

/// Runs `sweep.sessions` sessions at once over the link of the scenario `index`: one begins
/// `sweep.stagger` after the other, and all that transfer share the capacity equally. A session's
/// seed is the scenario's, and one more from session to session. Fails as Sweep::run() does, and
/// (invalid_argument) where the sweep's rules know only one transfer at a time, or the oracle is
/// among the policies.
[[nodiscard]] Expected<BottleneckOutcome> run_on_bottleneck(const Sweep& sweep, std::size_t index);

}  // namespace rung::network_sim
