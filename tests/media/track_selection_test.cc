#include "media/track_selection.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "media/presentation_loader.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const Presentation> presentation(const std::string& periods) {
  auto loader = PresentationLoader::create("<MPD>" + periods + "</MPD>", "http://h/m.mpd", {});
  EXPECT_TRUE(loader) << to_string(loader.error());
  auto finished = std::move(*loader).finish();
  EXPECT_TRUE(finished) << to_string(finished.error());
  return std::make_shared<const Presentation>(std::move(*finished));
}

constexpr const char* one_period = R"(<Period duration="PT10S">
  <AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$RepresentationID$/$Number$" initialization="$RepresentationID$/i"/>
    <Representation id="hevc" bandwidth="150000" codecs="hvc1.1"/>
    <Representation id="high" bandwidth="400000" codecs="avc1.1" height="720"/>
    <Representation id="low" bandwidth="100000" codecs="avc1.1" height="360"/>
    <Representation id="long" bandwidth="200000" codecs="avc1.1"><SegmentTemplate duration="6"/></Representation>
    <Representation id="free" codecs="avc1.1"/>
  </AdaptationSet>
  <AdaptationSet contentType="audio" lang="de"><SegmentTemplate duration="5" media="de$Number$"/><Representation id="de" bandwidth="64000"/></AdaptationSet>
  <AdaptationSet contentType="audio" lang="en-GB"><Role value="main"/><SegmentTemplate duration="5" media="en$Number$"/><Representation id="en" bandwidth="64000"/></AdaptationSet>
</Period>)";

TEST(TrackSelection, MakesALadderOfWhatCanBeSwitched) {
  const auto selection = TrackSelection::create(presentation(one_period), {});
  ASSERT_TRUE(selection) << to_string(selection.error());
  const Track& video = *selection->tracks().video;
  EXPECT_EQ(video.segment_count(), 3);
  ASSERT_EQ(video.ladder(0).size(), 2U);
  EXPECT_EQ(video.parts()[0].heights, (std::vector<int>{360, 720}));
  EXPECT_TRUE(video.parts()[0].has_init);
  EXPECT_EQ(video.duration(2), 2s);
  EXPECT_EQ(selection->resource_of(TrackKind::video, 1, 1).url, "http://h/high/2");
  EXPECT_EQ(selection->init_of(TrackKind::video, 1, 0)->url, "http://h/low/i");
  std::vector<std::string> dropped;
  for (const auto& entry : selection->dropped()) dropped.push_back(entry.representation);
  EXPECT_EQ(dropped, (std::vector<std::string>{"free", "hevc", "long"}));
}

TEST(TrackSelection, TakesTheSoundItselfThatIsWishedForElseItsLanguage) {
  const auto of = [](const char* language, const char* role) {
    return std::string("<AdaptationSet contentType='audio' lang='") + language + "'>" +
           (*role != 0 ? std::string("<Role value='") + role + "'/>" : "") +
           "<SegmentTemplate duration='4' media='a'/><Representation id='" + language + role +
           "' bandwidth='64000'/></AdaptationSet>";
  };
  const auto title = presentation("<Period duration='PT8S'>" + of("en", "") + of("de", "") +
                                  of("de", "commentary") + "</Period><Period duration='PT8S'>" +
                                  of("en", "") + of("de", "") + "</Period>");
  const auto chosen = [&](const TrackSelection::Options& options) {
    const auto selection = TrackSelection::create(title, options);
    EXPECT_TRUE(selection) << to_string(selection.error());
    return std::vector{selection->representation(TrackKind::audio, 0, 0).id,
                       selection->representation(TrackKind::audio, 2, 0).id};
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(chosen({.audio_language = "de"}), (Ids{"de", "de"}));
  const AudioTrack commentary{.language = "de", .name = "", .role = "commentary"};
  EXPECT_EQ(chosen({.audio_language = "en", .audio = commentary}), (Ids{"decommentary", "de"}));
}

TEST(TrackSelection, LeavesOutWhatTheViewerDoesNotAllow) {
  constexpr const char* title = R"(<Period duration="PT8S">
    <AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$RepresentationID$/$Number$"/>
      <Representation id="a" bandwidth="100000" height="360"/>
      <Representation id="b" bandwidth="200000" height="480"/>
      <Representation id="c" bandwidth="300000"/>
      <Representation id="d" bandwidth="400000" height="720"/>
    </AdaptationSet></Period>)";
  const auto names = [&](const TrackSelection::Options& options) {
    const auto selection = TrackSelection::create(presentation(title), options);
    EXPECT_TRUE(selection) << to_string(selection.error());
    std::string all;
    for (RepresentationIndex i = 0; i < selection->tracks().video->ladder(0).size(); ++i)
      all += selection->representation(TrackKind::video, 0, i).id;
    EXPECT_EQ(selection->dropped().size(), 5 - all.size()) << "and there is no audio";
    return all;
  };
  EXPECT_EQ(names({.audio_language = {}}), "abcd");
  EXPECT_EQ(names({.audio_language = {}, .max_height = 480}), "abc");
  EXPECT_EQ(names({.audio_language = {}, .max_bandwidth = 200_kbps}), "ab");
  EXPECT_EQ(names({.audio_language = {}, .max_height = 480, .max_bandwidth = 250_kbps}), "ab");
  EXPECT_EQ(names({.audio_language = {}, .max_height = 240}), "ac") << "the lowest stays";
  EXPECT_EQ(names({.audio_language = {}, .max_bandwidth = 1_kbps}), "a");
}

