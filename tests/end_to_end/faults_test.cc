#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/end_to_end/program.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary_directory.h"

// What `rung play` makes of servers and titles that go wrong, and how it exits.

namespace rung::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// `rung serve` of the title with a fault script.
class FaultyTitle {
 public:
  explicit FaultyTitle(const std::string& script) {
    const std::string path = (directory_.path() / "faults.json").string();
    write_text(path, script);
    server_.emplace(title_directory(), std::vector<std::string>{"--faults", path});
  }
  [[nodiscard]] std::string url() const { return server_->url("manifest.mpd"); }

 private:
  TemporaryDirectory directory_;
  std::optional<ServingRung> server_;
};

TEST(Faults, OfManyKindsInOneSessionArePlayedThrough) {
  const FaultyTitle title(R"({"rules": [
    {"contains": "video-1000k/seg-2.m4s", "action": "status", "status": 404},
    {"contains": "video-1000k/seg-3.m4s", "requests": [1], "action": "close", "after_bytes": 20000},
    {"contains": "video-1000k/seg-4.m4s", "requests": [1], "action": "status", "status": 503,
     "retry_after": 1},
    {"contains": "video-1000k/seg-5.m4s", "requests": [1], "action": "content-length", "by": 700},
    {"contains": "video-1000k/seg-6.m4s", "requests": [1], "action": "stall", "after_bytes": 20000}
  ]})");
  const Output played =
      run_rung({"play", "--headless", "--json", "--policy", "fixed:highest", title.url()});
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "ended");
  EXPECT_EQ(report.at("segments"), title_segments);
  EXPECT_EQ(report.at("decode_errors"), 0);
  // A silent transfer may be given up for a lower rung before it counts as failed.
  EXPECT_GE(report.at("failures").get<int>() + report.at("aborted").get<int>(), 5);
  EXPECT_GE(report.at("fallbacks").get<int>(), 1);
  EXPECT_NEAR(report.at("frames").get<int>() + report.at("dropped_frames").get<int>(),
              title_pictures, 2);
}

/// The title's manifest in a folder of its own, which names these places for the rest.
std::string manifest_with_places(const TemporaryDirectory& directory,
                                 const std::vector<std::string>& places) {
  std::string text = read_text(title_directory() / "manifest.mpd");
  std::string bases;
  for (const std::string& place : places) bases += "<BaseURL>" + place + "</BaseURL>";
  text.insert(text.find('>', text.find("<MPD")) + 1, bases);
  write_text(directory.path() / "manifest.mpd", text);
  return "manifest.mpd";
}

TEST(Faults, OfAPlaceLeadToTheNextThatTheManifestNames) {
  const TemporaryDirectory scripts;
  write_text(scripts.path() / "gone.json", R"({"rules": [
    {"contains": "/video-", "action": "status", "status": 503},
    {"contains": "/audio-", "action": "status", "status": 404}]})");
  write_text(scripts.path() / "leave.json", R"({"limit_s": 5})");
  const ServingRung without(
      title_directory(),
      std::vector<std::string>{"--faults", (scripts.path() / "gone.json").string()});
  const ServingRung good(title_directory());
  const std::string closed = "http://127.0.0.1:" + std::to_string(free_loopback_port()) + "/";
  for (const std::string& bad : {closed, without.url("")}) {
    const TemporaryDirectory directory;
    const std::string name = manifest_with_places(directory, {bad, good.url("")});
    const ServingRung manifest(directory.path());
    const Output played = run_rung({"play", "--headless", "--json", "--scenario",
                                    (scripts.path() / "leave.json").string(), manifest.url(name)});
    ASSERT_EQ(played.status, 0) << played.err;
    const json report = json::parse(played.out);
    EXPECT_EQ(report.at("ended"), "viewer-left");
    EXPECT_EQ(report.at("segments"), title_segments);
    // The session learns nothing of it.
    EXPECT_EQ(report.at("failures"), 0);
  }
}

TEST(Faults, OfASegmentInAllRungsAreGonePast) {
  const FaultyTitle title(R"({"rules": [
    {"regex": "video-[0-9]+k/seg-2\\.m4s", "action": "status", "status": 404}]})");
  const Output played = run_rung({"play", "--headless", "--json", title.url()});
  EXPECT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "ended");
  EXPECT_EQ(report.at("left_out"), 1);
  EXPECT_EQ(report.at("segments"), title_segments - 1);
  EXPECT_EQ(report.at("stall_count"), 0);
}

