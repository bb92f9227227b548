#include "player/title_loader.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <thread>

#include "core/limits.h"
#include "tests/support/nginx_server.h"
#include "tests/support/scripted_server.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr const char* mpd = R"(<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011"
     type="static" mediaPresentationDuration="PT12S" minBufferTime="PT2S">
  <Period><AdaptationSet contentType="video" mimeType="video/mp4">PROTECTION
    <SegmentTemplate media="$RepresentationID$/$Number$.m4s"
                     initialization="$RepresentationID$/init.mp4" duration="4" timescale="1"/>
    <Representation id="low" bandwidth="300000" width="320" height="180" codecs="avc1.64000d"/>
    <Representation id="high" bandwidth="900000" width="640" height="360" codecs="avc1.64001e"/>
  </AdaptationSet></Period>
</MPD>)";

constexpr const char* master = R"(#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360
high.m3u8
)";

constexpr const char* playlist = R"(#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
KEY#EXT-X-MAP:URI="init.mp4"
#EXTINF:4,
1.m4s
#EXTINF:4,
2.m4s
END
)";

std::string with(std::string text, const std::string& what, const std::string& value) {
  return text.replace(text.find(what), what.size(), value);
}

class TitleLoaderTest : public testing::Test {
 protected:
  TitleLoaderTest() {
    server_.write_file("title.mpd", with(mpd, "PROTECTION", ""));
    server_.write_file("hls/master.m3u8", master);
    for (const char* name : {"hls/low.m3u8", "hls/high.m3u8"}) write_playlist(name, "");
  }

  void write_playlist(const std::string& name, const std::string& key) {
    server_.write_file(name, with(with(playlist, "KEY", key), "END", "#EXT-X-ENDLIST"));
  }

  Expected<std::shared_ptr<const media::Presentation>> load(const std::string& url) {
    HttpClient client(loop_, {.ca_file = server_.ca_file()});
    return TitleLoader(loop_, client, options_)
        .load(url, stop_.get_token())
        .map([](LoadedTitle title) { return std::move(title.presentation); });
  }

  Expected<void> playable(const std::string& url, const decode::ContentKeys& keys = {}) {
    const auto presentation = load(url);
    if (!presentation) return tl::unexpected<Error>(presentation.error());
    const auto selection = media::TrackSelection::create(*presentation, {});
    if (!selection) return tl::unexpected<Error>(selection.error());
    return check_playable(*selection, keys);
  }

  test::NginxServer server_;
  EventLoop loop_;
  std::stop_source stop_;
  DocumentFetcher::Options options_{.attempts = 3, .backoff = 10ms};
};

TEST_F(TitleLoaderTest, LoadsDash) {
  const auto presentation = load(server_.url("/title.mpd"));
  ASSERT_TRUE(presentation) << to_string(presentation.error());
  EXPECT_EQ((*presentation)->duration, Duration(12s));
  const auto& representation =
      (*presentation)->periods.at(0).adaptation_sets.at(0).representations.at(1);
  EXPECT_EQ(representation.resource(2).url, server_.url("/high/3.m4s"));
  EXPECT_TRUE(playable(server_.url("/title.mpd")));
}

TEST_F(TitleLoaderTest, LoadsHlsWithItsMediaPlaylists) {
  const auto presentation = load(server_.url("/hls/master.m3u8"));
  ASSERT_TRUE(presentation) << to_string(presentation.error());
  const auto& set = (*presentation)->periods.at(0).adaptation_sets.at(0);
  ASSERT_EQ(set.representations.size(), 2U);
  EXPECT_EQ(set.representations[0].timeline.size(), 2);
  EXPECT_EQ(server_.accesses(3).size(), 3U);
  EXPECT_TRUE(playable(server_.url("/hls/master.m3u8")));
}

TEST_F(TitleLoaderTest, AMissingMediaPlaylistCostsItsRepresentationOnly) {
  server_.write_file("hls/master.m3u8", with(master, "high.m3u8", "gone.m3u8"));
  const auto presentation = load(server_.url("/hls/master.m3u8"));
  ASSERT_TRUE(presentation) << to_string(presentation.error());
  EXPECT_EQ((*presentation)->periods.at(0).adaptation_sets.at(0).representations.size(), 1U);
}

TEST_F(TitleLoaderTest, AllMediaPlaylistsMissingIsANetworkError) {
  server_.write_file("hls/master.m3u8", with(with(master, "high.", "gone."), "low.", "gone2."));
  const auto presentation = load(server_.url("/hls/master.m3u8"));
  ASSERT_FALSE(presentation);
  EXPECT_EQ(presentation.error().code, ErrorCode::network);
}

constexpr const char* master_with_sound = R"(#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="Main",URI="sound.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180,AUDIO="s"
low.m3u8
)";

