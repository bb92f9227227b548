#include "media/synthetic_presentation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rung::media {
namespace {

SyntheticPresentation options(std::uint64_t seed, double variation) {
  SyntheticPresentation result;
  result.rungs = default_rungs();
  result.segment_count = 4000;
  result.size_variation = variation;
  result.seed = seed;
  return result;
}

TEST(SyntheticPresentation, FollowsFromItsSeed) {
  EXPECT_EQ(synthesize(options(1, 0.3)), synthesize(options(1, 0.3)));
  EXPECT_NE(synthesize(options(1, 0.3)), synthesize(options(2, 0.3)));
}

TEST(SyntheticPresentation, VariesAroundTheDeclaredBandwidth) {
  const auto ladder = synthesize(options(7, 0.3));
  ASSERT_TRUE(ladder);
  for (const Ladder::Rung& rung : ladder->video.rungs) {
    double sum = 0;
    double squares = 0;
    for (const ByteCount size : rung.sizes) {
      const double declared =
          static_cast<double>((rung.bandwidth * std::chrono::seconds(4)).bytes());
      const double logarithm = std::log(static_cast<double>(size.bytes()) / declared);
      sum += static_cast<double>(size.bytes()) / declared;
      squares += (logarithm + 0.045) * (logarithm + 0.045);
    }
    const auto count = static_cast<double>(rung.sizes.size());
    EXPECT_NEAR(sum / count, 1.0, 0.03);
    EXPECT_NEAR(std::sqrt(squares / count), 0.3, 0.03);
  }
  EXPECT_TRUE(tracks_of(*ladder));
}

TEST(SyntheticPresentation, WithoutVariationIsExact) {
  const auto ladder = synthesize(options(1, 0));
  ASSERT_TRUE(ladder);
  EXPECT_EQ(ladder->video.rungs[0].sizes[17], ByteCount(117'500));
}

TEST(SyntheticPresentation, RefusesOptionsOutOfRange) {
  EXPECT_FALSE(synthesize({}));
  EXPECT_FALSE(synthesize(options(1, -1)));
  SyntheticPresentation none = options(1, 0);
  none.segment_count = 0;
  EXPECT_FALSE(synthesize(none));
}

}  // namespace
}  // namespace rung::media
