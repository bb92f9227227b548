#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/end_to_end/program.h"
#include "tests/support/nginx_server.h"
#include "tests/support/temporary_directory.h"

// `rung play --headless` against real servers, and `rung replay` of what it logs.

namespace rung::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::vector<json> lines_of(const std::string& log) {
  std::vector<json> lines;
  std::istringstream text(log);
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

std::size_t count_of(const std::vector<json>& lines, const std::string& event) {
  std::size_t count = 0;
  for (const json& line : lines)
    if (line.at("ev") == event) ++count;
  return count;
}

/// The log with the representation of one decision changed, and the number of its line from 1.
struct ChangedLog {
  std::string text;
  int line = 0;
};

ChangedLog with_another_decision(const std::string& log) {
  ChangedLog changed;
  std::istringstream text(log);
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    json fields = json::parse(line);
    if (changed.line == 0 && fields.at("ev") == "quality" && fields.at("track") == "video" &&
        fields.at("seg") == 4) {
      fields["rep"] = fields.at("rep") == 0 ? 1 : 0;
      line = fields.dump();
      changed.line = number;
    }
    changed.text += line + '\n';
  }
  return changed;
}

/// Plays the title at `url` without a display; checks the report, the log and its replay.
void expect_playback(const std::string& url, const std::vector<std::string>& more = {}) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  std::vector<std::string> arguments{"play",          "--headless", "--json",
                                     "--session-log", log_path,     url};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Output played = run_rung(arguments);
  ASSERT_EQ(played.status, 0) << played.err;
  EXPECT_EQ(played.err, "");

  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "ended");
  EXPECT_EQ(report.at("segments"), title_segments);
  // A machine that is busy elsewhere may show some too late, but every one is accounted for.
  EXPECT_NEAR(report.at("frames").get<int>() + report.at("dropped_frames").get<int>(),
              title_pictures, 2);
  EXPECT_GT(report.at("frames").get<int>(), title_pictures * 3 / 4);
  EXPECT_EQ(report.at("decode_errors"), 0);
  EXPECT_EQ(report.at("failures"), 0);
  EXPECT_NEAR(report.at("played_s").get<double>(), 16, 0.2);
  EXPECT_GE(report.at("elapsed_s").get<double>(), report.at("played_s").get<double>());
  EXPECT_GT(report.at("mean_kbps").get<double>(), 200);
  EXPECT_TRUE(report.at("error").is_null());

  const std::string log = read_text(log_path);
  const std::vector<json> lines = lines_of(log);
  ASSERT_GT(lines.size(), 20U);
  EXPECT_EQ(lines[0].at("ev"), "hello");
  EXPECT_EQ(lines[0].at("schema"), "rung-session/1");
  EXPECT_EQ(lines[1].at("ev"), "play");
  EXPECT_EQ(lines.back().at("ev"), "end");
  EXPECT_EQ(count_of(lines, "first_frame"), 1U);
  EXPECT_EQ(count_of(lines, "quality"), count_of(lines, "response"));
  EXPECT_GE(count_of(lines, "pos"), 100U);
  for (std::size_t i = 1; i < lines.size(); ++i)
    EXPECT_TRUE(lines[i].at("t").is_number()) << "line " << i + 1;

  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("requests reproduced"));

  const ChangedLog changed = with_another_decision(log);
  ASSERT_GT(changed.line, 0);
  write_text(log_path, changed.text);
  const Output differs = run_rung({"replay", log_path});
  EXPECT_EQ(differs.status, 1);
  EXPECT_THAT(differs.err, HasSubstr("line " + std::to_string(changed.line) + ":"));
}

TEST(Playback, OfDashIsCompleteAndReplays) {
  const ServingRung server(title_directory());
  expect_playback(server.url("manifest.mpd"));
}

TEST(Playback, OfHlsIsCompleteAndReplays) {
  const ServingRung server(title_directory());
  expect_playback(server.url("master.m3u8"), {"--policy", "robust-mpc"});
}

/// The URLs of what was fetched of the sound, in order.
std::vector<std::string> sound_of(const std::vector<json>& lines) {
  std::vector<std::string> urls;
  for (const json& line : lines)
    if (line.at("ev") == "response" && line.at("track") == "audio") urls.push_back(line.at("url"));
  return urls;
}

