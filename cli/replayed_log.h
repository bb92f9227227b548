#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "plugin/policy_source.h"
#include "session/replay_environment.h"
#include "session/timeline.h"

namespace rung::cli {

/// What came of running a recorded session again.
struct ReplayedLog {
  std::string title;
  std::string policy;
  std::string estimator;
  std::size_t matched = 0;  ///< Requests that were the same.
  std::optional<session::Divergence> divergence;
};

/// Runs the session that `text`, one session's part of a log, recorded, with `policy` in place of
/// the log's where one is given; draws its timeline where one is wanted. A policy outside Rung is
/// run only where it is given. Failures of the log name it.
[[nodiscard]] Expected<ReplayedLog> replay_log(std::string_view text, const std::string& name,
                                               const std::optional<std::string>& policy,
                                               plugin::PolicySource& source,
                                               session::Timeline* timeline = nullptr);

}  // namespace rung::cli
