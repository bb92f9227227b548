#include "player/media_output.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/encoded_title.h"

namespace rung::player {
namespace {

using media::TrackKind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::EncodedTitle;
using Bytes = std::vector<std::byte>;

constexpr int title_seconds = 2;
constexpr std::int64_t title_pictures = title_seconds * EncodedTitle::pictures_per_second;

/// A title on null outputs, fed by the test as a session's environment would.
class MediaOutputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dash_ = std::make_unique<EncodedTitle>(EncodedTitle::Packaging::dash, title_seconds);
  }
  static void TearDownTestSuite() { dash_.reset(); }

  void open(const EncodedTitle& title, media::Tracks tracks,
            TimestampOrigin timestamps = TimestampOrigin::timeline) {
    title_ = &title;
    MediaOutputOptions options;
    options.display = Display::none;
    options.tracks = std::move(tracks);
    options.timestamps = timestamps;
    output_ = MediaOutput::create(std::move(options), store_, [this](const OutputReport& report) {
                const std::lock_guard lock(mutex_);
                reports_.push_back(report);
                times_.push_back(SteadyClock::now());
                changed_.notify_all();
                if (stand_still_ && std::holds_alternative<PlayheadMoved>(report)) {
                  std::this_thread::sleep_for(*std::exchange(stand_still_, {}));
                }
              }).value();
    main_thread_ =
        std::jthread([this](const std::stop_token& stop) { output_->run_on_main_thread(stop); });
  }
  void open() { open(*dash_, dash_->tracks()); }

  ~MediaOutputTest() override { close(); }
  void close() {
    main_thread_.request_stop();
    if (main_thread_.joinable()) main_thread_.join();
    output_.reset();
  }

  void deliver(TrackKind kind, SegmentNumber segment, RepresentationIndex representation) {
    transfer_ = transfer_.next();
    Bytes init = title_->init(kind, representation);
    if (!init.empty()) store_.put_init(kind, 0, representation, std::move(init));
    store_.begin(transfer_, kind, segment, representation);
    store_.append(transfer_, title_->segment(kind, representation, segment));
    EXPECT_TRUE(store_.complete(transfer_));
  }
  void deliver_both(SegmentNumber segment, RepresentationIndex representation = 0) {
    deliver(TrackKind::video, segment, representation);
    deliver(TrackKind::audio, segment, 0);
  }
  void deliver_all() {
    for (SegmentNumber segment = 0; segment < title_->segment_count(); ++segment)
      deliver_both(segment);
  }

  /// Waits, generously, for a report of the kind; false when none comes.
  template <typename Report>
  [[nodiscard]] bool wait_for() {
    return wait_until<Report>([](const Report&) { return true; });
  }
  template <typename Report, typename Predicate>
  [[nodiscard]] bool wait_until(Predicate predicate) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(30), [&] {
      return std::ranges::any_of(reports_, [&](const OutputReport& report) {
        const auto* wanted = std::get_if<Report>(&report);
        return wanted != nullptr && predicate(*wanted);
      });
    });
  }
  void forget_reports() {
    const std::lock_guard lock(mutex_);
    reports_.clear();
    times_.clear();
  }

  static inline std::unique_ptr<EncodedTitle> dash_;
  const EncodedTitle* title_ = nullptr;
  SegmentStore store_;
  std::unique_ptr<MediaOutput> output_;
  TransferId transfer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<OutputReport> reports_;
  std::vector<SteadyTime> times_;
  std::optional<Duration> stand_still_;  ///< The main thread does, behind the next playhead.
  std::jthread main_thread_;
};

TEST_F(MediaOutputTest, PlaysATitleToItsEndInRealTime) {
  open();
  deliver_all();
  ASSERT_TRUE(wait_for<FirstFrame>());
  const SteadyTime before = SteadyClock::now();
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<PlayedOut>());
  const Duration took = SteadyClock::now() - before;
  EXPECT_GT(took, seconds(title_seconds) - milliseconds(100));
  EXPECT_LT(took, seconds(title_seconds) * 3);
  const MediaOutputStatistics statistics = output_->statistics();
  EXPECT_EQ(statistics.frames_decoded, title_pictures);
  EXPECT_EQ(statistics.frames_presented + statistics.frames_dropped, title_pictures);
  EXPECT_GT(statistics.frames_presented, title_pictures / 2);
  EXPECT_EQ(statistics.decode_errors, 0);
  EXPECT_EQ(statistics.picture_height, 180);
}

