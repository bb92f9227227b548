#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/run_program.h"
#include "tests/support/sanitized.h"
#include "tests/support/shared_folder.h"

namespace {

using rung::test::Output;
using rung::test::run;

class Inspect : public testing::Test {
 protected:
  Inspect()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("inspect_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Inspect() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

 private:
  std::filesystem::path folder_;
};

constexpr const char* program = RUNG_PROGRAM;

/// What the program may reserve, in MiB; 0 for no limit.
constexpr int memory_limit = rung::test::sanitized ? 0 : 512;
/// Seconds for one case. AddressSanitizer costs several times the time.
constexpr int time_limit = rung::test::sanitized ? 60 : 10;

TEST_F(Inspect, PrintsTheFactsAsJson) {
  const std::string file =
      write("m.mpd", R"(<MPD mediaPresentationDuration="PT8S"><Period><AdaptationSet>
    <SegmentTemplate duration="4" media="$Number$"/><Representation id="v" bandwidth="1000"/></AdaptationSet></Period></MPD>)");
  const Output output =
      run(std::string(program) + " inspect --json --base-url http://h/d/m.mpd " + file);
  EXPECT_EQ(output.status, 0);
  const auto json = nlohmann::json::parse(output.text);
  EXPECT_EQ(json["format"], "dash");
  const auto& representation = json["periods"][0]["adaptation_sets"][0]["representations"][0];
  EXPECT_EQ(representation["segments"][1]["url"], "http://h/d/2");
  EXPECT_EQ(representation["segments"][1]["time"], 4.0);
}

TEST_F(Inspect, ListsAtMostTheLimitAndSaysSo) {
  const std::string file = write(
      "m.mpd",
      R"(<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z"><Period start="PT0S"><AdaptationSet>
    <SegmentTemplate duration="2" media="$Number$"/><Representation id="v" bandwidth="1000"/></AdaptationSet></Period></MPD>)");
  const std::string limit =
      memory_limit > 0 ? "ulimit -v " + std::to_string(memory_limit * 1024) + "; " : "";
  const Output output = run(limit + program + " inspect --json --now-ms 1700000000000 " + file);
  ASSERT_EQ(output.status, 0);
  const auto json = nlohmann::json::parse(output.text);
  const auto& representation = json["periods"][0]["adaptation_sets"][0]["representations"][0];
  EXPECT_EQ(representation["segment_count"], 850'000'000);
  EXPECT_EQ(representation["segments_listed"], 200'000);
}

TEST_F(Inspect, ListsTheSoundToChooseFrom) {
  const std::string file = write("m.m3u8", R"(#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,URI="en.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",URI="de.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="avc1.4d401f,mp4a.40.2",AUDIO="a"
v.m3u8
)");
  EXPECT_THAT(run(std::string(program) + " inspect " + file).text,
              testing::HasSubstr("sound to choose from: English (en), default; Deutsch (de)\n"));
  const std::string mpd = write("m.mpd", R"(<MPD mediaPresentationDuration="PT8S"><Period>
    <AdaptationSet contentType="audio" lang="en"><Role value="main"/>
      <SegmentTemplate duration="4" media="$Number$"/><Representation id="a" bandwidth="1000"/></AdaptationSet>
    <AdaptationSet contentType="audio" lang="en"><Role value="commentary"/>
      <SegmentTemplate duration="4" media="c$Number$"/><Representation id="c" bandwidth="1000"/></AdaptationSet>
    </Period></MPD>)");
  EXPECT_THAT(run(std::string(program) + " inspect " + mpd).text,
              testing::HasSubstr("sound to choose from: en, default; en, commentary\n"));
  const auto json =
      nlohmann::json::parse(run(std::string(program) + " inspect --json " + mpd).text);
  EXPECT_EQ(json["periods"][0]["adaptation_sets"][1]["role"], "commentary");
}

TEST_F(Inspect, RefusesWithOneLineAndNothingElse) {
  const std::string file = write("m.mpd", "<MPD>\n<Period start='x\ny'/></MPD>");
  const Output out = run(std::string(program) + " inspect --json " + file + " 2>/dev/null");
  EXPECT_EQ(out.status, 1);
  EXPECT_EQ(out.text, "");
  const Output err = run(std::string(program) + " inspect " + file + " 2>&1 >/dev/null");
  EXPECT_THAT(err.text, testing::HasSubstr("line 2 <Period>"));
  EXPECT_EQ(std::count(err.text.begin(), err.text.end(), '\n'), 1);
  EXPECT_EQ(run(std::string(program) + " inspect /nowhere/x.mpd 2>/dev/null").status, 1);
  EXPECT_EQ(run(std::string(program) + " inspect 2>/dev/null").status, 2);
}

TEST_F(Inspect, SummarizesForAPerson) {
  const std::string file =
      write("p.m3u8", "#EXTM3U\n#EXTINF:4,\na\n#EXTINF:4,\nb\n#EXT-X-ENDLIST\n");
  const Output output = run(std::string(program) + " inspect " + file);
  EXPECT_EQ(output.status, 0);
  EXPECT_EQ(output.text, "HLS media playlist, complete, 0:00:08.000, 2 segments\n");
}

// Hundreds of starts of the program: only of the one without the player, which starts ten times
// faster and parses with the same code.
#if !defined(RUNG_PLAYER)
/// At least 95 of 100 third-party cases of a format give the expected facts, and none crashes.
void expect_conformance(const std::string& format) {
  const std::filesystem::path folder = rung::test::shared_folder();
  const std::filesystem::path checker = folder / "manifests/run_cases.py";
  if (!std::filesystem::exists(checker)) GTEST_SKIP() << "no third-party cases in " << folder;
  const Output output =
      run("python3 " + checker.string() + " --split open --jobs 2 --mem-mb " +
          std::to_string(memory_limit) + " --timeout " + std::to_string(time_limit) + " --format " +
          format + " --cmd '" + program +
          " inspect --json --base-url {base} --now-ms {now_ms} {file}'");
  EXPECT_THAT(output.text, testing::Not(testing::HasSubstr("CRASH")));
  int passed = 0;
  int failed = 0;
  const auto total = output.text.rfind("TOTAL");
  ASSERT_NE(total, std::string::npos) << output.text;
  const auto line = output.text.find('\n', total);
  ASSERT_EQ(std::sscanf(output.text.c_str() + line + 1, "%d passed, %d failed", &passed, &failed),
            2);
  EXPECT_GE(passed * 100, (passed + failed) * 95) << output.text;
}

TEST(InspectConformance, DashCases) { expect_conformance("dash"); }
TEST(InspectConformance, HlsCases) { expect_conformance("hls"); }
#endif

}  // namespace
