#include "abr/policies/pensieve_policy.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/pensieve_parameters.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::PensieveParameters;
using test::Situation;

/// Output 5 grows with the throughput of the last transfer, output 2 with that of the one before.
std::shared_ptr<const PensieveNetwork> two_transfers() {
  PensieveParameters parameters;
  parameters.weight(2, 7, 0) = 1;
  parameters.weight(2, 6, 1) = 1;
  parameters.weight(6, 2 * 128, 0) = 1;
  parameters.weight(6, 2 * 128 + 1, 1) = 1;
  parameters.weight(7, 0, 5) = 1;
  parameters.weight(7, 1, 2) = 1;
  return std::make_shared<const PensieveNetwork>(
      *PensieveNetwork::create(PensieveParameters::manifest(), parameters.bytes(), "made"));
}

TransferSample transfer(std::int64_t kilobytes) {
  return {.requested = Timestamp{},
          .first_byte = Timestamp(milliseconds(80)),
          .completed = Timestamp(seconds(1)),
          .size = ByteCount(kilobytes * 1000)};
}

TEST(PensievePolicy, BeginsWithTheSecondRepresentationAsThePublishedTestDoes) {
  PensievePolicy policy(two_transfers());
  Situation situation;
  situation.previous.reset();
  EXPECT_EQ(situation.ask(policy),
            (Decision{.representation = 1, .reason = Reason::startup_unknown}));
}

TEST(PensievePolicy, MovesItsStateOnceForEveryTransfer) {
  PensievePolicy policy(two_transfers());
  const Situation situation;
  policy.observe(transfer(400));
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 5, .reason = Reason::plan}));
  // Asked again about the same segment, the throughput has not become the one before.
  EXPECT_EQ(situation.ask(policy).representation, 5u);
  policy.observe(transfer(300));
  EXPECT_EQ(situation.ask(policy).representation, 2u);
  policy.observe(transfer(300));
  // Both are 0.3 kB/ms: the first of equals.
  EXPECT_EQ(situation.ask(policy).representation, 2u);
}

TEST(PensievePolicy, ForgetsAtASeek) {
  PensievePolicy policy(two_transfers());
  const Situation situation;
  policy.observe(transfer(400));
  EXPECT_EQ(situation.ask(policy).representation, 5u);
  policy.on_seek();
  policy.observe(transfer(300));
  EXPECT_EQ(situation.ask(policy).representation, 5u);
}

TEST(PensievePolicy, SaysThatItKnowsSixRepresentations) {
  PensievePolicy policy(two_transfers());
  Situation situation;
  EXPECT_FALSE(policy.failure());
  situation.track = test::uniform_track(50, seconds(4), {300, 750});
  EXPECT_EQ(situation.ask(policy).representation, 0u);
  EXPECT_EQ(policy.failure()->message,
            "Pensieve's network knows ladders of 6 representations, not 2");
}

}  // namespace
}  // namespace rung::abr
