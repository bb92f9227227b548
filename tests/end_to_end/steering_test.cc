#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/end_to_end/program.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary_directory.h"

// Titles whose server says where they are fetched from (content steering).

namespace rung::test {
namespace {

using nlohmann::json;
using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// "200 /video-200k/seg-4.m4s" of each request in the log.
std::vector<std::string> answers(const std::string& log) {
  std::vector<std::string> all;
  std::istringstream lines(read_text(log));
  for (std::string text; std::getline(lines, text);) {
    const json line = json::parse(text);
    all.push_back(std::to_string(line.at("status").get<int>()) + " " +
                  line.at("target").get<std::string>());
  }
  return all;
}

constexpr const char* to_b = R"({"VERSION": 1, "TTL": 1, "PATHWAY-PRIORITY": ["b", "a"]})";

/// Two origins of the title: "a", and "b", where the last three segments cannot be had. The
/// manifest's own server steers to b.
class Steering : public testing::Test {
 protected:
  Steering()
      : a_(title_directory(), {"--log", path("a.jsonl")}),
        b_(title_directory(), {"--log", path("b.jsonl"), "--faults", faults()}) {
    write_text(path("title/steering.json"), to_b);
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    const std::filesystem::path path = directory_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    return path.string();
  }
  [[nodiscard]] std::string faults() const {
    write_text(path("faults.json"),
               R"({"rules": [{"regex": "seg-[678]", "action": "status", "status": 503}]})");
    return path("faults.json");
  }
  /// Plays it to its end; what the steering server was asked.
  std::vector<std::string> play(const std::string& name) {
    const ServingRung manifest(directory_.path() / "title", {"--log", path("m.jsonl")});
    const Output played = run_rung({"play", "--headless", "--json", "--policy", "fixed:0",
                                    "--buffer", "5", manifest.url(name)});
    EXPECT_EQ(played.status, 0) << played.err;
    const json report = json::parse(played.out);
    EXPECT_EQ(report.at("ended"), "ended");
    EXPECT_EQ(report.at("failures"), 0);
    EXPECT_EQ(report.at("stall_count"), 0);
    return answers(path("m.jsonl"));
  }
  void expect_both_used() {
    const auto of_a = answers(path("a.jsonl"));
    const auto of_b = answers(path("b.jsonl"));
    for (const char* segment : {"200 /video-200k/seg-4.m4s", "200 /audio-128k/seg-4.m4s"}) {
      EXPECT_THAT(of_b, Contains(segment)) << "where it was steered to";
      EXPECT_THAT(of_a, Not(Contains(segment)));
    }
    EXPECT_THAT(of_b, Contains(AnyOf("503 /audio-128k/seg-6.m4s", "503 /video-200k/seg-6.m4s")));
    for (const char* segment : {"200 /video-200k/seg-6.m4s", "200 /video-200k/seg-8.m4s"})
      EXPECT_THAT(of_a, Contains(segment)) << "where it went when b failed";
  }

