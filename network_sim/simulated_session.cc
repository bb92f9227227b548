#include "network_sim/simulated_session.h"

#include <span>
#include <utility>

namespace rung::network_sim {

SimulatedSession::SimulatedSession(const Scenario& scenario, const session::SessionOptions& options,
                                   std::unique_ptr<abr::Policy> policy,
                                   std::unique_ptr<abr::ThroughputEstimator> estimator)
    : session_(scenario.known(), options, std::move(policy), std::move(estimator)),
      world_(scenario.title.actual, scenario.link,
             {.init_size = scenario.title.init_size,
              .manifest_size = scenario.manifest_size,
              .head_size = scenario.head_size,
              .default_rtt = scenario.default_rtt,
              .latency = scenario.latency,
              .viewer = scenario.viewer,
              .growth = scenario.live != nullptr
                            ? std::span<const session::PresentationGrew>(scenario.live->growth)
                            : std::span<const session::PresentationGrew>(),
              .chunk = scenario.live != nullptr ? scenario.live->chunk : Duration(),
              .live_edge = scenario.live != nullptr ? scenario.live->edge : MediaTime(),
              // Of each track of segments that are being produced, else one in all.
              .most_transfers = options.live_chunks ? media::track_kinds : 1}),
      watched_(world_) {}

}  // namespace rung::network_sim