TEST(TrackSelection, OneOfThoseThatDeclareNoBandwidthIsPlayedWhereNoneDoes) {
  const auto selection = TrackSelection::create(presentation(R"(<Period duration="PT8S">
    <AdaptationSet contentType="video"><SegmentTemplate duration="4" media="v"/>
      <Representation id="a"/><Representation id="b" bandwidth="0"/></AdaptationSet>
    <AdaptationSet contentType="audio"><SegmentTemplate duration="4" media="a"/>
      <Representation id="c"/></AdaptationSet></Period>)"),
                                                {});
  ASSERT_TRUE(selection) << to_string(selection.error());
  EXPECT_EQ(selection->representation(TrackKind::video, 0, 0).id, "a");
  EXPECT_EQ(selection->tracks().video->ladder(0).size(), 1U);
  EXPECT_GT(selection->tracks().video->ladder(0).front(),
            selection->tracks().audio->ladder(0).front());
  EXPECT_EQ(selection->dropped().front().representation, "b");
}

TEST(TrackSelection, PassesOverPeriodsThatAreEmpty) {
  const std::string set =
      "<AdaptationSet contentType='video'><SegmentTemplate duration='4' media='v'/>"
      "<Representation id='a' bandwidth='1000'/></AdaptationSet>";
  const auto selection = TrackSelection::create(
      presentation("<Period duration='PT8S' id='elsewhere'/><Period duration='PT8S'>" + set +
                   "</Period><Period duration='PT0S'/><Period duration='PT8S'>" + set +
                   "</Period>"),
      {});
  ASSERT_TRUE(selection) << to_string(selection.error());
  EXPECT_EQ(selection->tracks().video->segment_count(), 4);
  EXPECT_EQ(selection->tracks().video->start(0), MediaTime(8s));
  EXPECT_EQ(selection->tracks().video->start(2), MediaTime(16s));
}

TEST(TrackSelection, TakesWhatTheViewerHasTheKeysOf) {
  const std::string key_id = "0123456789abcdef0123456789abcdef";
  const auto set = [](const std::string& name, const std::string& type, const std::string& key) {
    const std::string protection =
        key.empty() ? key
                    : "<ContentProtection schemeIdUri='urn:mpeg:dash:mp4protection:2011' "
                      "xmlns:cenc='urn:mpeg:cenc:2013' cenc:default_KID='" +
                          key + "'/>";
    return "<AdaptationSet contentType='" + type + "' lang='" + name + "'>" + protection +
           "<SegmentTemplate duration='4' media='a'/><Representation id='" + name +
           "' bandwidth='64000' height='" + (key.empty() ? "360" : "1080") +
           "' width='640'/></AdaptationSet>";
  };
  const auto title = presentation(
      "<Period duration='PT8S'>" + set("clear", "video", "") + set("vague", "video", "unknown") +
      set("locked", "video", key_id) + set("other", "video", std::string(32, 'f')) +
      set("en", "audio", "") + set("de", "audio", key_id) + "</Period>");
  const auto chosen = [&](const std::set<std::string>& key_ids) {
    const auto selection =
        TrackSelection::create(title, {.audio_language = "de", .key_ids = key_ids});
    EXPECT_TRUE(selection) << to_string(selection.error());
    return selection->representation(TrackKind::video, 0, 0).id + " " +
           selection->representation(TrackKind::audio, 0, 0).id + " " +
           std::to_string(audio_tracks(*title, key_ids).size());
  };
  EXPECT_EQ(chosen({}), "clear en 1");
  EXPECT_EQ(chosen({key_id}), "locked de 2");
  EXPECT_EQ(chosen({std::string(32, '0')}), "clear en 1");
  const auto vague = presentation("<Period duration='PT8S'>" + set("vague", "video", "unknown") +
                                  set("other", "video", key_id) + "</Period>");
  const auto selection =
      TrackSelection::create(vague, {.audio_language = "", .key_ids = {std::string(32, '0')}});
  ASSERT_TRUE(selection) << to_string(selection.error());
  EXPECT_EQ(selection->representation(TrackKind::video, 0, 0).id, "vague");
}

