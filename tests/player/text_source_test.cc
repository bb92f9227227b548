#include "player/text_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "player/player.h"
#include "player/subtitle_painter.h"
#include "tests/support/nginx_server.h"
#include "tests/support/scripted_server.h"
#include "tests/support/served_title.h"

// Subtitles of a title that plays, from a real server, and when they are seen.

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* german =
    "WEBVTT\n\n00:01.000 --> 00:02.000\n<i>Guten</i> Tag\n\n00:03.000 --> 00:03.500\nzwei\n";

/// A change of the subtitles, as the session log tells it.
struct Change {
  double position = 0;
  std::string text;
};

class TextSourceTest : public testing::Test {
 protected:
  TextSourceTest() { test::write_encoded_title(server_.files() / "title", 4); }

  std::string read(const std::string& name) const {
    std::ifstream file(server_.files() / "title" / name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  /// The title with one more adaptation set.
  void add_to_mpd(const std::string& set) {
    std::string mpd = read("manifest.mpd");
    mpd.insert(mpd.find("</Period>"), set);
    server_.write_file("title/text.mpd", mpd);
  }
  void add_to_master(const std::string& media) {
    server_.write_file("title/text.m3u8", read("master.m3u8") + media);
  }

  PlayerReport play(const std::string& path, const std::string& subtitles) {
    PlayerOptions options;
    options.url = server_.url(path);
    options.policy = "fixed:0";
    options.estimator = "last";
    options.display = Display::none;
    options.subtitles = subtitles;
    options.log_line = [this](std::string_view line) {
      const auto json = nlohmann::json::parse(line);
      if (json.at("ev") == "cue")
        changes_.push_back({json.at("pos").get<double>(), json.at("text").get<std::string>()});
    };
    auto player = Player::open(std::move(options), *abr::make_policy("fixed:0", {}),
                               *abr::make_estimator("last"), std::stop_token());
    if (!player) {
      ADD_FAILURE() << to_string(player.error());
      return {};
    }
    return (*player)->play(std::stop_token());
  }

  /// The German text was seen when it should be, give or take a picture or two.
  void expect_german() const {
    ASSERT_EQ(changes_.size(), 4U);
    const std::vector<Change> wanted{{1, "Guten Tag"}, {2, ""}, {3, "zwei"}, {3.5, ""}};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(changes_[i].text, wanted[i].text);
      EXPECT_GE(changes_[i].position, wanted[i].position);
      EXPECT_LT(changes_[i].position, wanted[i].position + 0.4);
    }
  }

  test::NginxServer server_;
  std::vector<Change> changes_;
};

TEST_F(TextSourceTest, ADocumentBesideADashTitleIsSeenAtItsTimes) {
  server_.write_file("title/de.vtt", german);
  add_to_mpd(
      "<AdaptationSet mimeType='text/vtt' lang='de'><Label>Deutsch</Label>"
      "<Representation id='de' bandwidth='100'><BaseURL>de.vtt</BaseURL></Representation>"
      "</AdaptationSet>");
  const PlayerReport report = play("/title/text.mpd", "de");
  EXPECT_EQ(report.failure, std::nullopt);
  expect_german();
  EXPECT_EQ(report.subtitles, "Deutsch (de)");
  EXPECT_EQ(report.wanted_subtitles, "de");
  EXPECT_EQ(report.cues_shown, 2);
  EXPECT_EQ(report.text.documents, 1);
}

TEST_F(TextSourceTest, OfSeveralPlacesOneThatHasTheDocumentIsEnough) {
  server_.write_file("title/de.vtt", german);
  add_to_mpd(
      "<AdaptationSet mimeType='text/vtt' lang='de'>"
      "<BaseURL>http://127.0.0.1:1/</BaseURL><BaseURL>/gone/</BaseURL><BaseURL>/title/</BaseURL>"
      "<Representation id='de' bandwidth='100'><BaseURL>de.vtt</BaseURL></Representation>"
      "</AdaptationSet>");
  const PlayerReport report = play("/title/text.mpd", "de");
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.text.failures, 0);
  expect_german();
}

