#include "media/live_presentation.h"

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "media/dash_manifest.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

MediaTime at(Duration time) { return MediaTime(time); }

/// Sound in a listed time line of two seconds a segment from `first` to `last`, pictures beside it
/// that follow from the clock.
std::string mpd(int first, int last, const std::string& more = {}) {
  return R"(<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" timeShiftBufferDepth="PT20S"
 suggestedPresentationDelay="PT5S"><UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="x"/>
 <Period id="a" start="PT0S"><AdaptationSet contentType="video" mimeType="video/mp4">
   <SegmentTemplate duration="2" initialization="v/init.mp4" media="v/$Number$.m4s"/>
   <Representation id="v" bandwidth="100000" codecs="avc1.42c01e"/></AdaptationSet>
  <AdaptationSet contentType="audio" mimeType="audio/mp4">
   <SegmentTemplate initialization="a/init.mp4" media="a/$Time$.m4s"><SegmentTimeline><S t=")" +
         std::to_string(first * 2) + "\" d=\"2\" r=\"" + std::to_string(last - first) +
         R"("/></SegmentTimeline></SegmentTemplate>
   <Representation id="a" bandwidth="64000" codecs="mp4a.40.2"/></AdaptationSet></Period>)" +
         more + "</MPD>";
}

TrackSelection select(const std::string& text, Duration clock) {
  const auto manifest = parse_dash_manifest(text, "http://x.example/m.mpd", clock).value();
  Presentation presentation = to_presentation(manifest);
  const LiveWindow window = window_at(*presentation.live, clock);
  return TrackSelection::create(
             std::make_shared<const Presentation>(available(std::move(presentation), window)), {})
      .value();
}

TEST(LivePresentation, HasWhatHasEndedAndHasNotLeftTheWindow) {
  const TrackSelection selection = select(mpd(0, 60), 101s);
  const Track& sound = *selection.tracks().audio;
  EXPECT_TRUE(selection.tracks().live);
  EXPECT_EQ(sound.start(0), at(80s));
  EXPECT_EQ(sound.end(), at(100s));
  EXPECT_EQ(selection.tracks().video->end(), at(100s));
  EXPECT_EQ(safe_delay(selection.presentation(), selection.tracks(), {}), 5s);
}

TEST(LivePresentation, AWindowHoldsThreeSegmentsAtLeast) {
  for (const char* window : {"PT0S", "PT1S"}) {
    std::string text = mpd(0, 60);
    const TrackSelection selection = select(text.replace(text.find("PT20S"), 5, window), 101s);
    EXPECT_EQ(selection.tracks().video->end(), at(100s)) << window;
    EXPECT_EQ(selection.tracks().audio->segment_count(), 3) << window;
    EXPECT_NEAR(to_seconds(selection.presentation().live->window.value()), 6, 1e-6) << window;
  }
}

TEST(LivePresentation, TheLatencyIsTheViewersWithinWhatIsPossibleAndAllowed) {
  const auto delay = [](const std::string& latency, std::optional<Duration> wish) {
    const TrackSelection selection =
        select(mpd(0, 60, "<ServiceDescription>" + latency + "</ServiceDescription>"), 101s);
    return std::chrono::round<std::chrono::milliseconds>(
        safe_delay(selection.presentation(), selection.tracks(), wish));
  };
  EXPECT_EQ(delay("", 7s), 7s);
  EXPECT_EQ(delay("", 1s), 2500ms) << "segments of 2 s are there only once they have ended";
  EXPECT_EQ(delay("", 1h), 18s) << "the window";
  EXPECT_EQ(delay(R"(<Latency min="4000" max="8000"/>)", 3s), 4s);
  EXPECT_EQ(delay(R"(<Latency min="4000" max="8000"/>)", 9s), 8s);
  EXPECT_EQ(delay(R"(<Latency target="3000"/>)", {}), 3s);
  EXPECT_EQ(delay(R"(<Latency target="3000" min="4000"/>)", {}), 4s);
  EXPECT_EQ(delay(R"(<Latency target="9000" max="4000"/>)", {}), 4s);
}

TEST(LivePresentation, SubtitlesThatAreOneDocumentAreThereFromTheBeginning) {
  std::string text = mpd(0, 60);
  text.insert(text.find("</Period>"),
              "<AdaptationSet mimeType='text/vtt' lang='en'><Representation id='t' bandwidth='1'>"
              "<BaseURL>en.vtt</BaseURL></Representation></AdaptationSet>");
  text.insert(
      text.find("</MPD>"),
      "<Period start='PT200S'><AdaptationSet mimeType='text/vtt'><Representation id='t' "
      "bandwidth='1'><BaseURL>later.vtt</BaseURL></Representation></AdaptationSet></Period>");
  text.insert(text.find("start=\"PT0S\""), "duration='PT200S' ");
  const auto manifest = parse_dash_manifest(text, "http://x.example/m.mpd", 101s).value();
  const Presentation all = to_presentation(manifest);
  const Presentation there = available(all, window_at(*all.live, 101s));
  ASSERT_EQ(there.periods.size(), 1U);
  ASSERT_EQ(there.periods[0].adaptation_sets.size(), 3U);
  EXPECT_EQ(there.periods[0].duration, 100s) << "the text does not make it longer";
  EXPECT_EQ(there.periods[0].adaptation_sets[2].representations[0].resource(0).url,
            "http://x.example/en.vtt");
}

