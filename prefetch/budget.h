#pragma once

#include "core/time.h"
#include "core/units.h"

namespace rung::prefetch {

/// How much may be fetched ahead in one session: so much at once, then at a rate, and never more
/// than is kept.
struct BudgetLimits {
  ByteCount burst{8 * 1000 * 1000};
  BitRate refill = BitRate::bits_per_second(2'000'000);
  ByteCount kept{48 * 1000 * 1000};
  friend bool operator==(const BudgetLimits&, const BudgetLimits&) = default;
};
/// Where every megabyte is paid for.
inline constexpr BudgetLimits metered_budget{.burst = ByteCount(1'500'000),
                                             .refill = BitRate::bits_per_second(100'000),
                                             .kept = ByteCount(12'000'000)};

/// A token bucket and a bound on what is kept. A value.
class Budget {
 public:
  explicit Budget(const BudgetLimits& limits) : limits_(limits), tokens_(limits.burst) {}

  /// When `size` may be spent: `now`, later, or max() for never.
  [[nodiscard]] Timestamp affordable_at(ByteCount size, Timestamp now) const;
  void spend(ByteCount size, Timestamp now);
  /// Of what was spent, so much was not used after all.
  void give_back(ByteCount size) { kept_ -= size; }

 private:
  [[nodiscard]] ByteCount tokens(Timestamp now) const;

  BudgetLimits limits_;
  ByteCount tokens_;
  ByteCount kept_;
  Timestamp counted_at_ = Timestamp{};
};

}  // namespace rung::prefetch
