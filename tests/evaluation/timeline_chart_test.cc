#include "evaluation/timeline_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "evaluation/chart.h"

namespace rung::evaluation {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TimelineChart, DrawsRepresentationThroughputBufferAndStalls) {
  const TimelineGroup group{
      .caption = "a <title>",
      .sessions = {{.name = "played & real",
                    .note = "bba",
                    .buffer = {{0, 0}, {2, 0}, {2, 4}, {6, 0}, {8, 0}, {8, 4}, {12, 0}},
                    .transfers = {{.begin = 0, .end = 2, .throughput = 900, .bandwidth = 300},
                                  {.begin = 2, .end = 8, .throughput = 300, .bandwidth = 600}},
                    .stalls = {{6, 8}},
                    .started = 2,
                    .end = 12}}};
  const std::string page = timeline_page({group});
  EXPECT_THAT(page, HasSubstr("a &lt;title&gt;"));
  EXPECT_THAT(page, HasSubstr("played &amp; real"));
  EXPECT_THAT(page, HasSubstr("<title>stall 6.00 s to 8.00 s</title>"));
  EXPECT_THAT(page, HasSubstr("<title>start-up 0.00 s to 2.00 s</title>"));
  // 740 units are 12 s, 100 are 900 kbit/s: up to 600 where the second segment is asked for.
  EXPECT_THAT(page, HasSubstr("M60.0 90.7H183.3V57.3H553.3"));
  EXPECT_THAT(page, HasSubstr("M60.0 198.0L183.3 198.0L183.3 138.0L430.0 198.0"));
  for (const std::string outside : {"<script", "http:", "https:", "src=", "href=", "nan", "inf"})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
}

TEST(TimelineChart, DrawsASessionInWhichNothingHappened) {
  const std::string page = timeline_page(
      {{.caption = "t",
        .sessions = {{.name = "x", .note = {}, .buffer = {}, .transfers = {}, .stalls = {}}}}});
  EXPECT_THAT(page, HasSubstr("Timeline of x"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(Axis, RunsEitherWay) {
  const Axis up{.low = 0, .high = 10, .left = 100, .right = 0};
  EXPECT_EQ(up.at(0), 100);
  EXPECT_EQ(up.at(10), 0);
  EXPECT_EQ(up.at(20), 0);
  EXPECT_EQ(up.step(), 2);
}

}  // namespace
}  // namespace rung::evaluation
