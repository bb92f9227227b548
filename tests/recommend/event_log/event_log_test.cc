#include "recommend/event_log/event_log.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/catalogue_limits.h"
#include "recommend/event_log/viewing_record.h"
#include "tests/support/temporary_directory.h"

namespace rung::event_log {
namespace {

Event event(std::int64_t time, EventKind kind, std::string title, std::string viewer = "me") {
  return {.time = time, .viewer = std::move(viewer), .kind = kind, .title = std::move(title)};
}

/// Writes events and gives the warnings.
std::vector<Error> write(const std::string& file, const std::vector<Event>& events) {
  std::vector<Error> warnings;
  {
    EventLog log(file, [&](const Error& error) { warnings.push_back(error); });
    for (const Event& one : events) log.append(one);
  }
  return warnings;
}

std::string bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class EventLogTest : public testing::Test {
 protected:
  test::TemporaryDirectory folder_;
  std::string file_ = (folder_.path() / "state" / "events.sqlite").string();
};

TEST_F(EventLogTest, KeepsEveryMemberInOrder) {
  Event shown = event(1'000'000, EventKind::impression, "");
  shown.slate = {{"a", "new", 0, 1.0}, {"b", "new", 1, 0.25, "c"}};
  Event left = event(1'002'000, EventKind::exit, "a");
  left.position = from_seconds(12.5);
  left.length = from_seconds(60);
  left.reason = "left";
  left.hour = 23;
  left.device = "tv";
  const std::vector<Event> events{shown, event(1'001'000, EventKind::play, "a"), left,
                                  event(1'003'000, EventKind::search, "", "you")};
  EXPECT_TRUE(write(file_, events).empty());
  EXPECT_EQ(*read_events(file_, ""), events);
  EXPECT_EQ(read_events(file_, "you")->size(), 1U);
  EXPECT_EQ(std::filesystem::status(file_).permissions() & std::filesystem::perms::others_read,
            std::filesystem::perms::none);
}

TEST_F(EventLogTest, WhatAnotherProgramWroteIsReadWithinBounds) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
  const auto run = [&](const std::string& text) {
    ASSERT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << text;
  };
  const std::string insert =
      "INSERT INTO event(time, viewer, kind, title, position, reason, slate, hour) ";
  run(insert +
      "VALUES(-9223372036854775807, 'me', 'play', 'b', 1e999, '', '[3,{\"title\":1}]', 99)");
  run(insert + "VALUES(9223372036854775807, 'me', 'play', 'c', 'x', '', 'no list', 'noon')");
  const auto strange = read_events(file_, "");
  ASSERT_TRUE(strange);
  ASSERT_EQ(strange->size(), 3U);
  EXPECT_EQ((*strange)[1].time, 0);
  EXPECT_EQ((*strange)[1].hour, 23);
  EXPECT_TRUE((*strange)[1].slate.empty());
  const std::int64_t year_2500 = 16'725'225'600'000;
  EXPECT_EQ((*strange)[2].time, year_2500);
  write(file_, {event(2, EventKind::play, "d")});
  EXPECT_EQ(read_events(file_, "")->back().time, year_2500);

  run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) " + insert +
      "SELECT 3, 'me', 'search', '', 0, zeroblob(8000000), NULL, NULL FROM n");
  sqlite3_close(database);
  const auto large = read_events(file_, "");
  ASSERT_TRUE(large);
  EXPECT_EQ(large->size(), 33U) << "the latest ones, of 8 MB each";
}

TEST_F(EventLogTest, ALogOfTheFirstVersionIsReadAndWrittenOn) {
  std::filesystem::create_directories(folder_.path() / "state");
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(database,
                   "CREATE TABLE event(number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER "
                   "NOT NULL, viewer TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, "
                   "position REAL, length REAL, reason TEXT NOT NULL, slate TEXT);"
                   "CREATE INDEX event_by_viewer ON event(viewer, number);"
                   "INSERT INTO event VALUES(1, 7, 'me', 'play', 'a', NULL, NULL, '', NULL);"
                   "PRAGMA application_id=0x52756e67; PRAGMA user_version=1",
                   nullptr, nullptr, nullptr),
      SQLITE_OK);
  sqlite3_close(database);
  const Event first = event(7, EventKind::play, "a");
  EXPECT_EQ(*read_events(file_, ""), std::vector<Event>{first});
  Event second = event(8, EventKind::play, "b");
  second.hour = 5;
  second.device = "phone";
  EXPECT_TRUE(write(file_, {second}).empty());
  EXPECT_EQ(*read_events(file_, ""), (std::vector<Event>{first, second}));
}

