#include "media/live_playlist.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <variant>

#include "media/presentation_loader.h"
#include "media/track_selection.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

MediaTime at(Duration time) { return MediaTime(time); }

/// Segments of two seconds, numbers `first` to `last`; `more` stands before the first one.
std::string text(int first, int last, const std::string& more = {}) {
  std::string lines =
      "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:" + std::to_string(first) + "\n" +
      more;
  for (int i = first; i <= last; ++i) lines += "#EXTINF:2,\n" + std::to_string(i) + ".m4s\n";
  return lines;
}

/// Second `second` of some day, as a tag.
std::string clock(int second) {
  return "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:" + std::to_string(second) + "Z\n";
}

HlsMediaDocument document(const std::string& text) {
  const auto playlist = parse_hls_playlist(text, "http://h/live/v.m3u8", {}).value();
  return {std::get<HlsMediaPlaylist>(playlist.content), "http://h/live/v.m3u8"};
}

LivePlaylist live(const std::string& text) { return LivePlaylist(document(text)); }

/// The track that a viewer joins where the playlist says `text`.
Track track_of(const std::string& text) {
  auto loader = PresentationLoader::create(text, "http://h/live/v.m3u8", {}).value();
  return *TrackSelection::create(
              std::make_shared<const Presentation>(std::move(loader).finish().value()), {})
              ->tracks()
              .video;
}

TEST(LivePlaylist, WhatIsAddedFollowsAndWhatLeavesStaysAWhile) {
  LivePlaylist playlist = live(text(10, 13));
  EXPECT_TRUE(playlist.take(document(text(12, 15)), nullptr));
  EXPECT_EQ(playlist.start(), at(4s));
  EXPECT_EQ(playlist.end(), at(12s));
  ASSERT_NE(playlist.find(at(0s), 2s), nullptr) << "no longer listed, but still to be had";
  EXPECT_EQ(playlist.find(at(8s), 2s)->resource.url, "http://h/live/14.m4s");
  EXPECT_TRUE(playlist.take(document(text(20, 23)), nullptr));
  EXPECT_EQ(playlist.start(), at(20s)) << "four that were never seen took two seconds each";
  EXPECT_EQ(playlist.find(at(0s), 2s), nullptr) << "for as many as are listed";
}

TEST(LivePlaylist, OneThatGoesBackwardsOrStandsStillChangesNothing) {
  LivePlaylist playlist = live(text(10, 13));
  EXPECT_FALSE(playlist.take(document(text(10, 13)), nullptr));
  EXPECT_FALSE(playlist.take(document(text(8, 11)), nullptr)) << "from a server that lags";
  EXPECT_FALSE(playlist.take(document(text(0, 3)), nullptr));
  EXPECT_FALSE(playlist.take(document("#EXTM3U\n#EXT-X-TARGETDURATION:2\n"), nullptr));
  EXPECT_EQ(playlist.start(), at(0s));
  EXPECT_EQ(playlist.end(), at(8s));
  EXPECT_TRUE(playlist.take(document(text(11, 14)), nullptr));
  EXPECT_EQ(playlist.end(), at(10s));
}

/// The same without a media sequence number, or with one that stands still.
std::string unnumbered(int first, int last, const std::string& more = {}) {
  std::string lines = text(first, last, more);
  const auto at = lines.find("#EXT-X-MEDIA-SEQUENCE");
  return lines.erase(at, lines.find('\n', at) + 1 - at);
}

TEST(LivePlaylist, WithoutNumbersThatMoveTheUrlsTellWhatIsNew) {
  LivePlaylist playlist = live(unnumbered(10, 13));
  EXPECT_FALSE(playlist.take(document(unnumbered(10, 13)), nullptr));
  EXPECT_TRUE(playlist.take(document(unnumbered(11, 14)), nullptr));
  EXPECT_TRUE(playlist.take(document(unnumbered(13, 16)), nullptr));
  EXPECT_EQ(playlist.start(), at(6s));
  EXPECT_EQ(playlist.end(), at(14s));
  EXPECT_EQ(playlist.find(at(12s), 2s)->resource.url, "http://h/live/16.m4s");
  EXPECT_FALSE(playlist.take(document(unnumbered(20, 23)), nullptr)) << "nothing tells";
}

