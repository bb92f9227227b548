#include "evaluation/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rung::evaluation {
namespace {

using testing::HasSubstr;

const std::vector<SessionScore> sessions{
    {.policy = "bba",
     .title = "l.json",
     .trace = "t/a b.csv",
     .seed = 18446744073709551615U,
     .played_out = false,
     .qoe = -0.1,
     .startup_s = 1.0 / 3,
     .stalled_s = 1e-9,
     .mean_kbps = 1234.5,
     .switches = 7,
     .fingerprint = 0xfedcba9876543210U},
    {.policy = "./own.so:x", .title = "l.json", .trace = "t", .qoe = 5e-324, .fingerprint = 1}};

TEST(Baseline, ReadsBackWhatItWrote) {
  const auto read = parse_baseline(format_baseline(sessions, "lin"), "lin", "b.tsv");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, sessions);
}

TEST(Baseline, RefusesWhatIsNone) {
  const std::string good = format_baseline(sessions, "lin");
  const auto said = [](const std::string& text) {
    const auto read = parse_baseline(text, "lin", "b.tsv");
    return read ? "" : to_string(read.error());
  };
  EXPECT_THAT(said(""), HasSubstr("b.tsv line 1: is no baseline"));
  EXPECT_THAT(said("policy\n"), HasSubstr("b.tsv line 1: is no baseline"));
  EXPECT_THAT(said(format_baseline(sessions, "log")), HasSubstr("scored with log"));
  EXPECT_THAT(said(good + "bba\n"), HasSubstr("b.tsv line 5"));
  std::string cut = good;
  cut.resize(cut.size() - 3);
  EXPECT_THAT(said(cut), HasSubstr("b.tsv line 4"));
  std::string infinite = good;
  infinite.replace(infinite.find("-0.1"), 4, "inf");
  EXPECT_THAT(said(infinite), HasSubstr("b.tsv line 3"));
}

}  // namespace
}  // namespace rung::evaluation
