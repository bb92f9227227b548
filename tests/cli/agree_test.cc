#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/run_program.h"
#include "tests/support/shared_folder.h"
#include "tests/support/temporary_directory.h"

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

class Agree : public testing::Test {
 protected:
  [[nodiscard]] static Output agree(const std::string& arguments) {
    return test::run(std::string(RUNG_PROGRAM) + " agree " + arguments + " 2>&1");
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << text;
  }
  [[nodiscard]] std::string folder() const { return folder_.path().string(); }
  /// 1000 kB over 8 Mbit/s with an RTT of 100 ms took 1.1 s: without headers there is no error.
  void write_one_log() const {
    write("set/video_session_streams/a",
          "start_time,end_time,size,min_rtt\n"
          "2023-01-24T00:34:01Z,2023-01-24T00:34:02.1Z,1000,100\n");
    write("set/ground_truth_capacity/a",
          "start_time,bandwidth\n2023-01-24T00:34:00,8\n2023-01-24T00:34:05,8\n");
  }

  test::TemporaryDirectory folder_;
};

TEST_F(Agree, ReadsAFolderALogAndAnArchiveAlike) {
  write_one_log();
  const Output of_folder = agree(folder() + " --overhead 0 --format json");
  ASSERT_EQ(of_folder.status, 0) << of_folder.text;
  const auto json = nlohmann::json::parse(of_folder.text);
  EXPECT_EQ(json["logs"], 1);
  EXPECT_EQ(json["errors"][0]["transfers"], 1);
  EXPECT_EQ(json["errors"][0]["median_abs"], 0.0);
  const Output of_log = agree(folder() + "/set/video_session_streams/a --overhead 0 --format json");
  EXPECT_EQ(of_log.text, of_folder.text);

  const std::string archive = folder() + "/logs.tar.gz";
  ASSERT_EQ(test::run("tar -czf '" + archive + "' -C '" + folder() + "' set").status, 0);
  const Output of_archive = agree(archive + " --overhead 0 --format json");
  if (of_archive.status == 4) GTEST_SKIP() << of_archive.text;
  EXPECT_EQ(of_archive.text, of_folder.text);
}

TEST_F(Agree, CountsTheHeadersOfTcpByDefault) {
  write_one_log();
  const auto json = nlohmann::json::parse(agree(folder() + " --format json").text);
  EXPECT_NEAR(json["errors"][0]["median"].get<double>(), 52.0 / 1448 / 1.1, 1e-6);
}

TEST_F(Agree, RefusesWhatItCannotCompareInOneLine) {
  EXPECT_EQ(agree("").status, 2);
  const Output empty = agree(folder());
  EXPECT_EQ(empty.status, 1);
  EXPECT_THAT(empty.text, HasSubstr("video_session_streams"));
  write_one_log();
  std::filesystem::remove(folder_.path() / "set/ground_truth_capacity/a");
  EXPECT_EQ(agree(folder()).status, 1);
  write("broken.tar.xz", "no archive");
  EXPECT_NE(agree(folder() + "/broken.tar.xz").status, 0);
}

TEST_F(Agree, ComparesASessionLogWithTheTraceThatShapedIt) {
  write(
      "session.jsonl",
      R"({"t":0,"ev":"hello","schema":"rung-session/1","player":"rung","version":"0.1.0","title":"t",)"
      R"("policy":"fixed","estimator":"last","options":{}})"
      "\n");
  write("link.csv", "10000,8000\n");
  const Output broken =
      agree("--session-log " + folder() + "/session.jsonl --trace " + folder() + "/link.csv");
  EXPECT_EQ(broken.status, 1);
  EXPECT_THAT(broken.text, HasSubstr("session.jsonl line 1"));
  EXPECT_EQ(agree("--session-log " + folder() + "/session.jsonl").status, 2);
}

TEST_F(Agree, TheDefaultLinkIsWithinTwoPercentOfTheControlledSessionsOfVeritas) {
  const auto archive = test::shared_folder() / "traces/veritas_controlled_gt.tar.xz";
  if (!std::filesystem::exists(archive)) GTEST_SKIP() << "no " << archive;
  ASSERT_EQ(test::run("tar -xf '" + archive.string() + "' -C '" + folder() + "'").status, 0);
  const Output output = agree(folder() + " --format json");
  ASSERT_EQ(output.status, 0) << output.text;
  const auto json = nlohmann::json::parse(output.text);
  EXPECT_EQ(json["logs"], 374);
  EXPECT_GT(json["errors"][0]["transfers"], 50'000);
  EXPECT_LE(json["errors"][0]["median_abs"].get<double>(), 0.02);
}

}  // namespace
}  // namespace rung