TEST_F(EventLogTest, AClockThatGoesBackIsToldOnceAndOrderStays) {
  EXPECT_TRUE(write(file_, {event(9'000'000, EventKind::play, "a")}).empty());
  EXPECT_EQ(
      write(file_, {event(1'000, EventKind::play, "b"), event(2'000, EventKind::play, "c")}).size(),
      1U);
  const auto events = read_events(file_, "");
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 3U);
  EXPECT_EQ((*events)[2].title, "c");
  EXPECT_EQ((*events)[1].time, 9'000'000);
  EXPECT_EQ((*events)[2].time, 9'001'000) << "a second behind the other by the same clock";
}

TEST_F(EventLogTest, ADamagedLogAndAnothersFileStayAsTheyAre) {
  std::filesystem::create_directories(folder_.path() / "state");
  const std::string junk(5000, 'j');
  std::ofstream(file_, std::ios::binary) << junk;
  EXPECT_EQ(write(file_, {event(1, EventKind::play, "a"), event(2, EventKind::play, "b")}).size(),
            1U);
  EXPECT_EQ(bytes_of(file_), junk);
  EXPECT_EQ(read_events(file_, "").error().code, ErrorCode::malformed);

  const std::string other = (folder_.path() / "other.sqlite").string();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(other.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "CREATE TABLE mine(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const std::string before = bytes_of(other);
  EXPECT_EQ(write(other, {event(1, EventKind::play, "a")}).size(), 1U);
  EXPECT_EQ(bytes_of(other), before);
}

TEST_F(EventLogTest, ALockedLogIsToldOnceAndLosesNothingThatWasThere) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto warnings = write(file_, {event(2, EventKind::play, "b")});
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].code, ErrorCode::io);
  sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  EXPECT_EQ(read_events(file_, "")->size(), 1U);
  EXPECT_TRUE(write(file_, {event(3, EventKind::play, "c")}).empty());
  EXPECT_EQ(read_events(file_, "")->size(), 2U);
}

TEST_F(EventLogTest, WithoutRoomOnTheDiskWhatWasThereStays) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit none{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &none);
    Event large = event(2, EventKind::search, "");
    large.reason.assign(100'000, 'x');
    _exit(static_cast<int>(write(file_, {large, large}).size()));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(read_events(file_, "")->size(), 1U);
}

/// Another program that has the log.
class Holder {
 public:
  explicit Holder(const std::string& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { let_go(); }
  void let_go() { sqlite3_close(std::exchange(database_, nullptr)); }

 private:
  sqlite3* database_ = nullptr;
};

constexpr Duration never_in_a_test = std::chrono::hours(24);
constexpr Duration at_once = std::chrono::milliseconds(1);

/// The titles of the log, once there are `count`; it is looked for them for ten seconds.
std::string titles_when(const std::string& file, std::size_t count) {
  std::string titles;
  for (int look = 0; look < 1000; ++look) {
    titles.clear();
    const auto events = read_events(file, "");
    if (events)
      for (const Event& one : *events) titles += one.title;
    if (events && events->size() >= count) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return titles;
}

TEST_F(EventLogTest, WhatCouldNotBeWrittenIsTriedAgainWithinTheRun) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  Holder holder(file_);
  std::latch failed(1);
  EventLog log(
      file_, [&](const Error&) { failed.count_down(); }, at_once);
  log.append(event(2, EventKind::play, "b"));
  failed.wait();
  log.append(event(3, EventKind::play, "c"));
  holder.let_go();
  EXPECT_EQ(titles_when(file_, 3), "abc");
  log.append(event(4, EventKind::play, "d"));
  EXPECT_EQ(titles_when(file_, 4), "abcd");
}

TEST_F(EventLogTest, WhatWaitsIsTriedOnceMoreAtTheEnd) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  Holder holder(file_);
  {
    std::latch failed(1);
    EventLog log(
        file_, [&](const Error&) { failed.count_down(); }, never_in_a_test);
    log.append(event(2, EventKind::play, "b"));
    failed.wait();
    log.append(event(3, EventKind::play, "c"));
    holder.let_go();
  }
  EXPECT_EQ(titles_when(file_, 3), "abc");
}

