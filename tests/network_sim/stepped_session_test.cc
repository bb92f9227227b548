#include "network_sim/stepped_session.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "network_sim/simulated_session.h"
#include "tests/support/links.h"
#include "tests/support/policies.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

SimulatedTitle title_of(const media::Tracks& tracks) {
  return {.name = "title", .known = tracks, .actual = tracks};
}

TEST(SteppedSession, ComesToWhatTheSamePolicyComesToInsideTheSession) {
  Random random(7);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const SimulatedTitle title =
        title_of(round % 2 == 0 ? test::video_only(30) : test::video_and_audio(30));
    const LinkCapacity link(test::random_trace(random, 60, 10s, 6000_kbps));
    Scenario scenario{.link = link, .title = title, .session = {}, .default_rtt = 30ms};
    scenario.session.abandonment = random.below(2) == 0;
    const auto inside = simulate(scenario, std::make_unique<test::BestCarriedFromOutside>(),
                                 std::make_unique<test::LastThroughput>());
    ASSERT_TRUE(inside);

    const auto stepped = SteppedSession::create(scenario, std::make_unique<test::LastThroughput>());
    ASSERT_TRUE(stepped);
    test::BestCarriedFromOutside policy;
    while (!(*stepped)->ended()) (*stepped)->choose(policy.choose((*stepped)->choice()));
    EXPECT_EQ((*stepped)->outcome(), *inside);
  }
}

TEST(SteppedSession, AsksOnceForEverySegmentInOrder) {
  const SimulatedTitle title = title_of(test::video_only(12));
  const LinkCapacity link(test::constant_link(12'000_kbps));
  const auto stepped = SteppedSession::create({.link = link, .title = title, .session = {}},
                                              std::make_unique<test::LastThroughput>());
  ASSERT_TRUE(stepped);
  EXPECT_EQ((*stepped)->last_transfer(), abr::TransferSample{});
  for (SegmentNumber segment = 0; segment < 12; ++segment) {
    ASSERT_FALSE((*stepped)->ended());
    EXPECT_EQ((*stepped)->choice().segment, segment);
    EXPECT_EQ((*stepped)->outcome().report.segments, segment);
    (*stepped)->choose({.representation = 1, .reason = abr::Reason::external});
    EXPECT_EQ((*stepped)->last_transfer().size, title.actual.video->size(segment, 1));
  }
  EXPECT_TRUE((*stepped)->ended());
  EXPECT_EQ((*stepped)->outcome().report.end, session::EndReason::played_out);
}

TEST(SteppedSession, WaitsUntilADecisionAllowsTheRequest) {
  const SimulatedTitle title = title_of(test::video_only(3));
  const LinkCapacity link(test::constant_link(6000_kbps));
  const auto stepped = SteppedSession::create({.link = link, .title = title, .session = {}},
                                              std::make_unique<test::LastThroughput>());
  ASSERT_TRUE(stepped);
  (*stepped)->choose({.representation = 0, .reason = abr::Reason::external});
  const Timestamp wanted = (*stepped)->choice().now + 2s;
  (*stepped)->choose({.representation = 0, .not_before = wanted, .reason = abr::Reason::external});
  EXPECT_EQ((*stepped)->last_transfer().requested, wanted);
}

TEST(SteppedSession, RefusesOptionsThatDoNotFit) {
  const SimulatedTitle title = title_of(test::video_only(3));
  const LinkCapacity link(test::constant_link(6000_kbps));
  EXPECT_FALSE(
      SteppedSession::create({.link = link, .title = title, .session = {.buffer_capacity = 1s}},
                             std::make_unique<test::LastThroughput>()));
}

/// Has failed from the beginning.
class FailingPolicy : public test::BestCarriedFromOutside {
 public:
  std::optional<Error> failure() const override {
    return Error{ErrorCode::malformed, "nonsense", "outside"};
  }
};

TEST(SimulatedSession, FailsAsItsPolicyDoes) {
  const SimulatedTitle title = title_of(test::video_only(3));
  const LinkCapacity link(test::constant_link(6000_kbps));
  const auto outcome =
      simulate({.link = link, .title = title, .session = {}}, std::make_unique<FailingPolicy>(),
               std::make_unique<test::LastThroughput>());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "nonsense");
}

}  // namespace
}  // namespace rung::network_sim
