#include "player/head_fetcher.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/player/small_title.h"
#include "tests/support/nginx_server.h"

namespace rung::player {
namespace {

TEST(HeadFetcher, TheHeadOfTheTitleThatIsLookedAtIsThere) {
  test::NginxServer server;
  for (const std::string title : {"one", "two"}) {
    server.write_file(title + "/title.mpd", small_mpd);
    server.write_file(title + "/low/init.mp4", "init");
    for (const char* segment : {"1", "2", "3"})
      server.write_file(title + "/low/" + segment + ".m4s", std::string(50'000, 's'));
  }
  std::shared_ptr<const PreparedTitle> looked_at;
  // On a slow machine it takes longer: what is taken is gone, so a new one is given more time.
  for (auto patience = std::chrono::milliseconds(300);; patience *= 3) {
    HeadFetcher fetcher(
        {{.url = server.url("/one/title.mpd")}, {.url = server.url("/two/title.mpd")}}, {});
    fetcher.guess({0.01, 0.6});
    std::this_thread::sleep_for(patience);
    looked_at = fetcher.take(1);
    const bool there =
        looked_at != nullptr && looked_at->find(media::TrackKind::video, 0, 0) != nullptr;
    if (there || patience > std::chrono::seconds(8)) break;
  }
  ASSERT_NE(looked_at, nullptr);
  EXPECT_NE(looked_at->find(media::TrackKind::video, 0, 0), nullptr);
  EXPECT_EQ(looked_at->inits.size(), 1U);
}

}  // namespace
}  // namespace rung::player
