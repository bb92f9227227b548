#include "abr/policies/robust_mpc_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "core/check.h"

namespace rung::abr {

namespace {

/// Longer transfers are all equally hopeless; so sums stay far from overflow.
constexpr Duration longest_transfer = std::chrono::hours(24 * 365);
constexpr std::size_t most_plans = std::size_t{1} << 20;
constexpr std::int64_t bins = 100;

/// The middle of the bin of `width` that holds `value`; the last bin has no end.
std::int64_t middle_of_bin(std::int64_t value, std::int64_t width) {
  width = std::max<std::int64_t>(width, 1);
  return std::min(value / width, bins - 1) * width + width / 2;
}

}  // namespace

Decision RobustMpcPolicy::choose(const DecisionContext& context) {
  if (!context.forecast) return {.representation = 0, .reason = Reason::startup_unknown};
  pending_ = context.forecast->throughput;
  prepare(context, std::max(believed(context), BitRate::bits_per_second(1)));

  previous_quality_.reset();
  if (context.previous) {
    // What was measured is the last segment's own.
    const SegmentNumber seen =
        qoe_.measured() && context.segment > 0 ? context.segment - 1 : context.segment;
    previous_quality_ = qoe_.quality(
        context.track, seen, std::min(*context.previous, context.track.ladder(seen).size() - 1));
  }
  best_worth_ = -std::numeric_limits<double>::infinity();
  best_first_ = 0;
  Branch root{.level = context.buffer_level};
  if (variant_ == MpcVariant::fast)
    root.level = Duration(
        middle_of_bin(context.buffer_level.count(), context.buffer_capacity.count() / bins));
  price_transfers(root);
  search(root);
  return {.representation = best_first_, .reason = Reason::plan};
}

void RobustMpcPolicy::observe(const TransferSample& sample) {
  if (!pending_ || sample.size < telling_size) return;
  const double actual = static_cast<double>(bounded_throughput(sample).bits_per_second());
  const double forecast = static_cast<double>(pending_->bits_per_second());
  errors_.add(std::abs(forecast - actual) / actual);
  pending_.reset();
}

BitRate RobustMpcPolicy::believed(const DecisionContext& context) const {
  const BitRate forecast = context.forecast->throughput;
  if (variant_ == MpcVariant::plain) return forecast;
  if (variant_ == MpcVariant::fast) {
    const BitRate highest = context.track.ladder(context.segment).back();
    return BitRate::bits_per_second(
        middle_of_bin(forecast.bits_per_second(), highest.bits_per_second() / (bins / 2)));
  }
  double worst = 0;
  for (std::size_t i = 0; i < errors_.size(); ++i) worst = std::max(worst, errors_[i]);
  return scaled(forecast, 1 / (1 + worst));
}

void RobustMpcPolicy::prepare(const DecisionContext& context, BitRate throughput) {
  const media::Track& track = context.track;
  std::size_t plans = 1;
  for (horizon_ = 0; horizon_ < longest_horizon; ++horizon_) {
    const SegmentNumber segment = context.segment + static_cast<SegmentNumber>(horizon_);
    if (segment >= track.segment_count()) break;
    const auto ladder = track.ladder(segment);
    RUNG_CHECK(ladder.size() <= limits::representations);
    plans *= ladder.size();
    if (plans > most_plans) break;
    Step& step = steps_[horizon_];
    step.duration = track.duration(segment);
    step.room = std::max(context.buffer_capacity - step.duration, Duration::zero());
    step.count = 0;
    for (RepresentationIndex i = 0; i < ladder.size(); ++i) {
      const ByteCount size =
          variant_ == MpcVariant::fast ? ladder[i] * step.duration : track.size(segment, i);
      const Duration transfer = std::min(size / throughput, longest_transfer);
      const double quality = qoe_.quality(track, segment, i);
      // The same quality in no fewer bytes is never better than the one before it.
      if (i > 0 && quality == step.options[step.count - 1].quality &&
          transfer >= step.options[step.count - 1].transfer)
        continue;
      step.options[step.count++] = {.quality = quality, .transfer = transfer, .representation = i};
    }
    const std::span<Option> options(step.options.data(), step.count);
    if (!std::ranges::is_sorted(options, {}, &Option::quality))
      std::ranges::sort(options, {}, &Option::quality);
  }
  RUNG_CHECK(horizon_ > 0);
  playable_[horizon_ - 1] = Duration::zero();
  for (std::size_t depth = horizon_ - 1; depth-- > 0;)
    playable_[depth] = playable_[depth + 1] + steps_[depth].duration;
}

void RobustMpcPolicy::price_transfers(const Branch& root) {
  price_count_ = 0;
  const double free = covered(root);
  Line cheap = add_price(0, root);
  if (cheap.transfer <= free || qoe_.rebuffer_penalty <= 0) return;
  Line dear = add_price(qoe_.rebuffer_penalty / 1e9, root);
  // The bound is the highest of straight lines over the price; its lowest point lies between a line
  // that falls and one that rises, and is found where they cross unless another one is above.
  while (dear.transfer < free && price_count_ < most_prices) {
    const double price = (cheap.worth - dear.worth) / (cheap.transfer - dear.transfer);
    const double crossing = cheap.worth + price * (free - cheap.transfer);
    const Line line = add_price(price, root);
    if (line.worth + price * (free - line.transfer) <= crossing + 1e-9 * std::abs(crossing)) return;
    (line.transfer > free ? cheap : dear) = line;
  }
}

RobustMpcPolicy::Line RobustMpcPolicy::add_price(double price, const Branch& root) {
  const std::size_t index = price_count_++;
  prices_[index] = price;
  for (std::size_t depth = horizon_; depth-- > 0;) {
    const Step& step = steps_[depth];
    for (std::size_t i = 0; i < step.count; ++i) {
      const double rest = depth + 1 == horizon_ ? 0 : rests_[depth + 1][i][index];
      const Option& option = step.options[i];
      gains_[depth][i] =
          option.quality - price * static_cast<double>(option.transfer.count()) + rest;
    }
    if (depth > 0) spread(depth, index);
  }

  Line line;
  Branch branch = root;
  while (branch.depth < horizon_) {
    const Step& step = steps_[branch.depth];
    std::size_t best = 0;
    double most = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < step.count; ++i) {
      const double gain = gains_[branch.depth][i] - switch_cost(branch, i);
      if (gain <= most) continue;
      most = gain;
      best = i;
    }
    line.worth += step.options[best].quality - switch_cost(branch, best);
    line.transfer += static_cast<double>(step.options[best].transfer.count());
    branch = extend(branch, best);
  }
  offer(branch);
  return line;
}

