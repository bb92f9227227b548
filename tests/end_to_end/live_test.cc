#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/end_to_end/program.h"
#include "tests/support/temporary_directory.h"

// `rung play` of what `rung serve --live` shows.

namespace rung::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(Live, DashPlaysAtADelayOverARoundByTheOriginsClockAndReplays) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  write_text(scenario, R"({"limit_s": 8})");
  // The end of the first round of 16 s comes 4 s after the start, and this clock is wrong.
  const ServingRung server(title_directory(),
                           {"--live", "--window", "10", "--clock-offset", "-77"});
  const Output played = run_rung({"play", "--headless", "--json", "--scenario", scenario,
                                  "--session-log", log_path, server.url("manifest.mpd")});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "viewer-left");
  EXPECT_GT(report.at("played_s").get<double>(), 4);
  EXPECT_EQ(report.at("failures"), 0) << "asked for before it was there";
  EXPECT_EQ(report.at("decode_errors"), 0);

  int grew = 0;
  std::istringstream lines(read_text(log_path));
  for (std::string text; std::getline(lines, text);) {
    const json line = json::parse(text);
    if (line.at("ev") != "grew") continue;
    ++grew;
    // Joined three segments behind the edge, and never ahead of it.
    EXPECT_GT(line.at("live_edge_ns").get<std::int64_t>(), 0);
  }
  EXPECT_GE(grew, 3);
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

TEST(Live, SubtitlesOfAPackagedTitleAreSeenOnDemandAndLiveInBothFormats) {
  const TemporaryDirectory directory;
  std::string text = "WEBVTT\n";
  for (int second = 0; second < 6; ++second)
    text += "\n00:0" + std::to_string(second) + ".100 --> 00:0" + std::to_string(second) +
            ".900\nsecond " + std::to_string(second) + "\n";
  const std::string subtitles = (directory.path() / "en.vtt").string();
  const std::string title = (directory.path() / "title").string();
  write_text(subtitles, text);
  const Output packaged = run_rung({"package", "--demo", "--seconds", "6", "--segment-seconds", "2",
                                    "--ladder", "100k:256x144", "--subtitles",
                                    subtitles + ":en:English: words", "--quiet", "-o", title});
  ASSERT_EQ(packaged.status, 0) << packaged.err;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  write_text(scenario, R"({"limit_s": 9})");
  for (const bool live : {false, true}) {
    const ServingRung server(title, live ? std::vector<std::string>{"--live", "--window", "12"}
                                         : std::vector<std::string>{});
    for (const char* manifest : {"manifest.mpd", "master.m3u8"}) {
      SCOPED_TRACE(std::string(manifest) + (live ? ", live" : ""));
      const Output played =
          run_rung({"play", "--headless", "--json", "--subtitles", "English: words", "--scenario",
                    scenario, "--session-log", log_path, server.url(manifest)});
      ASSERT_EQ(played.status, 0) << played.err;
      const json report = json::parse(played.out);
      EXPECT_EQ(report.at("subtitles").at("failures"), 0);
      EXPECT_EQ(report.at("subtitles").at("track"), "English: words (en)");
      int right = 0;
      std::istringstream lines(read_text(log_path));
      for (std::string one; std::getline(lines, one);) {
        const json line = json::parse(one);
        if (line.at("ev") != "cue" || line.at("text") == "") continue;
        // A round of the live title is 6 s long. That of HLS is joined at some segment of it.
        const bool somewhere = live && std::string(manifest).ends_with("m3u8");
        const int seconds = static_cast<int>(line.at("pos").get<double>());
        const std::string cue = line.at("text");
        const int told = cue.back() - '0';
        EXPECT_EQ(cue.substr(0, 7), "second ");
        EXPECT_EQ((seconds - told) % (somewhere ? 2 : 6), 0) << line;
        ++right;
      }
      // Also behind the end of a round, where the times of the media begin anew.
      EXPECT_GE(right, live ? 7 : 5);
    }
  }
}

