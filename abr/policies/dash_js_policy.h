#pragma once

#include <cstddef>
#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/policies/bola_policy.h"
#include "abr/policy.h"

namespace rung::abr {

/// The default rules of dash.js together (github.com/Dash-Industry-Forum/dash.js,
/// src/streaming/rules/abr as of commits 8969a3ec, 8a51c776, dbee67f1, e3b77543): the lowest of
/// what these say.
///
///   DYNAMIC             by throughput (0.9 of the forecast), or by BOLA once the level is above
///                       12 s and until it is below 6 s
///   InsufficientBuffer  from the third segment on, what is within 0.5 x forecast x level /
///   duration SwitchHistory       of the last eight choices, from the lowest representation up: as
///   soon as
///                       six or more were made from those so far, and drops / others > 0.075, the
///                       one below
///
/// AbandonRequests gives a transfer up below a level of 12 s when, from half a second on, all of it
/// would take 1.8 segment durations, for what is within 0.9 of its rate, if that is smaller than
/// what is still to come.
///
/// Where we differ: docs/policies.md.
class DashJsPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  [[nodiscard]] std::optional<RepresentationIndex> reconsider(
      const TransferContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override;

 private:
  struct Choice {
    RepresentationIndex from = 0;
    bool drop = false;
  };
  [[nodiscard]] Decision dynamic(const DecisionContext& context);
  [[nodiscard]] RepresentationIndex within_buffer(const DecisionContext& context) const;
  [[nodiscard]] std::optional<RepresentationIndex> within_history(std::size_t rungs) const;

  BolaPolicy bola_;
  bool by_bola_ = false;
  int segments_ = 0;  ///< That arrived since the start or a seek, up to two.
  RecentValues<Choice, 8> history_;
};

}  // namespace rung::abr
