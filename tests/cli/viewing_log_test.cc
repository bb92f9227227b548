#include "cli/viewing_log.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "cli/state_files.h"
#include "tests/support/temporary_directory.h"

namespace rung::cli {
namespace {

using event_log::EventKind;

class ViewingLogTest : public testing::Test {
 protected:
  ViewingLogTest() { setenv("XDG_STATE_HOME", folder_.path().c_str(), 1); }
  ~ViewingLogTest() override { unsetenv("XDG_STATE_HOME"); }

  /// Another program has the log until `let_go`.
  static sqlite3* hold() {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(event_log_file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
    return database;
  }
  static void let_go(sqlite3* database) { EXPECT_EQ(sqlite3_close(database), SQLITE_OK); }

  test::TemporaryDirectory folder_;
};

std::string titles_of(const std::vector<event_log::Event>& events) {
  std::string titles;
  for (const event_log::Event& one : events) titles += one.title;
  return titles;
}

constexpr Duration at_once = std::chrono::milliseconds(1);

TEST_F(ViewingLogTest, WhatThereWasIsKnownOnceTheLogCanBeRead) {
  ViewingLog("me", "").tell(EventKind::save, "a");
  sqlite3* const other = hold();
  testing::internal::CaptureStderr();
  {
    ViewingLog log("me", "", at_once);
    EXPECT_EQ(log.refusal(), "the event log cannot be read now");
    log.tell(EventKind::play, "b");
    EXPECT_EQ(titles_of(log.events()), "b");
    let_go(other);
    for (int look = 0; look < 1000 && !log.refusal().empty(); ++look)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(log.refusal(), "");
    EXPECT_EQ(titles_of(log.events()), "ab") << "each once";
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "rung: " + event_log_file() + ": another program has the event log\n");
  EXPECT_EQ(titles_of(*event_log::read_events(event_log_file(), "me")), "ab");
}

TEST_F(ViewingLogTest, AFailureIsToldWhateverFailedBefore) {
  ViewingLog("me", "").tell(EventKind::play, "a");
  sqlite3* const other = hold();
  testing::internal::CaptureStderr();
  {
    ViewingLog log("me", "", at_once);
    let_go(other);
    log.tell(EventKind::search, {}, std::string(17'000'000, 'x'));
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("another program has the event log\n"), std::string::npos) << told;
  EXPECT_NE(told.find("refuses an event, which is dropped"), std::string::npos) << told;
}

TEST_F(ViewingLogTest, NothingIsLoggedInPrivate) {
  ViewingLog log("", "");
  EXPECT_EQ(log.refusal(), "nothing is logged");
  log.tell(EventKind::play, "a");
  EXPECT_EQ(titles_of(log.events()), "");
  EXPECT_EQ(titles_of(*event_log::read_events(event_log_file(), "")), "");
}

}  // namespace
}  // namespace rung::cli
