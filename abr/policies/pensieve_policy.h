#pragma once

#include <memory>
#include <optional>

#include "abr/pensieve_network.h"
#include "abr/policy.h"

namespace rung::abr {

/// Pensieve (Mao, Netravali, Alizadeh, SIGCOMM 2017): what its trained network holds most likely,
/// the first of equals. The network knows six representations; on a title with another number
/// failure() says so.
///
/// Where we differ: the greatest probability decides, where the published test draws from them; a
/// seek empties the state, as the end of a title does there. With audio of its own the transfer
/// that the state sees is whichever completed last.
class PensievePolicy final : public Policy {
 public:
  explicit PensievePolicy(std::shared_ptr<const PensieveNetwork> network)
      : network_(std::move(network)) {}

  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override;
  [[nodiscard]] std::optional<Error> failure() const override { return failure_; }

 private:
  std::shared_ptr<const PensieveNetwork> network_;
  PensieveState state_;
  std::optional<TransferSample> last_;
  bool seen_ = true;  ///< Whether the state has `last_` already.
  std::optional<Error> failure_;
};

}  // namespace rung::abr
