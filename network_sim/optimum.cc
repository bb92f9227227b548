#include "network_sim/optimum.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace rung::network_sim {
namespace {

/// What is known behind a segment.
struct Label {
  Timestamp there{};  ///< When the segment was there.
  Duration waited{};  ///< Start-up and stalls until then.
  double sum = 0;     ///< Of qualities less switches, start-up weighted as stalls.
  std::uint32_t before = 0;
  RepresentationIndex representation = 0;
};

/// Labels that were there no later than any that is still to come, as a staircase: the more one has
/// waited, the larger its sum.
class Staircase {
 public:
  [[nodiscard]] bool dominates(Duration waited, double sum) const {
    const auto above = std::ranges::upper_bound(steps_, waited, {}, &Step::waited);
    return above != steps_.begin() && (above - 1)->sum >= sum;
  }
  void add(Duration waited, double sum) {
    if (dominates(waited, sum)) return;
    const auto first = std::ranges::lower_bound(steps_, waited, {}, &Step::waited);
    auto last = first;
    while (last != steps_.end() && last->sum <= sum) ++last;
    if (first == last) {
      steps_.insert(first, Step{waited, sum});
    } else {
      *first = Step{waited, sum};
      steps_.erase(first + 1, last);
    }
  }
  void clear() { steps_.clear(); }

 private:
  struct Step {
    Duration waited{};
    double sum = 0;
  };
  std::vector<Step> steps_;
};

class Search {
 public:
  explicit Search(const OptimumProblem& problem) : problem_(problem) {}

  Expected<Optimum> run() {
    const media::Track& track = problem_.track;
    std::vector<std::vector<Label>> kept;
    std::size_t total = 0;
    begin();
    for (SegmentNumber segment = 0;; ++segment) {
      drop_dominated(segment);
      total += candidates_.size();
      most_labels_ = std::max(most_labels_, candidates_.size());
      if (total > limits::optimum_labels)
        return failure(ErrorCode::limit_exceeded, "the exact optimum needs more than " +
                                                      std::to_string(limits::optimum_labels) +
                                                      " labels");
      if (candidates_.empty())
        return failure(ErrorCode::limit_exceeded,
                       "no sequence of representations is there within seven days");
      kept.push_back(std::exchange(candidates_, {}));
      if (segment + 1 == track.segment_count()) break;
      extend(kept.back(), segment);
    }
    return best(kept);
  }

 private:
  void begin() {
    const auto ladder = problem_.track.ladder(0);
    ends_.resize(ladder.size());
    problem_.ends(0, Timestamp{}, ends_);
    for (RepresentationIndex i = 0; i < ladder.size(); ++i) {
      if (problem_.given_first && *problem_.given_first != i) continue;
      const Duration startup = ends_[i].time_since_epoch();
      Label label{.there = ends_[i], .waited = startup, .representation = i};
      // All waiting is weighted as stalls at the end.
      label.sum = problem_.qoe.rebuffer_cost(startup);
      if (!problem_.given_first)
        label.sum += problem_.qoe.quality(ladder, i) - problem_.qoe.startup_cost(startup);
      add(label);
    }
  }

  /// Every way to go on from `labels`, which stand behind `segment`.
  void extend(const std::vector<Label>& labels, SegmentNumber segment) {
    const media::Track& track = problem_.track;
    const SegmentNumber next = segment + 1;
    const Duration media = (track.start(segment) + track.duration(segment)).time_since_epoch() -
                           track.start(0).time_since_epoch();
    const Duration room = problem_.buffer_capacity - track.duration(next);
    RUNG_CHECK(room >= Duration::zero());
    const std::vector<double> before = qualities(segment);
    const std::vector<double> after = qualities(next);
    ends_.resize(after.size());
    for (std::size_t from = 0; from < labels.size(); ++from) {
      const Label& label = labels[from];
      const Timestamp fits = Timestamp{} + media + label.waited - room;
      problem_.ends(next, std::max(label.there, fits), ends_);
      for (RepresentationIndex i = 0; i < after.size(); ++i)
        add({.there = ends_[i],
             .waited = std::max(label.waited, ends_[i].time_since_epoch() - media),
             .sum = label.sum + after[i] -
                    problem_.qoe.switch_cost(before[label.representation], after[i]),
             .before = static_cast<std::uint32_t>(from),
             .representation = i});
    }
  }

  void add(const Label& label) {
    if (label.there.time_since_epoch() <= limits::session_time) candidates_.push_back(label);
  }

