#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

class Recommend : public testing::Test {
 protected:
  Recommend() {
    std::ofstream plays(path("plays.csv"));
    plays << "viewer,title,time\n";
    for (int viewer = 0; viewer < 40; ++viewer)
      for (int play = 0; play < 6; ++play)
        plays << "v" << viewer << ",episode " << (viewer + play) % 12 << "," << play << "\n";
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  [[nodiscard]] Output recommend(const std::string& arguments) const {
    return test::run(std::string(RUNG_PROGRAM) + " recommend " + arguments);
  }

  test::TemporaryDirectory folder_;
};

TEST_F(Recommend, TrainsAndTellsTheNextTitle) {
  EXPECT_EQ(recommend("train " + path("plays.csv") + " -o " + path("model")).status, 0);
  const Output output =
      recommend("next " + path("model") + " --history 'episode 3,episode 4,nowhere' -k 2 --json");
  ASSERT_EQ(output.status, 0);
  const auto json = nlohmann::json::parse(output.text);
  ASSERT_EQ(json["candidates"].size(), 2U);
  EXPECT_EQ(json["candidates"][0]["title"], "episode 5");
  EXPECT_EQ(json["unknown"], nlohmann::json({"nowhere"}));
  const double sum = json["candidates"][0]["p"].get<double>() +
                     json["candidates"][1]["p"].get<double>() + json["rest"].get<double>() +
                     json["other"].get<double>();
  EXPECT_NEAR(sum, 1, 1e-5);
  const Output table = recommend("next " + path("model") + " --history 'episode 4' -k 1");
  EXPECT_THAT(table.text, HasSubstr("episode 5"));
}

TEST_F(Recommend, WeighsTheHourAndTheDevice) {
  {
    std::ofstream plays(path("moments.csv"));
    plays << "viewer,title,time,hour,device\n";
    for (int viewer = 0; viewer < 120; ++viewer)
      for (int play = 0; play < 6; ++play) {
        const bool even = (viewer + play) % 2 == 0;
        const bool morning = even != ((3 * viewer + play) % 5 == 0);
        const bool phone = even != ((viewer + 2 * play) % 7 == 0);
        plays << "v" << viewer << ",t" << (viewer * 7 + play * 5) % 12 * 2 + (even ? 0 : 1) << ","
              << play << "," << (morning ? 8 : 21) << "," << (phone ? "phone" : "tv") << "\n";
      }
  }
  ASSERT_EQ(recommend("train " + path("moments.csv") + " -o " + path("model")).status, 0);
  const auto even_share = [&](const std::string& options) {
    const Output output = recommend("next " + path("model") + " -k 24 --json " + options);
    EXPECT_EQ(output.status, 0);
    double share = 0;
    const auto report = nlohmann::json::parse(output.text);
    for (const auto& one : report["candidates"])
      if (std::stoi(one["title"].get<std::string>().substr(1)) % 2 == 0)
        share += one["p"].get<double>();
    return share;
  };
  EXPECT_GT(even_share("--hour 8"), 1.5 * even_share("--hour 21"));
  EXPECT_GT(even_share("--device phone"), 1.5 * even_share("--device tv"));
  EXPECT_THAT(recommend("explain " + path("model") + " t4 --hour 8").text,
              HasSubstr("at this hour"));
  EXPECT_THAT(recommend("next " + path("model") + " --device wall 2>&1").text,
              HasSubstr("does not know the device \"wall\""));
  EXPECT_EQ(recommend("next " + path("model") + " --hour 24 2>/dev/null").status, 2);
  EXPECT_THAT(recommend("evaluate " + path("moments.csv")).text, HasSubstr("any-moment"));
}

TEST_F(Recommend, TellsHowProbablyTitlesAreLeft) {
  {
    std::ofstream plays(path("stays.csv"));
    plays << "viewer,title,time,from,to,left\n";
    for (int viewer = 0; viewer < 40; ++viewer)
      for (int play = 0; play < 6; ++play)
        plays << "v" << viewer << ",episode " << (viewer + play) % 12 << "," << play << ",0,"
              << 10 + (7 * viewer + play) % 50 << "," << (viewer % 4 != 0 ? 1 : 0) << "\n";
  }
  const Output trained = recommend("train " + path("stays.csv") + " -o " + path("model"));
  ASSERT_EQ(trained.status, 0);
  EXPECT_THAT(trained.text, HasSubstr("240 stays"));
  const auto leaves = [&](const std::string& options) {
    const Output output =
        recommend("next " + path("model") + " --history 'episode 4' -k 1 --json " + options);
    EXPECT_EQ(output.status, 0);
    return nlohmann::json::parse(output.text);
  };
  const auto at_first = leaves("--within 10");
  const auto later = leaves("--within 10 --position 40");
  EXPECT_GT(at_first["p_leave_within"], 0);
  EXPECT_GT(later["p_leave_within"], at_first["p_leave_within"]);
  EXPECT_EQ(later["position_s"], 40);
  EXPECT_EQ(later["within_s"], 10);
  EXPECT_EQ(later["candidates"][0]["p_leave_within"], at_first["candidates"][0]["p_leave_within"]);
  EXPECT_THAT(recommend("next " + path("model") + " --history 'episode 4' --position 40").text,
              HasSubstr("At 40 s the viewer leaves within 60 s with p = "));
  const Output elsewhere =
      recommend("next " + path("model") + " --history 'episode 4,a new one' --position 40");
  EXPECT_EQ(elsewhere.status, 0);
  EXPECT_THAT(elsewhere.text, Not(HasSubstr("the viewer leaves")))
      << "nothing is known of what plays";
  const auto back = leaves("--within 10 --position 40 --history 'a new one,episode 4'");
  EXPECT_EQ(back["p_leave_within"], later["p_leave_within"]);
  const auto gone = leaves("--within 10 --position 40 --history 'a new one'");
  EXPECT_FALSE(gone.contains("p_leave_within"));
  EXPECT_EQ(gone["unknown"][0], "a new one");
  EXPECT_GT(gone["candidates"][0]["p_leave_within"], 0);
  ASSERT_EQ(recommend("train " + path("plays.csv") + " -o " + path("model")).status, 0);
  EXPECT_FALSE(leaves("").contains("p_leave_within"));
}

TEST_F(Recommend, ExplainsATitleInWordsAndJson) {
  ASSERT_EQ(recommend("train " + path("plays.csv") + " -o " + path("model")).status, 0);
  const std::string asked =
      "explain " + path("model") + " 'episode 5' --history 'episode 3,episode 4'";
  const Output output = recommend(asked + " --json");
  ASSERT_EQ(output.status, 0);
  const auto json = nlohmann::json::parse(output.text);
  EXPECT_GT(json["p"].get<double>(), 0.1);
  EXPECT_GT(json["contributions"]["following"].get<double>(), 0);
  EXPECT_EQ(json["contributions"].size(), 10U);
  EXPECT_THAT(recommend(asked).text, HasSubstr("viewers play it right after the last title"));
  const Output seen = recommend("explain " + path("model") + " 'episode 5' --history 'episode 5'");
  EXPECT_NE(seen.status, 0);
  EXPECT_NE(recommend("explain " + path("model") + " nowhere").status, 0);
}

TEST_F(Recommend, EvaluatesBesideBaselines) {
  const Output output = recommend("evaluate " + path("plays.csv") + " --format json");
  ASSERT_EQ(output.status, 0);
  const auto json = nlohmann::json::parse(output.text);
  EXPECT_EQ(json["viewers"], 40);
  EXPECT_EQ(json["methods"][0]["method"], "rung");
  EXPECT_GT(json["methods"][0]["ndcg_at_10"].get<double>(),
            json["methods"][1]["ndcg_at_10"].get<double>());
  EXPECT_THAT(recommend("evaluate " + path("plays.csv")).text, HasSubstr("NDCG@10"));
}

TEST_F(Recommend, JudgesAPolicyByWhatAnotherOneShowed) {
  {
    std::ofstream log(path("shown.csv"));
    log << "viewer,place,title,usual,propensity,reward\n";
    for (int shown = 0; shown < 400; ++shown)
      log << "v" << shown % 40 << ",0," << (shown % 4 == 0 ? "b,a,0.25," : "a,a,0.75,")
          << (shown % 8 == 0 ? 1 : 0) << "\n";
  }
  const std::string asked = "evaluate --logged " + path("shown.csv");
  const Output output = recommend(asked + " --format json");
  ASSERT_EQ(output.status, 0);
  const auto json = nlohmann::json::parse(output.text);
  EXPECT_EQ(json["cluster"], "viewer");
  EXPECT_EQ(json["clusters"], 40);
  EXPECT_NEAR(json["logged"]["value"].get<double>(), 0.125, 1e-9);
  EXPECT_EQ(json["estimates"][0]["method"], "ips");
  EXPECT_EQ(json["estimates"][0]["value"], 0);  // Nobody has ever played `a`.
  std::ofstream(path("policy.csv")) << "title,probability\nb,0.5\nc,0.5\n";
  const Output warned = recommend(asked + " --target " + path("policy.csv") + " 2>&1");
  EXPECT_EQ(warned.status, 0);
  EXPECT_THAT(warned.text, HasSubstr("50.00 % of what the policy shows was never shown"));
  EXPECT_THAT(recommend(asked + " --target uniform").text, HasSubstr("dr "));
}

TEST_F(Recommend, RefusesBadInputWithOneLineAndLeavesNothing) {
  std::ofstream(path("bad.csv")) << "viewer,title,time\nv,a,1\nv,b,x\n";
  std::ofstream(path("other")) << "RUNGNEXTand what else";
  struct Case {
    std::string arguments;
    int status;
    std::string said;
  };
  for (const Case& bad : {
           Case{"train " + path("bad.csv") + " -o " + path("m"), 1, "bad.csv line 3"},
           Case{"train /nowhere.csv -o " + path("m"), 1, "/nowhere.csv"},
           Case{"train " + path("plays.csv") + " -o /nowhere/m", 1, "/nowhere/m"},
           Case{"evaluate " + path("bad.csv"), 1, "bad.csv line 3"},
           Case{"evaluate --logged " + path("bad.csv"), 1, "title, propensity and reward"},
           Case{"evaluate --logged /nowhere.csv", 1, "/nowhere.csv"},
           Case{"evaluate", 2, "--logged"},
           Case{"next " + path("other"), 1, "other"},
           Case{"next /nowhere", 1, "/nowhere"},
       }) {
    const Output output = recommend(bad.arguments + " 2>&1 >/dev/null");
    EXPECT_EQ(output.status, bad.status) << bad.arguments;
    EXPECT_THAT(output.text, HasSubstr(bad.said)) << bad.arguments;
    EXPECT_EQ(std::ranges::count(output.text, '\n'), 1) << output.text;
  }
  EXPECT_FALSE(std::filesystem::exists(path("m")));
  EXPECT_EQ(recommend("next 2>/dev/null").status, 2);
}

}  // namespace
}  // namespace rung
