#include "player/decode_thread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "media/decode/content_keys.h"
#include "tests/support/encoded_title.h"
#include "tests/support/protected_media.h"
#include "tests/support/titles.h"

namespace rung::player {
namespace {

using media::TrackKind;
using test::EncodedTitle;
using Bytes = std::vector<std::byte>;

constexpr int title_seconds = 3;
constexpr Duration picture_duration = std::chrono::milliseconds(40);

/// Feeds a decode thread and takes what it delivers as fast as it comes.
class DecodeThreadTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    av_log_set_level(AV_LOG_QUIET);
    dash_ = std::make_unique<EncodedTitle>(EncodedTitle::Packaging::dash, title_seconds);
  }
  static void TearDownTestSuite() { dash_.reset(); }

  void SetUp() override { open(*dash_, TimestampOrigin::timeline); }

  void open(const EncodedTitle& title, TimestampOrigin origin) {
    thread_.reset();
    title_ = &title;
    tracks_ = title.tracks();
    store_ = std::make_unique<SegmentStore>();
    timestamps_ = std::make_unique<TimestampMapping>(origin);
    seek_point_ = std::make_unique<SeekPoint>(MediaTime{});
    pictures_ = std::make_unique<FrameQueue>(4, [this] {
      const std::lock_guard lock(mutex_);
      delivered_ = true;
      changed_.notify_all();
    });
    samples_ = std::make_unique<SampleQueue>(MediaTime{});
  }
  void start(bool with_sound = false) {
    thread_ = std::make_unique<DecodeThread>(DecodeThread::Options{
        .kind = TrackKind::video,
        .tracks =
            [this] {
              return std::shared_ptr<const media::Tracks>(std::shared_ptr<void>(), &tracks_);
            },
        .start = MediaTime{},
        .store = *store_,
        .timestamps = *timestamps_,
        .seek_point = *seek_point_,
        .pictures = pictures_.get(),
        .samples = with_sound ? samples_.get() : nullptr,
        .keys = [this] { return keys_; },
        .early_after = early_after_,
        .on_failure =
            [this](const Error& error) {
              const std::lock_guard lock(mutex_);
              failure_ = error;
              changed_.notify_all();
            }});
  }

  TransferId begin(SegmentNumber segment, RepresentationIndex representation) {
    next_transfer_ = next_transfer_.next();
    Bytes init = title_->init(TrackKind::video, representation);
    if (!init.empty()) store_->put_init(TrackKind::video, 0, representation, std::move(init));
    store_->begin(next_transfer_, TrackKind::video, segment, representation);
    return next_transfer_;
  }
  void deliver(SegmentNumber segment, RepresentationIndex representation) {
    const TransferId transfer = begin(segment, representation);
    store_->append(transfer, title_->segment(TrackKind::video, representation, segment));
    EXPECT_TRUE(store_->complete(transfer));
  }

  /// The next picture, none once the thread says that it has finished (or within ten seconds).
  std::optional<QueuedPicture> next_picture() {
    for (;;) {
      if (auto picture = pictures_->pop()) return picture;
      if (pictures_->view().finished) return std::nullopt;
      std::unique_lock lock(mutex_);
      if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return delivered_; }))
        return std::nullopt;
      delivered_ = false;
    }
  }
  std::vector<QueuedPicture> rest() {
    std::vector<QueuedPicture> pictures;
    while (auto picture = next_picture()) pictures.push_back(std::move(*picture));
    return pictures;
  }
  static void expect_gapless(const std::vector<QueuedPicture>& pictures, MediaTime first) {
    MediaTime expected = first;
    for (const QueuedPicture& picture : pictures) {
      ASSERT_NEAR(to_seconds(picture.picture.pts() - expected), 0, 1e-4);
      expected += picture_duration;
    }
  }
  bool wait_for_failure() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return failure_.has_value(); });
  }

  static inline std::unique_ptr<EncodedTitle> dash_;
  const EncodedTitle* title_ = nullptr;
  media::Tracks tracks_;
  std::unique_ptr<SegmentStore> store_;
  std::unique_ptr<TimestampMapping> timestamps_;
  std::unique_ptr<SeekPoint> seek_point_;
  std::unique_ptr<FrameQueue> pictures_;
  std::unique_ptr<SampleQueue> samples_;
  decode::ContentKeys keys_;
  Duration early_after_ = std::chrono::hours(1);
  TransferId next_transfer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool delivered_ = false;
  std::optional<Error> failure_;
  std::unique_ptr<DecodeThread> thread_;
};