  void drop_dominated(SegmentNumber segment) {
    const auto order = [](const Label& label) {
      return std::tuple(label.there, label.waited, -label.sum, label.representation, label.before);
    };
    std::ranges::sort(candidates_, {}, order);
    const std::vector<double> quality = qualities(segment);
    fronts_.resize(std::max(fronts_.size(), quality.size()));
    for (Staircase& front : fronts_) front.clear();
    std::size_t kept = 0;
    for (const Label& label : candidates_) {
      if (fronts_[label.representation].dominates(label.waited, label.sum)) continue;
      for (std::size_t i = 0; i < quality.size(); ++i)
        fronts_[i].add(label.waited, label.sum - problem_.qoe.switch_cost(
                                                     quality[label.representation], quality[i]));
      candidates_[kept++] = label;
    }
    candidates_.resize(kept);
  }

  [[nodiscard]] std::vector<double> qualities(SegmentNumber segment) const {
    const auto ladder = problem_.track.ladder(segment);
    std::vector<double> made;
    for (RepresentationIndex i = 0; i < ladder.size(); ++i)
      made.push_back(problem_.qoe.quality(ladder, i));
    return made;
  }

  [[nodiscard]] Optimum best(const std::vector<std::vector<Label>>& kept) const {
    Optimum found{.qoe = -std::numeric_limits<double>::infinity(), .most_labels = most_labels_};
    std::size_t at = 0;
    for (std::size_t i = 0; i < kept.back().size(); ++i) {
      const Label& label = kept.back()[i];
      const double value = label.sum - problem_.qoe.rebuffer_cost(label.waited);
      if (value <= found.qoe) continue;
      found.qoe = value;
      at = i;
    }
    found.path.resize(kept.size());
    for (std::size_t segment = kept.size(); segment-- > 0;) {
      const Label& label = kept[segment][at];
      found.path[segment] = label.representation;
      at = label.before;
    }
    return found;
  }

  const OptimumProblem& problem_;
  std::vector<Label> candidates_;
  std::vector<Staircase> fronts_;  ///< By representation.
  std::vector<Timestamp> ends_;
  std::size_t most_labels_ = 0;
};

Expected<void> exact(const Scenario& scenario) {
  const std::string& name = scenario.title.name;
  const auto refuse = [](const char* why, const std::string& where) {
    return failure(ErrorCode::unsupported, std::string("no exact optimum: ") + why, where);
  };
  if (!scenario.title.known.video || scenario.title.known.audio)
    return refuse("the title must have video and no sound of its own", name);
  const media::Track& track = *scenario.title.known.video;
  Duration shortest = Duration::max();
  for (SegmentNumber i = 0; i + 1 < track.segment_count(); ++i)
    shortest = std::min(shortest, track.duration(i));
  if (std::max(scenario.session.startup_level, scenario.session.resume_level) > shortest)
    return refuse("the start-up and resume levels must not exceed the shortest segment", name);
  for (const media::Track::Part& part : track.parts())
    if (part.has_init) return refuse("the title has init segments", name);
  const auto& pieces = scenario.link.trace().pieces();
  for (const Trace::Piece& piece : pieces)
    if (piece.rtt != pieces.front().rtt)
      return refuse("the trace's RTT changes", scenario.link.trace().name());
  RUNG_CHECK(scenario.viewer.empty() && scenario.manifest_size == ByteCount{});
  return {};
}

}  // namespace

Expected<Optimum> optimum(const OptimumProblem& problem) {
  RUNG_CHECK(problem.track.segment_count() > 0);
  return Search(problem).run();
}

Expected<Optimum> optimum(const Scenario& scenario) {
  if (const auto possible = exact(scenario); !possible) return tl::unexpected(possible.error());
  const LinkCapacity& link = scenario.link;
  const media::Track& actual = *scenario.title.actual.video;
  const Duration rtt = link.trace().pieces().front().rtt.value_or(scenario.default_rtt);
  const TransferEnds ends = [&](SegmentNumber segment, Timestamp requested,
                                std::span<Timestamp> into) {
    const Timestamp flows = requested + rtt;
    const LinkCapacity::Amount carried = link.carried_by(flows);
    for (RepresentationIndex i = 0; i < into.size(); ++i) {
      const ByteCount size = actual.size(segment, i) + scenario.head_size;
      into[i] = std::max(flows, link.time_of(carried + LinkCapacity::per_byte * size.bytes()));
    }
  };
  auto found = optimum(OptimumProblem{.track = *scenario.title.known.video,
                                      .qoe = scenario.session.qoe,
                                      .buffer_capacity = scenario.session.buffer_capacity,
                                      .ends = ends,
                                      .given_first = std::nullopt});
  if (!found)
    return failure(found.error().code, found.error().message, scenario.link.trace().name());
  return found;
}

session::SessionOptions patient(session::SessionOptions options) {
  constexpr Duration longest = std::chrono::hours(24);
  options.idle_timeout = longest;
  options.first_idle_timeout = longest;
  options.transfer_timeout = longest;
  options.progress_every = longest;
  options.abandonment = false;
  return options;
}

}  // namespace rung::network_sim
