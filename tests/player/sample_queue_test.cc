#include "player/sample_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rung::player {
namespace {

using std::chrono::milliseconds;

MediaTime at(Duration offset) { return MediaTime(offset); }

decode::Samples samples(Duration pts, Duration length, float value) {
  decode::Samples result;
  result.pts = at(pts);
  const auto frames =
      static_cast<std::size_t>(length.count() * decode::sample_rate / 1'000'000'000);
  result.interleaved.assign(frames * decode::sample_channels, value);
  return result;
}

std::size_t frames(Duration length) {
  return static_cast<std::size_t>(length.count() * decode::sample_rate / 1'000'000'000);
}

class SampleQueueTest : public testing::Test {
 protected:
  bool push(Duration pts, Duration length, float value, SeekCount seeks = 0) {
    return queue_.push(samples(pts, length, value), seeks, stop_.get_token());
  }
  std::vector<float> pull(Duration length) {
    std::vector<float> out(frames(length) * decode::sample_channels, -1.0F);
    out.resize(queue_.pull(out) * decode::sample_channels);
    return out;
  }

  SampleQueue queue_{MediaTime{}};
  std::stop_source stop_;
};

TEST_F(SampleQueueTest, ConsumedFramesArePositions) {
  ASSERT_TRUE(push(milliseconds(0), milliseconds(100), 0.5F));
  EXPECT_EQ(queue_.view().buffered, milliseconds(100));
  EXPECT_EQ(pull(milliseconds(40)).size(), frames(milliseconds(40)) * 2);
  const auto view = queue_.view();
  EXPECT_EQ(view.time_of(queue_.consumed()), at(milliseconds(40)));
  EXPECT_EQ(view.buffered, milliseconds(60));
}

TEST_F(SampleQueueTest, FillsGapsWithSilence) {
  ASSERT_TRUE(push(milliseconds(100), milliseconds(100), 0.5F));
  EXPECT_EQ(queue_.view().buffered, milliseconds(200));
  const auto out = pull(milliseconds(200));
  EXPECT_EQ(out[0], 0.0F);
  EXPECT_EQ(out[frames(milliseconds(99)) * 2], 0.0F);
  EXPECT_EQ(out[frames(milliseconds(101)) * 2], 0.5F);
}

TEST_F(SampleQueueTest, CutsOffWhatItHasAlready) {
  ASSERT_TRUE(push(milliseconds(0), milliseconds(100), 0.25F));
  ASSERT_TRUE(push(milliseconds(50), milliseconds(100), 0.5F));
  ASSERT_TRUE(push(milliseconds(-500), milliseconds(100), 0.75F));
  EXPECT_EQ(queue_.view().buffered, milliseconds(150));
  const auto out = pull(milliseconds(150));
  EXPECT_EQ(out[frames(milliseconds(99)) * 2], 0.25F);
  EXPECT_EQ(out[frames(milliseconds(101)) * 2], 0.5F);
}

TEST_F(SampleQueueTest, RoundingIsNeitherGapNorOverlap) {
  ASSERT_TRUE(push(milliseconds(0), milliseconds(100), 0.25F));
  ASSERT_TRUE(push(milliseconds(105), milliseconds(100), 0.5F));
  ASSERT_TRUE(push(milliseconds(195), milliseconds(100), 0.5F));
  EXPECT_EQ(queue_.view().buffered, milliseconds(300));
}

TEST_F(SampleQueueTest, ARestartDropsEverythingAndRefusesWhatIsOld) {
  ASSERT_TRUE(push(milliseconds(0), milliseconds(500), 0.25F));
  static_cast<void>(pull(milliseconds(10)));
  queue_.restart(1, at(std::chrono::seconds(30)));
  EXPECT_EQ(queue_.view().buffered, Duration{});
  EXPECT_FALSE(push(milliseconds(500), milliseconds(20), 0.25F, 0));
  ASSERT_TRUE(push(std::chrono::seconds(30), milliseconds(100), 0.75F, 1));
  EXPECT_EQ(queue_.view().buffered, milliseconds(100));
  const auto out = pull(milliseconds(50));
  ASSERT_EQ(out.size(), frames(milliseconds(50)) * 2);
  EXPECT_EQ(out[0], 0.75F);
  EXPECT_EQ(queue_.view().time_of(queue_.consumed()),
            at(std::chrono::seconds(30) + milliseconds(50)));
}

TEST_F(SampleQueueTest, DropsWhatLiesBeforeAPlace) {
  ASSERT_TRUE(push(milliseconds(0), milliseconds(500), 0.25F));
  queue_.drop_before(at(milliseconds(400)));
  EXPECT_EQ(queue_.view().buffered, milliseconds(100));
  EXPECT_EQ(pull(milliseconds(500)).size(), frames(milliseconds(100)) * 2);
}

TEST_F(SampleQueueTest, IsFinishedOnceTheLastSampleIsTaken) {
  ASSERT_TRUE(push(milliseconds(0), milliseconds(100), 0.25F));
  queue_.finish(0);
  EXPECT_FALSE(queue_.view().finished);
  static_cast<void>(pull(milliseconds(100)));
  EXPECT_TRUE(queue_.view().finished);
}

TEST_F(SampleQueueTest, AFullQueueHoldsItsProducerUntilThereIsRoom) {
  ASSERT_TRUE(push(milliseconds(0), SampleQueue::capacity, 0.25F));
  std::jthread producer([&] {
    EXPECT_TRUE(push(SampleQueue::capacity, milliseconds(300), 0.5F));
    queue_.finish(0);
  });
  std::size_t taken = 0;
  while (!queue_.view().finished) {
    taken += pull(milliseconds(20)).size() / 2;
    std::this_thread::yield();
  }
  EXPECT_EQ(taken, frames(SampleQueue::capacity + milliseconds(300)));
}

TEST_F(SampleQueueTest, AStopFreesAWaitingProducer) {
  ASSERT_TRUE(push(milliseconds(0), SampleQueue::capacity, 0.25F));
  std::jthread producer(
      [&] { EXPECT_FALSE(push(SampleQueue::capacity, milliseconds(300), 0.5F)); });
  stop_.request_stop();
}

}  // namespace
}  // namespace rung::player
