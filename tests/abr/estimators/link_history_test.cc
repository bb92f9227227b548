#include <gtest/gtest.h>

#include "abr/estimators/link_history.h"
#include "tests/support/samples.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::sample;

TEST(RecentValues, KeepsTheLastOnesOldestFirst) {
  RecentValues<int, 3> values;
  for (int i = 0; i < 5; ++i) values.add(i);
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[0], 2);
  EXPECT_EQ(values[2], 4);
  values.clear();
  EXPECT_EQ(values.size(), 0u);
}

TEST(RecentLatency, IsTheLowerMedianOfTheLastFive) {
  RecentLatency latency;
  for (const int tenths : {100, 3, 4, 1, 2, 9}) latency.observe(sample(1, seconds(tenths)));
  EXPECT_EQ(latency.expected(), milliseconds(300));
  RecentLatency of_two;
  for (const int tenths : {2, 1}) of_two.observe(sample(1, seconds(tenths)));
  EXPECT_EQ(of_two.expected(), milliseconds(100));
}

TEST(SmallTransferFilter, StartsAnewAtTheFirstTellingTransfer) {
  SmallTransferFilter filter;
  EXPECT_EQ(filter.judge(sample(15, seconds(1))), SampleUse::add);
  EXPECT_EQ(filter.judge(sample(16, seconds(1))), SampleUse::restart);
  EXPECT_EQ(filter.judge(sample(15, seconds(1))), SampleUse::ignore);
  EXPECT_EQ(filter.judge(sample(16, seconds(1))), SampleUse::add);
}

TEST(BoundedThroughput, IsNeverZeroNorBeyondArithmetic) {
  EXPECT_EQ(bounded_throughput(sample(0, seconds(1))), BitRate::bits_per_second(1));
  EXPECT_EQ(bounded_throughput(sample(1'000'000'000'000, Duration(1))),
            BitRate::bits_per_second(1'000'000'000'000'000));
}

}  // namespace
}  // namespace rung::abr