TEST(Live, AnotherLanguageIsHeardFromThereOnAndItReplays) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  write_text(scenario, R"({"limit_s": 14, "actions": [
      {"after_s": 3, "do": "audio", "language": "de"},
      {"after_s": 4, "do": "audio", "language": "en"}]})");
  const std::string chunked = (directory.path() / "chunked").string();
  const Output packaged =
      run_rung({"package", "--demo", "--seconds", "8", "--segment-seconds", "2", "--chunk", "0.5",
                "--language", "en,de", "--ladder", "100k:256x144", "--quiet", "-o", chunked});
  ASSERT_EQ(packaged.status, 0) << packaged.err;
  for (const bool low_latency : {false, true}) {
    const ServingRung server(low_latency ? std::filesystem::path(chunked) : title_directory(),
                             low_latency ? std::vector<std::string>{"--live", "--chunked"}
                                         : std::vector<std::string>{"--live"});
    for (const char* manifest : {"manifest.mpd", "master.m3u8"}) {
      SCOPED_TRACE(std::string(manifest) + (low_latency ? ", chunked" : ""));
      const Output played =
          run_rung({"play", "--headless", "--json", "--policy", "fixed:0", "--scenario", scenario,
                    "--session-log", log_path, server.url(manifest)});
      ASSERT_EQ(played.status, 0) << played.err;
      const json report = json::parse(played.out);
      EXPECT_EQ(report.at("audio").at("language"), "en");
      EXPECT_EQ(report.at("audio").at("changes"), 2);
      EXPECT_EQ(report.at("decode_errors"), 0);
      std::string heard;  // What is fetched, in order, once each.
      std::istringstream lines(read_text(log_path));
      for (std::string one; std::getline(lines, one);) {
        const json line = json::parse(one);
        if (line.at("ev") != "request" || line.at("track") != "audio") continue;
        const std::string url = line.at("url");
        const std::string language = url.find("-de/") == std::string::npos ? "e" : "d";
        if (!heard.ends_with(language)) heard += language;
      }
      EXPECT_EQ(heard, "ede");
      const Output replayed = run_rung({"replay", log_path});
      EXPECT_EQ(replayed.status, 0) << replayed.out << replayed.err;
    }
  }
}

TEST(Live, SoundThatIsMissingIsLeftForTheOneBeforeAndItReplays) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "scenario.json").string();
  const std::string faults = (directory.path() / "faults.json").string();
  write_text(scenario,
             R"({"limit_s": 10, "actions": [{"after_s": 2, "do": "audio", "language": "de"}]})");
  write_text(faults, R"({"rules": [{"regex": "-de/seg", "action": "status", "status": 404}]})");
  const ServingRung server(title_directory(), {"--live", "--faults", faults});
  for (const char* manifest : {"manifest.mpd", "master.m3u8"}) {
    SCOPED_TRACE(manifest);
    const Output played =
        run_rung({"play", "--headless", "--json", "--policy", "fixed:0", "--scenario", scenario,
                  "--session-log", log_path, server.url(manifest)});
    ASSERT_EQ(played.status, 0) << played.err;
    const json report = json::parse(played.out);
    EXPECT_GT(report.at("played_s").get<double>(), 4);
    EXPECT_EQ(report.at("audio").at("language"), "en");
    EXPECT_EQ(report.at("audio").at("changes"), 1);
    EXPECT_THAT(report.at("audio").at("trouble").get<std::string>(), HasSubstr("goes on"));
    const Output replayed = run_rung({"replay", log_path});
    EXPECT_EQ(replayed.status, 0) << replayed.out << replayed.err;
  }
}

TEST(Live, TheLatencyShrinksAgainAfterAStall) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  const std::string faults = (directory.path() / "faults.json").string();
  write_text(scenario, R"({"limit_s": 24})");
  // One segment of the pictures stays away for longer than the buffer lasts.
  write_text(faults, R"({"rules": [{"regex": "/v[^/]*/seg-", "requests": [4], "action": "status",
                                    "status": 503, "retry_after": 8}]})");
  const ServingRung server(title_directory(), {"--live", "--faults", faults});
  const Output played =
      run_rung({"play", "--headless", "--json", "--policy", "fixed:0", "--scenario", scenario,
                "--session-log", log_path, server.url("manifest.mpd")});
  ASSERT_EQ(played.status, 0) << played.err;
  double most = 0;
  double last = 0;
  int fastest = 100;
  std::istringstream lines(read_text(log_path));
  for (std::string text; std::getline(lines, text);) {
    const json line = json::parse(text);
    if (line.at("ev") == "rate") fastest = std::max(fastest, line.at("percent").get<int>());
    if (line.at("ev") != "pos" || !line.contains("latency")) continue;
    last = line.at("latency");
    most = std::max(most, last);
  }
  EXPECT_GE(json::parse(played.out).at("stall_count").get<int>(), 1);
  EXPECT_EQ(fastest, 105);
  EXPECT_LT(last, most - 0.2);
  EXPECT_NEAR(json::parse(played.out).at("latency_s").get<double>(), last, 1);
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