TEST(LivePlaylist, WithoutNumbersThatMoveItSlidesOnForEver) {
  LivePlaylist playlist = live(unnumbered(10, 13));
  for (int first = 11; first < 60; ++first) {
    EXPECT_TRUE(playlist.take(document(unnumbered(first, first + 3)), nullptr)) << first;
    EXPECT_FALSE(playlist.take(document(unnumbered(first - 1, first + 2)), nullptr))
        << "from a server that lags";
    EXPECT_FALSE(playlist.take(document(unnumbered(first, first + 3)), nullptr));
    EXPECT_EQ(playlist.end(), at(2s * (first - 6)));
    EXPECT_EQ(playlist.find(at(2s * (first - 7)), 2s)->resource.url,
              "http://h/live/" + std::to_string(first + 3) + ".m4s");
  }
}

TEST(LivePlaylist, WithoutNumbersThatMoveTheClockTellsWhereAllUrlsAreNew) {
  LivePlaylist playlist = live(unnumbered(10, 13, clock(10)));
  EXPECT_TRUE(playlist.take(document(unnumbered(20, 23, clock(18))), nullptr));
  EXPECT_EQ(playlist.find(at(8s), 2s)->resource.url, "http://h/live/20.m4s");
  EXPECT_EQ(playlist.end(), at(16s));
  EXPECT_TRUE(playlist.take(document(unnumbered(30, 33, clock(20))), nullptr));
  EXPECT_EQ(playlist.find(at(16s), 2s)->resource.url, "http://h/live/33.m4s")
      << "of which three are known under other names";
  EXPECT_FALSE(playlist.take(document(unnumbered(40, 43, clock(20))), nullptr));
}

TEST(LivePlaylist, NumbersThatBeginAnewGoOnWhereTheClockSays) {
  LivePlaylist playlist = live(text(10, 13, clock(10)));
  EXPECT_FALSE(playlist.take(document(text(0, 3, clock(10))), nullptr));
  EXPECT_TRUE(playlist.take(document(text(0, 3, clock(20))), nullptr));
  EXPECT_EQ(playlist.find(at(10s), 2s)->resource.url, "http://h/live/0.m4s");
  EXPECT_EQ(playlist.end(), at(18s));
}

TEST(LivePlaylist, LiesBesideAnotherOneByClockElseByNumberElseByEnd) {
  const LivePlaylist first = live(text(10, 13, clock(10)));
  LivePlaylist by_clock = live(text(70, 73, clock(14)));
  by_clock.place_beside(first);
  EXPECT_EQ(by_clock.start(), at(4s));
  LivePlaylist by_number = live(text(11, 14));
  by_number.place_beside(first);
  EXPECT_EQ(by_number.start(), at(2s));
  LivePlaylist by_end = live(text(70, 72));
  by_end.place_beside(first);
  EXPECT_EQ(by_end.start(), at(2s));
}

TEST(LivePlaylist, OneThatWasNotReadForLongLearnsFromTheOneThatWas) {
  LivePlaylist followed = live(text(10, 13));
  LivePlaylist other = live(text(10, 13));
  other.place_beside(followed);
  // Shorter than the target duration says.
  std::string longer = text(14, 13);
  for (int i = 13; i <= 30; ++i) longer += "#EXTINF:1.9,\n" + std::to_string(i) + ".m4s\n";
  longer.replace(longer.find(":14"), 3, ":13");
  EXPECT_TRUE(followed.take(document(longer), nullptr));
  EXPECT_TRUE(other.take(document(text(28, 30)), &followed));
  EXPECT_EQ(other.start(), at(8s + 14 * 1900ms));
}

