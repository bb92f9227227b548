#include "network_sim/viewing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "core/check.h"
#include "core/random.h"
#include "network_sim/simulated_environment.h"
#include "prefetch/policies.h"
#include "prefetch/title_ladder.h"
#include "session/run.h"
#include "session/streaming_session.h"

namespace rung::network_sim {

namespace {

using prefetch::Candidate;

constexpr std::array<std::pair<ViewingMode, std::string_view>, 4> mode_names{{
    {ViewingMode::series, "series"},
    {ViewingMode::catalogue, "catalogue"},
    {ViewingMode::feed, "feed"},
    {ViewingMode::music, "music"},
}};

/// Viewers whom leaving times and shares are learned from.
constexpr int other_viewers = 400;

struct ModeNumbers {
  int titles = 3;          ///< That a viewer goes through.
  int candidates = 10;     ///< That a viewer may go to.
  double in_order = 0;     ///< The share of those who take the next one in the order.
  double to_the_end = 0;   ///< The share of those who see almost all of it.
  double mean_stay_s = 0;  ///< Of the others, exponential.
};

ModeNumbers numbers_of(ViewingMode mode) {
  switch (mode) {
    case ViewingMode::series:
      return {.titles = 3, .candidates = 10, .in_order = 0.8, .to_the_end = 0.7, .mean_stay_s = 60};
    case ViewingMode::catalogue:
      return {.titles = 3, .candidates = 24, .in_order = 0, .to_the_end = 0.1, .mean_stay_s = 60};
    case ViewingMode::feed:
      return {.titles = 10, .candidates = 5, .in_order = 0.92, .to_the_end = 0, .mean_stay_s = 12};
    case ViewingMode::music:
      return {.titles = 4, .candidates = 8, .in_order = 0.85, .to_the_end = 0.7, .mean_stay_s = 20};
  }
  RUNG_CHECK(false);
}

constexpr double least_stay_s = 3;

Duration draw_stay(const ModeNumbers& numbers, Duration length, Random& random) {
  const double whole = to_seconds(length);
  const bool to_the_end = random.uniform() < numbers.to_the_end;
  const double end = whole * (0.85 + 0.12 * random.uniform());
  const double leaves = least_stay_s + numbers.mean_stay_s * random.exponential();
  return from_seconds(to_the_end ? end : std::min(leaves, whole * 0.85));
}

/// A page's titles: their popularity (Zipf), and how much this viewer likes each.
struct Tastes {
  std::vector<double> popularity;
  std::vector<double> score;  ///< Logarithm of the odds.
};

Tastes draw_tastes(std::size_t count, double spread, Random& random) {
  Tastes tastes;
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    tastes.popularity.push_back(std::pow(static_cast<double>(i) + 1, -0.7));
    sum += tastes.popularity.back();
  }
  for (double& share : tastes.popularity) share /= sum;
  for (const double share : tastes.popularity)
    tastes.score.push_back(std::log(share) + spread * random.normal());
  return tastes;
}

std::vector<double> softmax(std::span<const double> scores) {
  std::vector<double> shares(scores.begin(), scores.end());
  const double most = *std::ranges::max_element(shares);
  double sum = 0;
  for (double& share : shares) sum += share = std::exp(share - most);
  for (double& share : shares) share /= sum;
  return shares;
}

std::size_t draw_one(std::span<const double> shares, Random& random) {
  double left = random.uniform();
  for (std::size_t i = 0; i < shares.size(); ++i)
    if ((left -= shares[i]) < 0) return i;
  return shares.size() - 1;
}

/// The true probabilities of a visit, and what other viewers teach about them.
struct Choice {
  std::vector<double> truth;
  std::vector<Candidate> told;
};

Choice draw_choice(const ModeNumbers& numbers, double in_order_learned, Random& random) {
  constexpr double taste_spread = 1.6;
  constexpr double learning_error = 0.25;
  const auto count = static_cast<std::size_t>(numbers.candidates);
  const bool ordered = numbers.in_order > 0;
  const Tastes tastes = draw_tastes(ordered ? count - 1 : count, taste_spread, random);
  std::vector<double> learned = tastes.score;
  for (double& score : learned) score += learning_error * random.normal();
  std::vector<double> truth = softmax(tastes.score);
  std::vector<double> told = softmax(learned);
  Choice choice;
  if (ordered) {
    choice.truth.push_back(numbers.in_order);
    choice.told.push_back(
        {.probability = in_order_learned, .popularity = 1.0 / numbers.candidates, .distance = 1});
    for (double& share : truth) share *= 1 - numbers.in_order;
    for (double& share : told) share *= 1 - in_order_learned;
  }
  for (std::size_t i = 0; i < truth.size(); ++i) {
    choice.truth.push_back(truth[i]);
    choice.told.push_back({.probability = told[i],
                           .popularity = tastes.popularity[i],
                           .distance = static_cast<int>(choice.told.size()) + 1});
  }
  return choice;
}

void misstate(std::vector<Candidate>& candidates, double share, Random& random) {
  double sum = 0;
  for (Candidate& candidate : candidates) {
    candidate.probability *= random.uniform() < 0.5 ? 1 - share : 1 + share;
    sum += candidate.probability;
  }
  if (sum <= 1) return;
  for (Candidate& candidate : candidates) candidate.probability /= sum;
}

/// Notes in which representations a title's main track is fetched, and passes everything on.
class NotedFetches {
 public:
  NotedFetches(SimulatedEnvironment& world, const media::Tracks& tracks)
      : world_(world),
        kind_(tracks.video ? media::TrackKind::video : media::TrackKind::audio),
        track_(*tracks.of(kind_)) {}

