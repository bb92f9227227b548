#include "prefetch/planner.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "prefetch/budget.h"
#include "prefetch/policies.h"
#include "prefetch/policy.h"
#include "prefetch/shadow_price.h"
#include "prefetch/title_ladder.h"
#include "tests/support/titles.h"

namespace rung::prefetch {
namespace {

using namespace std::chrono_literals;
using namespace rung::literals;
using media::TrackKind;

/// Titles of which nothing is there, behind a title that needs the link no more.
struct Situation {
  explicit Situation(std::vector<double> probabilities) {
    int distance = 0;
    for (const double p : probabilities)
      candidates.push_back({.probability = p, .popularity = 1 - p, .distance = ++distance});
    fetched.resize(candidates.size());
  }
  [[nodiscard]] View view() const {
    return {.now = Timestamp(60s),
            .candidates = candidates,
            .fetched = fetched,
            .forecast = {.throughput = 3000_kbps, .latency = 100ms},
            .buffer_level = level,
            .free_for = free_for,
            .live = live,
            .metered = metered,
            .position = 70s,
            .received = received,
            .spent = spent};
  }
  /// What the policy fetches until it wishes for nothing more, as if all of it arrived.
  std::vector<Wish> all(Policy& policy) {
    std::vector<Wish> order;
    for (auto wishes = policy.wishes(view()); !wishes.empty(); wishes = policy.wishes(view())) {
      const Wish wish = wishes.front();
      order.push_back(wish);
      Fetched& title = fetched[wish.title];
      if (wish.stage == Stage::manifest) {
        title.tracks = &tracks;
        continue;
      }
      std::erase_if(title.held, [&](const auto& held) {
        return held.track == wish.track && held.segment == wish.segment;
      });
      title.held.push_back({wish.track, wish.segment, wish.representation, wish.size});
    }
    return order;
  }

