#pragma once

#include <cstdint>
#include <optional>

#include "abr/policy.h"

namespace rung::abr {

/// SimpleAbrManager of Shaka Player (github.com/shaka-project/shaka-player,
/// lib/abr/simple_abr_manager.js as of commit 011749e9): the highest bandwidth within 0.95 of the
/// forecast, thought over at most every 8 s; by a forecast of 1 Mbit/s until 128 kB have come.
///
/// Where we differ: docs/policies.md.
class ShakaPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;

 private:
  ByteCount sampled_;                ///< Of all transfers that tell something.
  std::optional<Timestamp> chosen_;  ///< When it last thought, by a forecast of its own.
  RepresentationIndex choice_ = 0;
};

}  // namespace rung::abr
