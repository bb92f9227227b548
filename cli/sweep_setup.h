#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "network_sim/profiles/profile.h"
#include "network_sim/sweep.h"
#include "plugin/policy_source.h"

namespace rung::cli {

/// What a person may say of simulated sessions, on the command line or in a file; what is not given
/// stays as the profile has it, or as our own sessions do. A value.
struct SweepSettings {
  std::string profile;  ///< Empty: ours.
  std::vector<std::string> policies;
  std::size_t sessions = 1;  ///< On one link; with several a policy may be a mix.
  Duration stagger{};        ///< Between their beginnings.
  std::optional<std::string> estimator;
  std::vector<std::uint64_t> seeds{1};
  std::optional<Duration> buffer;
  std::optional<Duration> startup;
  std::optional<Duration> resume;
  double upgrade_share = 0;
  std::optional<Duration> rtt;
  double overhead = 0;  ///< Of headers, as a share of the body.
  std::optional<bool> abandonment;
  std::optional<std::string> qoe;
  std::optional<Duration> live_delay;
  Duration live_chunk{};           ///< As in network_sim::Sweep.
  std::optional<Duration> length;  ///< Titles are cut or repeated to so much.
  double capacity_factor = 1;      ///< Of the traces' rates.
  std::optional<RepresentationIndex> rampup;
  /// The viewer goes to the second at the first; which time line the first is of, the profile says.
  std::optional<std::pair<Duration, Duration>> seek;
};

/// A sweep without titles and links yet, and the profile that they are read for. A value; the
/// profile lives for ever.
struct SweepSetup {
  network_sim::Sweep sweep;
  const network_sim::Profile* profile = nullptr;
  double overhead = 0;
  std::optional<Duration> length;
  double capacity_factor = 1;
  std::optional<MediaTime> seek_to;
};

/// Fails on the first name that means nothing: a profile, policy, estimator or quality model.
[[nodiscard]] Expected<SweepSetup> set_up_sweep(
    const SweepSettings& settings, const std::shared_ptr<plugin::PolicySource>& source);

/// Reads a title or a trace and adds it under `name`. A title that the session's options do not fit
/// is refused.
[[nodiscard]] Expected<void> add_title(SweepSetup& setup, const std::string& path,
                                       const std::string& name);
[[nodiscard]] Expected<void> add_link(SweepSetup& setup, const std::string& path,
                                      const std::string& name);

}  // namespace rung::cli