TEST_F(MediaOutputTest, ThePlayheadKeepsPaceWithTheSteadyClock) {
  open();
  deliver_all();
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<PlayedOut>());
  const std::lock_guard lock(mutex_);
  std::optional<std::pair<MediaTime, SteadyTime>> first;
  MediaTime last{};
  int moves = 0;
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    const auto* moved = std::get_if<PlayheadMoved>(&reports_[i]);
    if (moved == nullptr) continue;
    EXPECT_GE(moved->position, last);
    last = moved->position;
    if (moved->position == MediaTime{}) continue;
    ++moves;
    if (!first) first = {moved->position, times_[i]};
    // Never ahead of real time; a busy machine may put it behind.
    EXPECT_LT(to_seconds(moved->position - first->first),
              to_seconds(times_[i] - first->second) + 0.08);
  }
  EXPECT_GT(moves, title_seconds * 10 / 3);
}

TEST_F(MediaOutputTest, StandsStillWhileHeldAndGoesOnWhereItStood) {
  open();
  deliver_all();
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_until<PlayheadMoved>(
      [](const PlayheadMoved& moved) { return moved.position > MediaTime(milliseconds(500)); }));
  output_->hold();
  std::this_thread::sleep_for(milliseconds(300));
  const MediaTime held = output_->statistics().position;
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(output_->statistics().position, held);
  output_->start(held);
  ASSERT_TRUE(wait_for<PlayedOut>());
  EXPECT_EQ(output_->statistics().frames_decoded, title_pictures);
}

TEST_F(MediaOutputTest, AProgramThatWasStoppedGoesOnWhereItWas) {
  open();
  deliver_all();
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_until<PlayheadMoved>(
      [](const PlayheadMoved& moved) { return moved.position > MediaTime(milliseconds(200)); }));
  {
    const std::lock_guard lock(mutex_);
    stand_still_ = milliseconds(1500);
  }
  ASSERT_TRUE(wait_for<PlayedOut>());
  EXPECT_GE(output_->statistics().frames_presented, title_pictures - 5);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 1; i < reports_.size(); ++i) {
    const auto* const before = std::get_if<PlayheadMoved>(&reports_[i - 1]);
    const auto* const moved = std::get_if<PlayheadMoved>(&reports_[i]);
    if (before == nullptr || moved == nullptr) continue;
    EXPECT_LT(moved->position - before->position, milliseconds(600)) << i;
  }
}

TEST_F(MediaOutputTest, MissingBytesStopTheClockAndCostNoPicture) {
  open();
  deliver_both(0);
  output_->start(MediaTime{});
  // Pictures that the decoder holds back until more comes are missing at the end.
  const MediaTime nearly(seconds(EncodedTitle::seconds_per_segment) - milliseconds(400));
  ASSERT_TRUE(wait_until<PlayheadMoved>(
      [&](const PlayheadMoved& moved) { return moved.position >= nearly; }));
  std::this_thread::sleep_for(milliseconds(800));
  EXPECT_LE(output_->statistics().position,
            MediaTime(seconds(EncodedTitle::seconds_per_segment) + milliseconds(100)));
  deliver_both(1, 1);
  ASSERT_TRUE(wait_for<PlayedOut>());
  const MediaOutputStatistics statistics = output_->statistics();
  EXPECT_EQ(statistics.frames_presented + statistics.frames_dropped, title_pictures);
  EXPECT_EQ(statistics.picture_height, 360);
  EXPECT_EQ(statistics.representation, 1U);
}

