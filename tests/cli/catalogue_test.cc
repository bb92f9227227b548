#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "recommend/event_log/event_log.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

// `rung catalogue` with what a viewer made known.

namespace rung {
namespace {

using namespace std::chrono_literals;
using event_log::EventKind;

class CatalogueOfAViewer : public testing::Test {
 protected:
  CatalogueOfAViewer() {
    setenv("XDG_STATE_HOME", folder_.path().c_str(), 1);
    std::ofstream feed(folder_.path() / "feed.json");
    feed << R"({"rung_catalogue": 1, "base_url": "https://example.org/", "titles": [
      {"id": "f1", "name": "Harbour", "manifest": "a", "plays": 70},
      {"id": "f2", "name": "Zebra", "manifest": "b", "plays": 60}]})";
  }

  /// By how much the signs move the odds of f2 after one that is so old.
  [[nodiscard]] double lift_after(EventKind kind, std::chrono::milliseconds age) const {
    const std::string file = (folder_.path() / "rung" / "events.sqlite").string();
    EXPECT_TRUE(event_log::forget(file, "me"));
    {
      const std::chrono::milliseconds now = std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::system_clock::now().time_since_epoch());
      event_log::EventLog log(file, [](const Error& error) { ADD_FAILURE() << error.message; });
      const bool search = kind == EventKind::search;
      log.append({.time = (now - age).count(),
                  .viewer = "me",
                  .kind = kind,
                  .title = search ? "" : "f2",
                  .position = std::nullopt,
                  .length = std::nullopt,
                  .reason = search ? "zebra" : "",
                  .slate = {}});
    }
    const test::Output said =
        test::run(std::string(RUNG_PROGRAM) + " catalogue " +
                  (folder_.path() / "feed.json").string() + " --user me --json");
    EXPECT_EQ(said.status, 0);
    const auto next = nlohmann::json::parse(said.text)["next"];
    for (const auto& one : next)
      if (one["title"] == "f2") return one.value("lift", 0.0);
    ADD_FAILURE() << next;
    return 0;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(CatalogueOfAViewer, SignsCountForAsLongAsTheyAreOfLateByTheClock) {
  EXPECT_GT(lift_after(EventKind::search, 23h), 0);
  EXPECT_EQ(lift_after(EventKind::search, 25h), 0);
  EXPECT_EQ(lift_after(EventKind::search, 8760h), 0);
  EXPECT_GT(lift_after(EventKind::focus, 50min), 0);
  EXPECT_EQ(lift_after(EventKind::focus, 70min), 0);
  EXPECT_LT(lift_after(EventKind::skip, 29 * 24h), 0);
  EXPECT_EQ(lift_after(EventKind::skip, 31 * 24h), 0);
  EXPECT_GT(lift_after(EventKind::save, 8760h), 0) << "it is still to be seen";
}

TEST_F(CatalogueOfAViewer, SignsOfAClockThatWentBackAreOfNow) {
  EXPECT_GT(lift_after(EventKind::search, -48h), 0);
}

TEST_F(CatalogueOfAViewer, ControlCharactersDoNotReachTheTerminal) {
  const std::string feed = (folder_.path() / "strange.json").string();
  std::ofstream(feed) << R"({"rung_catalogue": 1, "base_url": "https://example.org/", "titles": [
      {"id": "a\u001b[31m", "name": "b\u0007", "manifest": "a"}]})";
  const test::Output said = test::run(std::string(RUNG_PROGRAM) + " catalogue " + feed);
  EXPECT_EQ(said.status, 0);
  EXPECT_NE(said.text.find("b? (a?[31m)"), std::string::npos) << said.text;
  EXPECT_NE(said.text.find("strange.json: 1 titles"), std::string::npos) << said.text;
}

}  // namespace
}  // namespace rung
