#pragma once

#include <memory>

#include "abr/policy.h"
#include "abr/throughput_estimator.h"
#include "core/expected.h"
#include "network_sim/scenario.h"

namespace rung::network_sim {

/// A simulated session without a policy: it stops wherever one would be asked, and goes on with
/// what it is told. The same session in the same world as simulate(), so the same choices come to
/// the same outcome. A resource; refers to what its scenario refers to.
class SteppedSession {
 public:
  /// Stands before the first choice, or has ended. Fails on options that do not fit the title.
  static Expected<std::unique_ptr<SteppedSession>> create(
      const Scenario& scenario, std::unique_ptr<abr::ThroughputEstimator> estimator);
  SteppedSession(const SteppedSession&) = delete;
  SteppedSession& operator=(const SteppedSession&) = delete;
  ~SteppedSession();

  /// Whether the session is over. Until then it waits for a choice.
  [[nodiscard]] bool ended() const;
  /// What is to be chosen; only before the end. True until choose() is called.
  [[nodiscard]] abr::DecisionContext choice() const;
  /// Goes on with the decision, up to the next one or to the end; only before the end. Its
  /// representation is an index into the ladder of the segment. A transfer that would come too late
  /// is given up by the rule of abr/abandonment.h, if the scenario's options allow it.
  void choose(const abr::Decision& decision);

  /// So far.
  [[nodiscard]] Outcome outcome() const;
  /// The last media transfer that completed; all zero before the first.
  [[nodiscard]] const abr::TransferSample& last_transfer() const;

 private:
  struct State;
  explicit SteppedSession(std::unique_ptr<State> state);
  void go_on();

  std::unique_ptr<State> state_;
};

}  // namespace rung::network_sim
