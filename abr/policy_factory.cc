#include "abr/policy_factory.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "abr/estimator_factory.h"
#include "abr/name_error.h"
#include "abr/policies/bba_policy.h"
#include "abr/policies/bola_policy.h"
#include "abr/policies/fixed_policy.h"
#include "abr/policies/rate_policy.h"
#include "abr/policies/robust_mpc_policy.h"

namespace rung::abr {

namespace {

constexpr std::array<std::string_view, 5> names{"fixed", "rate", "bba", "bola-e", "robust-mpc"};

Expected<std::unique_ptr<Policy>> make_fixed(std::string_view parameter) {
  constexpr RepresentationIndex highest = std::numeric_limits<RepresentationIndex>::max();
  if (parameter == "highest" || parameter == "last") return std::make_unique<FixedPolicy>(highest);
  if (parameter == "lowest") return std::make_unique<FixedPolicy>(RepresentationIndex{0});
  RepresentationIndex representation = 0;
  const char* const end = parameter.data() + parameter.size();
  const auto [stop, error] = std::from_chars(parameter.data(), end, representation);
  if (error == std::errc{} && stop == end) return std::make_unique<FixedPolicy>(representation);
  return failure(ErrorCode::invalid_argument,
                 "policy fixed takes a representation, lowest, highest or last, not '" +
                     std::string(parameter.substr(0, 64)) + "'");
}

bool plannable(double penalty) { return std::isfinite(penalty) && penalty >= 0; }

}  // namespace

std::span<const std::string_view> policy_names() { return names; }

Expected<std::unique_ptr<Policy>> make_policy(std::string_view name, const PolicyOptions& options) {
  if (!plannable(options.qoe.switch_penalty) || !plannable(options.qoe.rebuffer_penalty))
    return failure(ErrorCode::invalid_argument, "QoE penalties must be finite and not negative");
  constexpr std::string_view fixed_with_parameter = "fixed:";
  if (name.starts_with(fixed_with_parameter))
    return make_fixed(name.substr(fixed_with_parameter.size()));
  if (name == "fixed") return std::make_unique<FixedPolicy>(RepresentationIndex{0});
  if (name == "rate") return std::make_unique<RatePolicy>();
  if (name == "bba") return std::make_unique<BbaPolicy>();
  if (name == "bola-e") return std::make_unique<BolaPolicy>();
  if (name == "robust-mpc") return std::make_unique<RobustMpcPolicy>(options.qoe);
  return tl::unexpected(name_error("policy", name, names));
}

std::string_view default_estimator_of(std::string_view policy) {
  // Its forecast mostly holds rises back, which a cautious one does for too long.
  return policy == "bola-e" ? "sliding-percentile" : default_estimator;
}

}  // namespace rung::abr
