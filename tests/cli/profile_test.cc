#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/run_program.h"
#include "tests/support/shared_folder.h"
#include "tests/support/temporary_directory.h"

// `rung simulate --profile` against what the simulators themselves came to.

namespace rung {
namespace {

using testing::HasSubstr;
using Row = std::map<std::string, std::string>;
/// By policy and trace.
using Sessions = std::map<std::pair<std::string, std::string>, std::vector<Row>>;

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> parts;
  std::istringstream stream(line);
  for (std::string part; std::getline(stream, part, '\t');) parts.push_back(part);
  if (line.ends_with('\t')) parts.emplace_back();
  return parts;
}

/// Rows under a line of names.
std::vector<Row> table(std::istream& text) {
  std::vector<Row> rows;
  std::string line;
  std::getline(text, line);
  const std::vector<std::string> names = fields(line);
  while (std::getline(text, line)) {
    const std::vector<std::string> values = fields(line);
    EXPECT_EQ(values.size(), names.size()) << line;
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i)
      row[names[i]] = values[i];
  }
  return rows;
}

test::Output simulate(const std::string& what) {
  return test::run(std::string(RUNG_PROGRAM) + " simulate " + what + " 2>&1");
}

double number(const Row& row, const std::string& name) { return std::stod(row.at(name)); }

/// Within a millionth, or within ten of the nanoseconds that our times are whole numbers of.
bool same_time(double ours, double theirs) {
  return std::abs(ours - theirs) <= std::max(1e-6 * std::abs(theirs), 1e-8);
}

/// A level is the difference of two times that are far longer.
bool same_level(double ours, double theirs) { return std::abs(ours - theirs) <= 5e-6; }

class SimulatedProfile : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(test::shared_folder() / "reference"))
      GTEST_SKIP() << "there are no reference outputs in " << test::shared_folder();
  }
  Sessions decisions(const std::string& what) {
    const std::string file = (directory_.path() / "decisions.tsv").string();
    const test::Output run = simulate(what + " --decisions " + file);
    EXPECT_EQ(run.status, 0) << run.text;
    std::ifstream text(file);
    Sessions sessions;
    for (Row& row : table(text)) {
      const std::string trace = std::filesystem::path(row.at("trace")).filename().string();
      sessions[{row.at("policy"), trace}].push_back(std::move(row));
    }
    return sessions;
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(SimulatedProfile, Pensieve2017ReproducesPensievesEnvironment) {
  const std::filesystem::path traces = test::shared_folder() / "traces";
  const Sessions ours =
      decisions("--profile pensieve-2017 --policy bb,robust-mpc,fast-mpc,pensieve:" +
                (test::shared_folder() / "reference/pensieve/model").string() + " --trace " +
                (traces / "pensieve_hsdpa_test").string() + " --title " +
                (traces / "pensieve_video_sizes").string());
  const std::map<std::string, std::string> folders{
      {"bb", "bb"},
      {"robust-mpc", "mpcidxreset"},
      {"fast-mpc", "fastmpcidx"},
      {"pensieve:" + (test::shared_folder() / "reference/pensieve/model").string(), "rlargmax"}};
  const std::vector<std::string> kbps{"300", "750", "1200", "1850", "2850", "4300"};
  int compared = 0;
  for (const auto& [policy, folder] : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(
             test::shared_folder() / "reference/pensieve/hsdpa" / folder)) {
      const std::string trace = entry.path().stem().string();
      const auto found = ours.find({policy, trace});
      ASSERT_NE(found, ours.end()) << trace;
      std::ifstream reference(entry.path());
      std::size_t segment = 0;
      double begin = 0;
      for (std::string line; std::getline(reference, line); ++segment) {
        if (line.empty()) break;
        const std::string where = policy + " " + trace + " " + std::to_string(segment);
        const std::vector<std::string> theirs = fields(line);
        ASSERT_EQ(theirs.size(), 7) << where;
        ASSERT_LT(segment, found->second.size()) << where;
        const Row& row = found->second[segment];
        const double transfer = std::stod(theirs[5]) / 1000;
        if (segment == 0) begin = std::stod(theirs[0]) - transfer;
        ASSERT_EQ(kbps.at(std::stoul(row.at("representation"))), theirs[1]) << where;
        EXPECT_EQ(row.at("size_bytes"), theirs[4]) << where;
        EXPECT_TRUE(same_time(number(row, "done_s") - number(row, "request_s"), transfer)) << where;
        EXPECT_TRUE(same_level(number(row, "buffer_after_s"), std::stod(theirs[2]))) << where;
        EXPECT_TRUE(same_time(number(row, "stall_s"), std::stod(theirs[3]))) << where;
        EXPECT_TRUE(same_time(number(row, "done_s"), std::stod(theirs[0]) - begin)) << where;
      }
      EXPECT_EQ(segment, found->second.size());
      ++compared;
    }
  }
  EXPECT_EQ(compared, 4 * 71);
}