TEST(Live, APlaylistThatHangsIsAskedForAgainBeforeThePictureStops) {
  const TemporaryDirectory directory;
  const std::string scenario = (directory.path() / "leave.json").string();
  const std::string faults = (directory.path() / "faults.json").string();
  write_text(scenario, R"({"limit_s": 14})");
  // Of the playlist of the pictures and of that of the sound.
  write_text(faults, R"({"rules": [{"regex": "index.m3u8$", "requests": [7], "action": "hang"},
                                   {"regex": "^/v.*index.m3u8$", "requests": [7], "action": "stall",
                                    "after_bytes": 100}]})");
  const ServingRung server(title_directory(), {"--live", "--faults", faults});
  const Output played = run_rung({"play", "--headless", "--json", "--policy", "fixed:0",
                                  "--scenario", scenario, server.url("master.m3u8")});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("stall_count"), 0);
  EXPECT_GT(report.at("played_s").get<double>(), 12);
}

TEST(Live, WhereOneLocationOfAManifestFailsTheNextOneIsRead) {
  const TemporaryDirectory directory;
  const std::string scenario = (directory.path() / "leave.json").string();
  const std::string log_path = (directory.path() / "requests.jsonl").string();
  write_text(scenario, R"({"limit_s": 8})");
  std::filesystem::copy(title_directory(), directory.path() / "title",
                        std::filesystem::copy_options::recursive);
  const std::string path = (directory.path() / "title/manifest.mpd").string();
  std::string manifest = read_text(path);
  manifest.insert(manifest.find("<Period"),
                  "<Location>gone.mpd</Location><Location>manifest.mpd</Location>");
  write_text(path, manifest);
  const ServingRung server(directory.path() / "title", {"--live", "--log", log_path});
  const Output played = run_rung(
      {"play", "--headless", "--json", "--scenario", scenario, server.url("manifest.mpd")});
  ASSERT_EQ(played.status, 0) << played.err;
  EXPECT_EQ(json::parse(played.out).at("stall_count"), 0);
  std::string asked;
  std::istringstream lines(read_text(log_path));
  for (std::string text; std::getline(lines, text);) {
    const std::string target = json::parse(text).at("target");
    if (target == "/gone.mpd") asked += 'g';
    if (target == "/manifest.mpd") asked += 'm';
  }
  EXPECT_THAT(asked, testing::StartsWith("mgm")) << "to load it, then at its locations";
  EXPECT_EQ(std::ranges::count(asked, 'g'), 1) << "one that failed is left";
}

TEST(Live, AManifestIsReadAgainAsThePatchesThatItOffersOrWholeWhereTheyFail) {
  const TemporaryDirectory directory;
  const std::string requests = (directory.path() / "requests.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  const std::string faults = (directory.path() / "faults.json").string();
  write_text(scenario, R"({"limit_s": 9})");
  write_text(faults, R"({"rules": [
    {"contains": "patch-from", "requests": [2], "action": "status", "status": 410}]})");
  // The end of the first round of 16 s comes 4 s after the start: a period comes and one goes.
  const ServingRung server(title_directory(), {"--live", "--mpd-patch", "--window", "10", "--log",
                                               requests, "--faults", faults});
  const Output played = run_rung(
      {"play", "--headless", "--json", "--scenario", scenario, server.url("manifest.mpd")});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "viewer-left");
  EXPECT_EQ(report.at("failures"), 0);
  EXPECT_EQ(report.at("stall_count"), 0);
  int whole = 0;
  int patches = 0;
  int refused = 0;
  std::istringstream lines(read_text(requests));
  for (std::string text; std::getline(lines, text);) {
    const json line = json::parse(text);
    if (!line.at("target").get<std::string>().starts_with("/manifest.mpd")) continue;
    if (line.at("target") == "/manifest.mpd") ++whole;
    if (line.at("target") == "/manifest.mpd") continue;
    if (line.at("status") == 200) ++patches;
    if (line.at("status") == 410) ++refused;
  }
  EXPECT_EQ(whole, 2) << "at first, and where a patch was refused";
  EXPECT_EQ(refused, 1);
  EXPECT_GE(patches, 2);
}

