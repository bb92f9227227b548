#include "network_sim/optimum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/playback_buffer.h"
#include "core/random.h"
#include "network_sim/planned_policy.h"
#include "network_sim/sweep.h"
#include "tests/support/links.h"
#include "tests/support/shared_folder.h"
#include "tests/support/titles.h"

namespace rung::network_sim {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

SimulatedTitle title_of(const media::Tracks& tracks) {
  return {.name = "title", .known = tracks, .actual = tracks};
}

Scenario scenario_of(const LinkCapacity& link, const SimulatedTitle& title,
                     const session::SessionOptions& options) {
  return {.link = link, .title = title, .session = options, .default_rtt = 50ms, .viewer = {}};
}

session::SessionReport replay(Scenario scenario, const std::vector<RepresentationIndex>& path) {
  scenario.session = patient(scenario.session);
  const auto outcome =
      simulate(scenario, std::make_unique<PlannedPolicy>(path), *abr::make_estimator("last"));
  EXPECT_TRUE(outcome);
  return outcome ? outcome->report : session::SessionReport{};
}

TEST(Optimum, IsTheBestOfAllPathsThatTheSimulatorCanWalk) {
  Random random(3);
  for (int round = 0; round < 60; ++round) {
    const media::Tracks tracks{
        .video = test::with_looks(test::uniform_track(6, 2s, {300, 900, 2500}), random),
        .audio = std::nullopt};
    const SimulatedTitle title = title_of(tracks);
    const LinkCapacity link(test::random_trace(random, 8, 5s, 3000_kbps));
    session::SessionOptions options{.buffer_capacity = random.below(2) == 0 ? 6s : 30s};
    options.qoe = abr::Qoe::of(abr::qoe_models.at(random.below(abr::qoe_models.size())));
    if (options.qoe.model != abr::QoeModel::vmaf) options.qoe.switch_penalty = 2 * random.uniform();
    options.qoe.startup_penalty = random.below(2) == 0 ? 0 : options.qoe.startup_penalty;
    const Scenario scenario = scenario_of(link, title, options);
    const auto found = optimum(scenario);
    ASSERT_TRUE(found) << to_string(found.error());

    double best = -std::numeric_limits<double>::infinity();
    std::vector<RepresentationIndex> path(6);
    for (int number = 0; number < 729; ++number) {
      int rest = number;
      for (RepresentationIndex& representation : path) {
        representation = static_cast<RepresentationIndex>(rest % 3);
        rest /= 3;
      }
      best = std::max(best, replay(scenario, path).qoe_sum);
    }
    EXPECT_NEAR(found->qoe, best, 1e-9) << round;
    EXPECT_NEAR(replay(scenario, found->path).qoe_sum, found->qoe, 1e-9) << round;
  }
}

TEST(Optimum, IsNeverBelowAnyPolicy) {
  Random random(5);
  const media::Tracks tracks = test::video_only(48);
  for (int round = 0; round < 4; ++round) {
    Sweep sweep{.policies = {"oracle", "robust-mpc", "bola-e", "bba", "rate", "fixed:0"},
                .estimator = {},
                .links = {LinkCapacity(test::random_trace(random, 100, 10s, 6000_kbps))},
                .titles = {title_of(tracks)},
                .seeds = {1},
                .session = {},
                .default_rtt = 80ms};
    const auto oracle = sweep.run(0);
    ASSERT_TRUE(oracle) << to_string(oracle.error());
    EXPECT_EQ(oracle->report.end, session::EndReason::played_out);
    for (std::size_t i = 1; i < sweep.size(); ++i) {
      const auto outcome = sweep.run(i);
      ASSERT_TRUE(outcome);
      if (outcome->report.end != session::EndReason::played_out) continue;
      EXPECT_GE(oracle->report.qoe_sum, outcome->report.qoe_sum - 1e-9) << sweep.policies[i];
    }
  }
}

TEST(Optimum, RefusesWhereItWouldNotBeExact) {
  const LinkCapacity link(test::constant_link(2000_kbps));
  const auto said = [&](const LinkCapacity& on, const media::Tracks& tracks,
                        const session::SessionOptions& options) {
    const SimulatedTitle title = title_of(tracks);
    const auto found = optimum(scenario_of(on, title, options));
    return found ? "" : to_string(found.error());
  };
  EXPECT_EQ(said(link, test::video_only(4), {}), "");
  EXPECT_THAT(said(link, test::video_and_audio(4), {}), HasSubstr("no sound"));
  EXPECT_THAT(said(link, test::video_only(4), {.resume_level = 5s}), HasSubstr("resume levels"));
  const media::Tracks init{.video = test::uniform_track(4, 4s, {300}, true), .audio = std::nullopt};
  EXPECT_THAT(said(link, init, {}), HasSubstr("init segments"));
  const LinkCapacity changing(test::trace_of({{.duration = 1s, .rate = 500_kbps, .rtt = 10ms},
                                              {.duration = 1s, .rate = 500_kbps, .rtt = 20ms}}));
  EXPECT_THAT(said(changing, test::video_only(4), {}), HasSubstr("RTT changes"));
  const LinkCapacity slow(test::constant_link(BitRate::bits_per_second(1)));
  EXPECT_THAT(said(slow, test::video_only(4), {}), HasSubstr("seven days"));
}

/// Pensieve's fixed_env.py (commit 1120bb1, MIT): the rate of line i holds on (t[i-1], t[i]], 95 %
/// of it is payload, the trace starts again at its end, and the 80 ms of latency of each transfer
/// pass for playback but not for the trace.
class PensieveLink {
 public:
  explicit PensieveLink(const std::filesystem::path& trace) {
    std::ifstream file(trace);
    double last = 0;
    double megabits = 0;
    for (double time = 0; file >> time >> megabits; last = time) {
      if (!times_.empty()) {
        carried_.push_back(carried_.back() + megabits * 1e6 / 8 * 0.95 * (time - last));
      } else {
        carried_.push_back(0);
      }
      times_.push_back(time);
    }
    for (int rung = 0; rung < 6; ++rung) {
      std::ifstream sizes(trace.parent_path().parent_path() / "pensieve_video_sizes" /
                          ("video_size_" + std::to_string(rung)));
      auto& of_rung = sizes_.emplace_back();
      for (double size = 0; sizes >> size;) of_rung.push_back(size);
    }
  }
  [[nodiscard]] bool complete() const {
    return times_.size() > 1 && sizes_.front().size() >= 48 && sizes_.back().size() >= 48;
  }
  void ends(SegmentNumber segment, Timestamp requested, std::span<Timestamp> into) const {
    const auto number = static_cast<std::size_t>(segment);
    const double latency = 0.08 * static_cast<double>(segment);
    const double start = to_seconds(requested.time_since_epoch()) - latency;
    const double before = carried_by(start);
    for (std::size_t i = 0; i < into.size(); ++i)
      into[i] = Timestamp{} + from_seconds(time_of(before + sizes_[i][number]) + latency + 0.08);
  }
  /// `track` with the sizes that travel.
  [[nodiscard]] media::Track sized(const media::Track& track) const {
    media::Track::Part part = track.parts().front();
    for (std::size_t segment = 0; segment < 48; ++segment)
      for (const std::vector<double>& of_rung : sizes_)
        part.sizes.emplace_back(static_cast<std::int64_t>(of_rung[segment]));
    return media::Track::create({std::move(part)}).value();
  }
  [[nodiscard]] LinkBound bound(const media::Track& sizes) const {
    double fastest = 0;
    for (std::size_t i = 1; i < times_.size(); ++i)
      fastest = std::max(fastest, (carried_[i] - carried_[i - 1]) / (times_[i] - times_[i - 1]));
    const auto most = [this, last = sizes.segment_count() - 1](SegmentNumber segment,
                                                               Timestamp from, Timestamp to) {
      const double begin = to_seconds(from - Timestamp{}) - 0.08 * static_cast<double>(segment);
      const double end = to_seconds(to - Timestamp{}) - 0.08 * static_cast<double>(last);
      return end <= begin ? 0 : carried_by(end) - carried_by(begin);
    };
    return {.sizes = sizes, .head = {}, .most = most, .fastest = fastest};
  }