TEST_F(TextSourceTest, SegmentsOfHlsAreSeenAtTheTimesOfThePictures) {
  for (int i = 0; i < 2; ++i)
    server_.write_file(
        "title/de" + std::to_string(i) + ".vtt",
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n" + std::string(german).substr(6));
  server_.write_file("title/de.m3u8",
                     "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nde0.vtt\n#EXTINF:2,\nde1.vtt\n"
                     "#EXT-X-ENDLIST\n");
  add_to_master(
      "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"t\",NAME=\"Deutsch\",LANGUAGE=\"de\","
      "URI=\"de.m3u8\"\n");
  const PlayerReport report = play("/title/text.m3u8", "Deutsch");
  EXPECT_EQ(report.failure, std::nullopt);
  expect_german();
  EXPECT_EQ(report.text.documents, 2);
}

TEST_F(TextSourceTest, ForcedOnesAreSeenWhereThereAreNoOthers) {
  server_.write_file("title/de.vtt", german);
  const auto set = [](const std::string& role) {
    return "<AdaptationSet mimeType='text/vtt' lang='und'>" + role +
           "<Representation id='de' bandwidth='100'><BaseURL>de.vtt</BaseURL></Representation>"
           "</AdaptationSet>";
  };
  add_to_mpd(set("<Role schemeIdUri='urn:mpeg:dash:role:2011' value='forced-subtitle'/>"));
  EXPECT_THAT(play("/title/text.mpd", "und").subtitles, HasSubstr("forced"));
  expect_german();
}

TEST_F(TextSourceTest, WhatCannotBeHadIsToldOfAndTheTitlePlaysOn) {
  add_to_mpd(
      "<AdaptationSet mimeType='text/vtt' lang='de'>"
      "<Representation id='de' bandwidth='100'><BaseURL>gone.vtt</BaseURL></Representation>"
      "</AdaptationSet>"
      "<AdaptationSet mimeType='text/vtt' lang='en'>"
      "<Representation id='en' bandwidth='100'><BaseURL>other.vtt</BaseURL></Representation>"
      "</AdaptationSet>");
  server_.write_file("title/other.vtt", "1\n00:00:01,000 --> 00:00:02,000\nSubRip\n");
  for (const auto& [wanted, trouble] :
       {std::pair("de", "404"), std::pair("en", "do not begin with WEBVTT")}) {
    const PlayerReport report = play("/title/text.mpd", wanted);
    EXPECT_EQ(report.session.end, session::EndReason::played_out);
    EXPECT_THAT(report.text.trouble, HasSubstr(trouble));
    EXPECT_THAT(report.subtitles, IsEmpty());
    EXPECT_EQ(report.wanted_subtitles, wanted) << "the next title may have them";
  }
  EXPECT_TRUE(changes_.empty());
}

/// A live title whose manifest says what the test wants it to.
class ListedLive : public LiveSource {
 public:
  explicit ListedLive(std::shared_ptr<const media::Presentation> presentation)
      : LiveSource({}, 0s, unheld(), false), presentation_(std::move(presentation)) {}
  void begin(Receiver /*receiver*/) override {}
  [[nodiscard]] MediaTime join() const override { return {}; }
  [[nodiscard]] PlaybackEnvironment::Source source_of(
      const session::FetchSegment& /*request*/) const override {
    return {};
  }
  void find_audio(const media::AudioTrack& /*audio*/, AudioFound /*then*/) override {}
  void change_audio() override {}
  [[nodiscard]] std::shared_ptr<const media::Presentation> presentation() const override {
    return presentation_;
  }

 private:
  std::shared_ptr<const media::Presentation> presentation_;
};

/// The pieces of a track one by one, without a title around it.
class TextSourcePieces : public testing::Test {
 protected:
  /// `count` files of WebVTT, piece I from I * length on, `urls` being "0.vtt" and so on.
  std::shared_ptr<const media::Presentation> segments(int count, Duration length) const {
    return segments(count, length, server_.url("/"));
  }
  static std::shared_ptr<const media::Presentation> segments(int count, Duration length,
                                                             const std::string& folder) {
    media::Representation representation;
    representation.timeline = media::SegmentTimeline(1000, 0, MediaTime{});
    representation.timeline.append({0, length / 1ms, count});
    media::ResourceList list;
    for (int i = 0; i < count; ++i)
      list.resources.push_back({folder + std::to_string(i) + ".vtt", std::nullopt});
    representation.resources = list;
    media::AdaptationSet set;
    set.type = media::ContentType::text;
    set.language = "de";
    set.representations.push_back(representation);
    media::Presentation presentation;
    presentation.periods.emplace_back();
    presentation.periods.back().adaptation_sets.push_back(set);
    return std::make_shared<const media::Presentation>(presentation);
  }
  /// One piece in that folder, of a title with these places.
  static std::shared_ptr<const media::Presentation> at(const std::string& folder,
                                                       std::vector<media::Places> places) {
    auto presentation = std::make_shared<media::Presentation>(*segments(1, 2s, folder));
    presentation->places = std::move(places);
    return presentation;
  }
  void write(int piece, Duration start) const {
    server_.write_file(std::to_string(piece) + ".vtt",
                       fmt::format("WEBVTT\n\n00:{:06.3f} --> 00:{:06.3f}\npiece {}\n",
                                   to_seconds(start), to_seconds(start + 1s), piece));
  }

  TextSource& begin(std::shared_ptr<const media::Presentation> presentation,
                    const LiveSource* live = nullptr) {
    text_ = std::make_unique<TextSource>(
        TextSource::World{loop_, client_, std::move(presentation), live});
    text_->choose(0);
    text_->begin({.position = [this] { return position_; },
                  .waits_for_media = [] { return false; },
                  .offsets = [this] { return offsets_; }});
    return *text_;
  }
  bool run_until(const std::function<bool()>& done, Duration patience = 10s) {
    loop_.run_until(loop_.now() + patience, done);
    return done();
  }
  bool run_until_documents(int count) {
    return run_until([&] { return text_->statistics().documents == count; });
  }

  test::NginxServer server_;
  EventLoop loop_;
  HttpClient client_{loop_, {}};
  std::unique_ptr<TextSource> text_;
  MediaTime position_{};
  std::vector<Duration> offsets_;
};

TEST_F(TextSourcePieces, OneThatIsMissingCostsItAlone) {
  for (const int i : {0, 2, 3}) write(i, i * 2s);
  const TextSource& text = begin(segments(4, 2s));
  EXPECT_TRUE(run_until_documents(3));
  EXPECT_EQ(text.chosen(), 0U);
  EXPECT_EQ(text.statistics().failures, 1);
  EXPECT_THAT(text.statistics().trouble, HasSubstr("404"));
  EXPECT_EQ(text.cues_at(MediaTime(4500ms)).size(), 1U);
}

TEST_F(TextSourcePieces, HaveTheirTriesWhateverElseHasSeveralPlaces) {
  const test::ScriptedServer broken(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}});
  const auto failed = [&] { return text_->statistics().failures == 1; };
  begin(at(broken.url("/"), {{"http://127.0.0.1:1/a/", "http://127.0.0.1:1/b/"}}));
  EXPECT_TRUE(run_until(failed));
  EXPECT_EQ(broken.requests(), 3);
  // Of two places the first one is asked once more.
  begin(at(broken.url("/"), {{broken.url("/"), "http://127.0.0.1:1/"}}));
  EXPECT_TRUE(run_until(failed));
  EXPECT_EQ(broken.requests(), 5);
}