TEST(Playback, AnotherLanguageIsHeardFromTheSamePlaceOnAndItReplays) {
  for (const char* manifest : {"manifest.mpd", "master.m3u8"}) {
    SCOPED_TRACE(manifest);
    const ServingRung server(title_directory());
    const TemporaryDirectory directory;
    const std::string log_path = (directory.path() / "log.jsonl").string();
    const std::string scenario = (directory.path() / "scenario.json").string();
    write_text(scenario, R"({"actions": [{"after_s": 5, "do": "audio", "language": "de"},
                                         {"after_s": 1, "do": "audio", "language": "xx"}]})");
    const Output played = run_rung({"play", server.url(manifest), "--headless", "--json",
                                    "--session-log", log_path, "--scenario", scenario});
    ASSERT_EQ(played.status, 0) << played.err;
    const json report = json::parse(played.out);
    EXPECT_EQ(report.at("ended"), "ended");
    EXPECT_NEAR(report.at("played_s").get<double>(), 16, 0.3);
    EXPECT_EQ(report.at("stall_count"), 0);
    EXPECT_LT(report.at("seeking_s").get<double>(), 1);
    EXPECT_EQ(report.at("failures"), 0);
    EXPECT_EQ(report.at("decode_errors"), 0);
    EXPECT_EQ(report.at("segments"), title_segments) << "no picture comes twice";
    EXPECT_EQ(report.at("audio").at("language"), "de");
    EXPECT_EQ(report.at("audio").at("changes"), 1);
    const std::vector<json> lines = lines_of(read_text(log_path));
    const std::vector<std::string> sound = sound_of(lines);
    ASSERT_FALSE(sound.empty());
    EXPECT_THAT(sound.front(), HasSubstr("audio-128k/seg-1.m4s"));
    const auto changed = std::ranges::find_if(
        sound, [](const std::string& url) { return url.find("-de/") != std::string::npos; });
    ASSERT_NE(changed, sound.end());
    EXPECT_THAT(*changed, HasSubstr("audio-128k-de/seg-3.m4s")) << "which holds second 5";
    EXPECT_THAT(sound.back(), HasSubstr("audio-128k-de/seg-8.m4s"));
    EXPECT_EQ(count_of(lines, "seeked"), 1U);
    const Output replayed = run_rung({"replay", log_path});
    EXPECT_EQ(replayed.status, 0) << replayed.err;
  }
}

TEST(Playback, SoundThatCannotBeHadIsLeftForTheOneBeforeAndItReplays) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "scenario.json").string();
  const std::string faults = (directory.path() / "faults.json").string();
  write_text(scenario, R"({"actions": [{"after_s": 3, "do": "audio", "language": "de"}]})");
  for (const int status : {404, 503}) {
    SCOPED_TRACE(status);
    write_text(faults, R"({"rules": [{"contains": "-de/seg", "action": "status", "status": )" +
                           std::to_string(status) + "}]}");
    const ServingRung server(title_directory(), {"--faults", faults});
    const Output played = run_rung({"play", server.url("manifest.mpd"), "--headless", "--json",
                                    "--session-log", log_path, "--scenario", scenario});
    ASSERT_EQ(played.status, 0) << played.err;
    const json report = json::parse(played.out);
    EXPECT_EQ(report.at("ended"), "ended");
    EXPECT_NEAR(report.at("played_s").get<double>(), 16, 0.3);
    EXPECT_EQ(report.at("stall_count"), 0);
    EXPECT_EQ(report.at("audio").at("language"), "en");
    EXPECT_EQ(report.at("audio").at("changes"), 1);
    EXPECT_THAT(report.at("audio").at("trouble").get<std::string>(), HasSubstr("cannot be had"));
    const Output replayed = run_rung({"replay", log_path});
    EXPECT_EQ(replayed.status, 0) << replayed.err;
  }
}