TEST(Faults, OfAllThatFollowsEndPlaybackAsANetworkFailure) {
  const FaultyTitle title(R"({"rules": [
    {"regex": "video-[0-9]+k/seg-([2-9]|1[0-9])\\.m4s", "action": "status", "status": 404}]})");
  const auto begun = std::chrono::steady_clock::now();
  const Output played = run_rung({"play", "--headless", "--json", title.url()});
  EXPECT_EQ(played.status, 3) << played.err;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
  EXPECT_EQ(json::parse(played.out).at("ended"), "network-failure");
  EXPECT_THAT(played.err, testing::StartsWith("rung: "));
}

TEST(ExitStatus, IsTwoForWrongUsage) {
  EXPECT_EQ(run_rung({"play"}).status, 2);
  EXPECT_EQ(
      run_rung({"play", "--headless", "--policy", "none-such", "http://127.0.0.1:1/a.mpd"}).status,
      2);
  EXPECT_EQ(run_rung({"play", "--volume", "200", "http://127.0.0.1:1/a.mpd"}).status, 2);
}

TEST(ExitStatus, IsTwoForWhatNoServerCanBeTold) {
  const TemporaryDirectory directory;
  const std::string jar = (directory.path() / "jar.txt").string();
  const auto refused = [](const std::vector<std::string>& flags) {
    std::vector<std::string> arguments{"play", "--headless", "http://127.0.0.1:1/a.mpd"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    return run_rung(arguments);
  };
  EXPECT_EQ(refused({"--header", "no colon"}).status, 2);
  EXPECT_EQ(refused({"--header", "X-Split: a\r\nHost: b"}).status, 2);
  EXPECT_EQ(refused({"--header", "Range: bytes=0-1"}).status, 2);
  EXPECT_EQ(refused({"--proxy", "ftp://127.0.0.1/"}).status, 2);
  EXPECT_EQ(refused({"--cmcd", "loud"}).status, 2);
  write_text(jar, "127.0.0.1\tFALSE\t/\tFALSE\t0\tkey\tvalue\n");
  std::filesystem::permissions(jar, std::filesystem::perms(0644));
  const Output open_to_all = refused({"--cookie-file", jar});
  EXPECT_EQ(open_to_all.status, 1);
  EXPECT_THAT(open_to_all.err, HasSubstr("chmod 600"));
  std::filesystem::permissions(jar, std::filesystem::perms(0600));
  write_text(jar, "# Netscape\nkey=value\n");
  EXPECT_THAT(refused({"--cookie-file", jar}).err, HasSubstr("jar.txt:2"));
}

TEST(ExitStatus, IsThreeWhenNothingAnswers) {
  const std::string url = "http://127.0.0.1:" + std::to_string(free_loopback_port()) + "/a.mpd";
  const Output output = run_rung({"play", "--headless", url});
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(output.err, testing::StartsWith("rung: "));
}

TEST(ExitStatus, IsFourForSegmentsWhoseKeyIsGivenByAProtectionSystem) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "title.m3u8",
             "#EXTM3U\n#EXT-X-VERSION:5\n#EXT-X-TARGETDURATION:2\n"
             "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://key\","
             "KEYFORMAT=\"com.apple.streamingkeydelivery\"\n"
             "#EXTINF:2,\n7.ts\n#EXTINF:2,\n8.ts\n#EXT-X-ENDLIST\n");
  const ServingRung server(directory.path());
  const Output output = run_rung({"play", "--headless", server.url("title.m3u8")});
  EXPECT_EQ(output.status, 4);
  EXPECT_THAT(output.err, HasSubstr("SAMPLE-AES"));
}

TEST(ExitStatus, IsFourWithoutADisplay) {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"}) unsetenv(name);
  const ServingRung server(title_directory());
  const Output output = run_rung({"play", server.url("manifest.mpd")});
  EXPECT_EQ(output.status, 4);
  EXPECT_THAT(output.err, HasSubstr("--headless"));
  EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
}

}  // namespace
}  // namespace rung::test