TEST_F(TextSourcePieces, ThreeMissingInARowAreTheEnd) {
  write(0, 0s);
  const TextSource& text = begin(segments(5, 2s));
  EXPECT_TRUE(run_until([&] { return !text.chosen(); }));
  EXPECT_EQ(text.statistics().failures, 3);
}

TEST_F(TextSourcePieces, OfALiveTitleWhatIsLateIsAskedForAgain) {
  write(0, 0s);
  write(2, 4s);
  const auto listed = segments(3, 2s);
  const ListedLive live(listed);
  TextSource& text = begin(listed, &live);
  EXPECT_TRUE(run_until_documents(2)) << "those behind it do not wait for it";
  write(1, 2s);
  EXPECT_TRUE(run_until_documents(3));
  EXPECT_EQ(text.statistics().failures, 0);
  EXPECT_EQ(text.take_trouble(), std::nullopt);
  EXPECT_EQ(text.cues_at(MediaTime(2500ms)).size(), 1U);
}

TEST_F(TextSourcePieces, OfALiveTitleWhatWasMissedHasFailed) {
  write(0, 0s);
  write(2, 4s);
  const auto listed = segments(3, 2s);
  const ListedLive live(listed);
  TextSource& text = begin(listed, &live);
  EXPECT_TRUE(run_until_documents(2));
  EXPECT_EQ(text.statistics().failures, 0);
  position_ = MediaTime(4100ms);
  EXPECT_TRUE(run_until([&] { return text.statistics().failures == 1; }));
  EXPECT_THAT(text.take_trouble().value_or(""), HasSubstr("404"));
}

