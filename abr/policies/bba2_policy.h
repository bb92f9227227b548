#pragma once

#include <optional>

#include "abr/policies/bba1_policy.h"
#include "abr/policy.h"

namespace rung::abr {

/// BBA-2 of Huang et al., SIGCOMM 2014, section 6: BBA-1 with a start-up that trusts the last
/// transfer. While it lasts the choice rises by one representation whenever the last segment filled
/// the buffer by more than a share of its duration: 0.875 with an empty buffer, falling in a line
/// to 0.5 with a full cushion. It ends when the buffer shrinks or the map of BBA-1 asks for more.
/// The protection against outages grows only behind it.
///
/// Where we differ: as BBA-1. A seek starts over.
class Bba2Policy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override;

 private:
  Bba1Policy map_;
  bool starting_ = true;
  Duration level_before_{};
  std::optional<Duration> last_transfer_;
};

}  // namespace rung::abr