/// Segments under a key, the second of which is noise behind its boxes.
class ProtectedSegments : public DecodeThreadTest {
 protected:
  void deliver_damaged() {
    for (SegmentNumber segment = 0; segment < title_seconds; ++segment) {
      next_transfer_ = next_transfer_.next();
      store_->put_init(TrackKind::video, 0, 0, protection_.init(dash_->init(TrackKind::video, 0)));
      store_->begin(next_transfer_, TrackKind::video, segment, 0);
      Bytes bytes =
          protection_.segment(dash_->segment(TrackKind::video, 0, segment), TrackKind::video);
      if (segment == 1) make_noise(bytes);
      store_->append(next_transfer_, std::move(bytes));
      EXPECT_TRUE(store_->complete(next_transfer_));
    }
  }

  test::SampleProtection protection_{
      .scheme = "cenc",
      .key = decode::cipher_block("00112233445566778899aabbccddeeff").value(),
      .vector = {},
      .key_id = "0123456789abcdef0123456789abcdef"};

 private:
  static void make_noise(Bytes& bytes) {
    constexpr std::string_view type = "mdat";
    const auto data = std::ranges::search(bytes, std::as_bytes(std::span(type)));
    std::minstd_rand random;
    std::generate(data.end(), bytes.end(), [&] { return std::byte(random() >> 8U & 0xFFU); });
  }
};

TEST_F(ProtectedSegments, OneThatIsDamagedDoesNotMakeItsKeyAWrongOne) {
  keys_ = {{protection_.key_id, protection_.key}};
  start();
  deliver_damaged();
  EXPECT_GE(rest().size(), 2 * std::size_t{EncodedTitle::pictures_per_segment});
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(failure_) << to_string(*failure_);
}

TEST_F(ProtectedSegments, WithAWrongKeyAreTheEnd) {
  keys_ = {{protection_.key_id, {}}};
  start();
  deliver_damaged();
  ASSERT_TRUE(wait_for_failure());
  EXPECT_EQ(failure_->code, ErrorCode::unsupported);
}

TEST_F(ProtectedSegments, OfWhichNotEvenTheHeadersMakeSenseDoubtTheirKey) {
  keys_ = {{protection_.key_id, protection_.key}};
  start();
  store_->put_init(TrackKind::video, 0, 0, protection_.init(dash_->init(TrackKind::video, 0)));
  for (SegmentNumber segment = 0; segment < title_seconds; ++segment) {
    next_transfer_ = next_transfer_.next();
    store_->begin(next_transfer_, TrackKind::video, segment, 0);
    store_->append(next_transfer_, Bytes(5000, std::byte{0x5a}));
    EXPECT_TRUE(store_->complete(next_transfer_));
  }
  ASSERT_TRUE(wait_for_failure());
  EXPECT_EQ(failure_->code, ErrorCode::unsupported);
  EXPECT_NE(failure_->message.find(protection_.key_id), std::string::npos) << failure_->message;
}

TEST_F(DecodeThreadTest, SwitchesOfRepresentationLoseAndRepeatNoPicture) {
  start();
  deliver(0, 0);
  deliver(1, 1);
  deliver(2, 0);
  const auto pictures = rest();
  ASSERT_EQ(pictures.size(), 3 * std::size_t{EncodedTitle::pictures_per_segment});
  expect_gapless(pictures, MediaTime{});
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const bool high = i / EncodedTitle::pictures_per_segment == 1;
    ASSERT_EQ(pictures[i].picture.height(), high ? 360 : 180) << i;
    ASSERT_EQ(pictures[i].representation, high ? 1U : 0U) << i;
  }
  EXPECT_EQ(thread_->errors(), 0);
}

TEST_F(DecodeThreadTest, PicturesComeBeforeTheirSegmentIsWhole) {
  start();
  const Bytes segment = title_->segment(TrackKind::video, 1, 0);
  const TransferId transfer = begin(0, 1);
  store_->append(transfer, std::span(segment).first(segment.size() / 3));
  const auto picture = next_picture();
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->picture.pts(), MediaTime{});
}

