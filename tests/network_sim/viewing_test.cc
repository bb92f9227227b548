#include "network_sim/viewing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "network_sim/simulated_environment.h"
#include "prefetch/planner.h"
#include "session/recorded_session.h"
#include "session/replay_environment.h"
#include "session/run.h"
#include "session/session_log.h"
#include "session/streaming_session.h"
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

TEST_F(ViewingTest, TheRunningTitleIsHardlyHarmed) {
  double alone_kbps = 0;
  double beside_kbps = 0;
  for (std::uint64_t seed = 1; seed < 31; ++seed) {
    const Viewing viewing = draw(ViewingMode::series, seed);
    const ViewingOutcome alone = run(viewing, "none");
    const ViewingOutcome beside = run(viewing, "rung");
    EXPECT_EQ(beside.running.stalled, alone.running.stalled);
    alone_kbps += alone.running.mean_kbps;
    beside_kbps += beside.running.mean_kbps;
  }
  EXPECT_GE(beside_kbps, 0.98 * alone_kbps);
}

TEST_F(ViewingTest, WhatWasFetchedAndNotShownIsNotSeen) {
  Viewing viewing = draw(ViewingMode::catalogue, 1);
  viewing.visits.front().stays = 20s;
  const ViewingOutcome short_stay = run(viewing, "none");
  EXPECT_GT(short_stay.seen_kbps, 0);
  EXPECT_LT(short_stay.seen_kbps, short_stay.running.mean_kbps) << "it rises up to the end";
}

/// By a policy that goes by the buffer level, and by one that is told of its waits, too.
class WaitingViewingTest : public ViewingTest, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Policies, WaitingViewingTest, testing::Values("bba", "bola-e"));

TEST_P(WaitingViewingTest, ATitleThatWaitedForOthersIsReplayedFromItsLog) {
  const media::Tracks tracks = test::video_only(40);
  const auto options = session::validate({}, tracks);
  ASSERT_TRUE(options);
  std::string text;
  session::SessionLog log({.title = "t",
                           .policy = GetParam(),
                           .estimator = "ewma",
                           .options = *options,
                           .tracks = tracks},
                          0,
                          {.line = [&](std::string_view line) { text.append(line) += '\n'; },
                           .url = nullptr,
                           .output = nullptr});
  const std::vector<const media::Tracks*> others(3, &tracks);
  SimulatedEnvironment world(
      tracks, link_, {.default_rtt = 100ms, .others = others, .other_manifest_size = 12'000_bytes});
  session::StreamingSession playing(tracks, *options, *abr::make_policy(GetParam(), {}),
                                    *abr::make_estimator("ewma"));
  prefetch::Planner planner;
  prefetch::PrefetchingSession session(
      playing, &planner, {{.probability = 0.4}, {.probability = 0.3}, {.probability = 0.2}},
      [&](std::size_t) { return &tracks; },
      [&](TransferId transfer) { return world.progress_of(transfer); }, {});
  session::RecordingEnvironment recording(world, playing, log);
  session::run(session, recording);
  log.finished(playing.report());
  ASSERT_GT(session.report().transfers, 3);

  const auto parsed = session::parse_session_log(text, "log");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  ASSERT_TRUE(std::ranges::any_of(parsed->entries, &session::RecordedSession::Entry::link_taken));
  session::StreamingSession again(tracks, *options, *abr::make_policy(GetParam(), {}),
                                  *abr::make_estimator("ewma"));
  session::ReplayEnvironment replay(*parsed);
  session::ReplayedSession replayed(again, replay);
  session::run(replayed, replay);
  EXPECT_FALSE(replay.divergence())
      << replay.divergence()->line << ": " << replay.divergence()->recorded << ", now "
      << replay.divergence()->replayed;
  EXPECT_EQ(again.report(), playing.report());

  session::StreamingSession alone(tracks, *options, *abr::make_policy(GetParam(), {}),
                                  *abr::make_estimator("ewma"));
  session::ReplayEnvironment without(*parsed);
  session::run(alone, without);
  EXPECT_TRUE(without.divergence()) << "it did not have to wait";
}

}  // namespace
}  // namespace rung::network_sim
