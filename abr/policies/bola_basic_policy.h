#pragma once

#include <cstdint>
#include <optional>

#include "abr/policy.h"

namespace rung::abr {

/// Which of the algorithms of the BOLA paper.
enum class BolaVariant : std::uint8_t {
  basic,        ///< section III: a fixed V
  finite,       ///< section IV: V follows the playing time behind and ahead
  oscillation,  ///< BOLA-O: finite, and a rise goes to what the link carries
  utility,      ///< BOLA-U: finite, and a rise goes to one above what the link carries
};

/// BOLA as first published: Spiteri, Urgaonkar, Sitaraman, "BOLA: near-optimal bitrate adaptation
/// for online videos", INFOCOM 2016. With p the duration of a segment, Q the buffer level in
/// segments, v_m = ln(S_m / S_lowest) and gamma p = 5, it takes the greatest
///
///     (V (v_m + gamma p) - Q) / S_m,   V = (Q_max - 1) / (v_highest + gamma p).
///
/// FINITE has Q_max = min(capacity / p, t' / p), t' = max(t / 2, 3 p), t the playing time from the
/// beginning or to the end, whichever is less, and waits for p (Q - Q_max + 1). In O and U a rise
/// is held by the throughput r of the last transfer: m' is the highest with a bandwidth of at most
/// r, but no less than the last choice; where m' is below the choice, O takes m', and U the next
/// above it unless m' is the last choice itself and more than r carries.
///
/// Where we differ: S is the bandwidth. The first of equal scores wins. Where no transfer has been
/// seen a rise is not held.
class BolaBasicPolicy final : public Policy {
 public:
  explicit BolaBasicPolicy(BolaVariant variant) : variant_(variant) {}
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override { measured_.reset(); }

 private:
  [[nodiscard]] double longest_queue(const DecisionContext& context, double duration) const;

  BolaVariant variant_;
  std::optional<BitRate> measured_;  ///< By the last transfer.
};

}  // namespace rung::abr
