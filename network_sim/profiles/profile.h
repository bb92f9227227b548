#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abr/policy.h"
#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "network_sim/link_capacity.h"
#include "network_sim/shared_link.h"
#include "network_sim/sweep.h"
#include "network_sim/trace_format.h"
#include "session/session_options.h"

namespace rung::network_sim {

/// A policy of a profile, for one scenario.
struct ProfilePolicy {
  std::unique_ptr<abr::Policy> policy;
  /// What the simulator would print once the session is over; empty where it prints nothing.
  std::function<std::vector<double>()> totals;
};

/// A simulator of the literature as a setting of ours: on the same trace and title, its policies
/// choose the same representations here, and its times come out to a relative 1e-6.
/// docs/policies.md tells what each does that we would not do. A value; those that there are live
/// for ever.
struct Profile {
  std::string_view name;
  /// The names that make() knows, without options.
  std::span<const std::string_view> policies;
  /// The names of what the simulator prints of a session.
  std::span<const std::string_view> totals;
  session::SessionOptions session;
  Duration default_rtt{};
  LatencyRule latency = LatencyRule::at_request;
  /// Segments of a title that are played; none for all of them.
  std::optional<SegmentNumber> most_segments;
  std::optional<RepresentationIndex> given_first;  ///< As in Scenario.
  /// The wait for the first segment is told as a stall of it.
  bool startup_stalls = false;
  /// `--seek` means the place up to which is fetched, as SessionOptions::Seek tells, not the time.
  bool seeks_by_fetched = false;
  /// The link that the simulator makes of a trace file. Fails as parse_trace() does.
  Expected<LinkCapacity> (*read_link)(std::string_view text, std::string name,
                                      std::optional<TraceFormat> format) = nullptr;
  /// Whether this is the name of a policy of the simulator, its options included; fails on options
  /// that it does not have.
  Expected<bool> (*knows)(std::string_view name) = nullptr;
  /// A policy that knows() knows. Fails where the scenario's title is none that the simulator has.
  Expected<ProfilePolicy> (*make)(std::string_view name, const Scenario& scenario) = nullptr;
};

[[nodiscard]] std::span<const Profile> profiles();
/// Sets the sweep up as the profile says, links and titles aside. The sweep's own policies stay
/// within reach, behind those of the profile.
void adopt(const Profile& profile, Sweep& sweep);
/// The profile of that name, or invalid_argument naming the nearest and all of them.
[[nodiscard]] Expected<const Profile*> find_profile(std::string_view name);

}  // namespace rung::network_sim