TEST(Live, TheLatencyIsWhatTheViewerAsksForAsFarAsThatIsPossible) {
  const TemporaryDirectory directory;
  const std::string scenario = (directory.path() / "leave.json").string();
  write_text(scenario, R"({"limit_s": 7})");
  const ServingRung server(title_directory(), {"--live"});
  const auto held = [&](const char* manifest, const char* latency) {
    const Output played = run_rung({"play", "--headless", "--json", "--latency", latency,
                                    "--scenario", scenario, server.url(manifest)});
    EXPECT_EQ(played.status, 0) << played.err;
    return json::parse(played.out);
  };
  const json near = held("manifest.mpd", "3");
  EXPECT_EQ(near.at("latency_target_s"), 3);
  EXPECT_LT(near.at("latency_s").get<double>(), 5.5) << "6 s where nobody asks";
  EXPECT_EQ(near.at("stall_count"), 0);
  EXPECT_EQ(held("master.m3u8", "0.5").at("latency_target_s"), 4);
  for (const char* nonsense : {"0", "-1", "nan", "4000", "soon"}) {
    const Output refused =
        run_rung({"play", "--headless", "--latency", nonsense, server.url("manifest.mpd")});
    EXPECT_EQ(refused.status, 2) << nonsense;
    EXPECT_THAT(refused.err, testing::HasSubstr("--latency"));
  }
}

TEST(Live, ChunksOfDashPlayNearerToTheEdgeThanASegmentIsLongAndReplay) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  const std::string title = (directory.path() / "title").string();
  write_text(scenario, R"({"limit_s": 14})");
  const Output packaged =
      run_rung({"package", "--demo", "--seconds", "8", "--segment-seconds", "2", "--chunk", "0.5",
                "--ladder", "200k:256x144,500k:384x216", "--quiet", "-o", title});
  ASSERT_EQ(packaged.status, 0) << packaged.err;
  const ServingRung server(title, {"--live", "--chunked", "--window", "20"});
  const Output played = run_rung({"play", "--headless", "--json", "--scenario", scenario,
                                  "--session-log", log_path, server.url("manifest.mpd")});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_NEAR(report.at("latency_target_s").get<double>(), 2.5, 0.02);
  EXPECT_LT(report.at("latency_s").get<double>(), 3);
  EXPECT_EQ(report.at("stall_count"), 0);
  EXPECT_EQ(report.at("failures"), 0);
  EXPECT_EQ(report.at("decode_errors"), 0);
  EXPECT_GT(report.at("played_s").get<double>(), 12);
  // The link is known in spite of the pauses of the production: no rung is too high for it.
  double forecast = 0;
  double idle = 0;
  int chunks = 0;
  std::istringstream lines(read_text(log_path));
  for (std::string text; std::getline(lines, text);) {
    const json line = json::parse(text);
    if (line.at("ev") == "media") ++chunks;
    if (line.at("ev") == "completed") idle += line.value("idle_ns", 0.0) / 1e9;
    if (line.at("ev") == "pos") forecast = line.value("est", 0.0);
  }
  EXPECT_GT(chunks, 40) << "of sound and pictures, four a segment";
  EXPECT_GT(idle, 10);
  EXPECT_GT(forecast, 5'000);
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;

  // The same as parts of HLS.
  const Output parts =
      run_rung({"play", "--headless", "--json", "--scenario", scenario, "--session-log", log_path,
                "--policy", "fixed:0", server.url("master.m3u8")});
  ASSERT_EQ(parts.status, 0) << parts.err;
  const json hls = json::parse(parts.out);
  EXPECT_NEAR(hls.at("latency_target_s").get<double>(), 2.5, 0.05);
  EXPECT_LT(hls.at("latency_s").get<double>(), 3.2);
  EXPECT_EQ(hls.at("stall_count"), 0);
  EXPECT_EQ(hls.at("failures"), 0);
  EXPECT_EQ(hls.at("decode_errors"), 0);
  const std::string log = read_text(log_path);
  for (const char* text : {"\"growing\":true", "\"ev\":\"media\"", ".part-0"})
    EXPECT_THAT(log, testing::HasSubstr(text));
  const Output again = run_rung({"replay", log_path});
  EXPECT_EQ(again.status, 0) << again.err;

  const Output whole = run_rung({"serve", "--live", "--chunked", title_directory().string()});
  EXPECT_EQ(whole.status, 4);
  EXPECT_THAT(whole.err, testing::HasSubstr("rung package --chunk"));
}

