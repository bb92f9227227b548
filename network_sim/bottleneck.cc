#include "network_sim/bottleneck.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "core/check.h"
#include "network_sim/fairness.h"
#include "network_sim/session_group.h"
#include "network_sim/shared_link.h"
#include "network_sim/simulated_environment.h"
#include "session/run.h"
#include "session/session_options.h"
#include "session/streaming_session.h"

namespace rung::network_sim {

std::vector<std::string> policies_of(std::string_view mix, std::size_t sessions) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t end = std::min(mix.find('+'), mix.size());
    names.emplace_back(mix.substr(0, end));
    if (end == mix.size()) break;
    mix.remove_prefix(end + 1);
  }
  const std::size_t different = names.size();
  for (std::size_t i = names.size(); i < sessions; ++i) names.push_back(names[i - different]);
  names.resize(sessions);
  return names;
}

Expected<BottleneckOutcome> run_on_bottleneck(const Sweep& sweep, std::size_t index) {
  RUNG_CHECK(sweep.sessions >= 1 && sweep.sessions <= SharedLink::max_transfers);
  if (sweep.latency != LatencyRule::at_request)
    return failure(ErrorCode::invalid_argument,
                   "the simulator of this profile has one session on a link, not several");
  const Sweep::Place at = sweep.place(index);
  const SimulatedTitle& title = sweep.titles[at.title];
  SessionGroup group;
  std::vector<const abr::Policy*> asked;
  Timestamp begins{};
  std::uint64_t seed = sweep.seeds[at.seed];
  for (const std::string& name : policies_of(sweep.policies[at.policy], sweep.sessions)) {
    if (name == oracle_policy)
      return failure(ErrorCode::invalid_argument,
                     "the oracle plans for a link that it has alone, not for several sessions");
    session::SessionOptions wanted = sweep.session;
    wanted.seed = seed++;
    const auto options = session::validate(wanted, title.known);
    if (!options) return tl::unexpected(options.error());
    auto policy = sweep.make_policy(name, {.qoe = options->qoe, .seed = options->seed});
    if (!policy) return tl::unexpected(policy.error());
    auto estimator = abr::make_estimator(sweep.estimator ? std::string_view(*sweep.estimator)
                                                         : abr::default_estimator_of(name));
    if (!estimator) return tl::unexpected(estimator.error());
    asked.push_back(policy->get());
    group.add(std::make_unique<session::StreamingSession>(title.known, *options, *std::move(policy),
                                                          *std::move(estimator)),
              begins);
    begins += sweep.stagger;
  }
  SimulatedEnvironment world(title.actual, sweep.links[at.link],
                             {.init_size = title.init_size,
                              .manifest_size = {},
                              .head_size = {},
                              .default_rtt = sweep.default_rtt,
                              .viewer = {},
                              .most_transfers = sweep.sessions});
  session::run(group, world);

  BottleneckOutcome found;
  std::vector<double> bitrates;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (auto failed = asked[i]->failure()) return tl::unexpected(*std::move(failed));
    found.sessions.push_back(
        {.report = group.session(i).report(), .fingerprint = group.fingerprint(i)});
    found.instability.push_back(instability(group.bandwidths(i)));
    bitrates.push_back(found.sessions.back().report.mean_kbps);
  }
  found.jain = jain_index(bitrates);
  found.unfairness = unfairness(bitrates);
  return found;
}

}  // namespace rung::network_sim