  media::Tracks tracks = test::video_and_audio(20);
  std::vector<Candidate> candidates;
  std::vector<Fetched> fetched;
  Duration level = 30s;
  Duration free_for = Duration::max();
  bool live = false;
  bool metered = false;
  ByteCount received = 1'000'000_bytes;
  ByteCount spent = 1'000'000_bytes;
};

std::vector<Wish> plan(Situation situation) {
  Planner planner;
  return situation.all(planner);
}

bool has_stage(const std::vector<Wish>& wishes, Stage stage) {
  return std::ranges::any_of(wishes, [&](const Wish& wish) { return wish.stage == stage; });
}

TEST(Planner, TakesTheStepsOfALadderInTheirOrder) {
  const auto order = plan(Situation({0.9}));
  ASSERT_GE(order.size(), 4U);
  EXPECT_EQ(order[0].stage, Stage::manifest);
  EXPECT_EQ(order[1].stage, Stage::thin_head);
  EXPECT_EQ(order[1].representation, 0U);
  EXPECT_EQ(order[2].stage, Stage::thin_head);
  EXPECT_NE(order[1].track, order[2].track);
  EXPECT_EQ(order[3].stage, Stage::full_head);
  EXPECT_EQ(order[3].representation, 3U) << "1850 is within 0.8 x 3000 kbit/s, 2850 is not";
  for (std::size_t i = 1; i < order.size(); ++i) EXPECT_LE(order[i - 1].stage, order[i].stage);
}

TEST(Planner, GoesFurtherWithWhatIsMoreProbable) {
  EXPECT_TRUE(has_stage(plan(Situation({0.9})), Stage::further));
  const auto some = plan(Situation({0.2}));
  EXPECT_TRUE(has_stage(some, Stage::thin_head));
  EXPECT_FALSE(has_stage(some, Stage::further));
  EXPECT_FALSE(has_stage(plan(Situation({0.02})), Stage::full_head));
  EXPECT_TRUE(plan(Situation({0.0})).empty());
  EXPECT_TRUE(plan(Situation({0.0001})).empty()) << "not worth a manifest";
}

TEST(Planner, BeginsWithTheMostProbable) {
  const auto order = plan(Situation({0.1, 0.6, 0.2}));
  EXPECT_EQ(order.front().title, 1U);
  std::set<std::size_t> seen;
  for (const Wish& wish : order) seen.insert(wish.title);
  EXPECT_EQ(seen.size(), 3U);
}

TEST(Planner, FetchesLessWhereBytesArePaidFor) {
  Situation free({0.2, 0.1, 0.05});
  Situation metered = free;
  metered.metered = true;
  const auto bytes = [](const std::vector<Wish>& wishes) {
    std::int64_t sum = 0;
    for (const Wish& wish : wishes) sum += wish.size.bytes();
    return sum;
  };
  EXPECT_LT(bytes(plan(metered)), bytes(plan(free)));
}

TEST(Planner, LeavesTheLinkToATitleThatNeedsIt) {
  Situation situation({0.9});
  situation.free_for = 5s;
  EXPECT_FALSE(plan(situation).empty());
  situation.level = 2s;
  EXPECT_TRUE(plan(situation).empty()) << "in panic";
  situation.level = 11s;
  situation.free_for = 50ms;
  EXPECT_TRUE(plan(situation).empty()) << "even a manifest takes longer, and the buffer is low";
  situation.level = 30s;
  situation.live = true;
  EXPECT_TRUE(plan(situation).empty()) << "a live title cannot wait";
}

TEST(Planner, LetsATitleWithAFullBufferWaitForWhatStartsAnotherOne) {
  Situation situation({0.3});
  situation.free_for = 0s;
  const auto order = plan(situation);
  ASSERT_FALSE(order.empty());
  for (const Wish& wish : order) EXPECT_LE(wish.stage, Stage::thin_head);
}

TEST(Planner, PutsOffWhatCostsTheTitleSomethingUnlessTheViewerLeavesSoon) {
  Situation situation({0.3});
  situation.free_for = 0s;
  situation.level = 12s;
  const auto wishes_where = [&](double leaves) {
    Planner planner([&](Duration position, Duration within) {
      EXPECT_EQ(position, situation.view().position);
      EXPECT_GT(within, 0s);
      return leaves;
    });
    return planner.wishes(situation.view()).size();
  };
  EXPECT_EQ(wishes_where(0.9), 1U);
  EXPECT_EQ(wishes_where(0.01), 0U);
  situation.free_for = 5s;
  EXPECT_EQ(wishes_where(0.01), 1U) << "it costs nothing";
}

TEST(Planner, WastesMoreReadilyWhereLittleWasSpentBesideWhatTheTitleTook) {
  Situation situation({0.02});
  Planner planner;
  EXPECT_TRUE(planner.wishes(situation.view()).empty());
  situation.received = 500'000'000_bytes;
  EXPECT_FALSE(planner.wishes(situation.view()).empty());
  situation.metered = true;
  EXPECT_TRUE(planner.wishes(situation.view()).empty());
}

TEST(Planner, GoesLessFarWithATitleThatIsLeftAtOnce) {
  Situation stays({0.9});
  Situation leaves = stays;
  leaves.candidates[0].stays = 0.02;
  EXPECT_TRUE(has_stage(plan(stays), Stage::further));
  EXPECT_FALSE(has_stage(plan(leaves), Stage::full_head));
  EXPECT_TRUE(has_stage(plan(leaves), Stage::thin_head));
}

TEST(Planner, FetchesATitleFromWhereItGoesOn) {
  Situation situation({0.9});
  situation.candidates[0].begins = MediaTime(21s);
  const auto order = plan(situation);
  EXPECT_EQ(order[1].segment, 5);
  for (const Wish& wish : order) EXPECT_TRUE(wish.stage == Stage::manifest || wish.segment >= 5);
  situation.candidates[0].begins = MediaTime(1h);
  EXPECT_EQ(plan(situation)[1].segment, 0) << "behind its end";
}

/// Ten segments of 4 s of a rung of 500 kbit/s, and as many of one more of 1000.
media::Track better_from_40_s() {
  std::vector<media::Track::Part> parts(2);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].timeline = media::SegmentTimeline(1, 0, MediaTime(40s * static_cast<int>(i)));
    parts[i].timeline.append({0, 4, 10});
  }
  parts[0].bandwidths = {500_kbps};
  parts[1].bandwidths = {500_kbps, 1000_kbps};
  return *media::Track::create(std::move(parts));
}

TEST(StartupRepresentation, IsOfTheLadderWhereTheTitleBegins) {
  const media::Track track = better_from_40_s();
  EXPECT_EQ(startup_representation(track, MediaTime(39s), {5000_kbps, 10ms}), 0U);
  EXPECT_EQ(startup_representation(track, MediaTime(41s), {5000_kbps, 10ms}), 1U);
  EXPECT_EQ(startup_representation(track, MediaTime(1h), {5000_kbps, 10ms}), 0U);
  Situation situation({0.9});
  situation.tracks = {.video = track, .audio = std::nullopt};
  situation.candidates[0].begins = MediaTime(41s);
  const auto order = plan(situation);
  ASSERT_TRUE(has_stage(order, Stage::full_head));
  EXPECT_EQ(order.back().representation, 1U);
}

TEST(LeavesWithin, IsOfThoseWhoHaveStayed) {
  const LeavesWithin leaves =
      leaves_within([](Duration position) { return std::min(to_seconds(position) / 100, 1.0); });
  EXPECT_DOUBLE_EQ(leaves(50s, 25s), 0.5);
  EXPECT_DOUBLE_EQ(leaves(100s, 25s), 1);
}

