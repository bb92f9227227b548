#include "network_sim/sweep.h"

#include <utility>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "core/check.h"

namespace rung::network_sim {

std::size_t Sweep::size() const {
  return policies.size() * titles.size() * links.size() * seeds.size();
}

Sweep::Place Sweep::place(std::size_t index) const {
  RUNG_CHECK(index < size());
  Place place;
  place.seed = index % seeds.size();
  index /= seeds.size();
  place.link = index % links.size();
  index /= links.size();
  place.title = index % titles.size();
  place.policy = index / titles.size();
  return place;
}

std::string_view Sweep::estimator_of(std::size_t policy) const {
  return estimator ? *estimator : abr::default_estimator_of(policies[policy]);
}

Expected<Outcome> Sweep::run(std::size_t index) const {
  const Place at = place(index);
  auto policy = make_policy(policies[at.policy], {.qoe = session.qoe, .seed = seeds[at.seed]});
  if (!policy) return tl::unexpected(policy.error());
  auto chosen_estimator = abr::make_estimator(estimator_of(at.policy));
  if (!chosen_estimator) return tl::unexpected(chosen_estimator.error());
  Scenario scenario{.link = links[at.link],
                    .title = titles[at.title],
                    .session = session,
                    .default_rtt = default_rtt,
                    .viewer = {}};
  scenario.session.seed = seeds[at.seed];
  return simulate(scenario, *std::move(policy), *std::move(chosen_estimator));
}

}  // namespace rung::network_sim
