#include "abr/policies/vlc_policy.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::seconds;
using test::Situation;

Situation from(RepresentationIndex previous, Duration level, std::int64_t forecast_kbps) {
  Situation situation;
  situation.capacity = seconds(24);  // A target of 20 s.
  situation.previous = previous;
  situation.level = level;
  situation.forecast_kbps = forecast_kbps;
  return situation;
}

TEST(VlcPolicy, TakesThreeQuartersByRate) {
  VlcPolicy policy(VlcLogic::rate);
  EXPECT_EQ(from(0, seconds(0), 2468).ask(policy),
            (Decision{.representation = 3, .reason = Reason::throughput}));
  EXPECT_EQ(from(0, seconds(0), 2464).ask(policy).representation, 2u);
}

TEST(VlcPolicy, PredictsByTheShareThatIsFilled) {
  VlcPolicy policy(VlcLogic::predictive);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(from(0, seconds(0), 500).ask(policy),
              (Decision{.representation = 5, .reason = Reason::startup_unknown}));
  EXPECT_EQ(from(2, seconds(17), 1900).ask(policy).representation, 3u);
  EXPECT_EQ(from(4, seconds(17), 1900).ask(policy).representation, 4u);
  EXPECT_EQ(from(4, seconds(15), 1900).ask(policy),
            (Decision{.representation = 4, .reason = Reason::hysteresis}));
  // A little less than half filled: 0.49 x 1900 = 931 kbit/s; a quarter: 475.
  EXPECT_EQ(from(4, std::chrono::milliseconds(9800), 1900).ask(policy),
            (Decision{.representation = 1, .reason = Reason::insufficient_buffer}));
  EXPECT_EQ(from(4, seconds(5), 1900).ask(policy).representation, 0u);
}

TEST(VlcPolicy, IsNearTheHighestWhateverTheBufferHolds) {
  VlcPolicy policy(VlcLogic::near_optimal);
  // u_min = ln 300000 = 12.612, gp = 1 + 2.6626 / (20 / 6 - 1) = 2.141, V = 5 / 14.753 = 0.3389: of
  // the lowest V gp = 0.726 s, of the highest V (2.663 + 2.141) = 1.628 s are all that it wants.
  EXPECT_EQ(from(0, seconds(2), 500).ask(policy),
            (Decision{.representation = 5, .reason = Reason::buffer}));
  EXPECT_EQ(from(0, std::chrono::milliseconds(100), 500).ask(policy).representation, 0u);
}

TEST(VlcPolicy, FallsByOneWhereTheForecastCarriesNoMore) {
  VlcPolicy policy(VlcLogic::near_optimal);
  // An empty buffer asks for the lowest: 0.726 / 300 is more than (0.3389 x 3.057) / 750 and so on.
  EXPECT_EQ(from(4, seconds(0), 1000).ask(policy),
            (Decision{.representation = 3, .reason = Reason::buffer}));
  EXPECT_EQ(from(4, seconds(0), 5000).ask(policy),
            (Decision{.representation = 4, .reason = Reason::hysteresis}));
  EXPECT_EQ(from(1, seconds(0), 100).ask(policy).representation, 0u);
}

}  // namespace
}  // namespace rung::abr
