#include "player/head_fetcher.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/player/small_title.h"
#include "tests/support/nginx_server.h"

namespace rung::player {
namespace {

class HeadFetcherTest : public testing::Test {
 protected:
  HeadFetcherTest() {
    for (const std::string title : {"one", "two"}) {
      server_.write_file(title + "/title.mpd", small_mpd);
      server_.write_file(title + "/low/init.mp4", "init");
      for (const char* segment : {"1", "2", "3"})
        server_.write_file(title + "/low/" + segment + ".m4s", std::string(50'000, 's'));
    }
  }

  NextTitle title(const std::string& name, prefetch::LeavesWithin leaves = {}) {
    return {.url = server_.url("/" + name + "/title.mpd"), .leaves = std::move(leaves)};
  }

  /// What is there of the second one of `titles` while it is looked at, as soon as that is the
  /// video segment `wanted`. On a slow machine it takes longer: what is taken is gone, so a new
  /// fetcher is given more time.
  static std::shared_ptr<const PreparedTitle> looked_at(const std::vector<NextTitle>& titles,
                                                        SegmentNumber wanted) {
    for (auto patience = std::chrono::milliseconds(300);; patience *= 3) {
      HeadFetcher fetcher(titles, {});
      fetcher.guess({0.01, 0.6});
      std::this_thread::sleep_for(patience);
      auto found = fetcher.take(1);
      const bool there =
          found != nullptr && found->find(media::TrackKind::video, wanted, 0) != nullptr;
      if (there || patience > std::chrono::seconds(8)) return found;
    }
  }

  test::NginxServer server_;
};

TEST_F(HeadFetcherTest, TheHeadOfTheTitleThatIsLookedAtIsThere) {
  const auto found = looked_at({title("one"), title("two")}, 1);
  ASSERT_NE(found, nullptr);
  EXPECT_NE(found->find(media::TrackKind::video, 0, 0), nullptr);
  EXPECT_NE(found->find(media::TrackKind::video, 1, 0), nullptr);
  EXPECT_EQ(found->inits.size(), 1U);
}

TEST_F(HeadFetcherTest, OfATitleThatIsLeftAtOnceOnlyTheFirstSecondsAre) {
  const auto leaves_at_once = [](Duration, Duration) { return 1.0; };
  const auto found = looked_at({title("one"), title("two", leaves_at_once)}, 0);
  ASSERT_NE(found, nullptr);
  EXPECT_NE(found->find(media::TrackKind::video, 0, 0), nullptr);
  EXPECT_EQ(found->find(media::TrackKind::video, 1, 0), nullptr);
}

}  // namespace
}  // namespace rung::player