TEST_F(TextSourcePieces, NoMoreAreHeldThanThereIsRoomForHoweverShortTheyAre) {
  for (int i = 0; i < 60; ++i) write(i, i * 100ms);
  TextSource& text = begin(segments(60, 100ms));
  const int most = static_cast<int>(TextSource::most_pieces);
  EXPECT_TRUE(run_until_documents(most));
  EXPECT_FALSE(run_until([&] { return text.statistics().documents > most; }, 1s));
  // Those behind make room.
  position_ = MediaTime(1s);
  EXPECT_TRUE(run_until_documents(most + 10));
  EXPECT_FALSE(run_until([&] { return text.statistics().documents > most + 10; }, 1s));
  // They are gone, and are fetched where the viewer goes back.
  position_ = MediaTime{};
  EXPECT_TRUE(run_until_documents(most + 20));
}

TEST_F(TextSourcePieces, TextBehindADiscontinuityWaitsForItsClock) {
  server_.write_file("de.m3u8",
                     "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.vtt\n#EXTINF:4,\n1.vtt\n"
                     "#EXT-X-DISCONTINUITY\n#EXTINF:4,\n2.vtt\n#EXT-X-ENDLIST\n");
  // Time stamps begin anew behind eight seconds.
  for (const auto& [piece, second] : {std::pair(0, 0), std::pair(1, 4), std::pair(2, 0)})
    server_.write_file(std::to_string(piece) + ".vtt",
                       fmt::format("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n"
                                   "00:0{}.500 --> 00:0{}.500\npiece {}\n",
                                   second, second + 1, piece));
  media::Presentation presentation;
  presentation.text_renditions = {
      {.language = "de", .name = "Deutsch", .playlist = server_.url("/de.m3u8")}};
  offsets_ = {0s};
  const TextSource& text = begin(std::make_shared<const media::Presentation>(presentation));
  EXPECT_TRUE(run_until_documents(3));
  const auto seen = [&](Duration at) {
    const auto cues = text.cues_at(MediaTime(at));
    return cues.size() == 1 ? media::plain_text(cues[0]) : std::to_string(cues.size());
  };
  EXPECT_TRUE(run_until([&] { return seen(4700ms) == "piece 1"; }));
  EXPECT_EQ(seen(700ms), "piece 0") << "and not the one that is for later";
  offsets_ = {0s, 8s};
  EXPECT_TRUE(run_until([&] { return seen(8700ms) == "piece 2"; }));
  EXPECT_EQ(seen(700ms), "piece 0");
  // A map that fits no time stamps is at last taken as it is.
  offsets_ = {3600s};
  position_ = MediaTime(8500ms);
  EXPECT_TRUE(run_until([&] { return seen(3600s + 700ms) == "2"; }));
}

TEST(TextChoice, IsALanguageANameOffOrWhatIsForced) {
  EventLoop loop;
  HttpClient client(loop, {});
  media::Presentation presentation;
  presentation.text_renditions = {
      {.language = "de", .name = "Deutsch", .playlist = "a"},
      {.language = "de", .name = "Deutsch", .playlist = "b", .is_forced = true},
      {.language = "", .name = "Plain", .playlist = "c"},
      {.language = "", .name = "", .playlist = "d"}};
  TextSource text({loop, client, std::make_shared<const media::Presentation>(presentation)});
  text.choose_wanted("", "en");
  EXPECT_TRUE(text.follows_sound());
  EXPECT_EQ(text.chosen(), std::nullopt);
  text.choose_wanted("", "de");
  EXPECT_EQ(text.chosen(), 1U);
  EXPECT_EQ(label_of(text.tracks(), 1), "Deutsch (de), forced");
  text.choose_wanted("DE", "en");
  EXPECT_EQ(text.chosen(), 0U);
  text.choose_wanted("Plain", "en");
  EXPECT_EQ(text.chosen(), 2U);
  text.choose_wanted("off", "de");
  EXPECT_EQ(text.chosen(), std::nullopt);
  EXPECT_EQ(text.take_trouble(), std::nullopt);
  text.choose_wanted("fr", "de");
  EXPECT_EQ(text.take_trouble(), "subtitles: the title has none in fr");
  EXPECT_EQ(text.wanted(), "fr") << "the next title may have them";
  text.choose(2);
  EXPECT_EQ(text.wanted(), "Plain");
  text.choose(3);
  EXPECT_EQ(text.wanted(), "") << "nothing of it could be said to another title";
  EXPECT_FALSE(text.follows_sound()) << "a choice all the same";
}

