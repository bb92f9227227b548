#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "prefetch/policy.h"

namespace rung::prefetch {

/// What a policy may be told besides the view.
struct PolicyKnowledge {
  LeavesWithin leaves = {};
  /// Where the viewer will go: for the oracle only.
  std::optional<std::size_t> next = {};
};

/// `rung` (the planner) and what it is measured against: `none`, `next-episode`, `media3`,
/// `popular`, `fixed`, `uncalibrated`, `dashlet`, `oracle`; docs/prefetch.md. Fails with not_found
/// where there is none of that name.
[[nodiscard]] Expected<std::unique_ptr<Policy>> make_policy(std::string_view name,
                                                            PolicyKnowledge knowledge);
[[nodiscard]] std::span<const std::string_view> policy_names();

}  // namespace rung::prefetch