TEST(Playback, SoundThatCannotBeHadIsLeftForTheLastOneThatCame) {
  const TemporaryDirectory directory;
  const std::filesystem::path title = directory.path() / "title";
  std::filesystem::copy(title_directory(), title, std::filesystem::copy_options::recursive);
  // A third language, of which there is nothing.
  std::string mpd = read_text(title / "manifest.mpd");
  const std::size_t name = mpd.find("audio-128k-de");
  ASSERT_NE(name, std::string::npos);
  const std::size_t begin = mpd.rfind("<AdaptationSet", name);
  const std::string close = "</AdaptationSet>";
  const std::size_t end = mpd.find(close, name) + close.size();
  std::string third = mpd.substr(begin, end - begin);
  const auto change = [&](const std::string& from, const std::string& to) {
    third.replace(third.find(from), from.size(), to);
  };
  change("id=\"3\"", "id=\"4\"");
  change("lang=\"de\"", "lang=\"fr\"");
  change("audio-128k-de", "audio-128k-fr");
  write_text(title / "manifest.mpd", mpd.insert(end, third));
  std::filesystem::remove_all(title / "audio-128k-de");
  const std::string scenario = (directory.path() / "scenario.json").string();
  // The third one is chosen before it is known that there is nothing of the second.
  write_text(scenario, R"({"actions": [{"after_s": 3, "do": "audio", "language": "de"},
                                       {"after_s": 0, "do": "audio", "language": "fr"}]})");
  const ServingRung server(title);
  const Output played = run_rung(
      {"play", server.url("manifest.mpd"), "--headless", "--json", "--scenario", scenario});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "ended");
  EXPECT_EQ(report.at("audio").at("language"), "en");
  EXPECT_EQ(report.at("audio").at("changes"), 2);
}

TEST(Playback, TheNextTitleBeginsInTheLanguageThatWasChosen) {
  const TemporaryDirectory directory;
  for (const char* title : {"one", "two"})
    std::filesystem::copy(title_directory(), directory.path() / title,
                          std::filesystem::copy_options::recursive);
  const ServingRung server(directory.path());
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "scenario.json").string();
  write_text(scenario, R"({"stop_after_actions": true, "actions": [
      {"after_s": 0.5, "do": "audio", "language": "de"}, {"after_s": 2, "do": "zap", "url": "two"}]})");
  const Output played =
      run_rung({"play", server.url("one/manifest.mpd"), server.url("two/manifest.mpd"),
                "--headless", "--session-log", log_path, "--scenario", scenario});
  ASSERT_EQ(played.status, 0) << played.err;
  const std::vector<std::string> sound = sound_of(lines_of(read_text(log_path)));
  const auto next = std::ranges::find_if(
      sound, [](const std::string& url) { return url.find("/two/") != std::string::npos; });
  ASSERT_NE(next, sound.end());
  for (auto url = next; url != sound.end(); ++url) EXPECT_THAT(*url, HasSubstr("-de/"));
}

TEST(Playback, AScriptedViewerGoesOnToAnotherTitle) {
  const TemporaryDirectory directory;
  for (const char* title : {"one", "two"})
    std::filesystem::copy(title_directory(), directory.path() / title,
                          std::filesystem::copy_options::recursive);
  const ServingRung server(directory.path());
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "scenario.json").string();
  write_text(scenario, R"({"limit_s": 60, "stop_after_actions": true, "actions": [
      {"after_s": 0.2, "do": "preload", "url": "two"}, {"after_s": 1, "do": "zap", "url": "two"},
      {"after_s": 0.2, "do": "zap", "url": ")" +
                           server.url("one/master.m3u8") + R"("}]})");
  const Output played = run_rung({"play", server.url("one/manifest.mpd"), "--headless",
                                  "--session-log", log_path, "--scenario", scenario});
  ASSERT_EQ(played.status, 0) << played.err;
  const std::vector<json> lines = lines_of(read_text(log_path));
  std::vector<std::string> titles;
  std::vector<bool> preloaded;
  for (const json& line : lines) {
    if (line.at("ev") == "hello") titles.push_back(line.at("title"));
    if (line.at("ev") == "zap") preloaded.push_back(line.at("preloaded"));
  }
  EXPECT_EQ(titles, (std::vector<std::string>{server.url("one/manifest.mpd"),
                                              server.url("two/manifest.mpd"),
                                              server.url("one/master.m3u8")}));
  EXPECT_EQ(preloaded, (std::vector<bool>{true, false}));
  EXPECT_EQ(count_of(lines, "preload_done"), 1U);
  EXPECT_EQ(count_of(lines, "first_frame"), 3U);
  EXPECT_EQ(count_of(lines, "zapped"), 2U);
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("session 3: all"));

  write_text(scenario, R"({"actions": [{"after_s": 0, "do": "zap", "url": "none"}]})");
  const Output lost =
      run_rung({"play", server.url("one/manifest.mpd"), "--headless", "--scenario", scenario});
  EXPECT_EQ(lost.status, 3);
  EXPECT_THAT(lost.err, HasSubstr("none/manifest.mpd"));
}