TEST(LivePresentation, ChunksBringASegmentNearerThanItIsLong) {
  const auto chunked = [](const std::string& video, const std::string& audio) {
    std::string text = mpd(0, 60);
    text.insert(text.find("duration=\"2\""), video);
    text.insert(text.find("initialization=\"a/"), audio);
    return select(text, 101s);
  };
  const std::string early = R"(availabilityTimeOffset="1.5" availabilityTimeComplete="false" )";
  const TrackSelection both = chunked(early, early);
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(
                first_chunk(both.presentation(), both.tracks())),
            500ms);
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(
                safe_delay(both.presentation(), both.tracks(), 100ms)),
            1s);
  EXPECT_EQ(safe_delay(both.presentation(), both.tracks(), 1700ms), 1700ms);
  // The segment that ends at 102 s is there since 100.5 s, as far as it is produced.
  EXPECT_EQ(both.tracks().video->end(), at(102s));
  EXPECT_EQ(both.tracks().audio->end(), at(102s));
  // Whole ones ahead of their time, or one track without chunks: as without them.
  for (const TrackSelection& whole :
       {chunked(R"(availabilityTimeOffset="1.5" )", early), chunked(early, "")}) {
    EXPECT_EQ(first_chunk(whole.presentation(), whole.tracks()), longest_segment(whole.tracks()));
    EXPECT_GT(safe_delay(whole.presentation(), whole.tracks(), 1s), 2s);
  }
}

TEST(LivePresentation, GrowsByWhatIsNewAndKeepsItsNumbers) {
  const TrackSelection first = select(mpd(40, 49), 100s);
  Tracks tracks = first.tracks();
  const SegmentNumber before = tracks.audio->segment_count();
  const TrackSelection same = select(mpd(40, 49), 101s);
  EXPECT_EQ(growth(tracks, first, same), TracksGrowth{});
  const TrackSelection later = select(mpd(42, 51), 104s);
  const TracksGrowth more = growth(tracks, first, later);
  EXPECT_TRUE(more.of(TrackKind::audio).joins);
  const MediaTime start = tracks.audio->start(before - 1);
  tracks = grown(tracks, more).value();
  EXPECT_EQ(tracks.audio->segment_count(), before + 2);
  EXPECT_EQ(tracks.audio->start(before - 1), start);
  EXPECT_EQ(tracks.audio->parts().size(), 1U);
  EXPECT_EQ(tracks.video->end(), at(104s));
  const auto found = counterpart(*tracks.audio, before, *later.tracks().audio);
  ASSERT_TRUE(found);
  EXPECT_EQ(later.resource_of(TrackKind::audio, *found, 0).url, "http://x.example/a/100.m4s");
  EXPECT_FALSE(counterpart(*tracks.audio, 0, *later.tracks().audio));
  // A window that goes back, or is empty, adds nothing.
  EXPECT_EQ(growth(tracks, later, select(mpd(30, 45), 100s)), TracksGrowth{});
}

TEST(LivePresentation, ANewPeriodIsANewPart) {
  const TrackSelection first = select(mpd(40, 49), 100s);
  const std::string next = R"(<Period id="b" start="PT100S">
 <AdaptationSet contentType="video" mimeType="video/mp4">
   <SegmentTemplate duration="2" media="w/$Number$.m4s"/>
   <Representation id="w" bandwidth="100000" codecs="avc1.42c01e"/></AdaptationSet>
  <AdaptationSet contentType="audio" mimeType="audio/mp4">
   <SegmentTemplate media="b/$Time$.m4s"><SegmentTimeline>S</SegmentTimeline></SegmentTemplate>
   <Representation id="b" bandwidth="64000" codecs="mp4a.40.2"/></AdaptationSet></Period>)";
  // Pictures alone are there at first: the sound does not leave the title.
  const TrackSelection half =
      select(mpd(40, 49, std::string(next).replace(next.find(">S<"), 3, "><")), 102s);
  ASSERT_TRUE(half.tracks().audio);
  EXPECT_EQ(growth(first.tracks(), first, half), TracksGrowth{});
  const TrackSelection whole = select(
      mpd(40, 49, std::string(next).replace(next.find(">S<"), 3, "><S d=\"2\" r=\"1\"/><")), 104s);
  const TracksGrowth more = growth(first.tracks(), first, whole);
  EXPECT_FALSE(more.of(TrackKind::video).joins);
  const Tracks tracks = grown(first.tracks(), more).value();
  ASSERT_EQ(tracks.video->parts().size(), 2U);
  EXPECT_EQ(tracks.video->end(), at(104s));
  EXPECT_EQ(tracks.audio->end(), at(104s));
}

TEST(LivePresentation, GrowthThatDoesNotFitIsRefused) {
  const TrackSelection first = select(mpd(40, 49), 100s);
  TracksGrowth more;
  more.of(TrackKind::audio).parts.push_back(first.tracks().audio->parts().front());
  EXPECT_FALSE(grown(first.tracks(), more));
  more.of(TrackKind::audio).joins = true;
  EXPECT_FALSE(grown(first.tracks(), more));
  EXPECT_FALSE(grown(grown(first.tracks(), {.tracks = {}, .ended = true}).value(), more));
}

TEST(LivePresentation, ClocksThatAreFarOffDoNoHarm) {
  EXPECT_EQ(window_at({.availability_start = 100s, .window = 5s}, 50s), LiveWindow{});
  EXPECT_EQ(window_at({.availability_end = 40s, .window = 5s}, 50s),
            (LiveWindow{.start = at(35s), .edge = at(40s)}));
}

}  // namespace
}  // namespace rung::media