TEST_F(TitleLoaderTest, SoundAloneIsNoTitleWithPictures) {
  write_playlist("hls/sound.m3u8", "");
  server_.write_file("hls/master.m3u8", with(master_with_sound, "low.m3u8", "gone.m3u8"));
  const auto presentation = load(server_.url("/hls/master.m3u8"));
  ASSERT_FALSE(presentation);
  EXPECT_EQ(presentation.error().code, ErrorCode::network);
  EXPECT_THAT(presentation.error().message, HasSubstr("gone.m3u8"));
}

TEST_F(TitleLoaderTest, TellsWhyThereIsNoSoundWherePicturesAreLeft) {
  server_.write_file("hls/master.m3u8", master_with_sound);
  HttpClient client(loop_, {});
  const auto title = TitleLoader(loop_, client, options_).load(server_.url("/hls/master.m3u8"), {});
  ASSERT_TRUE(title) << to_string(title.error());
  EXPECT_THAT(title->sound_lost, HasSubstr("sound.m3u8: HTTP status 404"));
}

TEST_F(TitleLoaderTest, ReferencesAreResolvedAfterRedirects) {
  const auto presentation =
      load(server_.url("/redirect/to?" + server_.tls_url("/hls/master.m3u8")));
  ASSERT_TRUE(presentation) << to_string(presentation.error());
  EXPECT_EQ((*presentation)->url, server_.tls_url("/hls/master.m3u8"));
}

TEST_F(TitleLoaderTest, AManifestOverTlsMayNotLeadToPlainHttp) {
  server_.write_file("hls/master.m3u8", with(with(master, "low.m3u8", server_.url("/hls/low.m3u8")),
                                             "high.m3u8", server_.url("/hls/high.m3u8")));
  EXPECT_TRUE(load(server_.url("/hls/master.m3u8")));
  EXPECT_FALSE(load(server_.tls_url("/hls/master.m3u8")));
}

TEST_F(TitleLoaderTest, SaysWhatItCannotPlay) {
  server_.write_file(
      "drm.mpd",
      with(mpd, "PROTECTION",
           R"(<ContentProtection schemeIdUri="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"/>)"));
  const auto drm = playable(server_.url("/drm.mpd"));
  ASSERT_FALSE(drm);
  EXPECT_EQ(drm.error().code, ErrorCode::unsupported);
  EXPECT_THAT(drm.error().message, HasSubstr("DRM"));

  const auto keyed = [&](const std::string& attributes) {
    for (const char* name : {"hls/low.m3u8", "hls/high.m3u8"})
      write_playlist(name, "#EXT-X-KEY:" + attributes + "\n");
    return playable(server_.url("/hls/master.m3u8"));
  };
  const auto method = keyed("METHOD=AES-256,URI=\"key\"");
  ASSERT_FALSE(method);
  EXPECT_EQ(method.error().code, ErrorCode::unsupported);
  EXPECT_THAT(method.error().message, HasSubstr("AES-256"));
  const auto system = keyed("METHOD=AES-128,URI=\"key\",KEYFORMAT=\"com.example.drm\"");
  ASSERT_FALSE(system);
  EXPECT_EQ(system.error().code, ErrorCode::unsupported);
  EXPECT_THAT(system.error().message, HasSubstr("com.example.drm"));
  EXPECT_FALSE(keyed("METHOD=SAMPLE-AES,URI=\"key\",KEYFORMAT=\"com.example.drm\""));
  for (const char* known : {"AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR"})
    EXPECT_TRUE(keyed(std::string("METHOD=") + known + ",URI=\"key\"")) << known;

  // Which of the keys it is the init segment tells, where there is one.
  const decode::ContentKeys keys{{"00", {}}};
  const char* const of_samples = "METHOD=SAMPLE-AES,URI=\"key\",KEYFORMAT=\"com.example.drm\"";
  EXPECT_FALSE(keyed(of_samples));
  EXPECT_TRUE(playable(server_.url("/hls/master.m3u8"), keys));
  const std::string transport_stream = with(playlist, "#EXT-X-MAP:URI=\"init.mp4\"\n", "");
  for (const char* name : {"hls/low.m3u8", "hls/high.m3u8"})
    server_.write_file(
        name, with(with(transport_stream, "KEY", std::string("#EXT-X-KEY:") + of_samples + "\n"),
                   "END", "#EXT-X-ENDLIST"));
  const auto bare = playable(server_.url("/hls/master.m3u8"), keys);
  ASSERT_FALSE(bare);
  EXPECT_EQ(bare.error().code, ErrorCode::unsupported);
  EXPECT_THAT(bare.error().message, HasSubstr("init segment"));
}

TEST_F(TitleLoaderTest, KeepsThePlaylistsOfALiveTitle) {
  for (const char* name : {"hls/low.m3u8", "hls/high.m3u8"})
    server_.write_file(name, with(with(playlist, "KEY", ""), "END", ""));
  const auto live = load(server_.url("/hls/master.m3u8"));
  ASSERT_TRUE(live) << to_string(live.error());
  EXPECT_EQ((*live)->type, media::PresentationType::live);
  ASSERT_TRUE((*live)->playlists);
  EXPECT_EQ((*live)->playlists->playlists.size(), 2U);
  EXPECT_TRUE(playable(server_.url("/hls/master.m3u8")));
}

