#pragma once

#include "abr/policy.h"

namespace rung::abr {

/// Always the same representation: the baseline of every comparison. Where a ladder is shorter, its
/// highest.
class FixedPolicy final : public Policy {
 public:
  explicit FixedPolicy(RepresentationIndex representation) : representation_(representation) {}
  [[nodiscard]] Decision choose(const DecisionContext& context) override;

 private:
  RepresentationIndex representation_;
};

}  // namespace rung::abr
