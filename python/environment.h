#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/random.h"
#include "network_sim/stepped_session.h"
#include "network_sim/sweep.h"

namespace rung::python {

/// Sessions of a sweep, which has one policy (a name for who chooses) and one seed, one after the
/// other, for whoever learns to choose: each choice is worth what it adds to the QoE. A resource;
/// one thread at a time, though not always the same.
class Environment {
 public:
  /// Transfers of which an observation tells.
  static constexpr std::size_t history = 8;

  /// `seed` is that of the order in which titles and traces are drawn.
  Environment(std::shared_ptr<const network_sim::Sweep> sweep, std::uint64_t seed);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Numbers in one observation: docs/python.md lists them.
  [[nodiscard]] static std::size_t observation_size(const network_sim::Sweep& sweep);
  /// The most representations of any ladder.
  [[nodiscard]] static std::size_t action_count(const network_sim::Sweep& sweep);

  /// Draws from now on as a new object with this seed does.
  void reseed(std::uint64_t seed) { random_ = Random(seed); }
  /// Begins a session with this title and trace, drawn where they are not given. They must exist.
  [[nodiscard]] Expected<void> reset(std::optional<std::size_t> title,
                                     std::optional<std::size_t> link);
  /// Whether there is something to choose.
  [[nodiscard]] bool waits() const { return session_ != nullptr && !session_->ended(); }
  /// Whether the session has ended by the limit of time and not by itself; only behind a reset.
  [[nodiscard]] bool truncated() const {
    return outcome().report.end == session::EndReason::time_limit;
  }
  /// Whether `action` is a representation of the segment to choose for; only while it waits.
  [[nodiscard]] bool possible(std::int64_t action) const;
  /// Takes a possible action, asked for after `wait`, and returns what it added to the QoE.
  double step(std::int64_t action, Duration wait);
  /// Of the choice that waits; all zero where none does. `numbers` has observation_size().
  void observe(std::span<float> numbers) const;
  /// So far; only behind a reset.
  [[nodiscard]] network_sim::Outcome outcome() const { return session_->outcome(); }
  /// The number in the sweep of the session that reset() began.
  [[nodiscard]] std::size_t index() const { return title_ * sweep_->links.size() + link_; }

 private:
  std::shared_ptr<const network_sim::Sweep> sweep_;
  Random random_;
  std::unique_ptr<network_sim::SteppedSession> session_;
  std::size_t title_ = 0;
  std::size_t link_ = 0;
  double worth_ = 0;  ///< Of the session so far.
  abr::TransferSample last_;
  /// Of the latest transfers, the last one at the end.
  std::array<float, history> throughputs_{};
  std::array<float, history> times_{};
};

}  // namespace rung::python