TEST_F(SimulatedProfile, TheOracleFindsThePublishedOptima) {
  const std::filesystem::path traces = test::shared_folder() / "traces";
  std::map<std::string, double> optima;
  std::ifstream reference(test::shared_folder() / "reference/optimum/hsdpa_test_qoe_lin.tsv");
  for (std::string line; std::getline(reference, line);) {
    const std::vector<std::string> columns = fields(line);
    ASSERT_GE(columns.size(), 3U);
    if (columns[1] == "0.5") optima[columns[0]] = std::stod(columns[2]);
  }
  std::string named;
  std::vector<double> expected;
  for (const auto& [trace, optimum] : optima) {
    named += " " + (traces / "pensieve_hsdpa_test" / trace).string();
    expected.push_back(optimum);
  }
  ASSERT_EQ(expected.size(), 71U);
  const test::Output run =
      simulate("--profile pensieve-2017 --policy oracle --format jsonl --trace" + named +
               " --title " + (traces / "pensieve_video_sizes").string());
  ASSERT_EQ(run.status, 0) << run.text;
  std::istringstream lines(run.text);
  std::size_t found = 0;
  const std::string name = "\"qoe_lin\":";
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(name);
    if (at == std::string::npos) continue;
    ASSERT_LT(found, expected.size());
    // The reference's times are rounded.
    EXPECT_NEAR(std::stod(line.substr(at + name.size())), expected[found], 1e-4) << line;
    ++found;
  }
  EXPECT_EQ(found, expected.size());
}

/// The first row in which a session differs from Sabre's; empty for none.
std::string difference(const std::vector<Row>& ours, const std::vector<Row>& theirs) {
  // Sabre's table begins with the second segment.
  if (ours.size() != theirs.size() + 1) return "another number of transfers";
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const Row& our = ours[i + 1];
    const Row& their = theirs[i];
    const std::string where = "transfer " + std::to_string(i + 1);
    if (our.at("segment") != their.at("current_segment") ||
        our.at("representation") != their.at("quality") ||
        (our.at("abandoned") == "1") != !their.at("abandon_to").empty())
      return where + ": another decision";
    if (!same_time(number(our, "done_s") - number(our, "request_s"),
                   number(their, "time_ms") / 1000) ||
        !same_time(number(our, "done_s"), number(their, "total_play_time_ms") / 1000) ||
        !same_level(number(our, "buffer_before_s"), number(their, "buffer_before_ms") / 1000) ||
        !same_level(number(our, "buffer_after_s"), number(their, "buffer_after_ms") / 1000))
      return where + ": another time";
  }
  return "";
}

TEST_F(SimulatedProfile, SabreReproducesSabre) {
  const std::filesystem::path traces = test::shared_folder() / "traces";
  Sessions ours = decisions("--profile sabre --policy throughput,bola,bola-e,dynamic,dynamicdash " +
                            std::string("--trace ") + (traces / "sabre_3Glogs").string() +
                            " --title " + (traces / "sabre_movies/bbb.json").string());
  ours.merge(decisions("--profile sabre --policy throughput,bola,bola-e,dynamic,dynamicdash " +
                       std::string("--trace ") + (traces / "sabre_4Glogs").string() + " --title " +
                       (traces / "sabre_movies/bbb4k.json").string()));
  int compared = 0;
  for (const std::string policy : {"throughput", "bola", "bola-e", "dynamic", "dynamicdash"}) {
    const std::string file = policy == "bola-e" ? "bolae" : policy;
    std::istringstream text(
        test::run("gzip -dc '" +
                  (test::shared_folder() / "reference/sabre/sessions" / file).string() + ".tsv.gz'")
            .text);
    Sessions theirs;
    for (Row& row : table(text)) {
      const std::string trace = std::filesystem::path(row.at("trace")).filename().string();
      theirs[{policy, trace}].push_back(std::move(row));
    }
    int different = 0;
    for (const auto& [key, rows] : theirs) {
      ASSERT_TRUE(ours.contains(key)) << key.second;
      const std::string found = difference(ours.at(key), rows);
      ++compared;
      if (found.empty()) continue;
      ++different;
      // Behind an abandonment BOLA-E's level is put to where two representations score alike; the
      // last bit of Sabre's clock then decides between them.
      EXPECT_EQ(policy, "bola-e") << key.second << ", " << found;
      EXPECT_THAT(found, HasSubstr("another decision")) << key.second;
    }
    EXPECT_LE(different, 1) << policy;
  }
  EXPECT_EQ(compared, 5 * 63);
}

TEST(ProfileFlag, UnknownNamesAreRefusedWithTheNearest) {
  const std::string constant = std::string(RUNG_SOURCE_DIR) + "/traces/synthetic/constant.csv";
  const test::Output run =
      simulate("--policy bb --profile pensive --trace " + constant + " --title " + constant);
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.text, HasSubstr("did you mean 'pensieve-2017'"));
  const test::Output policy =
      simulate("--policy bbb --profile pensieve-2017 --trace " + constant + " --title " + constant);
  EXPECT_EQ(policy.status, 2);
  EXPECT_THAT(policy.text, HasSubstr("in this profile also: bb, robust-mpc, fast-mpc"));
}

}  // namespace
}  // namespace rung
