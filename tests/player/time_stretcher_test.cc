#include "player/time_stretcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <stop_token>
#include <vector>

namespace rung::player {
namespace {

using namespace std::chrono_literals;

constexpr double rate = decode::sample_rate;
constexpr std::size_t callback_frames = 1024;

/// A tone with an overtone, as long as it is pulled.
class Tone {
 public:
  explicit Tone(double frequency) : frequency_(frequency) {}

  /// What a device hears of it at `speed` in so many callbacks: the left channel.
  std::vector<float> heard(TimeStretcher& stretcher, SampleQueue& queue, Speed speed,
                           int callbacks) {
    std::vector<float> left;
    std::vector<float> out(callback_frames * decode::sample_channels);
    for (int i = 0; i < callbacks; ++i) {
      fill(queue);
      const std::size_t got = stretcher.pull(out, speed);
      EXPECT_EQ(got, callback_frames);
      for (std::size_t frame = 0; frame < got; ++frame)
        left.push_back(out[frame * decode::sample_channels]);
    }
    return left;
  }

 private:
  void fill(SampleQueue& queue) {
    while (queue.view().buffered < 500ms) {
      decode::Samples more;
      more.pts = MediaTime(from_ticks(static_cast<std::int64_t>(made_), decode::sample_rate));
      for (int i = 0; i < 4800; ++i, ++made_) {
        const double turn = static_cast<double>(made_) * frequency_ / rate * 2 * M_PI;
        const auto value = static_cast<float>(0.4 * std::sin(turn) + 0.2 * std::sin(2 * turn));
        more.interleaved.push_back(value);
        more.interleaved.push_back(value);
      }
      ASSERT_TRUE(queue.push(more, 0, stop_.get_token()));
    }
  }

  double frequency_;
  std::uint64_t made_ = 0;
  std::stop_source stop_;
};

/// Of the loudest tone: turns from below to above zero, counted over `samples`.
double pitch_of(const std::vector<float>& samples) {
  int turns = 0;
  for (std::size_t i = 1; i < samples.size(); ++i)
    if (samples[i - 1] < 0 && samples[i] >= 0) ++turns;
  return turns * rate / static_cast<double>(samples.size());
}

float largest_step(const std::vector<float>& samples) {
  float largest = 0;
  for (std::size_t i = 1; i < samples.size(); ++i)
    largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
  return largest;
}

TEST(TimeStretcher, KeepsThePitchAtEverySpeed) {
  for (const int percent : {25, 50, 75, 125, 150, 200, 300, 400}) {
    for (const double frequency : {110.0, 440.0, 1234.0}) {
      SCOPED_TRACE(testing::Message() << percent << " % of " << frequency << " Hz");
      SampleQueue queue{MediaTime{}};
      TimeStretcher stretcher(queue);
      Tone tone(frequency);
      const std::vector<float> plain = tone.heard(stretcher, queue, Speed(), 20);
      const std::vector<float> heard =
          tone.heard(stretcher, queue, Speed::of_percent(percent), 94);  // Two seconds.
      EXPECT_NEAR(pitch_of(heard), frequency, frequency * 0.02);
      EXPECT_LT(largest_step(heard), 1.5F * largest_step(plain)) << "it clicks";
      const auto [low, high] = std::ranges::minmax(heard);
      EXPECT_LT(high - low, 1.3F);
      EXPECT_GT(high - low, 0.8F);
    }
  }
}

TEST(TimeStretcher, GoesOnByTheSpeedAndComesBackToWhatIsThere) {
  SampleQueue queue{MediaTime{}};
  TimeStretcher stretcher(queue);
  Tone tone(440);
  const auto frames_in = [&](Speed speed, int callbacks) {
    const std::uint64_t before = stretcher.next_frame();
    static_cast<void>(tone.heard(stretcher, queue, speed, callbacks));
    return static_cast<double>(stretcher.next_frame() - before);
  };
  EXPECT_EQ(frames_in(Speed(), 10), 10 * callback_frames);
  EXPECT_EQ(stretcher.next_frame(), queue.consumed());
  EXPECT_NEAR(frames_in(Speed::of_percent(200), 50), 100 * callback_frames, rate / 100);
  EXPECT_NEAR(frames_in(Speed::of_percent(50), 50), 25 * callback_frames, rate / 50);
  // What is held is a part of what was taken, and little of it.
  EXPECT_LE(stretcher.next_frame(), queue.consumed());
  EXPECT_LT(queue.consumed() - stretcher.next_frame(), decode::sample_rate / 5);
  EXPECT_NEAR(frames_in(Speed(), 50), 50 * callback_frames, rate / 50);
  EXPECT_EQ(stretcher.next_frame(), queue.consumed());
}

TEST(TimeStretcher, ForgetsWhatItHoldsWhenTheQueueIsRestarted) {
  SampleQueue queue{MediaTime{}};
  TimeStretcher stretcher(queue);
  Tone tone(440);
  static_cast<void>(tone.heard(stretcher, queue, Speed::of_percent(200), 10));
  queue.restart(1, MediaTime(60s));
  stretcher.skip_dropped();
  EXPECT_EQ(stretcher.next_frame(), queue.consumed());
  EXPECT_EQ(queue.view().time_of(stretcher.next_frame()), MediaTime(60s));
  std::vector<float> out(callback_frames * decode::sample_channels);
  EXPECT_EQ(stretcher.pull(out, Speed::of_percent(200)), 0U);
  EXPECT_EQ(stretcher.pull(out, Speed()), 0U);
}

}  // namespace
}  // namespace rung::player
