#pragma once

#include <string>
#include <utility>

#include "abr/estimator_factory.h"
#include "network_sim/scenario.h"
#include "plugin/policy_source.h"
#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::test {

/// A session of 20 segments over a link that sinks, with a policy from outside. Without
/// `abandonment` what it chooses is what comes.
inline Expected<network_sim::Outcome> simulate_external(plugin::PolicySource& source,
                                                        const std::string& name,
                                                        bool abandonment = true) {
  using namespace std::chrono_literals;
  const media::Tracks tracks = video_only(20);
  const network_sim::SimulatedTitle title{.name = "t", .known = tracks, .actual = tracks};
  const network_sim::LinkCapacity link(
      trace_of({{.duration = 30s, .rate = 4000_kbps, .rtt = 40ms},
                {.duration = 20s, .rate = 700_kbps, .rtt = 40ms}}));
  auto policy = source.make(name, {});
  if (!policy) return tl::unexpected(policy.error());
  return network_sim::simulate(
      {.link = link, .title = title, .session = {.abandonment = abandonment}}, *std::move(policy),
      *abr::make_estimator("harmonic"));
}

/// The error of such a session, as a person sees it; empty where it had none.
inline std::string failure_of(plugin::PolicySource& source, const std::string& name) {
  const auto outcome = simulate_external(source, name);
  return outcome ? std::string() : to_string(outcome.error());
}

}  // namespace rung::test
