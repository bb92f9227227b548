#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "abr/policy.h"
#include "abr/qoe.h"
#include "core/expected.h"

namespace rung::abr {

/// What policies are told once; the buffer's capacity comes with every DecisionContext.
struct PolicyOptions {
  Qoe qoe;                 ///< What a planner maximises. Penalties must be finite and not negative.
  std::uint64_t seed = 1;  ///< Of what a policy draws at random.
};

/// The names that make_policy() knows, for help texts. "fixed" takes a parameter: "fixed:2",
/// "fixed:lowest", "fixed:highest" or "fixed:last" (the highest); alone it is "fixed:0".
[[nodiscard]] std::span<const std::string_view> policy_names();

/// A new policy, or invalid_argument naming the nearest name and all of them.
[[nodiscard]] Expected<std::unique_ptr<Policy>> make_policy(std::string_view name,
                                                            const PolicyOptions& options);

/// Whatever makes policies by name as make_policy() does. Threads may call it at once.
using PolicyMaker =
    std::function<Expected<std::unique_ptr<Policy>>(std::string_view, const PolicyOptions&)>;

/// What is used where none is asked for; docs/policies.md has the figures behind it.
inline constexpr std::string_view default_policy = "bola-e";

/// The throughput estimator that goes with the policy where none is asked for; of a name that is no
/// policy, default_estimator.
[[nodiscard]] std::string_view default_estimator_of(std::string_view policy);

}  // namespace rung::abr