TEST(LivePlaylist, TellsHowFarBehindItsEndAViewerStays) {
  EXPECT_EQ(live(text(0, 9)).delay({}), 6s);
  EXPECT_EQ(live(text(0, 9, "#EXT-X-SERVER-CONTROL:HOLD-BACK=7.5\n")).delay({}), 7500ms);
  EXPECT_EQ(live(text(0, 9)).delay(5s), 5s);
  EXPECT_EQ(live(text(0, 9)).delay(1s), 4s);
  EXPECT_EQ(live(text(0, 2)).delay({}), 4s) << "the window is shorter than three durations";
  LivePlaylist ending = live(text(0, 3));
  EXPECT_FALSE(ending.ended());
  EXPECT_FALSE(ending.take(document(text(0, 3) + "#EXT-X-ENDLIST\n"), nullptr));
  EXPECT_TRUE(ending.ended());
}

TEST(LivePlaylist, ATargetThatNoSegmentComesNearIsNotWaitedFor) {
  const auto target = [](const std::string& stated) {
    std::string listed = text(0, 9);
    const std::string written = "TARGETDURATION:2";
    return live(listed.replace(listed.find(written), written.size(), "TARGETDURATION:" + stated))
        .target_duration();
  };
  EXPECT_EQ(target("10"), 10s);
  EXPECT_EQ(target("1000"), 2s);
  EXPECT_EQ(target("0"), 2s);
}

TEST(LivePlaylist, PartsAreThereBeforeTheirSegmentIs) {
  const std::string control =
      "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5\n"
      "#EXT-X-PART-INF:PART-TARGET=0.5\n";
  const auto part = [](const char* name) {
    return std::string("#EXT-X-PART:DURATION=0.5,URI=\"") + name + "\"\n";
  };
  LivePlaylist playlist = live(text(0, 3, control) + part("p0"));
  EXPECT_EQ(playlist.end(), at(8s));
  EXPECT_EQ(playlist.edge(), at(8500ms));
  EXPECT_EQ(playlist.next_part(), "_HLS_msn=4&_HLS_part=1");
  EXPECT_EQ(playlist.delay({}), 1500ms);
  EXPECT_EQ(playlist.delay(100ms), 1s);
  const Track track = track_of(text(0, 3, control));
  const TrackGrowth more = growth(track, LastSegment::known, playlist).track;
  ASSERT_EQ(more.parts.size(), 1U);
  EXPECT_EQ(more.parts[0].timeline.size(), 1);
  EXPECT_EQ(more.parts[0].timeline.duration(0), 2s) << "as the one before, until it is whole";
  const PlacedSegment* const found = playlist.find(at(8s), 2s);
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(found->growing);
  EXPECT_FALSE(playlist.take(document(text(0, 3, control) + part("p0") + part("p1")), nullptr));
  EXPECT_EQ(playlist.growing()->parts.size(), 2U);
  EXPECT_EQ(playlist.edge(), at(9s));
  // It is whole, and the next one has not begun.
  EXPECT_TRUE(playlist.take(document(text(0, 4, control)), nullptr));
  EXPECT_EQ(playlist.growing(), std::nullopt);
  EXPECT_FALSE(playlist.find(at(8s), 2s)->growing);
  EXPECT_EQ(playlist.next_part(), "_HLS_msn=5&_HLS_part=0");
  const Track known = *track.grown(more);
  EXPECT_TRUE(growth(known, LastSegment::presumed, playlist).track.empty())
      << "it is known already";

  // Nobody stays farther behind than the playlist reaches.
  const std::string far =
      "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=100000\n"
      "#EXT-X-PART-INF:PART-TARGET=0.5\n";
  EXPECT_EQ(live(text(0, 3, far)).delay({}), 8s);
  // What is to come is told once, and not of what is over.
  const std::string hint = "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p1\"\n";
  EXPECT_EQ(live(text(0, 3, control) + part("p0") + hint).growing()->next_part,
            (Resource{"http://h/live/p1", std::nullopt}));
  EXPECT_EQ(live(text(0, 3, control) + part("p1") + hint).growing()->next_part, std::nullopt);
  EXPECT_EQ(live(text(0, 3, control) + part("p0") + hint + "#EXT-X-ENDLIST\n").growing()->next_part,
            std::nullopt);
  LivePlaylist over = live(text(0, 3, control) + part("p0") + hint);
  EXPECT_FALSE(over.take(document(text(0, 3, control) + "#EXT-X-ENDLIST\n"), nullptr));
  ASSERT_NE(over.growing(), std::nullopt);
  EXPECT_EQ(over.growing()->next_part, std::nullopt) << "nor of what ends unfinished";
  // What cannot be decrypted in parts does not grow.
  const LivePlaylist encrypted =
      live(text(0, 3, control + "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n") + part("p0"));
  EXPECT_EQ(encrypted.growing(), std::nullopt);
  EXPECT_EQ(encrypted.part_target(), std::nullopt);
}

