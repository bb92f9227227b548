#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "abr/policy.h"
#include "abr/throughput_estimator.h"
#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "network_sim/link_capacity.h"
#include "network_sim/live_title.h"
#include "network_sim/simulated_environment.h"
#include "network_sim/transfer_record.h"
#include "session/session_log.h"
#include "session/session_options.h"
#include "session/session_report.h"
#include "session/timeline.h"

namespace rung::network_sim {

/// A title as it is simulated.
struct SimulatedTitle {
  std::string name;
  media::Tracks known;       ///< What the session knows of it.
  media::Tracks actual;      ///< The same tracks with the sizes that travel.
  ByteCount init_size{800};  ///< Of one init segment.
};

/// One session to be simulated. Refers to its link, title and script, which must outlive it.
struct Scenario {
  const LinkCapacity& link;
  const SimulatedTitle& title;
  session::SessionOptions session;
  Duration default_rtt{};  ///< Request to first byte, where the trace does not tell.
  LatencyRule latency = LatencyRule::at_request;
  /// What the oracle must begin with, uncounted, as OptimumProblem tells.
  std::optional<RepresentationIndex> given_first;
  /// The wait for the first segment is told as a stall in its transfer.
  bool startup_stalls = false;
  /// From which representation on a viewer counts as ramped up, for a profile that tells when;
  /// none: from what the link sustains.
  std::optional<RepresentationIndex> rampup = {};
  /// What the viewer does, in order of time.
  std::span<const SimulatedEnvironment::ViewerAction> viewer;
  /// What of the title is there when; none: all of it, always.
  const LiveTitle* live = nullptr;
  ByteCount manifest_size;  ///< As in SimulatedEnvironment::Options.
  ByteCount head_size;
  /// What the session knows of the title when it begins.
  [[nodiscard]] const media::Tracks& known() const {
    return live != nullptr ? live->at_first : title.known;
  }
  session::SessionLog* log = nullptr;  ///< Takes all that the session is told and asks for.
  /// Takes the transfers of the main track; not together with a log.
  std::vector<TransferRecord>* transfers = nullptr;
  session::Timeline* timeline = nullptr;  ///< Takes the session's; not together with the others.
};

/// What a scenario came to.
struct Outcome {
  session::SessionReport report;
  /// Of everything that the session asked for and when: two runs that differ in one choice or one
  /// nanosecond have different ones.
  std::uint64_t fingerprint = 0;
  /// What the simulator of the profile would print of it, under the names of Profile::totals; empty
  /// for a policy that is none of that simulator's.
  std::vector<double> totals = {};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Runs one session in its simulated world. Fails on options that do not fit the title. A function
/// of its arguments alone.
[[nodiscard]] Expected<Outcome> simulate(const Scenario& scenario,
                                         std::unique_ptr<abr::Policy> policy,
                                         std::unique_ptr<abr::ThroughputEstimator> estimator);

}  // namespace rung::network_sim
