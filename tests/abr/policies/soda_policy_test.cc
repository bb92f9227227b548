#include "abr/policies/soda_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::Situation;

Situation from(RepresentationIndex previous, Duration level, std::int64_t forecast_kbps) {
  Situation situation;
  situation.previous = previous;
  situation.level = level;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(SodaPolicy, KeepsWhatTheForecastCarriesAtTheTargetLevel) {
  SodaPolicy policy;
  // The target is 0.6 x 26 s; at 1850 kbit/s the level stays there, and so does the choice.
  EXPECT_EQ(from(3, std::chrono::milliseconds(15'600), 1850).ask(policy),
            (Decision{.representation = 3, .reason = Reason::plan}));
}

TEST(SodaPolicy, FallsWhereTheBufferWouldRunDry) {
  SodaPolicy policy;
  // Of 2 s at 600 kbit/s, 750 kbit/s leaves 1.2 s behind an interval, and nothing behind three.
  EXPECT_LE(from(4, seconds(2), 600).ask(policy).representation, 1u);
  EXPECT_EQ(from(4, seconds(1), 100).ask(policy),
            (Decision{.representation = 0, .reason = Reason::insufficient_buffer}));
}

TEST(SodaPolicy, NeverGoesBeyondTheFirstThatTheForecastDoesNotCarry) {
  SodaPolicy policy;
  for (int level = 1; level <= 26; ++level)
    EXPECT_LE(from(5, seconds(level), 1000).ask(policy).representation, 2u) << level;
}

TEST(SodaPolicy, EqualsAnEnumerationOfAllSequencesThatRiseOrFall) {
  const std::vector<double> ladder{300, 750, 1200, 1850, 2850, 4300};
  const auto v = [&](std::size_t i) { return std::log(4300 / ladder[i]) / std::log(4300.0 / 300); };
  SodaPolicy policy;
  for (int level = 2; level <= 26; level += 4)
    for (int forecast = 400; forecast <= 6000; forecast += 700)
      for (std::size_t previous = 0; previous < 6; ++previous) {
        double least = 1e9;
        std::size_t best = 0;
        for (int code = 0; code < 6 * 6 * 6 * 6 * 6; ++code) {
          std::array<std::size_t, 6> plan{previous};
          for (int k = 1, rest = code; k < 6; ++k, rest /= 6)
            plan[static_cast<std::size_t>(k)] = static_cast<std::size_t>(rest % 6);
          if (!std::is_sorted(plan.begin(), plan.end()) &&
              !std::is_sorted(plan.rbegin(), plan.rend()))
            continue;
          if (plan[1] > 0 && ladder[plan[1] - 1] > forecast) continue;
          double x = level;
          double total = 0;
          for (std::size_t k = 1; k < 6; ++k) {
            const double before = x;
            x = std::min(x + forecast * 4 / ladder[plan[k]] - 4, 30.0);
            if (x < 0) total = 1e9;
            const double off = (x - 15.6) / 15.6;
            const double change = v(plan[k]) - v(plan[k - 1]);
            total += v(plan[k]) * (x - before + 4) / 4 + 8 * (off < 0 ? 1 : 0.2) * off * off +
                     8 * change * change;
          }
          if (total >= least - 1e-9) continue;
          least = total;
          best = plan[1];
        }
        ASSERT_EQ(from(previous, seconds(level), forecast).ask(policy).representation, best)
            << level << " s, " << forecast << " kbit/s, from " << previous;
      }
}

}  // namespace
}  // namespace rung::abr