 private:
  [[nodiscard]] double round() const { return times_.back() - times_.front(); }
  [[nodiscard]] double carried_by(double time) const {
    const double rounds = std::floor(time / round());
    const double within = times_.front() + time - rounds * round();
    const std::size_t at = place(times_, within);
    const double share = (within - times_[at - 1]) / (times_[at] - times_[at - 1]);
    return rounds * carried_.back() + carried_[at - 1] + share * (carried_[at] - carried_[at - 1]);
  }
  [[nodiscard]] double time_of(double amount) const {
    const double rounds = std::floor(amount / carried_.back());
    const double within = amount - rounds * carried_.back();
    const std::size_t at = place(carried_, within);
    const double share = (within - carried_[at - 1]) / (carried_[at] - carried_[at - 1]);
    return rounds * round() + times_[at - 1] - times_.front() +
           share * (times_[at] - times_[at - 1]);
  }
  /// The first entry above `value`, at least the second one.
  static std::size_t place(const std::vector<double>& sorted, double value) {
    const auto above = std::ranges::upper_bound(sorted, value) - sorted.begin();
    return std::clamp(static_cast<std::size_t>(above), std::size_t{1}, sorted.size() - 1);
  }

  std::vector<double> times_;
  std::vector<double> carried_;
  std::vector<std::vector<double>> sizes_;  ///< By rung and segment.
};

/// What a path of digits comes to on the link, segments 2 to 48, with 60 s of buffer.
double walked(const media::Track& track, const PensieveLink& link, const std::string& path) {
  const abr::Qoe qoe;
  double sum = 0;
  Timestamp now{};
  Duration level{};
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto segment = static_cast<SegmentNumber>(i);
    const auto ladder = track.ladder(segment);
    std::vector<Timestamp> ends(ladder.size());
    link.ends(segment, now, ends);
    const auto chosen = static_cast<RepresentationIndex>(path[i] - '0');
    const Duration stalled = abr::drain(level, ends[chosen] - now);
    now = ends[chosen];
    level += track.duration(segment);
    const Duration excess = std::max(level - Duration(60s), Duration::zero());
    level -= excess;
    now += excess;
    if (i == 0) continue;
    const auto before = static_cast<RepresentationIndex>(path[i - 1] - '0');
    sum +=
        qoe.quality(track, segment, chosen) - qoe.rebuffer_cost(stalled) -
        qoe.switch_cost(qoe.quality(track, segment, before), qoe.quality(track, segment, chosen));
  }
  return sum;
}

