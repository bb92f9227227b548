#include "player/head_fetcher.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/support/nginx_server.h"

namespace rung::player {
namespace {

constexpr const char* mpd = R"(<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT12S">
  <Period><AdaptationSet contentType="video" mimeType="video/mp4">
    <SegmentTemplate media="$RepresentationID$/$Number$.m4s"
                     initialization="$RepresentationID$/init.mp4" duration="4" timescale="1"/>
    <Representation id="low" bandwidth="300000" width="320" height="180" codecs="avc1.64000d"/>
  </AdaptationSet></Period>
</MPD>)";

TEST(HeadFetcher, TheHeadOfTheTitleThatIsLookedAtIsThere) {
  test::NginxServer server;
  for (const std::string title : {"one", "two"}) {
    server.write_file(title + "/title.mpd", mpd);
    server.write_file(title + "/low/init.mp4", "init");
    for (const char* segment : {"1", "2", "3"})
      server.write_file(title + "/low/" + segment + ".m4s", std::string(50'000, 's'));
  }
  HeadFetcher fetcher(
      {{.url = server.url("/one/title.mpd")}, {.url = server.url("/two/title.mpd")}}, {});
  fetcher.guess({0.01, 0.6});
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  const auto looked_at = fetcher.take(1);
  ASSERT_NE(looked_at, nullptr);
  EXPECT_NE(looked_at->find(media::TrackKind::video, 0, 0), nullptr);
  EXPECT_EQ(looked_at->inits.size(), 1U);
}

}  // namespace
}  // namespace rung::player
