#include "python/environment.h"

#include <algorithm>
#include <utility>

namespace rung::python {
namespace {

constexpr std::size_t fixed_numbers = 7 + 2 * Environment::history;

const media::Track& main_track(const media::Tracks& tracks) {
  return tracks.video ? *tracks.video : *tracks.audio;
}

float number(double value) { return static_cast<float>(value); }
double megabits(BitRate rate) { return static_cast<double>(rate.bits_per_second()) / 1e6; }

}  // namespace

Environment::Environment(std::shared_ptr<const network_sim::Sweep> sweep, std::uint64_t seed)
    : sweep_(std::move(sweep)), random_(seed) {}

std::size_t Environment::action_count(const network_sim::Sweep& sweep) {
  std::size_t most = 0;
  for (const network_sim::SimulatedTitle& title : sweep.titles)
    for (const media::Track::Part& part : main_track(title.known).parts())
      most = std::max(most, part.bandwidths.size());
  return most;
}

std::size_t Environment::observation_size(const network_sim::Sweep& sweep) {
  return fixed_numbers + 2 * action_count(sweep);
}

Expected<void> Environment::reset(std::optional<std::size_t> title,
                                  std::optional<std::size_t> link) {
  title_ = title ? *title : static_cast<std::size_t>(random_.below(sweep_->titles.size()));
  link_ = link ? *link : static_cast<std::size_t>(random_.below(sweep_->links.size()));
  auto estimator = sweep_->make_estimator(0);
  if (!estimator) return tl::unexpected(estimator.error());
  auto session =
      network_sim::SteppedSession::create(sweep_->scenario(index()), *std::move(estimator));
  if (!session) return tl::unexpected(session.error());
  session_ = *std::move(session);
  worth_ = session_->outcome().report.qoe_sum;
  last_ = {};
  throughputs_.fill(0);
  times_.fill(0);
  return {};
}

bool Environment::possible(std::int64_t action) const {
  const abr::DecisionContext choice = session_->choice();
  return action >= 0 && std::cmp_less(action, choice.track.ladder(choice.segment).size());
}

double Environment::step(std::int64_t action, Duration wait) {
  abr::Decision decision{.representation = static_cast<RepresentationIndex>(action),
                         .reason = abr::Reason::external};
  if (wait > Duration::zero()) {
    const abr::DecisionContext choice = session_->choice();
    decision.not_before = choice.now + std::min(wait, choice.buffer_level);
  }
  session_->choose(decision);
  if (const abr::TransferSample& sample = session_->last_transfer(); sample != last_) {
    last_ = sample;
    std::shift_left(throughputs_.begin(), throughputs_.end(), 1);
    std::shift_left(times_.begin(), times_.end(), 1);
    const double taken = to_seconds(sample.completed - sample.requested);
    times_.back() = number(taken);
    throughputs_.back() =
        number(taken > 0 ? static_cast<double>(sample.size.bytes()) * 8e-6 / taken : 0);
  }
  const double before = worth_;
  worth_ = session_->outcome().report.qoe_sum;
  return worth_ - before;
}

void Environment::observe(std::span<float> numbers) const {
  std::ranges::fill(numbers, 0.0F);
  if (!waits()) return;
  const abr::DecisionContext choice = session_->choice();
  const media::Track& track = choice.track;
  numbers[0] = number(to_seconds(choice.buffer_level));
  numbers[1] = number(to_seconds(choice.buffer_capacity));
  numbers[2] = choice.previous ? static_cast<float>(*choice.previous) : -1.0F;
  numbers[3] = static_cast<float>(track.segment_count() - choice.segment);
  numbers[4] = number(to_seconds(track.duration(choice.segment)));
  if (choice.forecast) {
    numbers[5] = number(megabits(choice.forecast->throughput));
    numbers[6] = number(to_seconds(choice.forecast->latency));
  }
  std::ranges::copy(throughputs_, numbers.subspan(7).begin());
  std::ranges::copy(times_, numbers.subspan(7 + history).begin());
  const auto ladder = track.ladder(choice.segment);
  const std::size_t rungs = (numbers.size() - fixed_numbers) / 2;
  const std::span<float> sizes = numbers.subspan(fixed_numbers, rungs);
  const std::span<float> bandwidths = numbers.subspan(fixed_numbers + rungs);
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    sizes[i] = number(static_cast<double>(track.size(choice.segment, i).bytes()) / 1e6);
    bandwidths[i] = number(megabits(ladder[i]));
  }
}

}  // namespace rung::python
