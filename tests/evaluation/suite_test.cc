#include "evaluation/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace rung::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

const std::string least = "title = \"l.json\"\ntraces = \"t\"\npolicies = [\"bba\", \"rate\"]\n";

/// A list of the whole numbers from 1 to `last`, with its line end.
std::string counted(int last) {
  std::string list = "[1";
  for (int number = 2; number <= last; ++number) list += ", " + std::to_string(number);
  return list + "]\n";
}

TEST(Suite, ReadsEveryKey) {
  const auto suite = parse_suite(R"(
title = ["a.json", "b.mpd"]
traces = ["3g", "4g/one.csv"]
policies = ["bba", "rate"]
baseline = "rate buffer_s=20"
estimator = "last"
seeds = [3, 4]
buffer_s = [60, 20]
startup_s = 0.5
resume_s = 1
rtt_ms = 80
abandonment = false
qoe = "hd"
live_s = 8
live_chunk_s = 0.5
overhead_percent = 3.59
profile = "sabre"
regret = true
log_separator = "_cut"
confidence = 0.9
power = 0.9
resamples = 2000
bootstrap_seed = 7
)",
                                 "s.toml");
  ASSERT_TRUE(suite) << to_string(suite.error());
  const Suite wanted{
      .grid = {.titles = {"a.json", "b.mpd"},
               .traces = {"3g", "4g/one.csv"},
               .policies = {"bba", "rate"},
               .seeds = {3, 4},
               .profile = "sabre",
               .qoe = "hd",
               .live_delay = 8s,
               .live_chunk = 500ms,
               .overhead_percent = 3.59,
               .estimators = {"last"},
               .buffers = {60s, 20s},
               .startups = {500ms},
               .resumes = {1s},
               .rtts = {80ms},
               .abandonment = {false}},
      .variants = {"bba buffer_s=60", "bba buffer_s=20", "rate buffer_s=60", "rate buffer_s=20"},
      .baseline = "rate buffer_s=20",
      .qoe = "hd",
      .log_separator = "_cut",
      .bootstrap = {.resamples = 2000, .confidence = 0.9, .seed = 7},
      .regret = true,
      .power = 0.9};
  EXPECT_EQ(*suite, wanted);
}

TEST(Suite, TakesTheFirstPolicyAsBaselineUnlessOneIsNamed) {
  const auto suite = parse_suite(least, "s.toml");
  ASSERT_TRUE(suite) << to_string(suite.error());
  EXPECT_EQ(suite->baseline, "bba");
  EXPECT_THAT(suite->grid.titles, ElementsAre("l.json"));
  EXPECT_THAT(suite->grid.seeds, ElementsAre(1));
}

TEST(Suite, RefusesWhatItDoesNotUnderstandAndSaysWhere) {
  struct Case {
    std::string text;
    std::string said;
  };
  for (const Case& bad : {
           Case{"title = ", "s.toml line 1"},
           Case{least + "polices = [\"x\"]\n", "s.toml line 4: \"polices\" is no key"},
           Case{least + "buffer_s = \"60\"\n", "s.toml line 4: \"buffer_s\" must be numbers"},
           Case{least + "buffer_s = nan\n", "\"buffer_s\" must be numbers"},
           Case{least + "buffer_s = 0\n", "from 0.001 to 86400"},
           Case{least + "seeds = [-1]\n", "\"seeds\" must be whole numbers"},
           Case{least + "seeds = []\n", "\"seeds\" is an empty list"},
           Case{least + "seeds = [1, 1]\n", "names something twice"},
           Case{least + "abandonment = 1\n", "must be true or false"},
           Case{least + "baseline = \"bola\"\n", "\"bola\" is none of the policies"},
           Case{least + "baseline = \"bba\"\nbuffer_s = [9, 8]\n",
                "\"bba\" is none of the policies; with several settings the first one is \"bba "
                "buffer_s=9\""},
           Case{least + "buffer_s = " + counted(101) + "resume_s = " + counted(100),
                "s.toml: the lists make more than 10000 settings"},
           Case{least + "buffer_s = " + counted(65'536) + "startup_s = " + counted(65'536) +
                    "resume_s = " + counted(65'536) + "rtt_ms = " + counted(65'536),
                "s.toml: the lists make more than 10000 settings"},
           Case{least + "seeds = " + counted(251) + "buffer_s = " + counted(10'000),
                "s.toml: the lists make more than 5000000 sessions"},
           Case{least + "buffer_s = [12, 12.00000000001]\n", "\"buffer_s\" names something twice"},
           Case{least + "rtt_ms = [80, 80.0000001]\n", "\"rtt_ms\" names something twice"},
           Case{least + "live_s = [8, 9]\n", "\"live_s\" must be a number"},
           Case{least + "live_chunk_s = 1\n", "\"live_chunk_s\" goes with \"live_s\" alone"},
           Case{least + "confidence = 95\n", "from 0.8 to 0.999"},
           Case{least + "log_separator = \"\"\n", "must be text that is not empty"},
           Case{"title = \"a\\tb\"\n", "tabs"},
           Case{"traces = \"t\"\npolicies = \"bba\"\n", "s.toml: \"title\" is missing"},
           Case{"title = []\n", "is an empty list"},
           Case{"title = [1]\n", "must be text"},
           Case{"policies = [\"a\", \"a\"]\n", "names something twice"},
       }) {
    const auto suite = parse_suite(bad.text, "s.toml");
    ASSERT_FALSE(suite) << bad.text;
    EXPECT_THAT(to_string(suite.error()), HasSubstr(bad.said)) << bad.text;
  }
}

TEST(Suite, TakesCutsOfOneLogTogether) {
  EXPECT_EQ(log_of("traces/bus@3.csv", "@"), "bus");
  EXPECT_EQ(log_of("elsewhere/bus@12.log", "@"), "bus");
  EXPECT_EQ(log_of("a@b/bus.csv", "@"), "bus");
  EXPECT_EQ(log_of("bus_1_20", "_"), "bus_1");
  EXPECT_EQ(log_of("@3.csv", "@"), "@3");
  EXPECT_EQ(log_of(".hidden", "@"), ".hidden");
}

}  // namespace
}  // namespace rung::evaluation
