#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/program.h"
#include "tests/player/x_server.h"
#include "tests/support/temporary_directory.h"

// `rung play --catalogue`: titles of a feed, one leading to the next, and the log of it.

namespace rung::test {
namespace {

using testing::HasSubstr;

/// Lines of JSON that stand one behind the other.
std::vector<nlohmann::json> objects_of(const std::string& text) {
  std::vector<nlohmann::json> objects;
  std::istringstream in(text);
  while (in >> std::ws && !in.eof()) {
    nlohmann::json one;
    in >> one;
    objects.push_back(std::move(one));
  }
  return objects;
}

/// How many files of heads the folder has.
std::size_t kept_heads(const std::filesystem::path& folder) {
  std::error_code none;
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder, none))
    files += static_cast<std::size_t>(file.path().extension() == ".head");
  return files;
}

class CataloguePlay : public testing::Test {
 protected:
  CataloguePlay() {
    setenv("XDG_STATE_HOME", (folder_.path() / "state").c_str(), 1);
    setenv("XDG_CACHE_HOME", (folder_.path() / "cache").c_str(), 1);
    const auto title = [this](const std::string& id, const std::string& more) {
      std::filesystem::copy(title_directory(), folder_.path() / id,
                            std::filesystem::copy_options::recursive);
      return R"({"id": ")" + id + R"(", "name": ")" + id + R"(", "manifest": ")" + id +
             R"(/manifest.mpd")" + more + "}";
    };
    write_text(folder_.path() / "feed.json", R"({"rung_catalogue": 1, "titles": [)" +
                                                 title("one", R"(, "series": "S", "episode": 1)") +
                                                 "," +
                                                 title("two", R"(, "series": "S", "episode": 2)") +
                                                 "," + title("three", R"(, "plays": 3)") + "]}");
    write_text(folder_.path() / "trace.csv", "duration_ms,down_kbps,rtt_ms\n60000,12000,60\n");
  }

  TemporaryDirectory folder_;
};

