#include <gtest/gtest.h>

#include <cstdint>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "core/random.h"
#include "tests/support/counted_allocations.h"
#include "tests/support/situation.h"

// Counts what decisions and forecasts allocate.

namespace rung::abr {
namespace {

using std::chrono::milliseconds;

TEST(Allocation, NeverHappensInADecision) {
  for (const std::string_view name : policy_names()) {
    const auto policy = *make_policy(name, {});
    test::Situation situation;
    Random random(5);
    const std::int64_t before = test::allocations();
    for (int i = 0; i < 2000; ++i) {
      situation.segment = static_cast<SegmentNumber>(random.below(50));
      situation.level = milliseconds(random.below(26'001));
      situation.capacity = milliseconds(30'000 + random.below(2));
      situation.previous.reset();
      if (random.below(8) != 0) situation.previous = random.below(6);
      situation.forecast_kbps.reset();
      if (random.below(8) != 0)
        situation.forecast_kbps = 100 + static_cast<std::int64_t>(random.below(9000));
      const DecisionContext context = situation.context();
      const Decision decision = policy->choose(context);
      static_cast<void>(policy->reconsider({.decision = context,
                                            .representation = decision.representation,
                                            .requested = test::Situation::now - milliseconds(1500),
                                            .first_byte = test::Situation::now - milliseconds(1400),
                                            .received = ByteCount(50'000),
                                            .expected = ByteCount(500'000)}));
      policy->observe({.completed = Timestamp(milliseconds(1 + random.below(9000))),
                       .size = ByteCount(static_cast<std::int64_t>(random.below(900'000)))});
      if (random.below(50) == 0) policy->on_seek();
    }
    EXPECT_EQ(test::allocations(), before) << name;
  }
}

TEST(Allocation, NeverHappensInAForecast) {
  for (const std::string_view name : estimator_names()) {
    const auto estimator = *make_estimator(name);
    Random random(6);
    const std::int64_t before = test::allocations();
    for (int i = 0; i < 5000; ++i) {
      estimator->observe(
          {.completed = Timestamp(milliseconds(1 + random.below(9000))),
           .size = ByteCount(static_cast<std::int64_t>(random.below(i < 3000 ? 2 : 2'000'000)))});
      static_cast<void>(estimator->forecast());
    }
    EXPECT_EQ(test::allocations(), before) << name;
  }
}

}  // namespace
}  // namespace rung::abr
