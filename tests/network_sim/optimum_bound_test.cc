#include "network_sim/optimum_bound.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "core/random.h"
#include "network_sim/link_capacity.h"
#include "network_sim/optimum.h"
#include "tests/support/links.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;

/// A title on a link without latency.
class Problem {
 public:
  Problem(const media::Track& track, const LinkCapacity& link, Duration buffer_capacity)
      : track_(track), link_(link), buffer_capacity_(buffer_capacity) {}

  [[nodiscard]] OptimumProblem unbounded() const {
    return {.track = track_,
            .qoe = {},
            .buffer_capacity = buffer_capacity_,
            .ends =
                [this](SegmentNumber segment, Timestamp requested, std::span<Timestamp> ends) {
                  for (RepresentationIndex i = 0; i < ends.size(); ++i)
                    ends[i] = end(segment, i, requested);
                },
            .link = std::nullopt,
            .given_first = 0};
  }
  [[nodiscard]] LinkBound link_bound() const {
    return {.sizes = track_,
            .head = {},
            .most =
                [this](SegmentNumber, Timestamp from, Timestamp to) {
                  if (to <= from) return 0.0;
                  return static_cast<double>(link_.carried_by(to) - link_.carried_by(from)) /
                         static_cast<double>(LinkCapacity::per_byte);
                },
            .fastest = 1e9};
  }
  /// Of all segments but the first, which is there as soon as it can be.
  [[nodiscard]] double bound_behind_first() const {
    std::vector<std::vector<double>> qualities;
    for (SegmentNumber i = 0; i < track_.segment_count(); ++i) {
      std::vector<double>& of_segment = qualities.emplace_back();
      for (RepresentationIndex j = 0; j < track_.ladder(i).size(); ++j)
        of_segment.push_back(abr::Qoe{}.quality(track_, i, j));
    }
    const Timestamp ready = end(0, 0, Timestamp{});
    const Duration startup = ready.time_since_epoch();
    // The search counts nothing of the first segment.
    return OptimumBound(track_, qualities, {}, link_bound()).of(1, ready, startup) +
           abr::Qoe{}.rebuffer_cost(startup);
  }

 private:
  [[nodiscard]] Timestamp end(SegmentNumber segment, RepresentationIndex representation,
                              Timestamp requested) const {
    return link_.time_of(link_.carried_by(requested) +
                         LinkCapacity::per_byte * track_.size(segment, representation).bytes());
  }

  const media::Track& track_;
  const LinkCapacity& link_;
  Duration buffer_capacity_;
};

TEST(OptimumBound, IsNeverBelowTheBestAndLeavesItFound) {
  Random random(11);
  for (int round = 0; round < 40; ++round) {
    const media::Track track = test::uniform_track(12, 2s, {300, 900, 2500, 5000});
    const LinkCapacity link(test::random_trace(random, 12, 5s, 4000_kbps));
    const Problem problem(track, link, random.below(2) == 0 ? 6s : 60s);
    OptimumProblem asked = problem.unbounded();
    const auto expected = optimum(asked);
    ASSERT_TRUE(expected);
    EXPECT_GE(problem.bound_behind_first(), expected->qoe - 1e-9) << round;

    asked.link.emplace(problem.link_bound());
    const auto found = optimum(asked);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->qoe, expected->qoe) << round;
    EXPECT_EQ(found->path, expected->path) << round;
    EXPECT_LE(found->most_labels, expected->most_labels);
  }
}

TEST(OptimumBound, IsTheBestWhereTheLinkBringsEverything) {
  const media::Track track = test::uniform_track(5, 2s, {300, 900, 2500});
  const LinkCapacity link(test::constant_link(1000'000_kbps));
  const Problem problem(track, link, 60s);
  EXPECT_NEAR(problem.bound_behind_first(), 4 * 2.5, 1e-9);
}

TEST(OptimumBound, CountsTheStallsThatCannotBeAvoided) {
  // Each segment has 2 s x 300 kbit/s and takes 4 s: three of them come after 12 s, when 4 s of
  // media were there to be played behind the first.
  const media::Track track = test::uniform_track(4, 2s, {300});
  const LinkCapacity link(test::constant_link(150_kbps));
  const Problem problem(track, link, 60s);
  const auto best = optimum(problem.unbounded());
  ASSERT_TRUE(best);
  EXPECT_GE(problem.bound_behind_first(), best->qoe);
  EXPECT_LT(problem.bound_behind_first(), 3 * 0.3);
}

}  // namespace
}  // namespace rung::network_sim