TEST_F(CataloguePlay, GoesOnToTheNextEpisodeThatWasFetchedAheadAndLogsIt) {
  const ServingRung server(folder_.path(), {"--trace", (folder_.path() / "trace.csv").string()});
  // Near the end of the first title, and into the second one.
  const auto scenario = folder_.path() / "scenario.json";
  write_text(scenario, R"({"limit_s": 9, "actions": [{"after_s": 0.3, "do": "seek", "to": 11}]})");
  const Output played =
      run_rung({"play", "--headless", "--json", "--catalogue", server.url("feed.json"), "--titles",
                "2", "--scenario", scenario.string(), "one"});
  ASSERT_EQ(played.status, 0) << played.err;
  const auto reports = objects_of(played.out);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_THAT(reports[1]["title"].get<std::string>(), HasSubstr("/two/"));
  EXPECT_GT(reports[1]["held_segments_played"].get<int>(), 0);
  EXPECT_EQ(reports[1]["prefetch_hits"], 1);

  const auto events = objects_of(run_rung({"history", "--json"}).out);
  std::vector<std::string> plays;
  for (const auto& event : events)
    if (event["event"] == "play") plays.push_back(event["title"]);
  EXPECT_EQ(plays, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(events.back()["event"], "exit");
  EXPECT_EQ(events.back()["reason"], "left");
  EXPECT_THAT(run_rung({"history", "--plays"}).out, HasSubstr("me,two,"));
  const auto stays = objects_of(run_rung({"history", "--stays", "--json"}).out);
  ASSERT_EQ(stays.size(), 2U);
  EXPECT_EQ(stays[0]["viewings"], 1);
  EXPECT_LE(stays[0]["p_leave"][0]["p"], 1);
  EXPECT_EQ(run_rung({"history", "--forget"}).status, 0);
  EXPECT_EQ(run_rung({"history"}).out, "");
}

TEST_F(CataloguePlay, TheHomeScreenExploresAndItsLogJudgesThePolicyWithoutChance) {
  const XServer screen;
  if (!screen.running()) GTEST_SKIP() << "Xvfb does not start";
  if (!screen.xdotool("version >/dev/null 2>&1")) GTEST_SKIP() << "xdotool is not installed";
  const ServingRung server(folder_.path());
  const std::string feed = server.url("feed.json");
  write_text(folder_.path() / "leave.json", R"({"limit_s": 1, "actions": []})");
  ASSERT_EQ(run_rung({"play", "--headless", "--catalogue", feed, "--scenario",
                      (folder_.path() / "leave.json").string(), "three"})
                .status,
            0);
  const auto slates = [&] {
    std::vector<nlohmann::json> shown;
    for (const auto& event : objects_of(run_rung({"history", "--json"}).out))
      if (event["event"] == "impression") shown.push_back(event["slate"]);
    return shown;
  };
  const auto visit = [&](const std::vector<std::string>& more) {
    const std::size_t before = slates().size();
    std::vector<std::string> arguments{"home", "--no-prefetch", feed};
    arguments.insert(arguments.end(), more.begin(), more.end());
    RunningRung home(arguments);
    for (int i = 0; i < 200 && slates().size() == before; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    static_cast<void>(screen.press("Escape"));
    EXPECT_EQ(home.wait(), 0);
    const auto after = slates();
    return after.size() > before ? after.back() : nlohmann::json();
  };
  const nlohmann::json first = visit({"--seed", "5"});
  EXPECT_EQ(visit({"--seed", "5"}), first);
  double least = 1;
  for (const auto& shown : first)
    if (shown["row"] == "because") least = std::min(least, shown["propensity"].get<double>());
  EXPECT_LT(least, 1);
  EXPECT_GT(least, 0);
  for (const auto& shown : visit({"--no-explore"})) EXPECT_EQ(shown["propensity"], 1);

  const auto decisions = folder_.path() / "decisions.csv";
  write_text(decisions, run_rung({"history", "--decisions"}).out);
  const Output judged = run_rung({"recommend", "evaluate", "--logged", decisions.string(),
                                  "--target", "usual", "--row", "because", "--format", "json"});
  EXPECT_EQ(judged.status, 0) << judged.err;
}

TEST_F(CataloguePlay, WhatWasFetchedAheadOfATitleIsThereAfterTheProgramWasKilled) {
  const auto heads = folder_.path() / "cache" / "rung" / "heads";
  const auto log = folder_.path() / "requests.jsonl";
  const ServingRung server(folder_.path(), {"--trace", (folder_.path() / "trace.csv").string(),
                                            "--max-age", "600", "--log", log.string()});
  const std::string two = server.url("two/manifest.mpd");
  {
    RunningRung first(
        {"play", "--headless", "--cache-size", "50", server.url("one/manifest.mpd"), two});
    // Both manifests, and of pictures and sound the first segment and what must come before it.
    while (kept_heads(heads) < 6) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    first.kill_now();
  }
  const auto asked_for_two = [&] {
    std::size_t requests = 0;
    for (const auto& request : objects_of(read_text(log)))
      if (request.value("target", "").find("two/manifest.mpd") != std::string::npos) ++requests;
    return requests;
  };
  EXPECT_EQ(asked_for_two(), 1U);
  write_text(folder_.path() / "leave.json", R"({"limit_s": 1, "actions": []})");
  const std::vector<std::string> second{
      "play", "--headless", "--json", two, "--scenario", (folder_.path() / "leave.json").string()};
  auto with_heads = second;
  with_heads.insert(with_heads.end(), {"--cache-size", "50"});
  const auto report = objects_of(run_rung(with_heads).out).at(0);
  EXPECT_TRUE(report["from_disk"]);
  EXPECT_GT(report["held_segments_played"], 0);
  EXPECT_EQ(asked_for_two(), 1U);

  // Without a window nothing is kept unless that is asked for; and it can be removed.
  EXPECT_FALSE(objects_of(run_rung(second).out).at(0)["from_disk"]);
  EXPECT_EQ(run_rung({"history", "--forget"}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(heads));
}

TEST_F(CataloguePlay, ATitleGoesOnFromAHeadThatWasKeptOfThatPlace) {
  const ServingRung server(
      folder_.path(), {"--trace", (folder_.path() / "trace.csv").string(), "--max-age", "600"});
  const std::string two = server.url("two/manifest.mpd");
  write_text(folder_.path() / "leave.json", R"({"limit_s": 1, "actions": []})");
  const auto leave = (folder_.path() / "leave.json").string();
  ASSERT_EQ(
      run_rung({"play", "--headless", "--resume", "--start", "6", two, "--scenario", leave}).status,
      0);
  const auto heads = folder_.path() / "cache" / "rung" / "heads";
  {
    RunningRung first({"play", "--headless", "--resume", "--cache-size", "50",
                       server.url("one/manifest.mpd"), two});
    while (kept_heads(heads) < 6) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    first.kill_now();
  }
  const auto report = objects_of(run_rung({"play", "--headless", "--resume", "--json",
                                           "--cache-size", "50", two, "--scenario", leave})
                                     .out)
                          .at(0);
  EXPECT_GE(report["began_at_s"], 6);
  EXPECT_TRUE(report["from_disk"]);
  EXPECT_GT(report["held_segments_played"], 0);
}

TEST_F(CataloguePlay, WhatTheViewerSeeksLikesAndSavesIsLoggedAndMovesWhatComesNext) {
  const XServer screen;
  if (!screen.running()) GTEST_SKIP() << "Xvfb does not start";
  if (!screen.xdotool("version >/dev/null 2>&1")) GTEST_SKIP() << "xdotool is not installed";
  const ServingRung server(folder_.path());
  const std::string feed = server.url("feed.json");
  const auto p_of = [&](const std::string& id) {
    const Output said = run_rung({"catalogue", feed, "--user", "me", "--json"});
    EXPECT_EQ(said.status, 0) << said.err;
    const auto next = nlohmann::json::parse(said.out)["next"];
    for (const auto& one : next)
      if (one["title"] == id) return one["p"].get<double>();
    return 0.0;
  };
  const auto events = [&](const std::string& kind) {
    std::vector<nlohmann::json> found;
    for (const auto& event : objects_of(run_rung({"history", "--json"}).out))
      if (event["event"] == kind) found.push_back(event);
    return found;
  };
  const double before = p_of("two");
  RunningRung home({"home", feed, "--no-prefetch", "--no-explore"});
  for (int i = 0; i < 200 && events("impression").empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (const char* key : {"slash", "t", "w", "o", "Escape", "b", "plus", "minus", "Escape"}) {
    ASSERT_TRUE(screen.press(key));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  EXPECT_EQ(home.wait(), 0);
  ASSERT_EQ(events("search").size(), 1U);
  EXPECT_EQ(events("search")[0]["reason"], "two");
  for (const char* kind : {"save", "like", "skip"}) {
    ASSERT_EQ(events(kind).size(), 1U) << kind;
    EXPECT_EQ(events(kind)[0]["title"], "three") << "the most popular one";
  }
  EXPECT_GT(p_of("two"), before);
}

TEST_F(CataloguePlay, ADamagedLogCostsOneWarningAndPrivateViewingLeavesNothing) {
  const ServingRung server(folder_.path());
  write_text(folder_.path() / "leave.json", R"({"limit_s": 1, "actions": []})");
  const std::vector<std::string> arguments{"play",        "--headless",
                                           "--catalogue", server.url("feed.json"),
                                           "--scenario",  (folder_.path() / "leave.json").string(),
                                           "one"};
  auto in_private = arguments;
  in_private.emplace_back("--private");
  EXPECT_EQ(run_rung(in_private).status, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "state"));

  std::filesystem::create_directories(folder_.path() / "state" / "rung");
  const auto log = folder_.path() / "state" / "rung" / "events.sqlite";
  write_text(log, std::string(4096, 'x'));
  const Output played = run_rung(arguments);
  EXPECT_EQ(played.status, 0);
  EXPECT_EQ(std::count(played.err.begin(), played.err.end(), '\n'), 1) << played.err;
  EXPECT_EQ(read_text(log), std::string(4096, 'x'));
}

TEST_F(CataloguePlay, RelativeTitlesOfAFileNeedABase) {
  const Output played = run_rung(
      {"play", "--headless", "--catalogue", (folder_.path() / "feed.json").string(), "none"});
  EXPECT_NE(played.status, 0);
  EXPECT_THAT(played.err, HasSubstr("base_url"));
}

}  // namespace
}  // namespace rung::test
