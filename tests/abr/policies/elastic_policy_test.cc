#include "abr/policies/elastic_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::Situation;

Situation at_level(Duration level, std::int64_t forecast_kbps) {
  Situation situation;
  situation.capacity = seconds(60);
  situation.level = level;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(ElasticPolicy, DividesTheForecastByOneLessAHundredthOfTheLevel) {
  // 2500 / 0.85 = 2941 kbit/s, 2500 / 0.9 = 2778 kbit/s.
  ElasticPolicy deep;
  EXPECT_EQ(at_level(seconds(15), 2500).ask(deep),
            (Decision{.representation = 4, .reason = Reason::buffer}));
  ElasticPolicy shallow;
  EXPECT_EQ(at_level(seconds(10), 2500).ask(shallow).representation, 3u);
}

TEST(ElasticPolicy, IntegratesTheErrorAndForgetsItAtASeek) {
  // 1900 / (1 - 0.25) = 2533; ten seconds at ten above the target: 1900 / (0.75 - 0.1) = 2923.
  const Situation situation = at_level(seconds(25), 1900);
  ElasticPolicy policy;
  EXPECT_EQ(situation.ask(policy).representation, 3u);
  DecisionContext later = situation.context();
  later.now += seconds(10);
  EXPECT_EQ(policy.choose(later).representation, 4u);
  policy.on_seek();
  EXPECT_EQ(policy.choose(later).representation, 3u);
}

TEST(ElasticPolicy, DoesNotWindUpInALongOutage) {
  // An hour at 15 s below the target counts as 500 s^2: 2000 / 1.5 = 1333 kbit/s.
  const Situation situation = at_level(seconds(0), 2000);
  ElasticPolicy policy;
  static_cast<void>(situation.ask(policy));
  DecisionContext later = situation.context();
  later.now += seconds(3600);
  EXPECT_EQ(policy.choose(later).representation, 2u);
}

}  // namespace
}  // namespace rung::abr