TEST(TrackSelection, ChoosesAudioByLanguageThenDefault) {
  const auto own_choice = TrackSelection::create(presentation(one_period), {});
  EXPECT_EQ(own_choice->resource_of(TrackKind::audio, 0, 0).url, "http://h/en1");
  const auto german = TrackSelection::create(presentation(one_period), {"DE"});
  EXPECT_EQ(german->resource_of(TrackKind::audio, 0, 0).url, "http://h/de1");
  const auto english = TrackSelection::create(presentation(one_period), {"en"});
  EXPECT_EQ(english->adaptation_set(TrackKind::audio, 0).language, "en-GB");
}

TEST(TrackSelection, JoinsPeriodsWithLaddersOfTheirOwn) {
  const auto selection = TrackSelection::create(presentation(R"(
    <Period duration="PT10S"><AdaptationSet contentType="video"><SegmentTemplate media="a$Number$"><SegmentTimeline><S d="4" r="2"/></SegmentTimeline></SegmentTemplate>
      <Representation bandwidth="1000"/></AdaptationSet></Period>
    <Period duration="PT8S"><AdaptationSet contentType="video"><SegmentTemplate media="b$Number$" presentationTimeOffset="100"><SegmentTimeline><S t="98" d="4" r="2"/></SegmentTimeline></SegmentTemplate>
      <Representation bandwidth="1000"/><Representation bandwidth="2000"/></AdaptationSet></Period>)"),
                                                {});
  ASSERT_TRUE(selection) << to_string(selection.error());
  const Track& video = *selection->tracks().video;
  EXPECT_EQ(video.segment_count(), 6);
  EXPECT_EQ(video.duration(2), 2s) << "cut where the next period begins";
  EXPECT_EQ(video.start(3), MediaTime(10s)) << "cut where its period begins";
  EXPECT_EQ(video.duration(3), 2s);
  EXPECT_EQ(video.end(), MediaTime(18s));
  EXPECT_EQ(selection->resource_of(TrackKind::video, 4, 1).url, "http://h/b2");
}

TEST(TrackSelection, AudioInTheVideoIsNotATrackOfItsOwn) {
  const auto selection = TrackSelection::create(presentation(R"(<Period duration="PT4S">
    <AdaptationSet contentType="video"><SegmentTemplate media="v"/><Representation bandwidth="1" codecs="avc1.1,mp4a.40.2"/></AdaptationSet>
    <AdaptationSet contentType="audio"><SegmentTemplate media="a"/><Representation bandwidth="1"/></AdaptationSet></Period>)"),
                                                {});
  ASSERT_TRUE(selection) << to_string(selection.error());
  EXPECT_TRUE(selection->tracks().video);
  EXPECT_FALSE(selection->tracks().audio);
}

TEST(TrackSelection, LeavesOutShortPeriodsThatLackAKindAndElseTheKind) {
  const auto period = [](int seconds, bool video, bool audio) {
    const auto set = [](const std::string& type) {
      return "<AdaptationSet contentType='" + type +
             "'><SegmentTemplate duration='2' media='a'/><Representation "
             "bandwidth='1'/></AdaptationSet>";
    };
    return "<Period duration='PT" + std::to_string(seconds) + "S'>" + (video ? set("video") : "") +
           (audio ? set("audio") : "") + "</Period>";
  };
  const auto selection = TrackSelection::create(
      presentation(period(10, true, true) + period(4, false, true) + period(10, true, true)), {});
  ASSERT_TRUE(selection) << to_string(selection.error());
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    const auto& track = selection->tracks().of(kind);
    ASSERT_TRUE(track);
    EXPECT_EQ(track->segment_count(), 10);
    EXPECT_EQ(track->start(5), MediaTime(14s));
    EXPECT_EQ(track->end(), MediaTime(24s));
  }
  ASSERT_EQ(selection->dropped().size(), 1U);
  EXPECT_EQ(selection->dropped()[0].reason, "the period has no video, and is left out");
  const auto sound =
      TrackSelection::create(presentation(period(4, true, true) + period(10, false, true)), {});
  ASSERT_TRUE(sound);
  EXPECT_FALSE(sound->tracks().video);
  EXPECT_EQ(sound->tracks().audio->end(), MediaTime(14s));
}

TEST(TrackSelection, RefusesATitleWithoutTracks) {
  EXPECT_FALSE(TrackSelection::create(std::make_shared<const Presentation>(), {}));
  EXPECT_FALSE(TrackSelection::create(
      presentation(R"(<Period duration="PT4S"><AdaptationSet contentType="text">
    <SegmentTemplate media="t"/><Representation bandwidth="1"/></AdaptationSet></Period>)"),
      {}));
}

}  // namespace
}  // namespace rung::media
