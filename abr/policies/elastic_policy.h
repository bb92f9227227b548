#pragma once

#include <optional>

#include "abr/policy.h"

namespace rung::abr {

/// ELASTIC of De Cicco, Caldaralo, Palmisano, Mascolo, "ELASTIC: a client-side controller for
/// dynamic adaptive streaming over HTTP (DASH)", Packet Video Workshop 2013, section III: a
/// controller, linear by feedback, that holds the level q at q_T by the bandwidth alone and never
/// waits. The highest bandwidth within h / (1 - k_1 q - k_2 q_I), where h is the forecast and q_I
/// the integral of q - q_T over time; k_1 = 0.01 and k_2 = 0.001.
///
/// Where we differ: q_T is 15 s or, where less, half of the highest level at which a
/// session asks; |k_2 q_I| is at most 0.5 and the divisor at least 0.1, so that neither a long
/// outage nor a full buffer winds the controller up; the forecast is the session's.
class ElasticPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void on_seek() override;

 private:
  std::optional<Timestamp> asked_;  ///< When choose() ran last.
  double integral_ = 0;             ///< In seconds squared.
};

}  // namespace rung::abr
