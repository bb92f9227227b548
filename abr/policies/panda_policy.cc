#include "abr/policies/panda_policy.h"

#include <algorithm>

#include "abr/estimators/link_history.h"
#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double probing = 0.14;          ///< kappa, per second.
constexpr double probe_step = 300'000;    ///< w, in bit/s.
constexpr double smoothing = 0.2;         ///< alpha, per second.
constexpr double buffer_pull = 0.2;       ///< beta
constexpr double rise_safety = 1 - 0.15;  ///< 1 - epsilon
constexpr Duration paper_minimum = std::chrono::seconds(26);
/// Longer plans are cut by the buffer; so times stay far from overflow.
constexpr double longest_plan = 3600;

BitRate rate(double bits_per_second) {
  return BitRate::bits_per_second(static_cast<std::int64_t>(bits_per_second));
}

}  // namespace

Decision PandaPolicy::choose(const DecisionContext& context) {
  Decision decision{.representation = 0, .reason = Reason::startup_unknown};
  const Duration gap = planned_;
  const std::optional<TransferSample> last = sample_;
  if (last) probe(context.now);
  if (!probed_) return decision;

  const auto ladder = context.track.ladder(context.segment);
  const RepresentationIndex previous = std::min(context.previous.value_or(0), ladder.size() - 1);
  const RepresentationIndex up = highest_within(ladder, rate(rise_safety * smoothed_));
  const RepresentationIndex down = highest_within(ladder, rate(smoothed_));
  decision = {.representation = previous, .reason = Reason::hysteresis};
  if (ladder[previous] < ladder[up])
    decision = {.representation = up, .reason = Reason::throughput};
  else if (ladder[previous] > ladder[down])
    decision = {.representation = down, .reason = Reason::throughput};

  if (last && last->requested + gap > context.now)
    decision.not_before =
        std::min(last->requested + gap, context.now + std::max(context.buffer_level, Duration{}));

  const Duration minimum =
      std::clamp(context.buffer_capacity - 2 * context.track.longest_duration(), Duration::zero(),
                 paper_minimum);
  const double transfer = static_cast<double>(ladder[decision.representation].bits_per_second()) *
                          to_seconds(context.track.duration(context.segment)) / smoothed_;
  const double plan = transfer + buffer_pull * to_seconds(context.buffer_level - minimum);
  planned_ = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::clamp(plan, 0.0, longest_plan)));
  return decision;
}

void PandaPolicy::observe(const TransferSample& sample) {
  if (sample.size >= telling_size) sample_ = sample;
}

void PandaPolicy::probe(Timestamp now) {
  const double measured = static_cast<double>(bounded_throughput(*sample_).bits_per_second());
  const double time = std::max(to_seconds(std::max(now - sample_->requested, planned_)), 0.0);
  sample_.reset();
  if (!probed_) {
    probed_ = smoothed_ = measured;
    return;
  }
  const double excess = std::max(0.0, *probed_ - measured + probe_step);
  *probed_ += std::min(probing * time, 1.0) * (probe_step - excess);
  smoothed_ -= std::min(smoothing * time, 1.0) * (smoothed_ - *probed_);
}

}  // namespace rung::abr
