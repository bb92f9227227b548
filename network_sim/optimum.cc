#include "network_sim/optimum.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace rung::network_sim {
namespace {

/// What is known behind a segment.
struct Label {
  /// When the next one is asked for: the segment is there and the buffer has room.
  Timestamp ready{};
  Duration waited{};  ///< Start-up and stalls until then.
  double sum = 0;     ///< Of qualities less switches, start-up weighted as stalls.
  double most = 0;    ///< No way to go on comes to more in the end.
  std::uint32_t before = 0;
  std::uint16_t representation = 0;  ///< Below limits::representations.
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
  explicit Search(const OptimumProblem& problem) : problem_(problem) {
    const SegmentNumber segments = problem.track.segment_count();
    for (SegmentNumber segment = 0; segment < segments; ++segment) {
      const std::size_t rungs = problem.track.ladder(segment).size();
      RUNG_CHECK(rungs <= limits::representations);
      std::vector<double>& made = qualities_.emplace_back();
      for (RepresentationIndex i = 0; i < rungs; ++i)
        made.push_back(problem.qoe.quality(problem.track, segment, i));
    }
    highest_last_ = std::ranges::max(qualities_.back());
    if (problem.link) bound_.emplace(problem.track, qualities_, problem.qoe, *problem.link);
  }

  Expected<Optimum> run() {
    if (bound_) {
      // What a narrow search finds, the best is not below.
      const auto found = pass(narrow);
      if (!found) return found;
      floor_ = found->qoe - rounding * (1 + std::abs(found->qoe));
    }
    return pass(std::numeric_limits<std::size_t>::max());
  }

 private:
  /// Labels that a narrow search keeps of a segment.
  static constexpr std::size_t narrow = 64;
  /// Relative: what sums of another order may differ by.
  static constexpr double rounding = 1e-9;

  /// The best where of every segment at most `width` labels are kept, those that may come to the
  /// most.
  Expected<Optimum> pass(std::size_t width) {
    std::vector<std::vector<Label>> kept;
    std::size_t total = 0;
    most_labels_ = 0;
    begin();
    for (SegmentNumber segment = 0;; ++segment) {
      kept.push_back(take_undominated(segment));
      keep_best(kept.back(), width);
      total += kept.back().size();
      most_labels_ = std::max(most_labels_, kept.back().size());
      if (total > limits::optimum_labels)
        return failure(ErrorCode::limit_exceeded, "the exact optimum needs more than " +
                                                      std::to_string(limits::optimum_labels) +
                                                      " labels");
      if (kept.back().empty())
        return failure(ErrorCode::limit_exceeded,
                       "no sequence of representations is there within seven days");
      if (segment + 1 == problem_.track.segment_count()) break;
      extend(kept.back(), segment);
    }
    return best(kept);
  }

  static void keep_best(std::vector<Label>& labels, std::size_t width) {
    if (labels.size() <= width) return;
    std::vector<double> most;
    most.reserve(labels.size());
    for (const Label& label : labels) most.push_back(label.most);
    std::ranges::nth_element(most, most.begin() + static_cast<std::ptrdiff_t>(width) - 1,
                             std::greater<>());
    const double least = most[width - 1];
    std::erase_if(labels, [&](const Label& label) { return label.most < least; });
    if (labels.size() > width) labels.resize(width);
  }

  void begin() {
    const std::vector<double>& quality = qualities_.front();
    ends_.resize(quality.size());
    candidates_.resize(quality.size());
    problem_.ends(0, Timestamp{}, ends_);
    const Around around = around_of(0);
    for (RepresentationIndex i = 0; i < quality.size(); ++i) {
      if (problem_.given_first && *problem_.given_first != i) continue;
      const Duration startup = ends_[i].time_since_epoch();
      Label label{
          .ready = ends_[i], .waited = startup, .representation = static_cast<std::uint16_t>(i)};
      // All waiting is weighted as stalls at the end.
      label.sum = problem_.qoe.rebuffer_cost(startup);
      if (!problem_.given_first) label.sum += quality[i] - problem_.qoe.startup_cost(startup);
      add(label, around);
    }
  }

