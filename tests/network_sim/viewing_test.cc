#include "network_sim/viewing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using namespace rung::literals;

class ViewingTest : public testing::Test {
 protected:
  ViewingTest() {
    for (int i = 0; i < 3; ++i)
      titles_.push_back(
          {.name = "title", .known = test::video_only(40), .actual = test::video_only(40)});
  }
  [[nodiscard]] Viewing draw(ViewingMode mode, std::uint64_t seed) const {
    return draw_viewing(
        {.mode = mode, .titles = titles_.size(), .title_length = 160s, .seed = seed});
  }
  [[nodiscard]] ViewingOutcome run(const Viewing& viewing, const std::string& policy) const {
    auto outcome = simulate_viewing({.link = link_,
                                     .titles = titles_,
                                     .viewing = viewing,
                                     .session = {},
                                     .policy = "bba",
                                     .estimator = "ewma",
                                     .default_rtt = 100ms},
                                    policy);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return *outcome;
  }

  LinkCapacity link_{test::constant_link(5000_kbps)};
  std::vector<SimulatedTitle> titles_;
};

TEST_F(ViewingTest, ModesHaveNames) {
  for (const auto mode :
       {ViewingMode::series, ViewingMode::catalogue, ViewingMode::feed, ViewingMode::music})
    EXPECT_EQ(*parse_viewing_mode(to_string(mode)), mode);
  EXPECT_FALSE(parse_viewing_mode("opera"));
  EXPECT_LT(buffer_capacity_of(ViewingMode::feed), buffer_capacity_of(ViewingMode::series));
  EXPECT_EQ(song().known.audio->end(), MediaTime(180s));
}

TEST_F(ViewingTest, PoliciesAreToldWhatOthersTaughtAndNeverMoreThanOneInAll) {
  for (std::uint64_t seed = 1; seed < 30; ++seed) {
    const Viewing viewing = draw(ViewingMode::catalogue, seed);
    for (const Viewing::Visit& visit : viewing.visits) {
      double sum = 0;
      for (const prefetch::Candidate& candidate : visit.candidates) sum += candidate.probability;
      EXPECT_LE(sum, 1 + 1e-9);
      EXPECT_EQ(visit.candidates.size(), visit.titles.size());
    }
    EXPECT_TRUE(viewing.visits.back().candidates.empty());
  }
}

TEST_F(ViewingTest, TheNextTitleStartsAtOnceWhereItWasFetchedAhead) {
  const Viewing viewing = draw(ViewingMode::series, 5);
  const ViewingOutcome cold = run(viewing, "none");
  const ViewingOutcome known = run(viewing, "oracle");
  ASSERT_EQ(cold.startups.size(), 2U);
  for (const Duration startup : cold.startups) EXPECT_GT(startup, 200ms);
  for (const Duration startup : known.startups) EXPECT_EQ(startup, 0s);
  EXPECT_EQ(cold.prefetches, prefetch::PrefetchReport{});
  EXPECT_GT(known.used, 0_bytes);
  EXPECT_LE(known.used, known.prefetches.received);
}

TEST_F(ViewingTest, TheRunningTitleIsNotHarmed) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    const Viewing viewing = draw(ViewingMode::series, seed);
    const ViewingOutcome alone = run(viewing, "none");
    const ViewingOutcome beside = run(viewing, "rung");
    EXPECT_EQ(beside.running.stalled, alone.running.stalled);
    EXPECT_GE(beside.running.mean_kbps, 0.995 * alone.running.mean_kbps);
  }
}

}  // namespace
}  // namespace rung::network_sim