TEST_F(EventLogTest, WhereTooManyWaitTheOldestProgressGoes) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  Holder holder(file_);
  {
    std::latch failed(1);
    EventLog log(
        file_, [&](const Error&) { failed.count_down(); }, never_in_a_test);
    log.append(event(2, EventKind::progress, "1"));
    failed.wait();
    log.append(event(2, EventKind::progress, "2"));
    for (std::size_t i = 2; i < limits::waiting_events; ++i)
      log.append(event(3, EventKind::focus, "-"));
    log.append(event(4, EventKind::play, "b"));
    log.append(event(5, EventKind::play, "c"));
    log.append(event(6, EventKind::play, "d"));  // No progress is left.
    holder.let_go();
  }
  EXPECT_EQ(titles_when(file_, limits::waiting_events + 1),
            "a" + std::string(limits::waiting_events - 2, '-') + "bc");
}

TEST_F(EventLogTest, OnceThereIsRoomOnTheDiskWhatWaitedIsLogged) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    rlimit room{};
    getrlimit(RLIMIT_FSIZE, &room);
    const rlimit none{4096, room.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    {
      std::latch failed(1);
      EventLog log(
          file_, [&](const Error&) { failed.count_down(); }, never_in_a_test);
      Event large = event(2, EventKind::search, "b");
      large.reason.assign(100'000, 'x');
      log.append(large);
      failed.wait();
      setrlimit(RLIMIT_FSIZE, &room);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(titles_when(file_, 2), "ab");
}

TEST_F(EventLogTest, ALogThatIsForgottenInTheRunIsBegunAnew) {
  {
    EventLog log(file_, [](const Error& error) { ADD_FAILURE() << error.message; });
    log.append(event(1, EventKind::play, "a"));
    EXPECT_EQ(titles_when(file_, 1), "a");
    EXPECT_EQ(*forget(file_, ""), 1);
    log.append(event(2, EventKind::play, "b"));
    EXPECT_EQ(titles_when(file_, 1), "b");
    log.append(event(3, EventKind::play, "c"));
  }
  EXPECT_EQ(titles_when(file_, 2), "bc");
}

TEST_F(EventLogTest, WhatWaitedWhenTheLogWasForgottenDoesNotComeBack) {
  for (const std::string viewer : {"", "me"}) {
    {
      std::latch failed(1);
      EventLog log(
          file_, [&](const Error&) { failed.count_down(); }, never_in_a_test);
      log.append(event(1, EventKind::play, "a"));
      EXPECT_EQ(titles_when(file_, 1), "a");
      Holder holder(file_);
      log.append(event(2, EventKind::play, "b"));
      failed.wait();
      holder.let_go();
      EXPECT_EQ(*forget(file_, viewer), 1);
      log.append(event(3, EventKind::play, "c"));
    }
    EXPECT_EQ(titles_when(file_, 1), "c") << viewer;
    EXPECT_EQ(*forget(file_, ""), 1);
  }
}

TEST_F(EventLogTest, AnEventThatTheFileRefusesIsDroppedAndEveryFailureToldOnce) {
  std::vector<Error> told;
  {
    std::latch locked(2);
    EventLog log(
        file_,
        [&](const Error& error) {
          told.push_back(error);
          locked.count_down();
        },
        never_in_a_test);
    Event large = event(1, EventKind::search, "large");
    large.reason.assign(17'000'000, 'x');
    log.append(large);
    log.append(event(2, EventKind::play, "a"));
    log.append(large);
    log.append(event(3, EventKind::play, "b"));
    EXPECT_EQ(titles_when(file_, 2), "ab");
    Holder holder(file_);
    log.append(event(4, EventKind::play, "c"));
    locked.wait();
    holder.let_go();
  }
  EXPECT_EQ(titles_when(file_, 3), "abc");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].code, ErrorCode::limit_exceeded);
  EXPECT_EQ(told[1].code, ErrorCode::io);
}