TEST_F(DecodeThreadTest, AGivenUpTransferIsBegunAnewWithoutRepeatingPictures) {
  start();
  deliver(0, 1);
  const Bytes segment = title_->segment(TrackKind::video, 1, 1);
  const TransferId abandoned = begin(1, 1);
  store_->append(abandoned, std::span(segment).first(segment.size() / 2));
  std::vector<QueuedPicture> pictures;
  // Into the half segment that is there.
  while (pictures.size() < std::size_t{EncodedTitle::pictures_per_segment} + 5) {
    auto picture = next_picture();
    ASSERT_TRUE(picture.has_value());
    pictures.push_back(std::move(*picture));
  }
  store_->discard(abandoned);
  deliver(1, 0);
  deliver(2, 0);
  for (QueuedPicture& picture : rest()) pictures.push_back(std::move(picture));
  ASSERT_EQ(pictures.size(), 3 * std::size_t{EncodedTitle::pictures_per_segment});
  expect_gapless(pictures, MediaTime{});
  EXPECT_EQ(pictures.back().representation, 0U);
}

TEST_F(DecodeThreadTest, ASeekDeliversFromItsTargetOn) {
  start();
  deliver(0, 0);
  ASSERT_TRUE(next_picture().has_value());
  const MediaTime target{std::chrono::milliseconds(2600)};
  const auto seek = seek_point_->advance(target);
  pictures_->restart(seek.seeks);
  store_->seek(TrackKind::video, 2);
  deliver(2, 1);
  const auto pictures = rest();
  ASSERT_EQ(pictures.size(), 10U);
  expect_gapless(pictures, target);
  EXPECT_EQ(pictures.front().picture.height(), 360);
}

TEST_F(DecodeThreadTest, OnTheWayToASeeksTargetOnlyWhatIsReferredToIsDecoded) {
  start();
  const SeekPoint::Value seek = seek_point_->advance(MediaTime(std::chrono::milliseconds(1800)));
  pictures_->restart(seek.seeks);
  store_->seek(TrackKind::video, 1);
  deliver(1, 1);
  deliver(2, 1);
  const auto pictures = rest();
  ASSERT_EQ(pictures.size(), 30U);
  expect_gapless(pictures, seek.target);
  // To one of three pictures before the target no other one refers.
  EXPECT_LT(thread_->pictures_decoded(), 2 * EncodedTitle::pictures_per_segment - 3);
}

/// One segment of three seconds with a sync sample at each of them.
class LongSegment : public DecodeThreadTest {
 protected:
  void seek_into(MediaTime target) {
    media::Tracks uniform{
        .video = test::uniform_track(1, std::chrono::seconds(3), {300, 750}, true),
        .audio = std::nullopt};
    tracks_ = std::move(uniform);
    const TransferId transfer = begin(0, 1);
    for (const SegmentNumber piece : {0, 1, 2})
      store_->append(transfer, title_->segment(TrackKind::video, 1, piece));
    EXPECT_TRUE(store_->complete(transfer));
    start();
    ASSERT_TRUE(next_picture().has_value());
    decoded_before_ = thread_->pictures_decoded();
    {
      const std::lock_guard lock(mutex_);
      seek_ = seek_point_->advance(target);
    }
    pictures_->restart(seek_.seeks);
    store_->seek(TrackKind::video, 0, true);
  }
  SeekPoint::Value seek_;
  std::optional<QueuedPicture> early_;
  std::int64_t decoded_before_ = 0;
};

TEST_F(LongSegment, ASeekBeginsAtTheLastSyncSampleInFrontOfItsTarget) {
  seek_into(MediaTime(std::chrono::milliseconds(2200)));
  const auto pictures = rest();
  ASSERT_EQ(pictures.size(), 20U);
  expect_gapless(pictures, seek_.target);
  // Of 75 pictures those of the first two seconds are passed over, but for what was under way.
  EXPECT_LT(thread_->pictures_decoded() - decoded_before_, 45);
  EXPECT_EQ(thread_->errors(), 0);
}

TEST_F(LongSegment, ASeekToASyncSampleBeginsWithIt) {
  seek_into(MediaTime(std::chrono::seconds(2)));
  const auto pictures = rest();
  ASSERT_EQ(pictures.size(), 25U);
  expect_gapless(pictures, seek_.target);
  EXPECT_LT(thread_->pictures_decoded() - decoded_before_, 45);
}

TEST_F(LongSegment, APictureOfTheWayIsThereEarlyWhereTheTargetTakesTime) {
  early_after_ = {};
  pictures_ = std::make_unique<FrameQueue>(4, [this] {
    const std::lock_guard lock(mutex_);
    if (seek_.seeks > 0)
      if (auto early = pictures_->pop_early(seek_.seeks)) early_ = std::move(early);
    delivered_ = true;
    changed_.notify_all();
  });
  seek_into(MediaTime(std::chrono::milliseconds(2880)));
  expect_gapless(rest(), seek_.target);
  const std::lock_guard lock(mutex_);
  ASSERT_TRUE(early_);
  EXPECT_GE(early_->picture.pts(), MediaTime(std::chrono::seconds(2)));
  EXPECT_LT(early_->picture.pts(), seek_.target);
}