  /// Every way to go on from `labels`, which stand behind `segment`.
  void extend(const std::vector<Label>& labels, SegmentNumber segment) {
    const SegmentNumber next = segment + 1;
    const Duration media = media_through(segment);
    const std::vector<double>& before = qualities_[static_cast<std::size_t>(segment)];
    const std::vector<double>& after = qualities_[static_cast<std::size_t>(next)];
    const Around around = around_of(next);
    ends_.resize(after.size());
    candidates_.resize(std::max(candidates_.size(), after.size()));
    for (std::size_t from = 0; from < labels.size(); ++from) {
      const Label& label = labels[from];
      problem_.ends(next, label.ready, ends_);
      for (RepresentationIndex i = 0; i < after.size(); ++i)
        add({.ready = ends_[i],
             .waited = std::max(label.waited, ends_[i].time_since_epoch() - media),
             .sum = label.sum + after[i] -
                    problem_.qoe.switch_cost(before[label.representation], after[i]),
             .before = static_cast<std::uint32_t>(from),
             .representation = static_cast<std::uint16_t>(i)},
            around);
    }
  }

  /// What holds for all labels behind a segment.
  struct Around {
    SegmentNumber segment = 0;
    bool last = false;
    /// The next one is not asked for before this and what has been waited.
    Timestamp room_at{};
  };

  [[nodiscard]] Around around_of(SegmentNumber segment) const {
    const media::Track& track = problem_.track;
    if (segment + 1 == track.segment_count()) return {.segment = segment, .last = true};
    const Duration room = problem_.buffer_capacity - track.duration(segment + 1);
    RUNG_CHECK(room >= Duration::zero());
    return {.segment = segment, .room_at = Timestamp{} + media_through(segment) - room};
  }

  /// `label` stands behind a segment, which is there at label.ready.
  void add(Label label, const Around& around) {
    if (label.ready.time_since_epoch() > limits::session_time) return;
    if (around.last) {
      label.ready = {};  // Nothing depends on it any more.
      label.most = label.sum - problem_.qoe.rebuffer_cost(label.waited);
    } else {
      label.ready = std::max(label.ready, around.room_at + label.waited);
      if (bound_)
        label.most = label.sum + bound_->of(around.segment + 1, label.ready, label.waited) +
                     most_of_switches(around.segment, label.representation);
    }
    if (label.most < floor_ && bound_) return;
    candidates_[label.representation].push_back(label);
  }

  /// What switches may add from here on, where rises are worth something: a fall costs at least
  /// what the rise before it brought.
  [[nodiscard]] double most_of_switches(SegmentNumber segment,
                                        RepresentationIndex representation) const {
    const double reward = -problem_.qoe.rise_penalty();
    if (reward <= 0) return 0;
    return reward * (highest_last_ - qualities_[static_cast<std::size_t>(segment)][representation]);
  }

  /// What has been fetched with `segment`.
  [[nodiscard]] Duration media_through(SegmentNumber segment) const {
    const media::Track& track = problem_.track;
    return track.start(segment) + track.duration(segment) - track.start(0);
  }

  /// The labels of all representations, in order of time, without those that are dominated.
  [[nodiscard]] std::vector<Label> take_undominated(SegmentNumber segment) {
    const std::vector<double>& quality = qualities_[static_cast<std::size_t>(segment)];
    candidates_.resize(std::max(candidates_.size(), quality.size()));
    fronts_.resize(candidates_.size());
    for (Staircase& front : fronts_) front.clear();
    // A representation's labels mostly come in order already: what is asked for later comes later.
    for (std::vector<Label>& labels : candidates_)
      if (!std::ranges::is_sorted(labels, earlier)) std::ranges::sort(labels, earlier);
    std::vector<std::size_t> heads(candidates_.size());
    std::vector<Label> kept;
    for (;;) {
      const Label* first = nullptr;
      for (std::size_t i = 0; i < heads.size(); ++i)
        if (heads[i] < candidates_[i].size() &&
            (first == nullptr || earlier(candidates_[i][heads[i]], *first)))
          first = &candidates_[i][heads[i]];
      if (first == nullptr) break;
      ++heads[first->representation];
      if (fronts_[first->representation].dominates(first->waited, first->sum)) continue;
      for (std::size_t i = 0; i < quality.size(); ++i)
        fronts_[i].add(first->waited, first->sum - problem_.qoe.switch_cost(
                                                       quality[first->representation], quality[i]));
      kept.push_back(*first);
    }
    for (std::vector<Label>& labels : candidates_) labels.clear();
    return kept;
  }

