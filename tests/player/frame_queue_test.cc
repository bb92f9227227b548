#include "player/frame_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace rung::player {
namespace {

QueuedPicture picture(Duration pts) {
  return QueuedPicture{decode::Picture(nullptr, MediaTime(pts), Duration{}), 0};
}

class FrameQueueTest : public testing::Test {
 protected:
  bool push(int number, SeekCount seeks = 0) {
    return queue_.push(picture(Duration(number)), seeks, stop_.get_token());
  }

  std::atomic<int> calls_{0};
  FrameQueue queue_{2, [this] { ++calls_; }};
  std::stop_source stop_;
};

TEST_F(FrameQueueTest, KeepsTheOrderAndTellsOfTheFirstPicture) {
  ASSERT_TRUE(push(1));
  ASSERT_TRUE(push(2));
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(queue_.view().full);
  EXPECT_EQ(queue_.view().front, MediaTime(Duration(1)));
  EXPECT_EQ(queue_.pop()->picture.pts(), MediaTime(Duration(1)));
  EXPECT_EQ(queue_.pop()->picture.pts(), MediaTime(Duration(2)));
  EXPECT_FALSE(queue_.pop().has_value());
}

TEST_F(FrameQueueTest, IsStarvedOnlyWhenItIsEmptyAndBytesAreMissing) {
  EXPECT_TRUE(queue_.view().starved);
  ASSERT_TRUE(push(1));
  EXPECT_FALSE(queue_.view().starved);
  static_cast<void>(queue_.pop());
  queue_.set_starved(false);
  EXPECT_FALSE(queue_.view().starved);
  queue_.set_starved(true);
  EXPECT_TRUE(queue_.view().starved);
  queue_.finish(0);
  EXPECT_FALSE(queue_.view().starved);
  EXPECT_TRUE(queue_.view().finished);
}

TEST_F(FrameQueueTest, APictureOfTheWayIsSeenOnceAndNotBehindOneOfThePlace) {
  queue_.restart(1);
  queue_.offer_early(picture(Duration(1)), 0);
  EXPECT_FALSE(queue_.pop_early(1)) << "of an older seek";
  queue_.offer_early(picture(Duration(2)), 1);
  EXPECT_EQ(calls_, 1);
  EXPECT_FALSE(queue_.view().front);
  EXPECT_FALSE(queue_.pop_early(0));
  EXPECT_EQ(queue_.pop_early(1)->picture.pts(), MediaTime(Duration(2)));
  EXPECT_FALSE(queue_.pop_early(1));
  queue_.offer_early(picture(Duration(3)), 1);
  ASSERT_TRUE(push(4, 1));
  EXPECT_FALSE(queue_.pop_early(1));
}

TEST_F(FrameQueueTest, ARestartRefusesPicturesOfTheOldPlace) {
  ASSERT_TRUE(push(1));
  queue_.restart(1);
  EXPECT_FALSE(queue_.view().front.has_value());
  EXPECT_FALSE(push(2, 0));
  queue_.finish(0);
  EXPECT_FALSE(queue_.view().finished);
  EXPECT_TRUE(push(3, 1));
}

TEST_F(FrameQueueTest, ARestartAndAStopFreeAWaitingProducer) {
  ASSERT_TRUE(push(1));
  ASSERT_TRUE(push(2));
  {
    std::jthread producer([&] { EXPECT_FALSE(push(3)); });
    queue_.restart(1);
  }
  ASSERT_TRUE(push(1, 1));
  ASSERT_TRUE(push(2, 1));
  std::jthread producer([&] { EXPECT_FALSE(push(3, 1)); });
  stop_.request_stop();
}

}  // namespace
}  // namespace rung::player
