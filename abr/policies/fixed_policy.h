#pragma once

#include <optional>

#include "abr/policy.h"

namespace rung::abr {

/// Always the same representation: the baseline of every comparison. Where a ladder is shorter, its
/// highest.
class FixedPolicy final : public Policy {
 public:
  explicit FixedPolicy(RepresentationIndex representation) : representation_(representation) {}
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  /// Never gives a transfer up: what came in its place would be another representation.
  [[nodiscard]] std::optional<RepresentationIndex> reconsider(
      const TransferContext& context) override;

 private:
  RepresentationIndex representation_;
};

}  // namespace rung::abr