  TemporaryDirectory directory_;
  ServingRung a_;
  ServingRung b_;
};

TEST_F(Steering, MovesDashToThePlaceThatItTellsAndAwayWhereThatFails) {
  std::string text = read_text(title_directory() / "manifest.mpd");
  text.insert(text.find('>', text.find("<MPD")) + 1,
              R"(<BaseURL serviceLocation="a">)" + a_.url("") +
                  R"(</BaseURL><BaseURL serviceLocation="b">)" + b_.url("") +
                  R"(</BaseURL><ContentSteering defaultServiceLocation="a">steering.json)" +
                  "</ContentSteering>");
  write_text(path("title/manifest.mpd"), text);
  const auto asked = play("manifest.mpd");
  EXPECT_THAT(asked, Contains("200 /steering.json?_DASH_pathway=%22a%22"));
  EXPECT_THAT(asked, Contains(HasSubstr("_DASH_pathway=%22b%22&_DASH_throughput=")));
  expect_both_used();
}

TEST_F(Steering, MovesHlsToThePathwayThatItTellsAndAwayWhereThatFails) {
  std::string text =
      "#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"steering.json\",PATHWAY-ID=\"a\"\n";
  for (const std::string name : {"a", "b"}) {
    const std::string base = (name == "a" ? a_ : b_).url("");
    text += "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound-" + name +
            "\",NAME=\"Main\",DEFAULT=YES,URI=\"" + base + "audio-128k/index.m3u8\"\n";
    text += "#EXT-X-STREAM-INF:BANDWIDTH=400000,CODECS=\"avc1.64000C,mp4a.40.2\",AUDIO=\"sound-" +
            name + "\",PATHWAY-ID=\"" + name + "\"\n" + base + "video-200k/index.m3u8\n";
  }
  write_text(path("title/master.m3u8"), text);
  const auto asked = play("master.m3u8");
  EXPECT_THAT(asked, Contains("200 /steering.json?_HLS_pathway=a"));
  EXPECT_THAT(asked, Contains(HasSubstr("_HLS_pathway=b&_HLS_throughput=")));
  expect_both_used();
}

TEST_F(Steering, MovesToClonesOfAPathwayThatTheManifestDoesNotName) {
  const auto steer = [&](const std::string& replacement) {
    write_text(path("title/steering.json"),
               R"({"VERSION": 1, "TTL": 1, "PATHWAY-PRIORITY": ["b", "a"], "PATHWAY-CLONES": [)"
               R"({"BASE-ID": "a", "ID": "b", "URI-REPLACEMENT": {)" +
                   replacement + "}}]}");
  };
  std::string host = b_.url("");
  host = host.substr(7, host.size() - 8);
  steer(R"("HOST": ")" + host + R"(", "PARAMS": {"token": "1 2"})");
  std::string mpd = read_text(title_directory() / "manifest.mpd");
  mpd.insert(mpd.find('>', mpd.find("<MPD")) + 1,
             R"(<BaseURL serviceLocation="a">)" + a_.url("") + "</BaseURL>" +
                 R"(<ContentSteering defaultServiceLocation="a">steering.json</ContentSteering>)");
  write_text(path("title/manifest.mpd"), mpd);
  EXPECT_THAT(play("manifest.mpd"), Contains(HasSubstr("_DASH_pathway=%22b%22")));
  EXPECT_THAT(answers(path("b.jsonl")), Contains("200 /video-200k/seg-4.m4s?token=1%202"));
  EXPECT_THAT(answers(path("b.jsonl")), Contains("503 /audio-128k/seg-6.m4s?token=1%202"));
  EXPECT_THAT(answers(path("a.jsonl")), Contains("200 /video-200k/seg-6.m4s"));

  // Of HLS one playlist is named, and the other one lies as at the base.
  steer(R"("HOST": ")" + host + R"(", "PER-RENDITION-URIS": {"sound": ")" +
        b_.url("audio-128k/index.m3u8?named") + "\"}");
  const std::string base = a_.url("");
  write_text(path("title/master.m3u8"),
             "#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"steering.json\",PATHWAY-ID=\"a\"\n"
             "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"Main\",DEFAULT=YES,"
             "STABLE-RENDITION-ID=\"sound\",URI=\"" +
                 base +
                 "audio-128k/index.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=400000,CODECS=\"avc1.64000C,"
                 "mp4a.40.2\",AUDIO=\"s\",PATHWAY-ID=\"a\"\n" +
                 base + "video-200k/index.m3u8\n");
  EXPECT_THAT(play("master.m3u8"), Contains(HasSubstr("_HLS_pathway=b")));
  expect_both_used();
}

TEST_F(Steering, WithoutAnAnswerChangesNothing) {
  for (const char* answer : {"", "{}", R"({"VERSION": 2, "PATHWAY-PRIORITY": ["b"]})"}) {
    write_text(path("title/steering.json"), answer);
    std::string text = read_text(title_directory() / "manifest.mpd");
    text.insert(text.find('>', text.find("<MPD")) + 1,
                R"(<BaseURL serviceLocation="a">)" + a_.url("") +
                    R"(</BaseURL><BaseURL serviceLocation="b">)" + b_.url("") +
                    "</BaseURL><ContentSteering>" + (*answer == '\0' ? "gone" : "steering.json") +
                    "</ContentSteering>");
    write_text(path("title/manifest.mpd"), text);
    const ServingRung manifest(directory_.path() / "title");
    write_text(path("leave.json"), R"({"limit_s": 2})");
    const Output played = run_rung({"play", "--headless", "--json", "--scenario",
                                    path("leave.json"), manifest.url("manifest.mpd")});
    EXPECT_EQ(played.status, 0) << played.err;
    EXPECT_EQ(json::parse(played.out).at("failures"), 0);
  }
  EXPECT_THAT(answers(path("b.jsonl")), testing::IsEmpty());
}

TEST_F(Steering, GoesBackToTheServerThatAnsweredWhereItNamesOneThatDoesNot) {
  write_text(
      path("title/steering.json"),
      R"({"VERSION": 1, "TTL": 1, "RELOAD-URI": "gone.json", "PATHWAY-PRIORITY": ["b", "a"]})");
  std::string text = read_text(title_directory() / "manifest.mpd");
  text.insert(text.find('>', text.find("<MPD")) + 1,
              R"(<BaseURL serviceLocation="a">)" + a_.url("") +
                  R"(</BaseURL><BaseURL serviceLocation="b">)" + b_.url("") +
                  R"(</BaseURL><ContentSteering defaultServiceLocation="a">steering.json)" +
                  "</ContentSteering>");
  write_text(path("title/manifest.mpd"), text);
  std::vector<std::string> asked;
  for (const std::string& answer : play("manifest.mpd"))
    if (answer.find(".json") != std::string::npos)
      asked.push_back(answer.substr(0, answer.find('?')));
  ASSERT_GE(asked.size(), 4U);
  EXPECT_EQ((std::vector(asked.begin(), asked.begin() + 4)),
            (std::vector<std::string>{"200 /steering.json", "404 /gone.json", "200 /steering.json",
                                      "404 /gone.json"}));
  expect_both_used();
}

TEST(SteeredLive, PlaylistsAndSegmentsOfHlsFollow) {
  const TemporaryDirectory directory;
  const std::string port = std::to_string(free_loopback_port());
  const auto title = directory.path() / "title";
  std::filesystem::copy(title_directory(), title, std::filesystem::copy_options::recursive);
  std::string text =
      "#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"steering.json\",PATHWAY-ID=\"a\"\n";
  // One server under two names.
  for (const std::string name : {"a", "b"})
    text += "#EXT-X-STREAM-INF:BANDWIDTH=400000,CODECS=\"avc1.64000C\",PATHWAY-ID=\"" + name +
            "\"\nhttp://" + (name == "a" ? "127.0.0.1:" : "localhost:") + port +
            "/video-200k/index.m3u8\n";
  write_text((title / "master.m3u8").string(), text);
  write_text((title / "steering.json").string(), to_b);
  write_text((directory.path() / "leave.json").string(), R"({"limit_s": 7})");
  const std::string log = (directory.path() / "log.jsonl").string();
  const ServingRung server(title, {"--live", "--port", port, "--log", log});
  const Output played =
      run_rung({"play", "--headless", "--json", "--scenario",
                (directory.path() / "leave.json").string(), server.url("master.m3u8")});
  ASSERT_EQ(played.status, 0) << played.err;
  EXPECT_EQ(json::parse(played.out).at("stall_count"), 0);
  EXPECT_EQ(json::parse(played.out).at("failures"), 0);
  std::string playlist_host;
  std::string segment_host;
  std::istringstream lines(read_text(log));
  for (std::string line; std::getline(lines, line);) {
    const json request = json::parse(line);
    const std::string target = request.at("target");
    for (const auto& field : request.at("fields")) {
      if (field.at(0) != "Host") continue;
      if (target.find("index.m3u8") != std::string::npos) playlist_host = field.at(1);
      if (target.find("/seg-") != std::string::npos) segment_host = field.at(1);
    }
  }
  EXPECT_EQ(playlist_host, "localhost:" + port);
  EXPECT_EQ(segment_host, "localhost:" + port);
}

}  // namespace
}  // namespace rung::test