TEST(ShadowPrice, FallsFromPanicToNothing) {
  Situation situation({1.0});
  situation.free_for = 10s;
  const Wish head{.stage = Stage::thin_head, .size = ByteCount(100'000)};
  const auto price_at = [&](Duration level) {
    situation.level = level;
    return shadow_price(situation.view(), head);
  };
  EXPECT_FALSE(std::isfinite(price_at(3s)));
  EXPECT_GT(price_at(4s), price_at(6s));
  EXPECT_GT(price_at(6s), 0);
  EXPECT_EQ(price_at(11s), 0);
  situation.level = 1s;
  situation.free_for = Duration::max();
  EXPECT_EQ(shadow_price(situation.view(), head), 0) << "it will ask for no more";
}

TEST(ShadowPrice, OfWaitingFallsWithTheBufferFromNeverToNothing) {
  Situation situation({1.0});
  situation.free_for = 0s;
  const auto price_at = [&](Duration level, Stage stage) {
    situation.level = level;
    return shadow_price(situation.view(), {.stage = stage, .size = ByteCount(100'000)});
  };
  EXPECT_FALSE(std::isfinite(price_at(11s, Stage::thin_head)));
  EXPECT_GT(price_at(13s, Stage::thin_head), price_at(20s, Stage::thin_head));
  EXPECT_GT(price_at(20s, Stage::thin_head), 0);
  EXPECT_EQ(price_at(30s, Stage::thin_head), 0);
  EXPECT_FALSE(std::isfinite(price_at(30s, Stage::full_head)));
  EXPECT_EQ(longest_wait(situation.view()), 19s);
}

TEST(Budget, IsABucketThatRefills) {
  Budget budget({.burst = ByteCount(1'000'000), .refill = 800_kbps, .kept = ByteCount(10'000'000)});
  EXPECT_EQ(budget.affordable_at(ByteCount(1'000'000), Timestamp(1s)), Timestamp(1s));
  budget.spend(ByteCount(1'000'000), Timestamp(1s));
  EXPECT_EQ(budget.affordable_at(ByteCount(200'000), Timestamp(1s)), Timestamp(3s));
  EXPECT_EQ(budget.affordable_at(ByteCount(200'000), Timestamp(5s)), Timestamp(5s));
  EXPECT_EQ(budget.affordable_at(ByteCount(1'000'001), Timestamp(5s)), Timestamp::max());
}

TEST(Budget, BoundsWhatIsKept) {
  Budget budget({.burst = ByteCount(100), .refill = 800_kbps, .kept = ByteCount(150)});
  budget.spend(ByteCount(100), Timestamp(1s));
  EXPECT_EQ(budget.affordable_at(ByteCount(60), Timestamp(9s)), Timestamp::max());
  budget.give_back(ByteCount(50));
  EXPECT_EQ(budget.affordable_at(ByteCount(60), Timestamp(9s)), Timestamp(9s));
}

TEST(PrefetchPolicies, AreMadeByName) {
  for (const std::string_view name : policy_names()) EXPECT_TRUE(make_policy(name, {})) << name;
  const auto unknown = make_policy("nothing", {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
}

TEST(PrefetchPolicies, FetchWhatTheirRulesSay) {
  const Situation situation({0.1, 0.6, 0.2, 0.02, 0.01, 0.01, 0.01});
  const auto titles = [&](std::string_view name, PolicyKnowledge knowledge = {}) {
    auto policy = make_policy(name, std::move(knowledge));
    Situation own = situation;
    std::set<std::size_t> seen;
    for (const Wish& wish : own.all(**policy)) seen.insert(wish.title);
    return seen;
  };
  using Set = std::set<std::size_t>;
  EXPECT_EQ(titles("none"), Set{});
  EXPECT_EQ(titles("next-episode"), Set{0});
  EXPECT_EQ(titles("media3"), (Set{0, 1, 2, 3}));
  EXPECT_EQ(titles("popular"), (Set{0, 3, 4, 5, 6})) << "popularity is 1 - p here";
  EXPECT_EQ(titles("fixed"), (Set{0, 1, 2, 3, 4}));
  EXPECT_EQ(titles("dashlet"), (Set{0, 1, 2, 3}));
  EXPECT_EQ(titles("oracle", {.leaves = {}, .next = 5}), Set{5});
  EXPECT_EQ(titles("oracle"), Set{});
}

TEST(PrefetchPolicies, UncalibratedScoresFetchMore) {
  auto policy = make_policy("uncalibrated", {});
  Situation own({0.1, 0.06, 0.02});
  EXPECT_GT(own.all(**policy).size(), plan(Situation({0.1, 0.06, 0.02})).size());
}

TEST(Stages, HaveNames) {
  EXPECT_EQ(to_string(Stage::thin_head), "thin-head");
  EXPECT_EQ(startup_representation(*test::video_only(3).video, {}, {1000_kbps, 10ms}), 1U);
}

}  // namespace
}  // namespace rung::prefetch
