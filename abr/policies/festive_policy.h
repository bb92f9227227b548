#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "abr/estimators/link_history.h"
#include "abr/policy.h"
#include "core/random.h"

namespace rung::abr {

/// FESTIVE of Jiang, Sekar, Zhang, "Improving fairness, efficiency, and stability in HTTP-based
/// adaptive video streaming with FESTIVE", CoNEXT 2012, section 5: one step down at once where the
/// bandwidth is above p = 0.85 of the forecast, one step up where the next one is within it and the
/// k-th representation was kept for k segments. The step is taken if its score
/// 2^(n + 1) + alpha |b / min(w, b_ref) - 1|, alpha = 12, is lower than
/// that of staying, 2^n and the same for the bandwidth as it is; n counts the switches of the last
/// 20 s. Segments are asked for at a random level within one segment of the target.
///
/// Where we differ: the target is the capacity less two of the longest segments, so that a session
/// has room at every random level; n counts at most 32 switches; the forecast is the session's (the
/// paper has the harmonic mean of 20 samples).
class FestivePolicy final : public Policy {
 public:
  explicit FestivePolicy(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void on_seek() override { kept_ = 0; }

 private:
  void remember(const DecisionContext& context);
  [[nodiscard]] RepresentationIndex select(const DecisionContext& context) const;
  [[nodiscard]] int recent_switches(Timestamp now) const;

  Random random_;
  std::optional<RepresentationIndex> last_;
  std::size_t kept_ = 0;  ///< Segments in a row in the last representation.
  RecentValues<Timestamp, 32> switches_;
};

}  // namespace rung::abr
