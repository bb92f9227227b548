#include "recommend/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "core/random.h"
#include "tests/support/viewers.h"

namespace rung::recommend {
namespace {

using testing::HasSubstr;

TEST(Archive, BringsBackWhatWasWritten) {
  Plays plays = test::generated_viewers(40, 25, 8, 3);
  for (int stay = 0; stay < 60; ++stay)
    plays.stays.push_back({.title = 3, .to = std::chrono::seconds(stay), .left = stay % 2 == 0});
  test::set_moments(plays, 1, 6);
  const Recommender recommender = Recommender::train(plays);
  ASSERT_FALSE(recommender.watch_times().parts().segments.empty());
  const std::string bytes = write_recommender(recommender);
  const auto read = read_recommender(bytes, "m");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, recommender);
  EXPECT_EQ(write_recommender(*read), bytes);
}

TEST(Archive, RefusesWhatIsNoModel) {
  EXPECT_THAT(read_recommender("", "m").error().message, HasSubstr("no model"));
  EXPECT_THAT(read_recommender("RUNGNEXT", "m").error().message, HasSubstr("cut short"));
  std::string other = write_recommender(Recommender::train(test::generated_viewers(4, 9, 3, 3)));
  other[8] = 9;
  const auto read = read_recommender(other, "m");
  EXPECT_EQ(read.error().code, ErrorCode::unsupported);
  EXPECT_EQ(read.error().where, "m");
}

TEST(Archive, NoCutAndNoChangedByteIsTaken) {
  const std::string good =
      write_recommender(Recommender::train(test::generated_viewers(10, 12, 5, 3)));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read_recommender(std::string_view(good).substr(0, size), "m")) << size;
  EXPECT_FALSE(read_recommender(good + "x", "m"));
  Random random(4);
  for (int round = 0; round < 2000; ++round) {
    std::string changed = good;
    const std::size_t place = random.below(changed.size());
    changed[place] = static_cast<char>(changed[place] ^ static_cast<char>(1 + random.below(255)));
    EXPECT_FALSE(read_recommender(changed, "m")) << place;
  }
}

}  // namespace
}  // namespace rung::recommend
