#include "network_sim/sweep.h"

#include <memory>
#include <utility>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "core/check.h"
#include "media/live_presentation.h"
#include "network_sim/live_title.h"
#include "network_sim/optimum.h"
#include "network_sim/planned_policy.h"
#include "network_sim/profiles/profile.h"
#include "session/latency_control.h"

namespace rung::network_sim {

namespace {

/// Replays the optimum, so its report is as any other.
Expected<Outcome> run_oracle(Scenario scenario) {
  auto found = optimum(scenario);
  if (!found) return tl::unexpected(found.error());
  auto estimator = abr::make_estimator(abr::default_estimator);
  if (!estimator) return tl::unexpected(estimator.error());
  scenario.session = patient(scenario.session);
  auto outcome = simulate(scenario, std::make_unique<PlannedPolicy>(std::move(found->path)),
                          *std::move(estimator));
  constexpr double rounding = 1e-6;
  if (outcome && scenario.session.wait_quantum > Duration::zero() &&
      outcome->report.qoe_sum < found->qoe - rounding)
    return failure(ErrorCode::unsupported,
                   "no exact optimum: the best path waits for room, and here waits are rounded",
                   scenario.link.trace().name());
  return outcome;
}

}  // namespace

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
  const std::string& name = policies[policy];
  if (name == oracle_policy) return no_estimator;
  if (profile != nullptr)
    if (const auto own = profile->knows(name); own && *own) return no_estimator;
  return estimator ? *estimator : abr::default_estimator_of(name);
}

Expected<std::unique_ptr<abr::ThroughputEstimator>> Sweep::make_estimator(
    std::size_t policy) const {
  const std::string_view name = estimator_of(policy);
  return abr::make_estimator(name == no_estimator ? "last" : name);  // It costs least.
}

Expected<void> Sweep::knows(const std::string& policy) const {
  if (profile != nullptr) {
    const auto own = profile->knows(policy);
    if (!own) return tl::unexpected(own.error());
    if (*own) return {};
  }
  const auto made = make_policy(policy, {.qoe = session.qoe});
  if (!made) return tl::unexpected(made.error());
  return {};
}

Scenario Sweep::scenario(std::size_t index) const {
  const Place at = place(index);
  Scenario scenario{.link = links[at.link],
                    .title = titles[at.title],
                    .session = session,
                    .default_rtt = default_rtt,
                    .latency = latency,
                    .given_first = given_first,
                    .startup_stalls = startup_stalls,
                    .rampup = rampup,
                    .viewer = viewer};
  scenario.session.seed = seeds[at.seed];
  return scenario;
}

Expected<Outcome> Sweep::run(std::size_t index, std::vector<TransferRecord>* transfers,
                             session::Timeline* timeline) const {
  const Place at = place(index);
  Scenario scenario = this->scenario(index);
  scenario.transfers = transfers;
  scenario.timeline = timeline;
  std::optional<LiveTitle> live;
  if (live_delay) {
    auto made = live_title(scenario.title.known, *live_delay, live_chunk);
    if (!made) return failure(made.error().code, made.error().message, scenario.title.name);
    live = *std::move(made);
    scenario.live = &*live;
    scenario.session.live_delay = *live_delay;
    if (live_chunk > Duration::zero())
      session::take_in_chunks(scenario.session, *live_delay,
                              media::longest_segment(scenario.title.known));
    scenario.session.live_delay_max =
        std::min(*live_delay + session::usual_latency_drift, session::longest_live_delay);
    scenario.session.live_slowest = Speed::of_percent(session::usual_slowest_percent);
    scenario.session.live_fastest = Speed::of_percent(session::usual_fastest_percent);
  }
  if (policies[at.policy] == oracle_policy) return run_oracle(std::move(scenario));
  auto chosen_estimator = make_estimator(at.policy);
  if (!chosen_estimator) return tl::unexpected(chosen_estimator.error());
  if (profile != nullptr) {
    const auto own = profile->knows(policies[at.policy]);
    if (!own) return tl::unexpected(own.error());
    if (*own) {
      auto made = profile->make(policies[at.policy], scenario);
      if (!made) return tl::unexpected(made.error());
      auto outcome = simulate(scenario, std::move(made->policy), *std::move(chosen_estimator));
      if (outcome && made->totals) outcome->totals = made->totals();
      return outcome;
    }
  }
  auto policy = make_policy(policies[at.policy], {.qoe = session.qoe, .seed = seeds[at.seed]});
  if (!policy) return tl::unexpected(policy.error());
  return simulate(scenario, *std::move(policy), *std::move(chosen_estimator));
}

}  // namespace rung::network_sim