TEST(Live, PartsOfSegmentsOfUnlikeLengthPlayAsOthersDo) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  const std::string title = (directory.path() / "title").string();
  write_text(scenario, R"({"limit_s": 12})");
  // Of 3, 3 and 1 s, again and again.
  const Output packaged =
      run_rung({"package", "--demo", "--seconds", "7", "--segment-seconds", "3", "--chunk", "0.5",
                "--ladder", "200k:256x144", "--quiet", "-o", title});
  ASSERT_EQ(packaged.status, 0) << packaged.err;
  // Parts that are hinted at and do not come are waited for in the list.
  const std::string faults = (directory.path() / "faults.json").string();
  write_text(faults, R"({"rules": [
    {"contains": ".part-1", "requests": [3, 6], "action": "status", "status": 404}]})");
  const std::string requests = (directory.path() / "requests.jsonl").string();
  const ServingRung server(
      title, {"--live", "--chunked", "--window", "20", "--faults", faults, "--log", requests});
  const Output played = run_rung({"play", "--headless", "--json", "--latency", "1.5", "--scenario",
                                  scenario, "--session-log", log_path, server.url("master.m3u8")});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("failures"), 0);
  EXPECT_EQ(report.at("stall_count"), 0);
  EXPECT_EQ(report.at("decode_errors"), 0);
  EXPECT_LT(report.at("latency_s").get<double>(), 2.2);
  EXPECT_THAT(read_text(log_path), testing::HasSubstr("video_last_duration"));
  int early = 0;
  int missing = 0;
  std::istringstream lines(read_text(requests));
  for (std::string one; std::getline(lines, one);) {
    const json line = json::parse(one);
    if (line.at("target").get<std::string>().find(".part-") == std::string::npos) continue;
    if (line.at("status") == 404) ++missing;
    if (line.at("status") == 200 && line.at("first_byte_ms").get<double>() > 100) ++early;
  }
  EXPECT_EQ(missing, 2);
  EXPECT_GT(early, 10) << "asked for before they were there";
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

TEST(Live, ReloadsThatNobodyAnswersAreMadeWithoutWaiting) {
  const TemporaryDirectory directory;
  const std::string scenario = (directory.path() / "leave.json").string();
  const std::string title = (directory.path() / "title").string();
  const std::string faults = (directory.path() / "faults.json").string();
  write_text(scenario, R"({"limit_s": 12})");
  write_text(faults, R"({"rules": [{"contains": "_HLS_msn", "action": "hang"}]})");
  const Output packaged =
      run_rung({"package", "--demo", "--seconds", "4", "--segment-seconds", "1", "--chunk", "0.5",
                "--ladder", "200k:256x144", "--quiet", "-o", title});
  ASSERT_EQ(packaged.status, 0) << packaged.err;
  const ServingRung server(title, {"--live", "--chunked", "--window", "20", "--faults", faults});
  const Output played =
      run_rung({"play", "--headless", "--json", "--scenario", scenario, server.url("master.m3u8")});
  ASSERT_EQ(played.status, 0) << played.err;
  EXPECT_GT(json::parse(played.out).at("segments").get<int>(), 5);
}

TEST(Live, PoliciesFromOutsideAreToldWhatIsAdded) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  write_text(scenario, R"({"limit_s": 6})");
  const std::string policy =
      "pipe:python3 " RUNG_SOURCE_DIR "/examples/pipe_policy/half_buffer.py 0.4";
  const ServingRung server(title_directory(), {"--live", "--window", "10"});
  const Output played =
      run_rung({"play", "--headless", "--json", "--scenario", scenario, "--policy", policy,
                "--session-log", log_path, server.url("manifest.mpd")});
  ASSERT_EQ(played.status, 0) << played.err;
  EXPECT_GT(json::parse(played.out).at("played_s").get<double>(), 3);
  EXPECT_THAT(read_text(log_path), testing::HasSubstr("\"ev\":\"grew\""));
  const Output replayed = run_rung({"replay", log_path, "--policy", policy});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

TEST(Live, HlsPlaysOverARoundAndReplays) {
  const TemporaryDirectory directory;
  const std::string log_path = (directory.path() / "log.jsonl").string();
  const std::string scenario = (directory.path() / "leave.json").string();
  write_text(scenario, R"({"limit_s": 8})");
  // The first round of 16 s ends now.
  const std::string requests = (directory.path() / "requests.jsonl").string();
  const ServingRung server(title_directory(), {"--live", "--window", "14", "--log", requests});
  const Output played = run_rung({"play", "--headless", "--json", "--scenario", scenario,
                                  "--session-log", log_path, server.url("master.m3u8")});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "viewer-left");
  EXPECT_GT(report.at("played_s").get<double>(), 4);
  EXPECT_EQ(report.at("failures"), 0) << "asked for before it was there";
  EXPECT_EQ(report.at("decode_errors"), 0);
  const std::string log = read_text(log_path);
  for (const char* text : {"round-0/", "round-1/", "\"ev\":\"grew\""})
    EXPECT_NE(log.find(text), std::string::npos) << text;
  EXPECT_THAT(read_text(requests), testing::HasSubstr("index.m3u8?_HLS_skip=YES"));
  const Output replayed = run_rung({"replay", log_path});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
}

}  // namespace
}  // namespace rung::test