TEST_F(MediaOutputTest, ASeekShowsThePictureAtItsTarget) {
  open();
  deliver_both(0);
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<FirstFrame>());
  const MediaTime target{milliseconds(1400)};
  forget_reports();
  output_->hold();
  output_->seek(target);
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) store_.seek(kind, 1);
  deliver_both(1);
  // Shown although playback is held.
  ASSERT_TRUE(wait_for<FirstFrame>());
  output_->start(target);
  ASSERT_TRUE(wait_for<PlayedOut>());
  const std::lock_guard lock(mutex_);
  bool behind_seek = false;
  for (const OutputReport& report : reports_) {
    if (const auto* shown = std::get_if<FirstFrame>(&report)) {
      EXPECT_EQ(shown->position, target);
      behind_seek = true;
    }
    const auto* moved = std::get_if<PlayheadMoved>(&report);
    if (moved != nullptr && behind_seek) {
      EXPECT_GE(moved->position, target);
    }
  }
}

TEST_F(MediaOutputTest, PlaysPicturesWithoutSound) {
  media::Tracks tracks = dash_->tracks();
  tracks.audio.reset();
  open(*dash_, tracks);
  for (const SegmentNumber segment : {0, 1}) deliver(TrackKind::video, segment, 0);
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<PlayedOut>());
  EXPECT_EQ(output_->statistics().frames_decoded, title_pictures);
}

TEST_F(MediaOutputTest, PlaysSoundWithoutPictures) {
  media::Tracks tracks = dash_->tracks();
  tracks.video.reset();
  open(*dash_, tracks);
  for (const SegmentNumber segment : {0, 1}) deliver(TrackKind::audio, segment, 0);
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<FirstFrame>());
  ASSERT_TRUE(wait_for<PlayedOut>());
}

TEST_F(MediaOutputTest, PlaysTransportStreamsWithPicturesAndSoundInOne) {
  const EncodedTitle transport(EncodedTitle::Packaging::transport_stream, title_seconds);
  open(transport, transport.tracks(), TimestampOrigin::first_segment);
  for (const SegmentNumber segment : {0, 1})
    deliver(TrackKind::video, segment, static_cast<RepresentationIndex>(segment));
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<PlayedOut>());
  const MediaOutputStatistics statistics = output_->statistics();
  EXPECT_EQ(statistics.frames_decoded, title_pictures);
  EXPECT_EQ(statistics.frames_presented + statistics.frames_dropped, title_pictures);
}

TEST_F(MediaOutputTest, SoundOfATransportStreamWhosePicturesAreLostIsPlayed) {
  const EncodedTitle transport(EncodedTitle::Packaging::transport_stream, title_seconds);
  open(transport, transport.tracks(), TimestampOrigin::first_segment);
  constexpr std::size_t packet_size = 188;
  constexpr unsigned pictures_pid = 0x100;
  for (const SegmentNumber segment : {0, 1}) {
    transfer_ = transfer_.next();
    store_.begin(transfer_, TrackKind::video, segment, 0);
    const Bytes bytes = transport.segment(TrackKind::video, 0, segment);
    for (std::size_t at = 0; at + packet_size <= bytes.size(); at += packet_size) {
      const auto packet = std::span(bytes).subspan(at, packet_size);
      const unsigned pid = (std::to_integer<unsigned>(packet[1]) & 0x1fU) << 8U |
                           std::to_integer<unsigned>(packet[2]);
      if (pid != pictures_pid) store_.append(transfer_, packet);
    }
    EXPECT_TRUE(store_.complete(transfer_));
  }
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<PlayedOut>());
  EXPECT_EQ(output_->statistics().frames_decoded, 0);
}

TEST_F(MediaOutputTest, MediaThatCannotBeDecodedIsReported) {
  open();
  for (const SegmentNumber segment : {0, 1}) {
    transfer_ = transfer_.next();
    store_.begin(transfer_, TrackKind::video, segment, 0);
    store_.append(transfer_, Bytes(3000, std::byte{'x'}));
    EXPECT_TRUE(store_.complete(transfer_));
  }
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<OutputFailed>());
}

TEST_F(MediaOutputTest, ATitleWithoutTracksIsRefused) {
  EXPECT_FALSE(MediaOutput::create({}, store_, [](const OutputReport&) {}).has_value());
}

TEST_F(MediaOutputTest, DestructionInTheMiddleOfPlaybackIsClean) {
  open();
  deliver_all();
  output_->start(MediaTime{});
  ASSERT_TRUE(wait_for<FirstFrame>());
  close();
}

}  // namespace
}  // namespace rung::player
