#include "network_sim/scenario.h"

#include <utility>

#include "core/check.h"
#include "network_sim/simulated_session.h"
#include "session/run.h"

namespace rung::network_sim {

Expected<Outcome> simulate(const Scenario& scenario, std::unique_ptr<abr::Policy> policy,
                           std::unique_ptr<abr::ThroughputEstimator> estimator) {
  const auto options = session::validate(scenario.session, scenario.known());
  if (!options) return tl::unexpected(options.error());

  const abr::Policy& asked = *policy;
  SimulatedSession simulated(scenario, *options, std::move(policy), std::move(estimator));
  RUNG_CHECK((scenario.log != nullptr) + (scenario.transfers != nullptr) +
                 (scenario.timeline != nullptr) <=
             1);
  if (scenario.log != nullptr) {
    session::RecordingEnvironment recording(simulated.world(), simulated.session(), *scenario.log);
    session::run(simulated.session(), recording);
    scenario.log->finished(simulated.session().report());
  } else if (scenario.transfers != nullptr) {
    TransferRecordingEnvironment recording(simulated.world(), simulated.session(),
                                           *scenario.transfers, scenario.startup_stalls);
    session::run(simulated.session(), recording);
    recording.finish();
  } else if (scenario.timeline != nullptr) {
    session::TimelineRecordingEnvironment recording(simulated.world(), simulated.session(),
                                                    *scenario.timeline);
    session::run(simulated.session(), recording);
    recording.finish();
  } else {
    session::run(simulated.session(), simulated.world());
  }
  if (auto failed = asked.failure()) return tl::unexpected(*std::move(failed));
  return simulated.outcome();
}

}  // namespace rung::network_sim