/// The best of gains less switches for every option of the step before: because a fall and a rise
/// each cost in proportion to their size, one sweep upwards and one downwards do.
void RobustMpcPolicy::spread(std::size_t depth, std::size_t price_index) {
  const Step& from = steps_[depth - 1];
  const Step& to = steps_[depth];
  const std::array<double, limits::representations>& gains = gains_[depth];
  double most = -std::numeric_limits<double>::infinity();
  std::size_t i = 0;
  for (std::size_t j = 0; j < from.count; ++j) {
    const double quality = from.options[j].quality;
    for (; i < to.count && to.options[i].quality <= quality; ++i)
      most = std::max(most, gains[i] + qoe_.switch_penalty * to.options[i].quality);
    rests_[depth][j][price_index] = most - qoe_.switch_penalty * quality;
  }
  const double rise_penalty = qoe_.rise_penalty();
  most = -std::numeric_limits<double>::infinity();
  i = to.count;
  for (std::size_t j = from.count; j-- > 0;) {
    const double quality = from.options[j].quality;
    for (; i > 0 && to.options[i - 1].quality >= quality; --i)
      most = std::max(most, gains[i - 1] - rise_penalty * to.options[i - 1].quality);
    double& rest = rests_[depth][j][price_index];
    rest = std::max(rest, most + rise_penalty * quality);
  }
}

double RobustMpcPolicy::switch_cost(const Branch& branch, std::size_t option) const {
  const double quality = steps_[branch.depth].options[option].quality;
  if (branch.depth > 0)
    return qoe_.switch_cost(steps_[branch.depth - 1].options[branch.last].quality, quality);
  return previous_quality_ ? qoe_.switch_cost(*previous_quality_, quality) : 0;
}

RobustMpcPolicy::Branch RobustMpcPolicy::extend(const Branch& branch, std::size_t option) const {
  const Step& step = steps_[branch.depth];
  const Option& chosen = step.options[option];
  Branch next = branch;
  if (branch.depth == 0) next.first = chosen.representation;
  next.level = std::min(next.level, step.room);
  const Duration stalled = drain(next.level, chosen.transfer);
  next.level += step.duration;
  next.worth += chosen.quality;
  next.worth -= switch_cost(branch, option);
  if (stalled > Duration::zero()) next.worth -= qoe_.rebuffer_cost(stalled);
  next.last = option;
  ++next.depth;
  return next;
}

/// For how many nanoseconds of transfer there is something to play, at most.
double RobustMpcPolicy::covered(const Branch& branch) const {
  const Duration level = std::min(branch.level, steps_[branch.depth].room);
  return static_cast<double>((level + playable_[branch.depth]).count());
}

/// No less than what any completion of `branch` is worth, but for rounding.
double RobustMpcPolicy::bound(const Branch& branch) const {
  if (branch.depth == horizon_) return branch.worth;
  const double free = covered(branch);
  const Rest& rests = rests_[branch.depth][branch.last];
  double least = rests[0];
  for (std::size_t p = 1; p < price_count_; ++p)
    least = std::min(least, rests[p] + prices_[p] * free);
  return branch.worth + least;
}

bool RobustMpcPolicy::may_win(double bound) const {
  // Sums in another order round differently; the slack covers that many times over.
  return bound + 1e-9 * (1 + std::abs(bound) + std::abs(best_worth_)) >= best_worth_;
}

void RobustMpcPolicy::search(const Branch& branch) {
  if (branch.depth == horizon_) {
    offer(branch);
    return;
  }
  const Step& step = steps_[branch.depth];
  constexpr double visited = -std::numeric_limits<double>::infinity();
  std::array<double, limits::representations> bounds;
  for (std::size_t i = 0; i < step.count; ++i) bounds[i] = bound(extend(branch, i));
  const std::span<double> open(bounds.data(), step.count);
  while (true) {
    const auto next = std::ranges::max_element(open);
    if (*next == visited || !may_win(*next)) return;
    // Only the first step is asked for: nothing is left to find where no other one may win.
    if (branch.depth == 0) {
      bool decided = true;
      for (std::size_t i = 0; i < step.count; ++i)
        decided &= step.options[i].representation == best_first_ || !may_win(open[i]);
      if (decided) return;
    }
    *next = visited;
    search(extend(branch, static_cast<std::size_t>(next - open.begin())));
  }
}

void RobustMpcPolicy::offer(const Branch& leaf) {
  if (leaf.worth < best_worth_ || (leaf.worth == best_worth_ && leaf.first >= best_first_)) return;
  best_worth_ = leaf.worth;
  best_first_ = leaf.first;
}

}  // namespace rung::abr