  void start(const session::Request& request) {
    const auto* fetch = std::get_if<session::FetchSegment>(&request);
    if (fetch != nullptr && fetch->purpose == session::Purpose::playback && fetch->track == kind_)
      fetched_.insert_or_assign(fetch->segment, fetch->representation);
    world_.start(request);
  }
  [[nodiscard]] session::Event wait(Timestamp until) { return world_.wait(until); }

  /// The mean bandwidth of the segments that begin before `shown`.
  [[nodiscard]] double mean_kbps(MediaTime shown) const {
    double weighted = 0;
    double seconds = 0;
    for (const auto& [segment, representation] : fetched_) {
      if (track_.start(segment) >= shown) break;
      const double lasts = to_seconds(track_.duration(segment));
      const BitRate rate = track_.ladder(segment)[representation];
      weighted += lasts * static_cast<double>(rate.bits_per_second()) / 1000;
      seconds += lasts;
    }
    return seconds > 0 ? weighted / seconds : 0;
  }

 private:
  SimulatedEnvironment& world_;
  media::TrackKind kind_;
  const media::Track& track_;
  std::map<SegmentNumber, RepresentationIndex> fetched_;
};

}  // namespace

std::string_view to_string(ViewingMode mode) {
  for (const auto& [value, name] : mode_names)
    if (value == mode) return name;
  RUNG_CHECK(false);
}

Expected<ViewingMode> parse_viewing_mode(std::string_view name) {
  for (const auto& [value, known] : mode_names)
    if (known == name) return value;
  return failure(ErrorCode::not_found,
                 "is no mode of viewing; there are series, catalogue, feed, music",
                 std::string(name));
}

Duration buffer_capacity_of(ViewingMode mode) {
  return mode == ViewingMode::feed ? std::chrono::seconds(12) : std::chrono::seconds(30);
}

Viewing draw_viewing(const ViewingDraw& draw) {
  RUNG_CHECK(draw.titles > 0 && draw.title_length > Duration::zero());
  const ModeNumbers numbers = numbers_of(draw.mode);
  Viewing viewing;
  Random others(draw.seed * 2 + 1);
  int in_order = 0;
  for (int i = 0; i < other_viewers; ++i) {
    viewing.others_stayed.push_back(draw_stay(numbers, draw.title_length, others));
    if (others.uniform() < numbers.in_order) ++in_order;
  }
  std::ranges::sort(viewing.others_stayed);
  const double in_order_learned = (in_order + 1.0) / (other_viewers + 2.0);

  const auto leave_early =
      std::ranges::upper_bound(viewing.others_stayed, prefetch::HeadLengths{}.thin) -
      viewing.others_stayed.begin();
  const double stays = 1 - static_cast<double>(leave_early) / other_viewers;

  Random random(draw.seed * 2);
  std::size_t title = random.below(draw.titles);
  for (int visit = 0; visit < numbers.titles; ++visit) {
    Viewing::Visit& now = viewing.visits.emplace_back();
    now.title = title;
    now.stays = draw_stay(numbers, draw.title_length, random);
    if (visit + 1 == numbers.titles) break;
    Choice choice = draw_choice(numbers, in_order_learned, random);
    now.next = draw_one(choice.truth, random);
    for (Candidate& candidate : choice.told) candidate.stays = stays;
    if (draw.misstated > 0) misstate(choice.told, draw.misstated, random);
    now.candidates = std::move(choice.told);
    for (std::size_t i = 0; i < now.candidates.size(); ++i)
      now.titles.push_back((title + 1 + i) % draw.titles);
    title = now.titles[now.next];
  }
  return viewing;
}

