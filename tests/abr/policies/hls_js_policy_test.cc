#include "abr/policies/hls_js_policy.h"

#include <gtest/gtest.h>

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

TEST(HlsJsPolicy, KeepsWithin95AndRisesWithin70Percent) {
  HlsJsPolicy policy;
  // 0.7 x 2640 = 1848 is below 1850 kbit/s, 0.7 x 2645 = 1851 above.
  EXPECT_EQ(from(0, seconds(20), 2640).ask(policy).representation, 2u);
  EXPECT_EQ(from(0, seconds(20), 2645).ask(policy).representation, 3u);
  // 0.95 x 1950 = 1852.
  EXPECT_EQ(from(3, seconds(20), 1950).ask(policy),
            (Decision{.representation = 3, .reason = Reason::throughput}));
  EXPECT_EQ(from(3, seconds(20), 1945).ask(policy).representation, 2u);
}

TEST(HlsJsPolicy, TakesWhatArrivesWithinTheLevel) {
  HlsJsPolicy policy;
  // At 0.95 x 4000 a segment of 1850 kbit/s takes 1.95 s, of 1200 kbit/s 1.26 s, of 2850 3 s.
  EXPECT_EQ(from(4, seconds(2), 4000).ask(policy).representation, 3u);
  EXPECT_EQ(from(4, std::chrono::milliseconds(1500), 4000).ask(policy).representation, 2u);
}

TEST(HlsJsPolicy, AllowsAStallOfASegmentBeforeTheLowest) {
  HlsJsPolicy policy;
  // Nothing arrives at once; within 4 s all that is below 0.95 x 1000 does.
  EXPECT_EQ(from(4, seconds(0), 1000).ask(policy),
            (Decision{.representation = 1, .reason = Reason::insufficient_buffer}));
  EXPECT_EQ(from(4, seconds(0), 100).ask(policy).representation, 0u);
}

TEST(HlsJsPolicy, AssumesHalfAMegabitWithoutAForecast) {
  HlsJsPolicy policy;
  Situation situation = from(0, seconds(20), 1);
  situation.forecast_kbps.reset();
  EXPECT_EQ(situation.ask(policy),
            (Decision{.representation = 0, .reason = Reason::startup_unknown}));
}

}  // namespace
}  // namespace rung::abr
