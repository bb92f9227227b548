#include "network_sim/synthetic_trace.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/limits.h"
#include "core/random.h"

namespace rung::network_sim {
namespace {

tl::unexpected<Error> wrong(std::string message) {
  return failure(ErrorCode::invalid_argument, std::move(message));
}

/// Takes pieces until the trace is full; the last one is cut.
class Recording {
 public:
  explicit Recording(const SyntheticTraceOptions& options)
      : left_(options.duration), rtt_(options.rtt) {}
  [[nodiscard]] bool full() const { return left_ == Duration::zero(); }
  void add(Duration duration, BitRate rate) {
    const Duration part = std::min(duration, left_);
    left_ -= part;
    pieces_.push_back({.duration = part, .rate = rate, .rtt = rtt_});
  }
  [[nodiscard]] std::vector<Trace::Piece> pieces() && { return std::move(pieces_); }

 private:
  Duration left_;
  std::optional<Duration> rtt_;
  std::vector<Trace::Piece> pieces_;
};

BitRate whole_kilobits(double bits_per_second) {
  return BitRate::bits_per_second(
      1000 * static_cast<std::int64_t>(std::floor(bits_per_second / 1000 + 0.5)));
}

bool too_many_pieces(const SyntheticTraceOptions& options, Duration shortest) {
  return options.duration / shortest >= static_cast<std::int64_t>(limits::trace_points);
}

constexpr Duration shortest_step = std::chrono::milliseconds(1);

Expected<void> check_range(BitRate low, BitRate high) {
  if (low < BitRate{} || high > limits::trace_rate) return wrong("a rate is out of range");
  if (high < low) return wrong("the high rate is below the low rate");
  return {};
}

Expected<void> record(const ConstantLink& link, const SyntheticTraceOptions& options, Random&,
                      Recording& recording) {
  const auto range = check_range(BitRate{}, link.rate);
  if (!range) return range;
  recording.add(options.duration, link.rate);
  return {};
}

Expected<void> record(const StepLink& link, const SyntheticTraceOptions& options, Random&,
                      Recording& recording) {
  if (link.rates.empty()) return wrong("a step trace needs rates");
  if (link.hold < shortest_step || too_many_pieces(options, link.hold))
    return wrong("the time for which a rate holds is too short");
  for (const BitRate rate : link.rates) {
    const auto range = check_range(BitRate{}, rate);
    if (!range) return range;
  }
  for (std::size_t i = 0; !recording.full(); ++i)
    recording.add(link.hold, link.rates[i % link.rates.size()]);
  return {};
}

Expected<void> record(const SawtoothLink& link, const SyntheticTraceOptions& options, Random&,
                      Recording& recording) {
  const auto range = check_range(link.low, link.high);
  if (!range) return range;
  if (link.step < shortest_step || too_many_pieces(options, link.step))
    return wrong("the step is too short");
  const std::int64_t steps = link.period / link.step;
  if (steps < 2 || link.period % link.step != Duration::zero())
    return wrong("the period must be a whole number of steps, two at least");
  const auto low = static_cast<double>(link.low.bits_per_second());
  const auto rise = static_cast<double>(link.high.bits_per_second()) - low;
  for (std::int64_t i = 0; !recording.full(); ++i)
    recording.add(link.step, whole_kilobits(low + rise * static_cast<double>(i % steps) /
                                                      static_cast<double>(steps - 1)));
  return {};
}

Expected<void> record(const MarkovLink& link, const SyntheticTraceOptions& options, Random& random,
                      Recording& recording) {
  const auto range = check_range(link.low, link.high);
  if (!range) return range;
  if (link.low <= BitRate{}) return wrong("the low rate must be above zero");
  if (link.states < 2 || link.states > 1000) return wrong("2 to 1000 states are possible");
  if (link.step < shortest_step || too_many_pieces(options, link.step))
    return wrong("the step is too short");
  if (link.mean_hold < link.step) return wrong("the mean hold time is below the step");
  if (!(link.noise >= 0 && link.noise <= 2)) return wrong("the noise must lie between 0 and 2");
  const auto low = static_cast<double>(link.low.bits_per_second());
  const double ratio = std::log(static_cast<double>(link.high.bits_per_second()) / low);
  const double leaving = to_seconds(link.step) / to_seconds(link.mean_hold);
  std::uint64_t state = random.below(link.states);
  while (!recording.full()) {
    const double position = static_cast<double>(state) / static_cast<double>(link.states - 1);
    const double noise = link.noise * random.normal() - link.noise * link.noise / 2;
    const double rate = low * std::exp(ratio * position + noise);
    recording.add(link.step, std::min(whole_kilobits(rate), limits::trace_rate));
    if (random.uniform() >= leaving) continue;
    const bool up = random.below(2) == 1;
    if (state == 0 || (up && state + 1 < link.states))
      ++state;
    else
      --state;
  }
  return {};
}

Expected<void> record(const OutageLink& link, const SyntheticTraceOptions& options, Random& random,
                      Recording& recording) {
  const auto range = check_range(link.low, link.rate);
  if (!range) return range;
  constexpr Duration shortest_mean = std::chrono::milliseconds(100);
  const Duration shorter = std::min(link.mean_up, link.mean_down);
  if (shorter < shortest_mean || too_many_pieces(options, shorter / 100))
    return wrong("the mean times are too short");
  const auto draw = [&](Duration mean) {
    const double drawn = std::floor(to_seconds(mean) * random.exponential() * 1000 + 0.5);
    return Duration(std::chrono::milliseconds(std::max<std::int64_t>(1, std::llround(drawn))));
  };
  while (!recording.full()) {
    recording.add(draw(link.mean_up), link.rate);
    if (!recording.full()) recording.add(draw(link.mean_down), link.low);
  }
  return {};
}

}  // namespace

Expected<Trace> synthetic_trace(const LinkModel& model, const SyntheticTraceOptions& options) {
  if (options.duration <= Duration::zero() || options.duration > limits::trace_duration)
    return wrong("the duration must be above zero and at most 366 days");
  if (options.rtt && (*options.rtt < Duration::zero() || *options.rtt > limits::trace_rtt))
    return wrong("the RTT must lie between 0 and 10 minutes");
  Random random(options.seed);
  Recording recording(options);
  const auto recorded =
      std::visit([&](const auto& link) { return record(link, options, random, recording); }, model);
  if (!recorded) return tl::unexpected(recorded.error());
  return Trace::create(options.name, std::move(recording).pieces());
}

}  // namespace rung::network_sim