TEST(Playback, TheNextTitleOfAListIsFetchedAhead) {
  const TemporaryDirectory directory;
  for (const char* title : {"one", "two"})
    std::filesystem::copy(title_directory(), directory.path() / title,
                          std::filesystem::copy_options::recursive);
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "scenario.json").string();
  const auto play = [&](const std::vector<std::string>& more) {
    // Where nothing takes long, nothing is worth fetching ahead.
    const ServingRung server(directory.path(), {"--rtt", "60"});
    write_text(scenario, R"({"limit_s": 60, "stop_after_actions": true, "actions": [
        {"after_s": 3, "do": "zap", "url": "two"}, {"after_s": 0.5, "do": "seek", "to": 1}]})");
    std::vector<std::string> arguments{"play",
                                       server.url("one/manifest.mpd"),
                                       server.url("two/manifest.mpd"),
                                       "--headless",
                                       "--session-log",
                                       log_path,
                                       "--scenario",
                                       scenario};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Output played = run_rung(arguments);
    EXPECT_EQ(played.status, 0) << played.err;
    return lines_of(read_text(log_path));
  };

  const std::vector<json> lines = play({});
  EXPECT_GE(count_of(lines, "prefetched"), 3U) << "a manifest, video and sound";
  std::size_t held = 0;
  for (const json& line : lines)
    if (line.at("ev") == "completed" && line.value("held", false)) ++held;
  EXPECT_GE(held, 2U);
  EXPECT_EQ(count_of(lines, "first_frame"), 2U);
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("session 2: all"));

  EXPECT_EQ(count_of(play({"--no-prefetch"}), "prefetch"), 0U);
}

TEST(Playback, ABufferMayBeLittleLargerThanASegment) {
  // Segments of 2 s, and of a little more of sound.
  const ServingRung server(title_directory(), {});
  const TemporaryDirectory directory;
  const std::string scenario = (directory.path() / "leave.json").string();
  write_text(scenario, R"({"limit_s": 4})");
  for (const char* seconds : {"4", "2.6"}) {
    const Output played = run_rung({"play", "--headless", "--json", "--buffer", seconds,
                                    "--scenario", scenario, server.url("manifest.mpd")});
    ASSERT_EQ(played.status, 0) << seconds << ": " << played.err;
    EXPECT_GT(json::parse(played.out).at("played_s").get<double>(), 2) << seconds;
    EXPECT_EQ(json::parse(played.out).at("stall_count"), 0) << seconds;
  }
  const Output refused =
      run_rung({"play", "--headless", "--buffer", "2.4", server.url("manifest.mpd")});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, testing::HasSubstr("buffer_capacity"));
}

TEST(Playback, ProtectedTitlesAreRefusedWithoutTheirKeys) {
  const TemporaryDirectory directory;
  std::string mpd = read_text(title_directory() / "manifest.mpd");
  mpd.insert(mpd.find('>', mpd.find("<AdaptationSet")) + 1,
             "<ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\""
             " default_KID=\"0123456789abcdef0123456789abcdef\"/>");
  write_text((directory.path() / "manifest.mpd").string(), mpd);
  const ServingRung server(directory.path());
  const std::string key(32, 'a');
  const Output without = run_rung({"play", "--headless", server.url("manifest.mpd")});
  EXPECT_EQ(without.status, 4);
  EXPECT_THAT(without.err, HasSubstr("--key"));
  const Output other = run_rung({"play", "--headless", "--key", key + ":" + key, "--key",
                                 std::string(32, 'b') + ":" + key, server.url("manifest.mpd")});
  EXPECT_EQ(other.status, 4);
  EXPECT_THAT(other.err, HasSubstr("0123456789abcdef0123456789abcdef"));
  const Output nonsense =
      run_rung({"play", "--headless", "--key", key, server.url("manifest.mpd")});
  EXPECT_EQ(nonsense.status, 2);
  EXPECT_THAT(nonsense.err, HasSubstr("ID:KEY"));
}

