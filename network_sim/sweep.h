#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "abr/policy_factory.h"
#include "abr/throughput_estimator.h"
#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/link_capacity.h"
#include "network_sim/scenario.h"
#include "session/session_options.h"

namespace rung::network_sim {

struct Profile;

/// The policy that knows the link: the exact optimum of the session (network_sim/optimum.h). It
/// plans for a whole scenario, so no PolicyMaker makes it.
inline constexpr std::string_view oracle_policy = "oracle";
/// Stands for the estimator of a policy that asks none: the oracle, and those of a profile, which
/// bring what they need.
inline constexpr std::string_view no_estimator = "none";

/// Every policy on every title over every trace with every seed. The scenarios are numbered, so
/// whoever runs them (on however many threads) can put the outcomes in the same order. A value.
struct Sweep {
  std::vector<std::string> policies;
  std::optional<std::string> estimator;  ///< Without one, the one that goes with each policy.
  std::vector<LinkCapacity> links;
  std::vector<SimulatedTitle> titles;
  std::vector<std::uint64_t> seeds;
  session::SessionOptions session;
  Duration default_rtt{};
  LatencyRule latency = LatencyRule::at_request;
  bool startup_stalls = false;  ///< As in Scenario.
  std::optional<RepresentationIndex> given_first;
  /// On one link at once, at most SharedLink::max_transfers, and how long one begins after the
  /// other: of run_on_bottleneck() (network_sim/bottleneck.h), where a policy may be a mix.
  std::size_t sessions = 1;
  Duration stagger{};
  /// All titles are live, and viewers join so far behind what is being produced (live_title.h).
  std::optional<Duration> live_delay;
  /// Their segments come in chunks of so much media, while they are produced; zero: as a whole.
  Duration live_chunk{};
  std::optional<RepresentationIndex> rampup;  ///< As in Scenario.
  /// What every viewer does, in order of time; none of it with several sessions on a link.
  std::vector<SimulatedEnvironment::ViewerAction> viewer = {};
  /// The simulator whose policies there are, too, and come first; nullptr for none. Lives for ever.
  const Profile* profile = nullptr;
  abr::PolicyMaker make_policy = abr::make_policy;

  struct Place {
    std::size_t policy = 0;
    std::size_t title = 0;
    std::size_t link = 0;
    std::size_t seed = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  [[nodiscard]] std::size_t size() const;
  /// The policy changes slowest, then the title, the trace and the seed.
  [[nodiscard]] Place place(std::size_t index) const;
  /// The name of the estimator that `policies[policy]` runs with, or no_estimator.
  [[nodiscard]] std::string_view estimator_of(std::size_t policy) const;
  /// That estimator; of a policy that asks none the one that its session has all the same.
  [[nodiscard]] Expected<std::unique_ptr<abr::ThroughputEstimator>> make_estimator(
      std::size_t policy) const;
  /// Fails where there is no policy of that name: with what make_policy() says, or of an option
  /// that one of the profile's does not have.
  [[nodiscard]] Expected<void> knows(const std::string& policy) const;
  /// Refers to the sweep's link, title and script.
  [[nodiscard]] Scenario scenario(std::size_t index) const;
  /// Runs one of them. Fails on an unknown policy or estimator, on options that do not fit the
  /// title, and where optimum() does. A function of the sweep and `index` alone, so threads may
  /// share a sweep. Its transfers are appended to `transfers`, or its timeline drawn in `timeline`,
  /// where there is one of the two.
  [[nodiscard]] Expected<Outcome> run(std::size_t index,
                                      std::vector<TransferRecord>* transfers = nullptr,
                                      session::Timeline* timeline = nullptr) const;
};

}  // namespace rung::network_sim