TEST_F(DecodeThreadTest, ASeekBackAfterTheEndPlaysAgain) {
  start();
  for (const SegmentNumber segment : {0, 1, 2}) deliver(segment, 0);
  EXPECT_EQ(rest().size(), 3 * std::size_t{EncodedTitle::pictures_per_segment});
  const auto seek = seek_point_->advance(MediaTime{});
  pictures_->restart(seek.seeks);
  store_->seek(TrackKind::video, 0);
  for (const SegmentNumber segment : {0, 1, 2}) deliver(segment, 0);
  const auto pictures = rest();
  ASSERT_EQ(pictures.size(), 3 * std::size_t{EncodedTitle::pictures_per_segment});
  expect_gapless(pictures, MediaTime{});
}

TEST_F(DecodeThreadTest, ADamagedSegmentCostsItselfOnly) {
  start();
  deliver(0, 0);
  const TransferId transfer = begin(1, 0);
  store_->append(transfer, Bytes(5000, std::byte{'x'}));
  EXPECT_TRUE(store_->complete(transfer));
  deliver(2, 0);
  const auto pictures = rest();
  EXPECT_EQ(pictures.size(), 2 * std::size_t{EncodedTitle::pictures_per_segment});
  EXPECT_GE(thread_->errors(), 1);
  EXPECT_FALSE(failure_.has_value());
}

TEST_F(DecodeThreadTest, NothingButDamagedSegmentsIsAFailure) {
  start();
  for (const SegmentNumber segment : {0, 1, 2}) {
    const TransferId transfer = begin(segment, 0);
    store_->append(transfer, Bytes(5000, std::byte{'x'}));
    EXPECT_TRUE(store_->complete(transfer));
  }
  ASSERT_TRUE(wait_for_failure());
}

TEST_F(DecodeThreadTest, SegmentsOfWhichNothingCanBeDecodedAreAFailure) {
  start();
  for (const SegmentNumber segment : {0, 1, 2}) {
    Bytes bytes = title_->segment(TrackKind::video, 0, segment);
    const auto type = std::as_bytes(std::span("mdat", 4));
    const auto samples = std::ranges::search(bytes, type).end();
    std::fill(samples, bytes.end(), std::byte{});
    const TransferId transfer = begin(segment, 0);
    store_->append(transfer, bytes);
    EXPECT_TRUE(store_->complete(transfer));
  }
  ASSERT_TRUE(wait_for_failure());
  EXPECT_EQ(failure_->where, "video at 00:02");
}

TEST_F(DecodeThreadTest, AClosedStoreIsPlayedOutAsFarAsItGoes) {
  start();
  deliver(0, 0);
  store_->close();
  EXPECT_EQ(rest().size(), std::size_t{EncodedTitle::pictures_per_segment});
}

TEST_F(DecodeThreadTest, StoppingFreesAThreadThatWaitsForRoom) {
  start();
  deliver(0, 0);
  ASSERT_TRUE(next_picture().has_value());
  thread_.reset();
}

TEST_F(DecodeThreadTest, TransportStreamsGiveGaplessPicturesAndSound) {
  const EncodedTitle transport(EncodedTitle::Packaging::transport_stream, 2);
  open(transport, TimestampOrigin::first_segment);
  std::atomic<std::size_t> sound{0};
  std::jthread listener([&](const std::stop_token& stop) {
    std::vector<float> out(2048);
    while (!stop.stop_requested()) {
      sound += samples_->pull(out);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    sound += samples_->pull(out);
  });
  start(true);
  deliver(0, 1);
  deliver(1, 0);
  const auto pictures = rest();
  ASSERT_EQ(pictures.size(), 2 * std::size_t{EncodedTitle::pictures_per_segment});
  expect_gapless(pictures, pictures.front().picture.pts());
  EXPECT_NEAR(to_seconds(pictures.front().picture.pts().time_since_epoch()), 0, 0.2);
  EXPECT_EQ(pictures.back().picture.height(), 180);
  while (!samples_->view().finished) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_NEAR(static_cast<double>(sound), 2.0 * decode::sample_rate, 0.2 * decode::sample_rate);
}

}  // namespace
}  // namespace rung::player
