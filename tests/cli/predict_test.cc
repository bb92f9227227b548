#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "abr/estimator_factory.h"
#include "tests/cli/run_program.h"
#include "tests/support/shared_folder.h"
#include "tests/support/temporary_directory.h"

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

class Predict : public testing::Test {
 protected:
  [[nodiscard]] static Output predict(const std::string& arguments) {
    return test::run(std::string(RUNG_PROGRAM) + " predict " + arguments);
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
    return (folder_.path() / name).string();
  }
  [[nodiscard]] std::string made(const std::string& name, const std::string& model) const {
    const std::string path = (folder_.path() / name).string();
    EXPECT_EQ(
        test::run(std::string(RUNG_PROGRAM) + " trace generate " + model + " -o '" + path + "'")
            .status,
        0);
    return path;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(Predict, JudgesEveryEstimatorOnEverySet) {
  const std::string steady = made("steady.csv", "constant --rate 3000 --duration 200");
  const std::string wild =
      made("wild.csv", "markov --low 300 --high 6000 --duration 4000 --noise 0.4 --seed 2");
  const Output output = predict(steady + " " + wild + " --format json");
  ASSERT_EQ(output.status, 0);
  const auto json = nlohmann::json::parse(output.text);
  ASSERT_EQ(json["sets"].size(), 2U);
  for (const auto& set : json["sets"])
    ASSERT_EQ(set["estimators"].size(), abr::estimator_names().size());
  for (const auto& score : json["sets"][0]["estimators"])
    EXPECT_NEAR(score["mae_log"].get<double>(), 0, 1e-5) << score["estimator"];
  int intervals = 0;
  for (const auto& score : json["sets"][1]["estimators"]) {
    EXPECT_GT(score["mae_log"].get<double>(), 0.05) << score["estimator"];
    if (!score.contains("coverage")) continue;
    ++intervals;
    EXPECT_NEAR(score["coverage"].get<double>(), 0.8, 0.02) << score["estimator"];
  }
  EXPECT_GE(intervals, 2);
}

TEST_F(Predict, WritesTheSameFiguresInEveryForm) {
  const std::string trace = made("t,\"race.csv", "sawtooth --low 500 --high 3000");
  const Output csv = predict("'" + trace + "' --estimator last,ar1 --level 0.9 --format csv");
  ASSERT_EQ(csv.status, 0);
  EXPECT_EQ(std::ranges::count(csv.text, '\n'), 3);
  EXPECT_THAT(csv.text, HasSubstr("t,\"\"race.csv\",1,"));
  EXPECT_THAT(csv.text, HasSubstr(",last,"));
  EXPECT_THAT(csv.text, HasSubstr(",0.9,0,,,,,\n"));
  const Output table = predict("'" + trace + "' --estimator last,ar1 --level 0.9");
  EXPECT_THAT(table.text, HasSubstr("intervals of 90 %"));
}

TEST_F(Predict, RefusesBadInputWithOneLineAndPrintsNothing) {
  const std::string good = made("good.csv", "constant --rate 3000");
  const std::string bad = write("bad.csv", "time,rate\n0,x\n");
  std::filesystem::create_directory(folder_.path() / "empty");
  struct Case {
    std::string arguments;
    int status;
    std::string said;
  };
  for (const Case& each : {
           Case{good + " " + bad, 1, "bad.csv"},
           Case{"/nowhere", 1, "/nowhere"},
           Case{(folder_.path() / "empty").string(), 1, "there is no file here"},
           Case{good + " --estimator kalmann", 2, "did you mean 'kalman'"},
           Case{good + " --buffer 2", 2, "good.csv"},
       }) {
    const Output output = predict(each.arguments + " 2>&1 >/dev/null");
    EXPECT_EQ(output.status, each.status) << each.arguments;
    EXPECT_THAT(output.text, HasSubstr(each.said)) << each.arguments;
    EXPECT_EQ(std::ranges::count(output.text, '\n'), 1) << output.text;
    EXPECT_EQ(predict(each.arguments + " 2>/dev/null").text, "") << each.arguments;
  }
  EXPECT_EQ(predict("2>/dev/null").status, 2);
  EXPECT_EQ(predict(good + " --level 1 2>/dev/null").status, 2);
}

TEST_F(Predict, IsCalibratedOnRecordedTraces) {
  const std::string root = (test::shared_folder() / "traces/").string();
  for (const std::string set : {"pensieve_hsdpa_test", "sabre_3Glogs", "sabre_4Glogs"}) {
    if (!std::filesystem::exists(root + set))
      GTEST_SKIP() << "no " << root + set << "; RUNG_SHARED names the folder of the shared data";
    const Output output = predict(root + set + " --estimator last,ar1,kalman --format json");
    ASSERT_EQ(output.status, 0);
    const auto scores = nlohmann::json::parse(output.text)["sets"][0]["estimators"];
    EXPECT_LT(scores[1]["mae_log"], scores[0]["mae_log"]) << set;
    for (const std::size_t quantiles : {1U, 2U}) {
      EXPECT_NEAR(scores[quantiles]["coverage"].get<double>(), 0.8, 0.02) << set;
      EXPECT_NEAR(scores[quantiles]["below"].get<double>(), 0.1, 0.015) << set;
    }
  }
}

}  // namespace
}  // namespace rung