  /// Of labels at the same instant the one that may dominate comes first; equal ones in the order
  /// of their representations and of the labels before them.
  static bool earlier(const Label& a, const Label& b) {
    if (a.ready != b.ready) return a.ready < b.ready;
    if (a.waited != b.waited) return a.waited < b.waited;
    if (a.sum != b.sum) return a.sum > b.sum;
    if (a.representation != b.representation) return a.representation < b.representation;
    return a.before < b.before;
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
  std::vector<std::vector<double>> qualities_;  ///< By segment and representation.
  double highest_last_ = 0;                     ///< Of those of the last segment.
  std::optional<OptimumBound> bound_;
  double floor_ = -std::numeric_limits<double>::infinity();  ///< The best is not below.
  std::vector<std::vector<Label>> candidates_;               ///< By representation.
  std::vector<Staircase> fronts_;                            ///< By representation.
  std::vector<Timestamp> ends_;
  std::size_t most_labels_ = 0;
};

Expected<void> exact(const Scenario& scenario) {
  const std::string& name = scenario.title.name;
  const auto refuse = [](const char* why, const std::string& where) {
    return failure(ErrorCode::unsupported, std::string("no exact optimum: ") + why, where);
  };
  if (scenario.live != nullptr) return refuse("the title is live", name);
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
  if (scenario.session.capacity_rule == session::CapacityRule::level)
    for (SegmentNumber i = 0; i + 1 < track.segment_count(); ++i)
      if (track.duration(i) != shortest)
        return refuse("the segments must be equally long where the level may exceed the capacity",
                      name);
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
  // Where the link stands still during the RTT of a transfer, its time is behind by all of them.
  const bool stops = scenario.latency == LatencyRule::link_stops;
  const TransferEnds ends = [&](SegmentNumber segment, Timestamp requested,
                                std::span<Timestamp> into) {
    const Duration behind = stops ? rtt * (segment + 1) : Duration::zero();
    const Timestamp flows = requested + rtt - behind;
    const LinkCapacity::Amount carried = link.carried_by(flows);
    for (RepresentationIndex i = 0; i < into.size(); ++i) {
      const ByteCount size = actual.size(segment, i) + scenario.head_size;
      const Timestamp end = link.time_of(carried + link.cost_of_byte() * size.bytes());
      into[i] = end == Timestamp::max() ? end : std::max(flows, end) + behind;
    }
  };
  Duration capacity = scenario.session.buffer_capacity;
  if (scenario.session.capacity_rule == session::CapacityRule::level)
    capacity += actual.duration(0);
  const double byte = static_cast<double>(link.cost_of_byte());
  BitRate fastest;
  for (const Trace::Piece& piece : link.trace().pieces()) fastest = std::max(fastest, piece.rate);
  const LinkBound bound{
      .sizes = actual,
      .head = scenario.head_size,
      .most =
          [&](SegmentNumber segment, Timestamp from, Timestamp to) {
            const Timestamp flows = stops ? from - rtt * segment : from + rtt;
            const Timestamp end = stops ? to - rtt * (actual.segment_count() - 1) : to;
            if (end <= flows) return 0.0;
            return static_cast<double>(link.carried_by(end) - link.carried_by(flows)) / byte;
          },
      .fastest = static_cast<double>(fastest.bits_per_second()) * 1e9 / byte};
  auto found = optimum(OptimumProblem{.track = *scenario.title.known.video,
                                      .qoe = scenario.session.qoe,
                                      .buffer_capacity = capacity,
                                      .ends = ends,
                                      .link = bound,
                                      .given_first = scenario.given_first});
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
