#include "network_sim/stepped_session.h"

#include <optional>
#include <utility>

#include "core/check.h"
#include "network_sim/simulated_session.h"
#include "session/run.h"

namespace rung::network_sim {

namespace {

/// Where a choice is put for the session to take, and where it leaves what it tells its policy.
struct Slot {
  std::optional<abr::Decision> next;
  abr::TransferSample last_transfer;
};

/// Passes on what is in the slot. The session is never run on to a choice while that is empty.
class SlotPolicy final : public abr::Policy {
 public:
  explicit SlotPolicy(Slot& slot) : slot_(slot) {}

  abr::Decision choose(const abr::DecisionContext&) override {
    RUNG_CHECK(slot_.next);
    return *std::exchange(slot_.next, std::nullopt);
  }
  void observe(const abr::TransferSample& sample) override { slot_.last_transfer = sample; }

 private:
  Slot& slot_;
};

}  // namespace

struct SteppedSession::State {
  State(const Scenario& scenario, const session::SessionOptions& options,
        std::unique_ptr<abr::ThroughputEstimator> estimator)
      : simulated(scenario, options, std::make_unique<SlotPolicy>(slot), std::move(estimator)) {}

  Slot slot;
  SimulatedSession simulated;
};

Expected<std::unique_ptr<SteppedSession>> SteppedSession::create(
    const Scenario& scenario, std::unique_ptr<abr::ThroughputEstimator> estimator) {
  const auto options = session::validate(scenario.session, scenario.title.known);
  if (!options) return tl::unexpected(options.error());
  auto state = std::make_unique<State>(scenario, *options, std::move(estimator));
  session::begin(state->simulated.session(), state->simulated.world());
  std::unique_ptr<SteppedSession> stepped(new SteppedSession(std::move(state)));
  stepped->go_on();
  return stepped;
}

SteppedSession::SteppedSession(std::unique_ptr<State> state) : state_(std::move(state)) {}

SteppedSession::~SteppedSession() = default;

bool SteppedSession::ended() const { return state_->simulated.session().ended(); }

abr::DecisionContext SteppedSession::choice() const {
  return state_->simulated.session().pending_choice();
}

void SteppedSession::choose(const abr::Decision& decision) {
  RUNG_CHECK(!ended());
  state_->slot.next = decision;
  go_on();
}

void SteppedSession::go_on() {
  const session::StreamingSession& session = state_->simulated.session();
  session::run_until(state_->simulated.session(), state_->simulated.world(),
                     [&] { return !state_->slot.next && session.choice_pending(); });
}

Outcome SteppedSession::outcome() const { return state_->simulated.outcome(); }

const abr::TransferSample& SteppedSession::last_transfer() const {
  return state_->slot.last_transfer;
}

}  // namespace rung::network_sim
