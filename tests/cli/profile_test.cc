#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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
    for (const auto& [key, rows] : theirs) {
      ASSERT_TRUE(ours.contains(key)) << key.second;
      EXPECT_EQ(difference(ours.at(key), rows), "") << policy << ' ' << key.second;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 5 * 63);
}

/// Sessions in Sabre's profile, each as its columns.
std::vector<Row> simulated(const std::string& what) {
  const test::Output run = simulate("--quiet --profile sabre --format csv " + what);
  EXPECT_EQ(run.status, 0) << run.text;
  std::string text = run.text;
  std::ranges::replace(text, ',', '\t');  // No value here has one.
  std::istringstream stream(text);
  return table(stream);
}

/// In what a session differs from the lines that Sabre printed of it; empty for nothing.
std::string difference(const Row& ours, const std::filesystem::path& printed) {
  std::ifstream text(printed);
  EXPECT_TRUE(text) << printed;
  std::string found;
  int compared = 0;
  for (std::string line; std::getline(text, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;  // BOLA-E also prints the size of its buffer.
    std::string name = line.substr(0, colon);
    std::ranges::replace(name, ' ', '_');
    const std::string theirs = line.substr(colon + 2);
    // Printed with six decimals.
    const double off = std::abs(number(ours, name) - std::stod(theirs));
    if (off > 0.51e-6 + 1e-9 * std::abs(std::stod(theirs)))
      found += name + " is " + ours.at(name) + ", not " + theirs + "; ";
    ++compared;
  }
  EXPECT_EQ(compared, 24) << printed;
  return found;
}

std::string sabres_name(const std::string& policy) { return policy == "bola-e" ? "bolae" : policy; }

const std::vector<std::string> sabre_policies{"throughput", "bola", "bola-e", "dynamic",
                                              "dynamicdash"};

TEST_F(SimulatedProfile, SabresTotalsComeOutWithItsDefaultFlags) {
  const std::filesystem::path traces = test::shared_folder() / "traces";
  int compared = 0;
  for (const auto& [network, movie] :
       {std::pair<std::string, std::string>("3G", "bbb"), {"4G", "bbb4k"}}) {
    for (const Row& row :
         simulated("--policy throughput,bola,bola-e,dynamic,dynamicdash --trace " +
                   (traces / ("sabre_" + network + "logs")).string() + " --title " +
                   (traces / "sabre_movies" / (movie + ".json")).string())) {
      const std::string printed = sabres_name(row.at("policy")) + "__" + network + "_" +
                                  std::filesystem::path(row.at("trace")).stem().string() + ".txt";
      EXPECT_EQ(difference(row, test::shared_folder() / "reference/sabre/totals" / printed), "")
          << printed;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 5 * 63);
}

/// A line of a file that Sabre has printed.
double printed_value(const std::filesystem::path& file, const std::string& line_name) {
  std::ifstream text(file);
  for (std::string line; std::getline(text, line);)
    if (line.starts_with(line_name + ": ")) return std::stod(line.substr(line_name.size() + 2));
  ADD_FAILURE() << file << " has no " << line_name;
  return 0;
}

TEST_F(SimulatedProfile, StatsAreWhatSabresFiguresAreMadeOf) {
  const std::filesystem::path traces = test::shared_folder() / "traces";
  const test::Output run =
      simulate("--quiet --profile sabre --format stats --policy dynamic --trace " +
               (traces / "sabre_4Glogs").string() + " --title " +
               (traces / "sabre_movies/bbb4k.json").string());
  ASSERT_EQ(run.status, 0) << run.text;
  for (const std::string name :
       {"rebuffer ratio", "time average bitrate change", "time average played bitrate",
        "rampup time", "time average score"}) {
    std::vector<double> values;
    for (const auto& entry :
         std::filesystem::directory_iterator(test::shared_folder() / "reference/sabre/totals"))
      if (entry.path().filename().string().starts_with("dynamic__4G_"))
        values.push_back(printed_value(entry.path(), name));
    ASSERT_EQ(values.size(), 20U);
    std::ranges::sort(values);
    double mean = 0;
    for (const double value : values) mean += value / 20;
    double variance = 0;
    for (const double value : values) variance += (value - mean) * (value - mean) / 20;

    std::string column = name;
    std::ranges::replace(column, ' ', '_');
    const auto at = run.text.find("dynamic,none," + column + ",20,");
    ASSERT_NE(at, std::string::npos) << column;
    std::istringstream row(run.text.substr(at + std::string("dynamic,none,").size() +
                                           column.size() + std::string(",20,").size()));
    std::array<double, 3> found{};
    char comma = 0;
    row >> found[0] >> comma >> found[1] >> comma >> found[2];
    EXPECT_NEAR(found[0], (values[9] + values[10]) / 2, 1e-6) << column;
    EXPECT_NEAR(found[1], mean, 1e-6) << column;
    EXPECT_NEAR(found[2], std::sqrt(variance), 1e-6) << column;
  }
}

TEST_F(SimulatedProfile, SabresTotalsComeOutWithEveryFlagOfIts) {
  struct Flag {
    const char* name;     ///< In the references.
    const char* policy;   ///< Behind the policy's name.
    const char* session;  ///< On the command line.
  };
  const std::filesystem::path movies = test::shared_folder() / "traces/sabre_movies";
  int compared = 0;
  for (const Flag& flag : {Flag{"default", "", ""},
                           {"ab", ":basic", ""},
                           {"ao", ":low-oscillation", ""},
                           {"ab_ao", ":basic:low-oscillation", ""},
                           {"noibr", ":no-insufficient-buffer", ""},
                           {"noa", "", "--never-abandon"},
                           {"r_left", ":replace=left", ""},
                           {"r_right", ":replace=right", ""},
                           {"ma_sliding", ":window=3", ""},
                           {"ma_sliding_ws3_10", ":window=3/10", ""},
                           {"hl5", ":half-life=5", ""},
                           {"b5", "", "--buffer 5"},
                           {"b10", "", "--buffer 10"},
                           {"b60", "", "--buffer 60"},
                           {"gp10", ":gp=10", ""},
                           {"seek", "", "--seek 120:180"},
                           {"ml180_rmp3", "", "--length 180 --rampup 3"},
                           {"ml900", "", "--length 900"},
                           {"nm05", "", "--capacity-factor 0.5"}}) {
    std::string policies;
    for (const std::string& policy : sabre_policies)
      policies += (policies.empty() ? "" : ",") + policy + flag.policy;
    const std::vector<Row> rows =
        simulated("--policy " + policies + " --trace " + (movies / "network.json").string() +
                  " --title " + (movies / "movie.json").string() + " " + flag.session);
    ASSERT_EQ(rows.size(), sabre_policies.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string printed = sabres_name(sabre_policies[i]) + "__ex__" + flag.name + ".txt";
      EXPECT_EQ(difference(rows[i], test::shared_folder() / "reference/sabre/options" / printed),
                "")
          << printed;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 5 * 19);
}

const std::string constant_trace =
    " --trace " + std::string(RUNG_SOURCE_DIR) + "/traces/synthetic/constant.csv";
const std::string ladder_title =
    " --title " + std::string(RUNG_SOURCE_DIR) + "/examples/ladder.json";

/// The sessions of a run as rows, whatever the profile.
std::vector<Row> rows_of(const std::string& what) {
  const test::Output run = simulate("--quiet --format csv " + what + constant_trace + ladder_title);
  EXPECT_EQ(run.status, 0) << run.text;
  std::string text = run.text;
  std::ranges::replace(text, ',', '\t');
  std::istringstream stream(text);
  return table(stream);
}

TEST(SessionFlags, CutAndRepeatTitlesScaleLinksAndSeekInEveryProfile) {
  const Row whole = rows_of("--policy fixed").front();
  EXPECT_EQ(rows_of("--policy fixed --length 9").front().at("segments"), "3");
  const Row longer = rows_of("--policy fixed --length 1000").front();
  EXPECT_EQ(longer.at("segments"), "250");
  EXPECT_EQ(longer.at("end"), "ended");
  const Row slower = rows_of("--policy fixed --capacity-factor 0.25").front();
  EXPECT_GT(number(slower, "startup_s"), number(whole, "startup_s"));
  EXPECT_EQ(slower.at("body_bytes"), whole.at("body_bytes"));

  // Ours is the viewer's own time: at 10 s they leave for a place that is not there yet.
  const Row sought = rows_of("--policy fixed --seek 10:200").front();
  EXPECT_LT(number(sought, "played_s"), number(whole, "played_s"));
  EXPECT_GT(number(sought, "seeking_s"), 0);
  // What is in the buffer is kept.
  const Row near = rows_of("--policy fixed --seek 10:20").front();
  EXPECT_EQ(near.at("segments"), whole.at("segments"));
  EXPECT_EQ(number(near, "seeking_s"), 0);
  // Sabre's is the place up to which is fetched; all policies in its world go by it.
  for (const Row& row : rows_of("--policy bola,bba --profile sabre --seek 40:200")) {
    EXPECT_LT(number(row, "segments"), number(whole, "segments")) << row.at("policy");
    EXPECT_GT(number(row, "seeking_s"), 0) << row.at("policy");
  }
}

TEST(SessionFlags, TheEstimatorIsToldWhereThePolicyAsksOne) {
  for (const auto& [flags, told] :
       {std::pair("--policy bola:half-life=5 --profile sabre", "none"),
        std::pair("--policy bb --profile pensieve-2017", "none"),
        std::pair("--policy media3 --profile sabre", "sliding-percentile"),
        std::pair("--policy bola-e --profile pensieve-2017", "kalman"),
        std::pair("--policy oracle", "none")})
    EXPECT_EQ(rows_of(flags).front().at("estimator"), told) << flags;
}

TEST(SessionFlags, TotalsOfSabreAreNoNumbersForOtherPolicies) {
  const std::vector<Row> rows = rows_of("--policy bola,bba --profile sabre --rampup 1");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_NEAR(number(rows[0], "total_play_time"), number(rows[0], "elapsed_s"), 1e-6);
  EXPECT_EQ(rows[1].at("total_play_time"), "null");
}

TEST(SessionFlags, StatsAreMedianMeanAndDeviationOfEveryNumber) {
  const test::Output run =
      simulate("--quiet --format stats --profile sabre --policy bola,bba " + ladder_title +
               " --trace " + std::string(RUNG_SOURCE_DIR) + "/traces/synthetic");
  ASSERT_EQ(run.status, 0) << run.text;
  EXPECT_THAT(run.text, testing::StartsWith("policy,estimator,number,n,median,mean,stddev\n"));
  EXPECT_THAT(run.text, HasSubstr("\nbola,none,rebuffer_ratio,7,"));
  EXPECT_THAT(run.text, HasSubstr(",segments,7,"));
  EXPECT_THAT(run.text, testing::Not(HasSubstr("null")));
  EXPECT_THAT(run.text, testing::Not(HasSubstr("seed")));
}

TEST(SessionFlags, AJournalKeepsTheTotals) {
  const test::TemporaryDirectory folder;
  const std::string command = "--profile sabre --policy bola,bba --format csv" + constant_trace +
                              ladder_title + " --journal " + (folder.path() / "journal").string() +
                              " -o " + (folder.path() / "out.csv").string();
  const auto written = [&] {
    std::ostringstream text;
    text << std::ifstream(folder.path() / "out.csv").rdbuf();
    return text.str();
  };
  ASSERT_EQ(simulate(command).status, 0);
  const std::string first = written();
  const test::Output again = simulate(command + " --continue");
  EXPECT_THAT(again.text, HasSubstr("2 of them from the journal"));
  EXPECT_EQ(written(), first);
  EXPECT_EQ(simulate(command + " --continue --rampup 1").status, 2) << "another run's journal";
}

TEST(ProfileFlag, WhatTakesAValueRefusesAWrongOneWithOneError) {
  struct Case {
    const char* flags;
    const char* told;
  };
  for (const Case& wrong :
       {Case{"--policy bola:gp=much --profile sabre", "option 'gp=much' of policy bola must lie"},
        Case{"--policy bola-e --seek 120", "'120' is not WHEN:TO"},
        Case{"--policy bola-e --seek 1:-2", "'1:-2' is not WHEN:TO"},
        Case{"--policy bola-e --rampup 1", "goes with --profile sabre alone"},
        Case{"--policy oracle --seek 1:2", "never seek"},
        Case{"--policy bola --profile sabre --seek 1:90000", "--seek must lead into the title"},
        Case{"--policy bola-e --seek 1:90000", "ladder.json: --seek must lead into the title"},
        Case{"--policy bb --profile pensieve-2017 --seek 1:90000", "which ends at "},
        Case{"--policy bola --profile sabre --rampup 40", "representations here for --rampup"},
        Case{"--policy bola-e --format stats --sessions 2", "stats does not go with --sessions"},
        Case{"--policy bola-e --format stats --viewing feed", "stats does not go with --viewing"},
        Case{"--policy bola-e --length 0", "--length"},
        Case{"--policy bola-e --capacity-factor 0", "--capacity-factor"}}) {
    const test::Output run = simulate(wrong.flags + constant_trace + ladder_title);
    EXPECT_EQ(run.status, 2) << wrong.flags << '\n' << run.text;
    EXPECT_THAT(run.text, HasSubstr(wrong.told)) << wrong.flags;
  }
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