TEST(LivePlaylist, ASegmentTurnsOutLongerOrShorterThanTheOneBefore) {
  const std::string control =
      "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n#EXT-X-PART-INF:PART-TARGET=1\n";
  const auto parts = [](int count) {
    std::string lines;
    for (int i = 0; i < count; ++i)
      lines += "#EXT-X-PART:DURATION=1,URI=\"p" + std::to_string(i) + "\"\n";
    return lines;
  };
  const auto last = [](int seconds) {
    return "#EXTINF:" + std::to_string(seconds) + ",\nlast.m4s\n";
  };
  const std::string before = text(0, 3, control);
  const Track track = track_of(before);

  LivePlaylist playlist = live(before + parts(1));
  LiveGrowth grew = growth(track, LastSegment::known, playlist);
  EXPECT_EQ(grew.last, LastSegment::presumed);
  const Track presumed = track.grown(grew.track).value();
  EXPECT_EQ(presumed.end(), at(10s));
  // It is shorter, and the next one has begun.
  ASSERT_TRUE(playlist.take(document(before + parts(1) + last(1) + parts(1)), nullptr));
  grew = growth(presumed, LastSegment::presumed, playlist);
  EXPECT_EQ(grew.track.last_duration, Duration(1s).count());
  EXPECT_EQ(grew.last, LastSegment::presumed) << "the next one";
  const Track shorter = presumed.grown(grew.track).value();
  EXPECT_EQ(shorter.duration(4), 1s);
  EXPECT_EQ(shorter.start(5), at(9s));
  ASSERT_NE(playlist.find(shorter.start(5), shorter.duration(5)), nullptr);
  EXPECT_EQ(playlist.find(shorter.start(5), 2s)->sequence, 5)
      << "nearer than the short one before, which is not far away either";
  // What is known is not corrected by a playlist that says something else.
  EXPECT_EQ(growth(presumed, LastSegment::known, playlist).track.last_duration, std::nullopt);

  // It is longer: as long as its parts, then as long as it says.
  playlist = live(before + parts(1));
  ASSERT_FALSE(playlist.take(document(before + parts(4)), nullptr));
  grew = growth(presumed, LastSegment::presumed, playlist);
  EXPECT_EQ(grew.track.last_duration, Duration(4s).count());
  EXPECT_EQ(grew.last, LastSegment::presumed);
  const Track longer = presumed.grown(grew.track).value();
  ASSERT_TRUE(playlist.take(document(before + last(5)), nullptr));
  grew = growth(longer, LastSegment::presumed, playlist);
  EXPECT_EQ(grew.track.last_duration, Duration(5s).count());
  EXPECT_EQ(grew.last, LastSegment::known);
  EXPECT_EQ(longer.grown(grew.track)->end(), at(13s));

  // It is never whole: it ends with its parts, or with those that there were.
  for (const int listed : {3, 0}) {
    playlist = live(before + parts(2));
    ASSERT_FALSE(playlist.take(document(before + parts(listed) + "#EXT-X-ENDLIST\n"), nullptr));
    const Duration length = listed == 0 ? 2s : 3s;
    EXPECT_EQ(playlist.growing()->duration, length) << listed;
    EXPECT_EQ(presumed.grown(growth(presumed, LastSegment::presumed, playlist).track)->end(),
              at(8s + length));
  }
  EXPECT_EQ(live(before + "#EXT-X-ENDLIST\n").growing(), std::nullopt);
}