TEST(Playback, StaysBelowTheViewersLimits) {
  const ServingRung server(title_directory());
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "scenario.json").string();
  write_text(scenario, R"({"limit_s": 3})");
  const auto tallest = [&](const std::vector<std::string>& limits) {
    std::vector<std::string> arguments{"play",          server.url("manifest.mpd"),
                                       "--headless",    "--policy",
                                       "fixed:highest", "--scenario",
                                       scenario,        "--session-log",
                                       log_path};
    arguments.insert(arguments.end(), limits.begin(), limits.end());
    EXPECT_EQ(run_rung(arguments).status, 0);
    int height = 0;
    for (const json& line : lines_of(read_text(log_path)))
      if (line.at("ev") == "pos") height = std::max(height, line.value("h", 0));
    return height;
  };
  EXPECT_EQ(tallest({}), 360);
  EXPECT_EQ(tallest({"--max-height", "300"}), 216);
  EXPECT_EQ(tallest({"--max-kbps", "499"}), 144);
  EXPECT_EQ(tallest({"--data-saver", "--max-height", "200"}), 144);
}

TEST(Playback, LowSegmentsOfTheBufferAreRaisedWhereThatIsWantedAndItReplays) {
  const TemporaryDirectory directory;
  const std::string trace = (directory.path() / "trace.csv").string();
  const std::string log_path = (directory.path() / "log.jsonl").string();
  // All that comes in the first seconds is low; then what is left of the title comes at once.
  write_text(trace, "duration_ms,down_kbps,rtt_ms\n4000,500,20\n60000,20000,20\n");
  const auto play = [&](const char* percent) {
    const ServingRung server(title_directory(), {"--trace", trace});
    const Output played =
        run_rung({"play", server.url("manifest.mpd"), "--headless", "--json", "--policy",
                  "robust-mpc", "--upgrades", percent, "--session-log", log_path});
    EXPECT_EQ(played.status, 0) << played.err;
    return json::parse(played.out);
  };
  const json without = play("0");
  EXPECT_EQ(without.at("upgrades"), 0);
  EXPECT_EQ(without.at("replaced_bytes"), 0);

  const json raised = play("50");
  EXPECT_GE(raised.at("upgrades"), 1);
  EXPECT_GT(raised.at("replaced_bytes"), 0);
  EXPECT_EQ(raised.at("ended"), "ended");
  EXPECT_EQ(raised.at("segments"), title_segments);
  EXPECT_EQ(raised.at("decode_errors"), 0);
  EXPECT_EQ(raised.at("stall_count"), 0);
  EXPECT_NEAR(raised.at("frames").get<int>() + raised.at("dropped_frames").get<int>(),
              title_pictures, 2);
  EXPECT_GT(raised.at("qoe_lin"), without.at("qoe_lin"));

  // What the report counts is what was seen: the raised copy is on the screen in its time.
  const std::vector<json> lines = lines_of(read_text(log_path));
  std::map<int, json> rates;  // By segment, of its last copy.
  for (const json& line : lines)
    if (line.at("ev") == "quality" && line.at("reason") == "upgrade")
      rates[line.at("seg")] = line.at("kbps");
  int seen = 0;
  for (const auto& [segment, rate] : rates)
    for (const json& shown : lines) {
      if (shown.at("ev") != "pos" || !shown.contains("kbps")) continue;
      const double within = shown.at("pos").get<double>() - segment * 2;
      if (within < 0.5 || within > 1.5) continue;
      EXPECT_EQ(shown.at("kbps"), rate) << "segment " << segment;
      ++seen;
    }
  EXPECT_GT(seen, 0);
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

TEST(Playback, AScriptedViewerSeeksAndLeaves) {
  const ServingRung server(title_directory());
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "scenario.json").string();
  write_text(scenario, R"({"limit_s": 60, "stop_after_actions": true, "actions": [
      {"after_s": 1, "do": "seek", "to": 12}, {"after_s": 0.2, "do": "seek", "to": 3}]})");
  const Output played = run_rung({"play", server.url("manifest.mpd"), "--headless", "--session-log",
                                  log_path, "--scenario", scenario});
  ASSERT_EQ(played.status, 0) << played.err;
  const std::vector<json> lines = lines_of(read_text(log_path));
  EXPECT_EQ(count_of(lines, "seek"), 2U);
  EXPECT_EQ(count_of(lines, "request"), count_of(lines, "quality"));
  std::vector<double> places;
  for (const json& line : lines)
    if (line.at("ev") == "seeked") places.push_back(line.at("pos"));
  ASSERT_EQ(places.size(), 2U);
  EXPECT_NEAR(places[0], 12, 0.1);
  EXPECT_NEAR(places[1], 3, 0.1);
  EXPECT_EQ(lines.back().at("reason"), "viewer-left");
  EXPECT_EQ(run_rung({"replay", log_path}).status, 0);

  write_text(scenario, R"({"actions": [{"after_s": 1, "do": "seek", "to": "there"}]})");
  const Output refused =
      run_rung({"play", server.url("manifest.mpd"), "--headless", "--scenario", scenario});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("actions[0]: \"to\" must be a number of seconds"));
}

