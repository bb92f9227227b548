#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "abr/policy.h"
#include "core/limits.h"

// The policies of Pensieve's test folder (Mao, Netravali, Alizadeh, "Neural adaptive video
// streaming with Pensieve", SIGCOMM 2017; source at commit 1120bb1), in the arithmetic that decides
// their ties: doubles, seconds, kbit/s, in that order of operations. All begin with the second
// lowest representation.

namespace rung::network_sim {

/// Its buffer-based baseline: the lowest below 5 s, the highest from 15 s on, in between the
/// level's share of the ladder, rounded down.
class PensieveBufferPolicy final : public abr::Policy {
 public:
  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& context) override;
};

/// What its MPC divides its forecast by.
enum class PensieveMpcVariant : std::uint8_t {
  robust,  ///< One plus the greatest relative error of the last five forecasts.
  fast,    ///< Nothing.
};

/// Its MPC baseline, repaired: as published it plans with the sizes of the segments after those
/// that it chooses, and carries the errors of one trace into the next. Of plans that are worth the
/// same to the last bit, the one that comes last in the order of representations is taken.
///
/// The search is that over all plans, with those left out that cannot reach what the best one found
/// is worth. The horizon is five segments, less at the end of the title, and less for ladders that
/// have more than 2^20 plans of five.
class PensieveMpcPolicy final : public abr::Policy {
 public:
  explicit PensieveMpcPolicy(PensieveMpcVariant variant) : variant_(variant) {}

  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& context) override;
  void observe(const abr::TransferSample& sample) override;

 private:
  static constexpr std::size_t longest_horizon = 5;

  /// The first steps of a plan, as the sums that its worth is made of.
  struct Branch {
    std::size_t depth = 0;
    RepresentationIndex first = 0;
    RepresentationIndex last = 0;
    double bitrates = 0;  ///< kbit/s
    double changes = 0;   ///< kbit/s
    double buffer = 0;    ///< s
    double stalled = 0;   ///< s
  };

  void prepare(const abr::DecisionContext& context);
  [[nodiscard]] Branch extend(const Branch& branch, RepresentationIndex representation) const;
  [[nodiscard]] static double worth(const Branch& branch);
  /// No plan that begins so is worth more, rounding aside.
  [[nodiscard]] double bound(const Branch& branch) const;
  void search(const Branch& branch);

  PensieveMpcVariant variant_;
  std::array<double, 5> throughputs_{};  ///< MB/s, oldest first, of the last `known_` segments.
  std::array<double, 5> errors_{};       ///< Relative, oldest first.
  std::size_t known_ = 0;
  std::optional<double> forecast_;  ///< The last one, not discounted, MB/s.

  // Filled by every choose(); members so that a decision allocates nothing.
  std::size_t horizon_ = 0;
  std::size_t rungs_ = 0;
  std::array<double, limits::representations> kbps_{};
  /// By step and representation, s.
  std::array<std::array<double, limits::representations>, longest_horizon> transfers_{};
  std::array<double, longest_horizon> durations_{};  ///< By step, s.
  double least_worth_ = 0;                           ///< What a plan must reach.
  Branch best_;
  double best_worth_ = 0;
};

}  // namespace rung::network_sim