TEST(LivePlaylist, ATrackGrowsByWhatIsNewWithoutItsGaps) {
  const Track track = track_of(text(10, 13));
  LivePlaylist playlist = live(text(10, 13));
  EXPECT_EQ(growth(track, LastSegment::known, playlist).track, TrackGrowth{});
  ASSERT_TRUE(playlist.take(
      document(text(12, 14) + "#EXT-X-GAP\n#EXTINF:2,\n15.m4s\n#EXTINF:2,\n16.m4s\n"), nullptr));
  const TrackGrowth more = growth(track, LastSegment::known, playlist).track;
  EXPECT_TRUE(more.joins);
  const Track grown = track.grown(more).value();
  EXPECT_EQ(grown.segment_count(), 6);
  EXPECT_EQ(grown.start(4), at(8s));
  EXPECT_EQ(grown.start(5), at(12s));
  EXPECT_EQ(growth(grown, LastSegment::known, playlist).track, TrackGrowth{});
}

TEST(LivePlaylist, AnotherInitSegmentBeginsAnotherPart) {
  const std::string one = "#EXT-X-MAP:URI=\"one\"\n";
  const Track track = track_of(text(10, 13, one));
  LivePlaylist playlist = live(text(10, 13, one));
  // The same one under another URL, as with tokens, is no change.
  ASSERT_TRUE(
      playlist.take(document(text(11, 14, "#EXT-X-MAP:URI=\"one?2\"\n") +
                             "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"two\"\n#EXTINF:2,\n15.m4s\n"),
                    nullptr));
  const TrackGrowth more = growth(track, LastSegment::known, playlist).track;
  EXPECT_TRUE(more.joins);
  ASSERT_EQ(more.parts.size(), 2U);
  EXPECT_EQ(track.grown(more)->parts().size(), 2U);
}

TEST(LivePlaylist, PlaylistsReadASegmentApartAreOneLadder) {
  auto loader = PresentationLoader::create(
                    "#EXTM3U\n#EXT-X-START:TIME-OFFSET=-20\n"
                    "#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=10x10\nlow\n"
                    "#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=20x20\nhigh\n",
                    "http://h/live/master.m3u8", {})
                    .value();
  for (int first = 10; const auto wanted = loader.next_document(); ++first)
    ASSERT_TRUE(loader.supply(*wanted, text(first, first + 5), wanted->url));
  const Presentation presentation = std::move(loader).finish().value();
  EXPECT_EQ(presentation.type, PresentationType::live);
  ASSERT_EQ(presentation.playlists->playlists.size(), 2U);
  EXPECT_EQ(presentation.playlists->start_offset, -20s);
  const auto selection =
      TrackSelection::create(std::make_shared<const Presentation>(presentation), {}).value();
  EXPECT_EQ(selection.tracks().video->ladder(0).size(), 2U);
  EXPECT_EQ(selection.tracks().video->segment_count(), 5);
  EXPECT_EQ(selection.resource_of(TrackKind::video, 0, 0).url, "http://h/live/11.m4s");
  EXPECT_EQ(selection.resource_of(TrackKind::video, 0, 1).url, "http://h/live/11.m4s");
}

}  // namespace
}  // namespace rung::media
