#pragma once

#include <memory>

#include "abr/policy.h"
#include "abr/throughput_estimator.h"
#include "network_sim/fingerprint.h"
#include "network_sim/scenario.h"
#include "network_sim/simulated_environment.h"
#include "session/session_options.h"
#include "session/streaming_session.h"

namespace rung::network_sim {

/// A session and its simulated world, side by side. A resource; refers to what its scenario refers
/// to.
class SimulatedSession {
 public:
  /// `options` are those of the scenario and have passed session::validate() with its title.
  SimulatedSession(const Scenario& scenario, const session::SessionOptions& options,
                   std::unique_ptr<abr::Policy> policy,
                   std::unique_ptr<abr::ThroughputEstimator> estimator);
  SimulatedSession(const SimulatedSession&) = delete;
  SimulatedSession& operator=(const SimulatedSession&) = delete;

  [[nodiscard]] session::StreamingSession& session() { return session_; }
  [[nodiscard]] const session::StreamingSession& session() const { return session_; }
  [[nodiscard]] FingerprintingEnvironment<SimulatedEnvironment>& world() { return watched_; }
  [[nodiscard]] Outcome outcome() const {
    return {.report = session_.report(), .fingerprint = watched_.fingerprint()};
  }

 private:
  session::StreamingSession session_;
  SimulatedEnvironment world_;
  FingerprintingEnvironment<SimulatedEnvironment> watched_;
};

}  // namespace rung::network_sim
