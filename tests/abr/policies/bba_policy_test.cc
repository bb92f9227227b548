#include <gtest/gtest.h>

#include "abr/policies/bba_policy.h"
#include "tests/support/situation.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Situation;

TEST(BbaPolicy, TakesTheLowestInTheReservoirAndTheHighestAtTheTop) {
  Situation situation;
  BbaPolicy policy;
  situation.previous = 3;
  situation.level = seconds(11);
  EXPECT_EQ(situation.ask(policy).representation, 0u);
  situation.level = seconds(26);
  EXPECT_EQ(situation.ask(policy).representation, 5u);
}

TEST(BbaPolicy, TakesTheHighestInAFullBufferAlsoWhenItIsAskedLate) {
  Situation situation;
  BbaPolicy policy;
  situation.previous = 3;
  situation.level = seconds(26) - milliseconds(400);
  EXPECT_EQ(situation.ask(policy).representation, 5u);
}

TEST(BbaPolicy, KeepsTheRepresentationUntilTheLineCrossesANeighbour) {
  Situation situation;
  BbaPolicy policy;
  situation.level = milliseconds(16'000);  // the line is at about 1.6 Mbit/s
  situation.previous = 2;
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 2, .reason = Reason::hysteresis}));
  situation.previous = 3;
  EXPECT_EQ(situation.ask(policy).representation, 3u);
}

TEST(BbaPolicy, GoesToWhereTheLineIsOnceItHasCrossed) {
  Situation situation;
  BbaPolicy policy;
  situation.level = seconds(20);  // the line is at about 2.7 Mbit/s
  situation.previous = 1;
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 3, .reason = Reason::buffer}));
  situation.previous = 5;
  EXPECT_EQ(situation.ask(policy), (Decision{.representation = 4, .reason = Reason::buffer}));
}

}  // namespace
}  // namespace rung::abr
