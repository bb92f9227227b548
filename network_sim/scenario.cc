#include "network_sim/scenario.h"

#include <utility>

#include "network_sim/fingerprint.h"
#include "session/run.h"
#include "session/streaming_session.h"

namespace rung::network_sim {

Expected<Outcome> simulate(const Scenario& scenario, std::unique_ptr<abr::Policy> policy,
                           std::unique_ptr<abr::ThroughputEstimator> estimator) {
  const auto options = session::validate(scenario.session, scenario.title.known);
  if (!options) return tl::unexpected(options.error());

  session::StreamingSession session(scenario.title.known, *options, std::move(policy),
                                    std::move(estimator));
  SimulatedEnvironment world(scenario.title.actual, scenario.link,
                             {.init_size = scenario.title.init_size,
                              .default_rtt = scenario.default_rtt,
                              .viewer = scenario.viewer});
  FingerprintingEnvironment watched(world);
  session::run(session, watched);
  return Outcome{.report = session.report(), .fingerprint = watched.fingerprint()};
}

}  // namespace rung::network_sim