TEST_F(TitleLoaderTest, TheDateOfALiveManifestTellsOfAClockThatIsFarOff) {
  std::string live = with(with(mpd, "PROTECTION", ""), "static", "dynamic");
  live = with(live, "mediaPresentationDuration=\"PT12S\"",
              "availabilityStartTime=\"2035-01-01T00:00:00Z\" timeShiftBufferDepth=\"PT60S\"");
  const auto load_at = [&](const std::string& fields) {
    const test::ScriptedServer server(
        {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(live.size()) + "\r\n" +
                    fields + "\r\n" + live}});
    HttpClient client(loop_, {});
    return TitleLoader(loop_, client, options_).load(server.url("/live.mpd"), {}).has_value();
  };
  EXPECT_FALSE(load_at(""));
  EXPECT_TRUE(load_at("Date: Mon, 01 Jan 2035 00:01:00 GMT\r\n"));
  EXPECT_FALSE(load_at("Date: Sun, 31 Dec 2034 23:59:00 GMT\r\n"));
  EXPECT_TRUE(load_at("Date: Sun, 31 Dec 2034 23:59:00 GMT\r\nAge: 120\r\n"));
  // One that is behind may be of a copy that is kept somewhere; before 2020 there is nothing.
  live = with(live, "2035-01-01", "2020-01-01");
  const std::string old = "Date: Tue, 31 Dec 2019 23:59:00 GMT\r\n";
  EXPECT_TRUE(load_at(old));
  EXPECT_TRUE(load_at(old + "Cache-Control: max-age=60\r\n"));
  EXPECT_FALSE(load_at(old + "Cache-Control: max-age=1\r\n"));
  EXPECT_FALSE(load_at(old + "Cache-Control: no-cache\r\n"));
  EXPECT_FALSE(load_at(old + "Cache-Control: no-store\r\n"));
  EXPECT_FALSE(load_at(old + "Age: 3\r\n"));
}

TEST_F(TitleLoaderTest, ALoginPageIsNamedByItsType) {
  server_.write_file("page.txt", "<html><body>Please log in</body></html>");
  const auto presentation = load(server_.url("/page.txt"));
  ASSERT_FALSE(presentation);
  EXPECT_THAT(to_string(presentation.error()), HasSubstr("text/plain"));
}

TEST_F(TitleLoaderTest, AManifestThatUnpacksBeyondTheLimitIsRefused) {
  server_.write_file("bomb.txt", "#EXTM3U\n" + std::string(50'000'000, '#'));
  const auto presentation = load(server_.url("/bomb.txt"));
  ASSERT_FALSE(presentation);
  EXPECT_EQ(presentation.error().code, ErrorCode::limit_exceeded);
}

TEST_F(TitleLoaderTest, TriesAgainWhereThatMayHelp) {
  const test::ScriptedServer busy({.pieces = {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"}});
  const auto presentation = load(busy.url("/m.mpd?token=secret"));
  ASSERT_FALSE(presentation);
  EXPECT_EQ(presentation.error().code, ErrorCode::network);
  EXPECT_THAT(presentation.error().message, HasSubstr("503"));
  EXPECT_THAT(presentation.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(busy.requests(), 3);

  const test::ScriptedServer gone(
      {.pieces = {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}});
  EXPECT_EQ(load(gone.url("/m.mpd")).error().code, ErrorCode::network);
  EXPECT_EQ(gone.requests(), 1);
}

TEST_F(TitleLoaderTest, AnEndlessManifestRunsIntoTheTimeout) {
  const test::ScriptedServer endless(
      {.pieces = std::vector<std::string>(1000, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n#EXTM3U\n"),
       .between = 5ms});
  options_ = {.attempts = 1, .attempt_timeout = 200ms};
  const auto presentation = load(endless.url("/m.m3u8"));
  ASSERT_FALSE(presentation);
  EXPECT_EQ(presentation.error().code, ErrorCode::network);
}

TEST_F(TitleLoaderTest, AStopEndsTheWait) {
  const test::ScriptedServer silent({.pieces = {}, .stalls = true});
  std::jthread viewer([&] {
    while (silent.requests() == 0) std::this_thread::sleep_for(1ms);
    stop_.request_stop();
  });
  const Timestamp before = loop_.now();
  EXPECT_FALSE(load(silent.url("/m.mpd")));
  EXPECT_LT(loop_.now() - before, 9s);
}

TEST_F(TitleLoaderTest, FetchesOnePresentationForAProgram) {
  const auto presentation = fetch_presentation(server_.url("/hls/master.m3u8"), {});
  ASSERT_TRUE(presentation);
  EXPECT_EQ((*presentation)->duration, Duration(8s));
}

}  // namespace
}  // namespace rung::player