TEST(SubtitleScript, NoTextIsTakenForACommand) {
  const media::Cue cue{.text = {{"{\\pos(0,0)}a\\Nb\nc", {.italic = true, .color = 0x112233}}}};
  const std::string script = script_of({cue}, 640, 360, {});
  EXPECT_THAT(script, HasSubstr("\\{\\\xE2\x81\xA0pos(0,0)\\}a\\\xE2\x81\xA0Nb\\Nc"));
  EXPECT_THAT(script, HasSubstr("\\i1"));
  EXPECT_THAT(script, HasSubstr("\\c&H332211&"));
}

TEST(SubtitleScript, TheFirstOfSeveralIsNextToTheEdgeOrOnTop) {
  const auto order = [](const media::CuePlacement& placement) {
    const media::Cue first{.text = {{"first", {}}}, .placement = placement};
    const media::Cue second{.text = {{"second", {}}}, .placement = placement};
    const std::string script = script_of({first, second}, 640, 360, {});
    return script.find("first") < script.find("second");
  };
  // Libass puts the first one of a script next to the edge.
  EXPECT_TRUE(order({}));
  EXPECT_TRUE(order({.edge = media::CuePlacement::Edge::top}));
  EXPECT_TRUE(order({.edge = media::CuePlacement::Edge::top, .first_on_top = true}));
  EXPECT_FALSE(order({.first_on_top = true}));
  EXPECT_FALSE(order({.edge = media::CuePlacement::Edge::bottom, .first_on_top = true}));
}

TEST(SubtitleScript, ThoseInTheMiddleOfOnePlaceAreBelowEachOther) {
  const media::CuePlacement middle{.edge = media::CuePlacement::Edge::middle, .y = 0.5};
  media::CuePlacement elsewhere = middle;
  elsewhere.y = 0.2;
  const auto cue = [](const char* text, const media::CuePlacement& placement) {
    return media::Cue{.text = {{text, {}}}, .placement = placement};
  };
  const std::string script = script_of(
      {cue("first", middle), cue("other", elsewhere), cue("second", middle), cue("third", middle)},
      640, 360, {});
  EXPECT_EQ(std::ranges::count(script, '\n'),
            std::ranges::count(script_of({}, 640, 360, {}), '\n') + 2);
  EXPECT_LT(script.find("first"), script.find("\\N"));
  EXPECT_LT(script.find("\\N"), script.find("second"));
  EXPECT_LT(script.find("second"), script.find("third"));
  EXPECT_LT(script.find("third"), script.find("other"));
}

TEST(SubtitleScript, StaysAboveWhatIsCovered) {
  const media::Cue cue{.text = {{"x", {}}}};
  EXPECT_THAT(script_of({cue}, 600, 300, {}), HasSubstr(",15,15,10,,{\\an2}"));
  EXPECT_THAT(script_of({cue}, 600, 300, {.bottom = 50}), HasSubstr(",15,15,55,,{\\an2}"));
  media::Cue top = cue;
  top.placement = {.edge = media::CuePlacement::Edge::top,
                   .y = 0.5,
                   .left = 0.25,
                   .width = 0.5,
                   .align = media::CuePlacement::Align::left};
  EXPECT_THAT(script_of({top}, 600, 300, {}), HasSubstr(",150,150,150,,{\\an7}"));
  top.placement.y = 0;
  EXPECT_THAT(script_of({top}, 600, 300, {}), HasSubstr(",150,150,10,,{\\an7}"));
  EXPECT_THAT(script_of({top}, 600, 300, {.top = 40}), HasSubstr(",150,150,45,,{\\an7}"));
  top.placement.edge = media::CuePlacement::Edge::bottom;
  // One line of 17 below that.
  EXPECT_THAT(script_of({top}, 600, 300, {.top = 40}), HasSubstr(",150,150,238,,{\\an1}"));
}

}  // namespace
}  // namespace rung::player