SimulatedTitle song() {
  media::Track::Part part;
  part.timeline = media::SegmentTimeline(1, 0, MediaTime{});
  part.timeline.append({0, 6, 30});
  for (const std::int64_t kbps : {64, 128, 320})
    part.bandwidths.push_back(BitRate::bits_per_second(kbps * 1000));
  part.heights = {0, 0, 0};
  part.has_init = true;
  std::vector<media::Track::Part> parts;
  parts.push_back(std::move(part));
  auto track = media::Track::create(std::move(parts));
  RUNG_CHECK(track);
  SimulatedTitle title{.name = "song", .known = {}, .actual = {}};
  title.known.audio = *std::move(track);
  title.actual = title.known;
  return title;
}

Expected<ViewingOutcome> simulate_viewing(const ViewingScenario& scenario,
                                          std::string_view prefetch_policy) {
  const auto& stayed = scenario.viewing.others_stayed;
  const auto left_by = [&stayed](Duration after) {
    const auto before = std::ranges::upper_bound(stayed, after) - stayed.begin();
    return static_cast<double>(before) / static_cast<double>(stayed.size());
  };
  ViewingOutcome outcome;
  Timestamp begin{};
  std::vector<session::HeldSegment> held;
  ByteCount held_manifest;
  bool has_manifest = false;
  for (const Viewing::Visit& visit : scenario.viewing.visits) {
    const SimulatedTitle& title = scenario.titles[visit.title];
    const auto options = session::validate(scenario.session, title.known);
    if (!options) return tl::unexpected(options.error());
    auto abr_policy =
        abr::make_policy(scenario.policy, {.qoe = options->qoe, .seed = options->seed});
    if (!abr_policy) return tl::unexpected(abr_policy.error());
    auto estimator = abr::make_estimator(scenario.estimator);
    if (!estimator) return tl::unexpected(estimator.error());
    const bool last = visit.candidates.empty();
    auto policy = prefetch::make_policy(prefetch_policy,
                                        {.leaves = prefetch::leaves_within(left_by),
                                         .next = last ? std::nullopt : std::optional(visit.next)});
    if (!policy) return tl::unexpected(policy.error());

    std::vector<const media::Tracks*> others;
    for (const std::size_t other : visit.titles) others.push_back(&scenario.titles[other].actual);
    const std::array<SimulatedEnvironment::ViewerAction, 1> leaves{
        session::ViewerLeft{begin + visit.stays}};
    SimulatedEnvironment world(
        title.actual, scenario.link,
        {.init_size = title.init_size,
         .manifest_size = has_manifest ? ByteCount() : scenario.manifest_size,
         .head_size = scenario.head_size,
         .default_rtt = scenario.default_rtt,
         .viewer = leaves,
         .begins_at = begin,
         .held = held,
         .others = others,
         .other_manifest_size = scenario.manifest_size});
    session::StreamingSession playing(title.known, *options, *std::move(abr_policy),
                                      *std::move(estimator));
    playing.hold(held);
    prefetch::PrefetchingSession session(
        playing, policy->get(), visit.candidates,
        [&](std::size_t i) { return &scenario.titles[visit.titles[i]].known; },
        [&](TransferId transfer) { return world.progress_of(transfer); }, scenario.prefetch);
    NotedFetches noted(world, title.known);
    session::run(session, noted);

    session::SessionReport report = playing.report();
    report.elapsed -= begin - Timestamp{};
    report.startup_delay -= begin - Timestamp{};
    if (&visit == &scenario.viewing.visits.front()) {
      outcome.running = report;
      outcome.seen_kbps = noted.mean_kbps(playing.buffer().position());
    } else {
      outcome.startups.push_back(report.startup_delay);
    }
    outcome.received += report.received + report.discarded;
    outcome.used += held_manifest;
    for (const session::HeldSegment& each : held)
      if (each.segment < report.segments) outcome.used += each.size;
    const prefetch::PrefetchReport& ahead = session.report();
    outcome.received += ahead.received + ahead.discarded;
    outcome.prefetches.received += ahead.received;
    outcome.prefetches.discarded += ahead.discarded;
    outcome.prefetches.transfers += ahead.transfers;
    outcome.prefetches.cancelled += ahead.cancelled;
    outcome.prefetches.failures += ahead.failures;

    held.clear();
    has_manifest = false;
    held_manifest = ByteCount();
    if (!visit.candidates.empty()) {
      const prefetch::Fetched& next = session.fetched()[visit.next];
      held = next.held;
      has_manifest = next.tracks != nullptr;
      if (has_manifest) held_manifest = scenario.manifest_size;
    }
    begin += visit.stays;
  }
  return outcome;
}

}  // namespace rung::network_sim