/// What `rung play` says of a title that is left after a moment.
Output play_a_moment(const std::string& url, std::vector<std::string> more) {
  const TemporaryDirectory folder;
  write_text(folder.path() / "leave.json", R"({"limit_s": 1, "actions": []})");
  more.insert(more.begin(), {"play", "--headless", "--json", "--policy", "fixed:0", "--scenario",
                             (folder.path() / "leave.json").string(), url});
  return run_rung(more);
}

TEST(Playback, BeginsWhereItIsAskedToAndReplays) {
  const ServingRung server(title_directory());
  const std::string url = server.url("manifest.mpd");
  const TemporaryDirectory folder;
  const std::string log = (folder.path() / "log.jsonl").string();
  const Output played = play_a_moment(url, {"--start", "25%", "--session-log", log});
  ASSERT_EQ(played.status, 0) << played.err;
  EXPECT_EQ(json::parse(played.out).at("began_at_s"), 4.0);
  const auto lines = lines_of(read_text(log));
  const auto first = std::ranges::find(
      lines, "first_frame", [](const json& line) { return line.at("ev").get<std::string>(); });
  ASSERT_NE(first, lines.end());
  EXPECT_NEAR(first->at("pos").get<double>(), 4.0, 0.1);
  EXPECT_EQ(run_rung({"replay", log}).status, 0);

  const Output beyond = play_a_moment(url, {"--start", "1:30"});
  EXPECT_EQ(beyond.status, 2);
  EXPECT_THAT(beyond.err, HasSubstr("is 00:16 long, so it cannot begin at 01:30"));
}

TEST(Playback, WithoutAWindowAPlaceIsRememberedOnlyWhereThatIsAskedFor) {
  const ServingRung server(title_directory());
  const TemporaryDirectory folder;
  setenv("XDG_STATE_HOME", folder.path().c_str(), 1);
  const auto began = [&](std::vector<std::string> more) {
    const Output played = play_a_moment(server.url("manifest.mpd"), std::move(more));
    EXPECT_EQ(played.status, 0) << played.err;
    return json::parse(played.out).at("began_at_s").get<double>();
  };
  EXPECT_EQ(began({"--start", "6"}), 6.0);
  EXPECT_EQ(began({"--start", "6", "--resume", "--private"}), 6.0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_EQ(began({"--start", "6", "--resume"}), 6.0);
  EXPECT_EQ(began({}), 0.0);
  EXPECT_EQ(began({"--resume", "--private"}), 0.0);
  EXPECT_GE(began({"--resume"}), 6.0);
  unsetenv("XDG_STATE_HOME");
}

TEST(Playback, FromNginxOverTlsIsCompleteAndReplays) {
  const NginxServer nginx;
  std::filesystem::copy(title_directory(), nginx.files(), std::filesystem::copy_options::recursive);
  expect_playback(nginx.tls_url("/manifest.mpd"),
                  {"--policy", "bba", "--ca-file", nginx.ca_file()});
}

}  // namespace
}  // namespace rung::test
