#include "network_sim/profiles/profile.h"

#include <gtest/gtest.h>

#include <string>

#include "network_sim/trace_format.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

TEST(Profile, IsFoundByName) {
  for (const Profile& profile : profiles()) {
    const auto found = find_profile(profile.name);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, &profile);
    for (const std::string_view policy : profile.policies)
      EXPECT_TRUE(*profile.knows(policy)) << policy;
    EXPECT_FALSE(*profile.knows("nobody"));
  }
  EXPECT_FALSE(find_profile("sabra"));
}

TEST(Profile, PensieveKeepsAllDecimalsOfARateLessTheHeaders) {
  const Profile& pensieve = **find_profile("pensieve-2017");
  const auto link = pensieve.read_link("0 9\n0.5 1.2345678901\n2.5 2\n", "trace", std::nullopt);
  ASSERT_TRUE(link);
  ASSERT_EQ(link->piece_count(), 2U);
  EXPECT_EQ(link->piece(0).duration, 500ms);
  const double bits_per_second = static_cast<double>(link->piece(0).rate.bits_per_second()) *
                                 static_cast<double>(LinkCapacity::per_byte) /
                                 static_cast<double>(link->cost_of_byte());
  EXPECT_NEAR(bits_per_second, 1234567.8901 * 0.95, 1e-6);
  EXPECT_FALSE(pensieve.read_link("0 9\n1 fast\n", "trace", TraceFormat::pensieve));
}

TEST(Profile, SabreRefusesPiecesThatALatencyWouldSpanWithoutBound) {
  const Profile& sabre = **find_profile("sabre");
  const auto trace = [](const char* duration) {
    return R"([{"duration_ms": )" + std::string(duration) +
           R"(, "bandwidth_kbps": 1000, "latency_ms": 100}])";
  };
  EXPECT_TRUE(sabre.read_link(trace("0.0002"), "trace", std::nullopt));
  const auto refused = sabre.read_link(trace("0.00005"), "trace", std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
}

TEST(Profile, PutsItsPoliciesBeforeThoseOfTheSweep) {
  Sweep sweep{.policies = {"bb"}, .estimator = {}, .links = {}, .titles = {}, .seeds = {1}};
  adopt(**find_profile("pensieve-2017"), sweep);
  EXPECT_EQ(sweep.default_rtt, 80ms);
  EXPECT_TRUE(sweep.knows("bb"));
  EXPECT_TRUE(sweep.knows("bola-e"));
  const auto unknown = sweep.knows("bbb");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("in this profile also: bb"), std::string::npos);
}

}  // namespace
}  // namespace rung::network_sim