TEST_F(EventLogTest, WhatWaitedWhileOthersWroteIsOfTheirTimeAndNoLater) {
  EXPECT_TRUE(write(file_, {event(1, EventKind::play, "a")}).empty());
  std::vector<Error> told;
  {
    Holder holder(file_);
    std::latch failed(1);
    EventLog log(
        file_,
        [&](const Error& error) {
          told.push_back(error);
          failed.count_down();
        },
        never_in_a_test);
    log.append(event(1'000'000, EventKind::play, "b"));
    failed.wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    log.append(event(1'000'020, EventKind::play, "c"));
    holder.let_go();
    // Later than a clock would be called unsteady for, but not than "b" waited.
    EXPECT_TRUE(write(file_, {event(1'001'015, EventKind::play, "other")}).empty());
  }
  EXPECT_EQ(told.size(), 1U) << "the clock is right";
  const auto events = read_events(file_, "");
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 4U);
  EXPECT_EQ((*events)[2].time, 1'001'015);
  EXPECT_EQ((*events)[3].time, 1'001'015);
}

TEST_F(EventLogTest, TimePassesWhereTheClockWentBack) {
  {
    EventLog log(file_, {});
    log.append(event(9'000'000, EventKind::play, "a"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    log.append(event(1'000, EventKind::play, "b"));
    log.append(event(1'001, EventKind::play, "c"));
    log.append(event(99'000'000, EventKind::play, "d"));
  }
  const auto events = read_events(file_, "");
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 4U);
  EXPECT_GE((*events)[1].time, 9'000'020);
  EXPECT_GE((*events)[2].time, (*events)[1].time);
  EXPECT_EQ((*events)[3].time, 99'000'000);
}

TEST_F(EventLogTest, WhatIsForgottenIsNotInTheFile) {
  write(file_,
        {event(1, EventKind::play, "a-secret-title"), event(2, EventKind::play, "b", "you")});
  EXPECT_NE(bytes_of(file_).find("a-secret-title"), std::string::npos);
  EXPECT_EQ(*forget(file_, "me"), 1);
  EXPECT_EQ(bytes_of(file_).find("a-secret-title"), std::string::npos);
  EXPECT_EQ(read_events(file_, "")->size(), 1U);
  EXPECT_EQ(*forget(file_, ""), 1);
  EXPECT_FALSE(std::filesystem::exists(file_));
  EXPECT_EQ(*forget(file_, ""), 0);
}

TEST(ViewingRecord, TellsWhatWasPlayedAndWhatIsToContinue) {
  std::vector<Event> events{event(1, EventKind::play, "a"), event(2, EventKind::progress, "a"),
                            event(3, EventKind::play, "b"), event(4, EventKind::exit, "b"),
                            event(5, EventKind::play, "a"), event(6, EventKind::exit, "a")};
  events[1].position = from_seconds(30);
  events[1].length = from_seconds(60);
  events[3].position = from_seconds(20);
  events[3].length = from_seconds(60);
  events[5].reason = "ended";
  events[2].hour = 21;
  events[2].device = "tv";
  const ViewingRecord record = viewing_record(events);
  EXPECT_EQ(record.played, (std::vector<std::string>{"a", "b", "a"}));
  ASSERT_EQ(record.begun.size(), 1U);
  EXPECT_EQ(record.begun[0], (ViewingRecord::Begun{"b", from_seconds(20), from_seconds(60)}));
  EXPECT_EQ(plays_csv(events),
            "viewer,title,time,hour,device,from,to,left\nme,a,0,,,29.999,30,0\n"
            "me,b,0,21,tv,19.999,20,0\nme,a,0,,,,,\n");
}

TEST(Viewings, TellFromWhereToWhereATitleWasSeenAndWhetherItWasLeft) {
  const auto at = [](std::int64_t time, EventKind kind, const std::string& title, double position,
                     const std::string& reason = {}, const std::string& viewer = "me") {
    Event made = event(time, kind, title, viewer);
    made.position = from_seconds(position);
    made.length = from_seconds(100);
    made.reason = reason;
    return made;
  };
  const std::vector<Event> events{
      event(0, EventKind::play, "left"),
      event(1, EventKind::play, "other", "you"),
      at(10'000, EventKind::progress, "left", 9.5),
      at(12'000, EventKind::progress, "other", 12, {}, "you"),
      at(15'000, EventKind::exit, "left", 14, "next"),
      event(20'000, EventKind::play, "resumed"),
      at(30'000, EventKind::progress, "resumed", 60),
      at(70'000, EventKind::exit, "resumed", 98, "left"),  // In its credits.
      event(80'000, EventKind::play, "killed"),
      at(90'000, EventKind::progress, "killed", 10),
      event(95'000, EventKind::play, "untold")};
  const std::vector<Viewing> seen{{"left", {}, from_seconds(14), true},
                                  {"resumed", from_seconds(50), from_seconds(98), false},
                                  {"killed", {}, from_seconds(10), false},
                                  {"other", {}, from_seconds(12), false}};
  EXPECT_EQ(viewings(events), seen);
}

TEST(Decisions, AreTitlesThatWereShownWithWhatTheyBrought) {
  Event home = event(0, EventKind::impression, "");
  home.slate = {{"a", "because", 0, 0.9}, {"b", "because", 1, 0.1, "d"}, {"b", "popular", 0, 1}};
  Event later = event(100'000, EventKind::impression, "");
  later.slate = {{"a", "because", 0, 0.9}};
  Event other = event(200'000, EventKind::impression, "", "you");
  other.slate = {{"a, the film", "because", 0, 0.5}};
  Event left = event(91'000, EventKind::exit, "b");
  left.position = from_seconds(90);
  const std::vector<Event> events{home,
                                  event(1000, EventKind::play, "b"),
                                  left,
                                  later,
                                  other,
                                  event(300'000, EventKind::play, "a"),
                                  event(400'000, EventKind::play, "a")};
  const std::string head = "viewer,slate,row,place,title,usual,propensity,reward\n";
  // The first place of what was played has the reward; "you" played nothing.
  EXPECT_EQ(decisions_csv(events, Reward::play), head +
                                                     "me,0,because,0,a,a,0.9,0\n"
                                                     "me,0,because,1,b,d,0.1,1\n"
                                                     "me,0,popular,0,b,b,1,0\n"
                                                     "me,3,because,0,a,a,0.9,1\n"
                                                     "you,4,because,0,\"a, the film\",\"a, the "
                                                     "film\",0.5,0\n");
  EXPECT_NE(decisions_csv(events, Reward::minutes).find("me,0,because,1,b,d,0.1,1.5\n"),
            std::string::npos);
}

TEST(Looks, AreAtWhatStoodBeforeATitleThatWasTaken) {
  Event home = event(0, EventKind::impression, "");
  home.slate = {{"a", "continue", 0},
                {"b", "because", 0},
                {"c", "because", 1},
                {"d", "because", 2},
                {"e", "popular", 0}};
  const auto slate_at = [&](std::int64_t time) {
    Event shown = home;
    shown.time = time;
    return shown;
  };
  const std::vector<Event> events{slate_at(0),
                                  event(1000, EventKind::play, "c"),
                                  event(2000, EventKind::play, "d"),  // Not from the slate.
                                  slate_at(3000),
                                  event(4000, EventKind::play, "e"),  // From another row.
                                  slate_at(5000),                     // Nothing was taken.
                                  slate_at(6000),
                                  event(7000, EventKind::play, "b")};
  EXPECT_EQ(looks_in(events, "because"),
            (std::map<std::string, Looks>{{"b", {2, 1}}, {"c", {1, 1}}}));
}

}  // namespace
}  // namespace rung::event_log
