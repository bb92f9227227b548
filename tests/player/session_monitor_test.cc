#include "player/session_monitor.h"

#include <gtest/gtest.h>

#include <chrono>

#include "player/clock_text.h"
#include "tests/support/titles.h"

namespace rung::player {
namespace {

using media::TrackKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

Timestamp at(milliseconds since_start) { return Timestamp(since_start); }

media::Tracks one_video_track() {
  return {.video = test::uniform_track(5, seconds(2), {500, 2000}), .audio = std::nullopt};
}

session::FetchSegment fetch(std::uint64_t transfer, RepresentationIndex representation) {
  return {.transfer = TransferId(transfer),
          .track = TrackKind::video,
          .segment = 1,
          .representation = representation,
          .reason = abr::Reason::buffer};
}

TEST(SessionMonitor, FollowsATransferFromItsRequestToItsEnd) {
  const media::Tracks tracks = one_video_track();
  SessionMonitor monitor(tracks, {});
  monitor.told(session::TimeReached{at(milliseconds(100))}, "");
  monitor.asked(fetch(1, 1));
  SessionSnapshot seen = monitor.snapshot();
  ASSERT_TRUE(seen.transfer(TrackKind::video));
  EXPECT_TRUE(seen.transfer(TrackKind::video)->running);
  EXPECT_EQ(seen.transfer(TrackKind::video)->rung.bandwidth, BitRate::bits_per_second(2'000'000));
  EXPECT_EQ(seen.transfer(TrackKind::video)->requested, at(milliseconds(100)));
  EXPECT_EQ(seen.transfer(TrackKind::video)->request.reason, abr::Reason::buffer);
  EXPECT_EQ(waiting_reason(seen), "starting: the server is asked for video");

  monitor.told(
      session::TransferProgressed{at(milliseconds(400)), TransferId(1), at(milliseconds(200)),
                                  ByteCount(150'000), ByteCount(500'000)},
      "");
  EXPECT_EQ(waiting_reason(monitor.snapshot()), "starting: 150 of 500 kB of video");

  monitor.told(session::TransferCompleted{at(milliseconds(1100)), TransferId(1),
                                          at(milliseconds(200)), ByteCount(500'000)},
               "");
  seen = monitor.snapshot();
  EXPECT_FALSE(seen.transfer(TrackKind::video)->running);
  // 500 kB within the second from the request on.
  ASSERT_EQ(seen.throughput.size(), 1U);
  EXPECT_EQ(seen.throughput[0], BitRate::bits_per_second(4'000'000));
  EXPECT_EQ(waiting_reason(seen), "starting");
}

TEST(SessionMonitor, TellsWhatATransferFailedOfUntilOneArrives) {
  const media::Tracks tracks = one_video_track();
  SessionMonitor monitor(tracks, {});
  monitor.asked(fetch(1, 0));
  monitor.told(session::TransferFailed{.at = at(milliseconds(50)), .transfer = TransferId(1)},
               "HTTP status 503");
  EXPECT_EQ(waiting_reason(monitor.snapshot()), "starting: HTTP status 503");
  monitor.asked(fetch(2, 0));
  EXPECT_EQ(waiting_reason(monitor.snapshot()), "starting: HTTP status 503");
  monitor.told(session::TransferCompleted{at(milliseconds(90)), TransferId(2), at(milliseconds(60)),
                                          ByteCount(1000)},
               "");
  EXPECT_TRUE(monitor.snapshot().trouble.empty());
}

TEST(SessionMonitor, NothingIsSaidOfACancelledTransfer) {
  const media::Tracks tracks = one_video_track();
  SessionMonitor monitor(tracks, {});
  monitor.asked(fetch(1, 1));
  monitor.asked(session::CancelTransfer{TransferId(1)});
  EXPECT_FALSE(monitor.snapshot().transfer(TrackKind::video)->running);
  monitor.told(session::TransferCompleted{at(milliseconds(90)), TransferId(1), at(milliseconds(60)),
                                          ByteCount(1000)},
               "");
  EXPECT_TRUE(monitor.snapshot().throughput.empty());
}

TEST(SessionMonitor, KeepsABoundedNumberOfSamples) {
  const media::Tracks tracks = one_video_track();
  SessionMonitor monitor(tracks, {});
  for (std::uint64_t transfer = 1; transfer <= 2 * SessionMonitor::most_samples; ++transfer) {
    monitor.asked(fetch(transfer, 0));
    monitor.told(session::TransferCompleted{at(milliseconds(1000 * transfer)), TransferId(transfer),
                                            at(milliseconds(1000 * transfer)), ByteCount(1000)},
                 "");
  }
  EXPECT_EQ(monitor.snapshot().throughput.size(), SessionMonitor::most_samples);
}

TEST(SessionMonitor, KnowsWhatIsBufferedInWhichRungAndWhatHappened) {
  const media::Tracks tracks = one_video_track();
  SessionMonitor monitor(tracks, {});
  monitor.asked(fetch(1, 1));
  monitor.told(session::TransferCompleted{at(milliseconds(90)), TransferId(1), at(milliseconds(60)),
                                          ByteCount(1000)},
               "");
  SessionSnapshot seen = monitor.snapshot();
  ASSERT_EQ(seen.buffered.size(), 1U);
  EXPECT_EQ(seen.buffered[0].start, MediaTime(seconds(2)));
  EXPECT_EQ(seen.buffered[0].end, MediaTime(seconds(4)));
  EXPECT_EQ(seen.buffered[0].rung.index, 1U);
  ASSERT_EQ(seen.notes.size(), 1U);
  EXPECT_EQ(seen.notes[0].text, "video 1: 2.00 Mbit/s (2 of 2), by the buffer's level");
  monitor.told(session::ViewerSought{at(milliseconds(95)), MediaTime(seconds(6))}, "");
  monitor.asked(session::SeekPlayback{MediaTime(seconds(3)), true});
  EXPECT_EQ(monitor.snapshot().buffered.size(), 1U);
  monitor.asked(session::SeekPlayback{MediaTime(seconds(6)), false});
  seen = monitor.snapshot();
  EXPECT_TRUE(seen.buffered.empty());
  EXPECT_EQ(seen.notes.back().text, "the viewer goes to 00:06");
  monitor.told(session::ViewerPinned{at(milliseconds(96)), 1}, "");
  EXPECT_EQ(monitor.snapshot().notes.back().text, "the viewer pins rung 2");
  monitor.told(session::ViewerChangedSpeed{at(milliseconds(96)), Speed::of_percent(250)}, "");
  EXPECT_EQ(monitor.snapshot().notes.back().text, "speed 2.5");
  monitor.told(session::ViewerPinned{at(milliseconds(97)), std::nullopt}, "");
  EXPECT_EQ(monitor.snapshot().notes.back().text, "the policy chooses the rung");
}

TEST(SessionMonitor, KnowsWhatIsHeard) {
  media::Tracks tracks = one_video_track();
  tracks.audio = tracks.video;
  SessionMonitor monitor(tracks, {});
  EXPECT_EQ(monitor.snapshot().audio, "");
  monitor.hears("Deutsch (de)");
  media::Track::Part part = tracks.audio->parts().front();
  part.bandwidths = {BitRate::bits_per_second(96'000)};
  part.heights = {0};
  monitor.told(session::ViewerChangedAudio{at(milliseconds(5)), *media::Track::create({part})}, "");
  EXPECT_EQ(monitor.snapshot().audio, "Deutsch (de)");
  EXPECT_EQ(monitor.snapshot().notes.back().text, "the viewer hears Deutsch (de)");
  monitor.asked(session::FetchSegment{.transfer = TransferId(1), .track = media::TrackKind::audio});
  EXPECT_EQ(monitor.snapshot().transfer(media::TrackKind::audio)->rung.bandwidth,
            BitRate::bits_per_second(96'000));
}

TEST(ClockText, IsThatOfAClock) {
  EXPECT_EQ(clock_text(Duration{}), "00:00");
  EXPECT_EQ(clock_text(milliseconds(65'999)), "01:05");
  EXPECT_EQ(clock_text(seconds(3605)), "1:00:05");
  EXPECT_EQ(clock_text(-seconds(5)), "-00:05");
}

}  // namespace
}  // namespace rung::player
