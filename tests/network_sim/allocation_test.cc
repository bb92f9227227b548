#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "abr/policy_factory.h"
#include "network_sim/simulated_environment.h"
#include "session/run.h"
#include "session/streaming_session.h"
#include "tests/support/counted_allocations.h"
#include "tests/support/links.h"
#include "tests/support/policies.h"
#include "tests/support/titles.h"

// Counts what a session and its simulated world allocate.

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

TEST(Allocation, IsCounted) {
  const std::int64_t before = test::allocations();
  // A call of the function itself: a compiler may leave a `new` expression out.
  ::operator delete(::operator new(1));
  EXPECT_EQ(test::allocations(), before + 1);
}

/// Runs a whole session of `segments` and returns how often its loop allocated.
template <typename MakePolicy>
std::int64_t allocations_of(const MakePolicy& make_policy, std::int64_t segments) {
  const media::Tracks title = test::video_and_audio(segments);
  const LinkCapacity link(test::trace_of({{.duration = 7s, .rate = 4000_kbps, .rtt = 30ms},
                                          {.duration = 5s, .rate = 600_kbps, .rtt = 80ms},
                                          {.duration = 3s, .rate = BitRate{}, .rtt = {}}}));
  session::StreamingSession session(title, *session::validate({}, title), make_policy(),
                                    std::make_unique<test::LastThroughput>());
  SimulatedEnvironment world(title, link, {});
  const std::int64_t before = test::allocations();
  session::run(session, world);
  const std::int64_t after = test::allocations();
  EXPECT_EQ(session.report().segments, segments);
  return after - before;
}

TEST(Allocation, NeverHappensInASimulatedSession) {
  EXPECT_EQ(allocations_of([] { return std::make_unique<test::BestCarried>(); }, 500), 0);
}

TEST(Allocation, OfASessionAndItsWorldStaysWithinItsBound) {
  const media::Tracks title = test::video_only(500);
  const session::SessionOptions options = *session::validate({}, title);
  const LinkCapacity link(test::constant_link(3000_kbps));
  auto policy = std::make_unique<test::BestCarried>();
  auto estimator = std::make_unique<test::LastThroughput>();
  const std::int64_t before = test::allocated_bytes();
  session::StreamingSession session(title, options, std::move(policy), std::move(estimator));
  SimulatedEnvironment world(title, link, {.most_transfers = 1});
  session::run(session, world);
  const auto sizes = static_cast<std::int64_t>(sizeof(session) + sizeof(world));
  EXPECT_LE(test::allocated_bytes() - before + sizes, 2200);
}

TEST(Allocation, NeverGrowsWithTheLengthOfASessionUnderAnyPolicy) {
  for (const std::string_view name : abr::policy_names()) {
    const auto make = [&] { return *abr::make_policy(name, {}); };
    EXPECT_EQ(allocations_of(make, 300), allocations_of(make, 100)) << name;
  }
}

}  // namespace
}  // namespace rung::network_sim
