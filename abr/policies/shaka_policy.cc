#include "abr/policies/shaka_policy.h"

#include <algorithm>
#include <span>

#include "abr/estimators/link_history.h"
#include "abr/ladder.h"

namespace rung::abr {

namespace {

constexpr double downgrade_target = 0.95;
constexpr Duration switch_interval = std::chrono::seconds(8);
constexpr ByteCount enough{128'000};
constexpr BitRate unknown_throughput = BitRate::bits_per_second(1'000'000);

}  // namespace

Decision ShakaPolicy::choose(const DecisionContext& context) {
  const std::span<const BitRate> ladder = context.track.ladder(context.segment);
  const auto within = [&](BitRate throughput) {
    return highest_within(ladder, scaled(throughput, downgrade_target));
  };
  if (!context.forecast || sampled_ < enough) {
    choice_ = within(unknown_throughput);
    return {.representation = choice_, .reason = Reason::startup_unknown};
  }
  if (chosen_ && context.now - *chosen_ < switch_interval) {
    const auto highest = static_cast<RepresentationIndex>(ladder.size() - 1);
    return {.representation = std::min(choice_, highest), .reason = Reason::hysteresis};
  }
  chosen_ = context.now;
  choice_ = within(context.forecast->throughput);
  return {.representation = choice_, .reason = Reason::throughput};
}

void ShakaPolicy::observe(const TransferSample& sample) {
  if (sample.size >= telling_size && sampled_ < enough) sampled_ += std::min(sample.size, enough);
}

}  // namespace rung::abr
