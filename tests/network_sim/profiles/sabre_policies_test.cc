#include "network_sim/profiles/sabre_policies.h"

#include <gtest/gtest.h>

#include "tests/support/situation.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using test::Situation;

/// A policy that has seen one transfer of 4 s at `kbps`, without latency, at an empty buffer.
std::unique_ptr<abr::Policy> seasoned(std::string_view name, std::int64_t kbps) {
  auto policy = make_sabre_policy(name);
  Situation first;
  first.segment = 0;
  first.previous.reset();
  EXPECT_EQ(first.ask(*policy).representation, 0U);
  policy->observe({.requested = Situation::now,
                   .first_byte = Situation::now,
                   .completed = Situation::now + 4s,
                   .size = ByteCount(kbps * 500)});
  return policy;
}

Situation at_level(Duration level) {
  Situation situation;
  situation.level = level;
  situation.segment = 1;
  return situation;
}

abr::Decision ask(abr::Policy& policy, const Situation& situation) {
  abr::DecisionContext context = situation.context();
  context.now += 4s;  // When the transfer ended.
  return policy.choose(context);
}

TEST(SabrePolicies, ThroughputTakesNineTenthsOfIt) {
  EXPECT_EQ(ask(*seasoned("throughput", 1340), at_level(20s)).representation, 2U);  // 1206
  EXPECT_EQ(ask(*seasoned("throughput", 1330), at_level(20s)).representation, 1U);  // 1197
}

TEST(SabrePolicies, ThroughputTakesLessFromAShortBuffer) {
  // 0.9 x 2 s x 4000 kbit/s are 7.2 Mbit: a segment of 1850 kbit/s has 7.4.
  EXPECT_EQ(ask(*seasoned("throughput", 4000), at_level(2s)).representation, 2U);
}

TEST(SabrePolicies, BolaRisesOneAboveTheThroughputAtMost) {
  EXPECT_EQ(ask(*seasoned("bola", 1000), at_level(24s)).representation, 2U);
  EXPECT_EQ(ask(*seasoned("bola", 1000), at_level(0s)).representation, 0U);
}

TEST(SabrePolicies, BolaEnhBeginsByThroughput) {
  EXPECT_EQ(ask(*seasoned("bola-e", 2000), at_level(4s)).representation, 3U);
}

TEST(SabrePolicies, ThroughputGivesUpWhatTakesNearlyTwoSegments) {
  const auto policy = seasoned("throughput", 4000);
  const Situation situation = at_level(20s);
  EXPECT_EQ(ask(*policy, situation).representation, 4U);
  const abr::DecisionContext decision = situation.context();
  abr::TransferContext running{.decision = decision,
                               .representation = 4,
                               .requested = Situation::now - 1s,
                               .first_byte = Situation::now - 1s,
                               .received = 200'000_bytes,
                               .expected = 1'425'000_bytes,
                               .recent = std::nullopt};
  // 7.1 s in all at 1600 kbit/s are less than 7.2.
  EXPECT_EQ(policy->reconsider(running), std::nullopt);
  running.received = 195'000_bytes;  // 7.3 s at 1560 kbit/s; nine tenths of them carry 1200.
  EXPECT_EQ(policy->reconsider(running), RepresentationIndex{2});
  running.requested = running.first_byte.emplace(Situation::now - 400ms);
  EXPECT_EQ(policy->reconsider(running), std::nullopt);  // Too early to say.
}

TEST(SabrePolicies, AreMadeByName) {
  for (const std::string_view name : sabre_policy_names()) EXPECT_TRUE(make_sabre_policy(name));
  EXPECT_FALSE(make_sabre_policy("bba"));
}

}  // namespace
}  // namespace rung::network_sim