TEST(Optimum, EqualsThePublishedOptimaInPensievesEnvironment) {
  const std::filesystem::path shared = test::shared_folder();
  std::ifstream reference(shared / "reference/optimum/hsdpa_test_qoe_lin.tsv");
  if (!reference) GTEST_SKIP() << "there is no reference/optimum in " << shared;
  const media::Tracks tracks = test::video_only(48);
  int compared = 0;
  int listed = 0;
  for (std::string line; std::getline(reference, line);) {
    std::istringstream fields(line);
    std::string trace;
    double quantum = 0;
    double value = 0;
    double replayed = 0;
    int labels = 0;
    std::string path;
    ASSERT_TRUE(fields >> trace >> quantum >> value >> replayed >> labels >> path) << line;
    if (quantum != 0 || ++listed % 3 != 0) continue;  // Every third, for time.
    const PensieveLink link(shared / "traces/pensieve_hsdpa_test" / trace);
    ASSERT_TRUE(link.complete()) << trace;
    const media::Track sized = link.sized(*tracks.video);
    const auto found = optimum(OptimumProblem{
        .track = *tracks.video,
        .qoe = {},
        // The 60 s that may be there when a segment is asked for, and that segment.
        .buffer_capacity = 64s,
        .ends = [&](SegmentNumber segment, Timestamp requested,
                    std::span<Timestamp> into) { link.ends(segment, requested, into); },
        .link = link.bound(sized),
        .given_first = 1});
    ASSERT_TRUE(found) << trace << ": " << to_string(found.error());
    // The reference's times are rounded: its own path comes to up to 9e-5 more or less than it
    // says.
    EXPECT_NEAR(found->qoe, value, 1e-4) << trace;
    EXPECT_NEAR(found->qoe, walked(*tracks.video, link, path), 2e-7) << trace;
    ++compared;
  }
  EXPECT_EQ(compared, 23);
}

}  // namespace
}  // namespace rung::network_sim
