#include "recommend/plays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rung::recommend {
namespace {

using testing::HasSubstr;

TEST(ParsePlays, TakesTheColumnsThatItNeedsInAnyOrder) {
  const auto plays = parse_plays(
      "timestamp,rating,movieId,userId\r\n30,4.5,a,1\r\n10,,\"b, part 2\",1\n\n20,1,a,2\n", "p");
  ASSERT_TRUE(plays) << plays.error().message;
  EXPECT_EQ(plays->titles, (std::vector<std::string>{"a", "b, part 2"}));
  EXPECT_EQ(plays->viewers, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(titles_of(plays->by_viewer[0]), (std::vector<TitleIndex>{1, 0}));  // By time.
  EXPECT_EQ(plays->size(), 3U);
}

TEST(ParsePlays, KeepsTheOrderOfTheLogWhereTimesAreEqual) {
  const auto plays = parse_plays("viewer,title,time\nv,c,5\nv,a,5\nv,b,5\n", "p");
  ASSERT_TRUE(plays);
  EXPECT_EQ(titles_of(plays->by_viewer[0]), (std::vector<TitleIndex>{0, 1, 2}));
}

TEST(ParsePlays, ReadsHowLongTitlesWereWatchedWhereItIsKnown) {
  const auto plays =
      parse_plays("left,viewer,title,time,to,from\n1,v,a,1,30.5,2\n,v,b,2,,\n0,w,b,3,9,0\n", "p");
  ASSERT_TRUE(plays) << plays.error().message;
  EXPECT_EQ(plays->size(), 3U);
  const std::vector<Stay> stays{
      {.title = 0, .from = from_seconds(2), .to = from_seconds(30.5), .left = true},
      {.title = 1, .to = from_seconds(9)}};
  EXPECT_EQ(plays->stays, stays);
}

TEST(ParsePlays, ReadsTheMomentWhereItIsKnown) {
  const auto plays = parse_plays(
      "viewer,title,time,device,hour\nv,a,1,tv,23\nv,b,2,,\nv,c,3,phone,0\nw,a,4,tv,\n", "p");
  ASSERT_TRUE(plays) << plays.error().message;
  EXPECT_EQ(plays->devices, (std::vector<std::string>{"tv", "phone"}));
  EXPECT_EQ(plays->by_viewer[0][0].moment, (Moment{.hour = 23, .device = 0}));
  EXPECT_EQ(plays->by_viewer[0][1].moment, Moment{});
  EXPECT_EQ(plays->by_viewer[0][2].moment, (Moment{.hour = 0, .device = 1}));
  EXPECT_EQ(plays->by_viewer[1][0].moment, (Moment{.device = 0}));
}

TEST(ParsePlays, RefusesMoreDevicesThanAreCounted) {
  std::string text = "viewer,title,time,device\n";
  for (std::size_t device = 0; device <= Moment::devices; ++device)
    text += "v,t" + std::to_string(device) + ",1,d" + std::to_string(device) + "\n";
  const auto plays = parse_plays(text, "p");
  ASSERT_FALSE(plays);
  EXPECT_EQ(plays.error().code, ErrorCode::limit_exceeded);
  EXPECT_THAT(plays.error().message, HasSubstr("64 devices"));
}

TEST(ParsePlays, RefusesWithTheLine) {
  struct Case {
    std::string text;
    std::string where;
    std::string said;
  };
  const std::string head = "viewer,title,time\n";
  const std::string stays = "viewer,title,time,from,to,left\n";
  for (const Case& bad : {
           Case{"", "log", "empty"},
           Case{"a,b,c\n1,2,3\n", "log line 1", "viewer, title and time"},
           Case{head, "log", "no plays"},
           Case{head + "v,t,1\nv,t\n", "log line 3", "too few"},
           Case{head + "v,\"t,1\n", "log line 2", "quoted"},
           Case{head + "v,,1\n", "log line 2", "name"},
           Case{head + "v," + std::string(257, 'x') + ",1\n", "log line 2", "256 bytes"},
           Case{head + "v,t\x01,1\n", "log line 2", "control characters"},
           Case{head + "v,t,-1\n", "log line 2", "seconds"},
           Case{head + "v,t,1.5\n", "log line 2", "seconds"},
           Case{head + "v,t,99999999999999999999\n", "log line 2", "seconds"},
           Case{"viewer,title,time,hour\nv,t,1,24\n", "log line 2", "0 to 23"},
           Case{"viewer,title,time,hour\nv,t,1,noon\n", "log line 2", "0 to 23"},
           Case{"viewer,title,time,device\nv,t,1,a\x01\n", "log line 2", "device"},
           Case{"viewer,title,time,from\nv,t,1,2\n", "log line 1", "go together"},
           Case{stays + "v,t,1,5,4,1\n", "log line 2", "within a week"},
           Case{stays + "v,t,1,0,1e9,1\n", "log line 2", "within a week"},
           Case{stays + "v,t,1,0,5,yes\n", "log line 2", "left 0 or 1"},
           Case{stays + "v,t,1,,5,1\n", "log line 2", "all three empty"},
           Case{stays + "v,t,1\n", "log line 2", "too few"},
       }) {
    const auto plays = parse_plays(bad.text, "log");
    ASSERT_FALSE(plays) << bad.text;
    EXPECT_EQ(plays.error().where, bad.where) << bad.text;
    EXPECT_THAT(plays.error().message, HasSubstr(bad.said)) << bad.text;
  }
}

TEST(Plays, WithoutTheLastOnesKeepAtLeastOne) {
  const auto plays = parse_plays("viewer,title,time\nv,a,1\nv,b,2\nv,c,3\nw,a,1\n", "p");
  ASSERT_TRUE(plays);
  const Plays kept = without_last(*plays, 2);
  EXPECT_EQ(titles_of(kept.by_viewer[0]), (std::vector<TitleIndex>{0}));
  EXPECT_EQ(titles_of(kept.by_viewer[1]), (std::vector<TitleIndex>{0}));
}

}  // namespace
}  // namespace rung::recommend
