#include "network_sim/profiles/sabre_options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rung::network_sim {
namespace {

TEST(SabreOptions, AreThoseOfSabresCommandLineByDefault) {
  for (const std::string_view name : sabre_policy_names()) {
    const auto options = parse_sabre_policy(name);
    ASSERT_TRUE(options && options->has_value());
    EXPECT_EQ(**options, (SabreOptions{.policy = name, .windows = {}}));
  }
  EXPECT_FALSE(parse_sabre_policy("bba")->has_value());
  EXPECT_FALSE(parse_sabre_policy("bolas:basic")->has_value());
}

TEST(SabreOptions, StandBehindTheNameInAnyOrder) {
  const auto options = parse_sabre_policy(
      "bola-e:gp=2.5:no-insufficient-buffer:replace=right:mmsys18:window=3/10:low-oscillation:"
      "basic");
  ASSERT_TRUE(options && options->has_value());
  EXPECT_EQ(**options, (SabreOptions{.policy = "bola-e",
                                     .basic = true,
                                     .low_oscillation = true,
                                     .insufficient_buffer = false,
                                     .mmsys18 = true,
                                     .gamma_p = 2.5,
                                     .replacement = SabreOptions::Replacement::right,
                                     .windows = {3, 10}}));
  const auto smooth = parse_sabre_policy("throughput:half-life=5");
  ASSERT_TRUE(smooth && smooth->has_value());
  EXPECT_EQ((*smooth)->half_lives, std::vector<double>{5});
}

TEST(SabreOptions, AreRefusedWithOneErrorThatNamesThem) {
  struct Case {
    const char* policy;
    const char* told;
  };
  for (const Case& wrong :
       {Case{"bola:basics", "option 'basics' of policy bola is none of basic,"},
        Case{"bola:", "option '' of policy bola is none of"},
        Case{"bola:basic=1", "option 'basic=1' of policy bola is none of"},
        Case{"bola:basic:basic", "is there twice"}, Case{"bola:gp=0", "must lie in 0.001 to 1000"},
        Case{"bola:gp=nan", "must lie in 0.001 to 1000"},
        Case{"bola:gp=1/2", "must lie in 0.001 to 1000"},
        Case{"bola:replace=middle", "must be replace=left or replace=right"},
        Case{"bola:window=0", "must be 1 to 1000 transfers"},
        Case{"bola:window=3/", "must be 1 to 1000 transfers"},
        Case{"bola:half-life=", "must be 0.001 to 86400 seconds"},
        Case{"bola:half-life=1/2/3/4/5/6/7/8/9", "must be 0.001 to 86400 seconds"},
        Case{"bola:window=3:half-life=5", "not both"}}) {
    const auto options = parse_sabre_policy(wrong.policy);
    ASSERT_FALSE(options) << wrong.policy;
    EXPECT_EQ(options.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(options.error().message.find(wrong.told), std::string::npos)
        << options.error().message;
  }
}

}  // namespace
}  // namespace rung::network_sim
