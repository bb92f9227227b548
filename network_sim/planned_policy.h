#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "abr/policy.h"
#include "core/check.h"

namespace rung::network_sim {

/// Follows a path that was found in advance, and never gives a transfer up.
class PlannedPolicy final : public abr::Policy {
 public:
  /// By segment of the title that it will be asked for.
  explicit PlannedPolicy(std::vector<RepresentationIndex> path) : path_(std::move(path)) {}

  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& context) override {
    const auto segment = static_cast<std::size_t>(context.segment);
    RUNG_CHECK(segment < path_.size());
    return {.representation = path_[segment], .reason = abr::Reason::external};
  }
  [[nodiscard]] std::optional<RepresentationIndex> reconsider(
      const abr::TransferContext& /*context*/) override {
    return std::nullopt;
  }

 private:
  std::vector<RepresentationIndex> path_;
};

}  // namespace rung::network_sim
