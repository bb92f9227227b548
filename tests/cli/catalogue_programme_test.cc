#include "cli/catalogue_programme.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "cli/state_files.h"
#include "cli/viewing_log.h"
#include "recommend/catalogue.h"
#include "tests/support/temporary_directory.h"

namespace rung::cli {
namespace {

using event_log::EventKind;

class CatalogueProgrammeTest : public testing::Test {
 protected:
  CatalogueProgrammeTest() { setenv("XDG_STATE_HOME", folder_.path().c_str(), 1); }
  ~CatalogueProgrammeTest() override { unsetenv("XDG_STATE_HOME"); }

  test::TemporaryDirectory folder_;
  const Expected<recommend::Catalogue> catalogue_ = recommend::Catalogue::parse(
      R"({"rung_catalogue": 1, "name": "Three", "titles": [
          {"id": "a", "name": "A", "manifest": "a.mpd"},
          {"id": "b", "name": "B", "manifest": "b.mpd"},
          {"id": "c", "name": "C", "manifest": "c.mpd"}]})",
      "https://example.org/feed.json");
};

TEST_F(CatalogueProgrammeTest, TitlesThatALogTellsOfLateArePlayedOnes) {
  ASSERT_TRUE(catalogue_) << to_string(catalogue_.error());
  ViewingLog("me", "").tell(EventKind::play, "b");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(event_log_file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  testing::internal::CaptureStderr();
  ViewingLog log("me", "", std::chrono::milliseconds(1));
  testing::internal::GetCapturedStderr();
  CatalogueProgramme programme(*catalogue_, nullptr, log, {});
  ASSERT_TRUE(programme.begin("a"));
  player::PlayerOptions options;
  programme.prepare(options);
  EXPECT_EQ(programme.history(), (std::vector<std::size_t>{0}));
  log.tell(EventKind::play, "a");

  EXPECT_EQ(sqlite3_close(other), SQLITE_OK);
  for (int look = 0; look < 1000 && !log.refusal().empty(); ++look)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_EQ(log.refusal(), "");
  programme.prepare(options);
  EXPECT_EQ(programme.history(), (std::vector<std::size_t>{1, 0}));
}

}  // namespace
}  // namespace rung::cli
