#include "abr/startup.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

TEST(Startup, TakesTheLowestOfAnUnknownLink) {
  EXPECT_EQ(choose_startup(Situation{}.context(), seconds(1)),
            (Decision{.representation = 0, .reason = Reason::startup_unknown}));
}

TEST(Startup, TakesTheBestThatArrivesWithinTheTarget) {
  Situation situation;
  situation.forecast_kbps = 10'000;
  // At 8 Mbit/s the rungs take 150, 375, 600, 925, 1425 and 2150 ms.
  EXPECT_EQ(choose_startup(situation.context(), milliseconds(100)).representation, 0u);
  EXPECT_EQ(choose_startup(situation.context(), milliseconds(924)).representation, 2u);
  EXPECT_EQ(choose_startup(situation.context(), milliseconds(925)).representation, 3u);
  EXPECT_EQ(choose_startup(situation.context(), seconds(3)).representation, 5u);
}

TEST(Startup, CountsTheLatencyTowardsTheTarget) {
  Situation situation;
  situation.forecast_kbps = 10'000;
  situation.latency = milliseconds(400);
  EXPECT_EQ(choose_startup(situation.context(), seconds(1)).representation, 2u);
  situation.latency = seconds(2);
  EXPECT_EQ(choose_startup(situation.context(), seconds(1)).representation, 0u);
}

TEST(Startup, DoesNotTakeWhatTheLinkCannotCarryOn) {
  Situation situation;
  situation.forecast_kbps = 2000;
  EXPECT_EQ(choose_startup(situation.context(), seconds(60)).representation, 2u);
}

TEST(Startup, GoesByTheSizesThatAreKnown) {
  Situation situation;
  media::Track::Part part = situation.track.parts().front();
  for (SegmentNumber segment = 0; segment < 50; ++segment)
    for (std::size_t i = 0; i < part.bandwidths.size(); ++i)
      part.sizes.push_back(ByteCount(segment == 10 ? 10'000 : 10'000'000));
  situation.track = *media::Track::create({part});
  situation.forecast_kbps = 10'000;
  EXPECT_EQ(choose_startup(situation.context(), seconds(1)).representation, 5u);
  situation.segment = 11;
  EXPECT_EQ(choose_startup(situation.context(), seconds(1)).representation, 0u);
}

}  // namespace
}  // namespace rung::abr
