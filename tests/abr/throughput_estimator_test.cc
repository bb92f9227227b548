#include "abr/throughput_estimator.h"

#include <gtest/gtest.h>

#include "tests/support/samples.h"

namespace rung::abr {
namespace {

TEST(Throughput, CountsTheWholeExchange) {
  EXPECT_EQ(throughput(test::sample(500, std::chrono::seconds(2))), 2000_kbps);
}

TEST(Throughput, SaturatesWhenTheExchangeTookNoTime) {
  EXPECT_EQ(throughput(test::sample(1, Duration::zero())),
            BitRate::bits_per_second(8'000'000'000'000));
}

}  // namespace
}  // namespace rung::abr
