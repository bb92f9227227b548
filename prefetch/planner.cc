#include "prefetch/planner.h"

#include <algorithm>
#include <cmath>

namespace rung::prefetch {

namespace {

double megabytes(ByteCount size) { return static_cast<double>(size.bytes()) / 1e6; }

}  // namespace

std::vector<Wish> Planner::wishes(const View& view) {
  std::vector<Wish> found;
  for (std::size_t title = 0; title < view.candidates.size(); ++title) {
    const double p = view.candidates[title].probability;
    if (p <= 0) continue;
    auto step = next_step(view, title, Stage::further, lengths_);
    if (!step) continue;
    const double price = shadow_price(view, step->size, safety_);
    if (!std::isfinite(price)) continue;
    const double waste = view.metered ? prices_.metered_waste : prices_.waste;
    step->gain = p * use(view, *step) - ((1 - p) * waste + price) * megabytes(step->size);
    if (step->gain > 0) found.push_back(*step);
  }
  std::ranges::stable_sort(found, [](const Wish& a, const Wish& b) {
    return a.gain * static_cast<double>(b.size.bytes()) >
           b.gain * static_cast<double>(a.size.bytes());
  });
  return found;
}

double Planner::use(const View& view, const Wish& wish) const {
  if (wish.stage == Stage::manifest || wish.stage == Stage::thin_head)
    return to_seconds(forecast_time(view.forecast, wish.size));
  const media::Track& track = *view.fetched[wish.title].tracks->of(wish.track);
  const double seconds = to_seconds(track.duration(wish.segment));
  const auto ladder = track.ladder(wish.segment);
  const auto rate = [&](RepresentationIndex i) {
    return static_cast<double>(ladder[i].bits_per_second());
  };
  const double doublings = std::log2(rate(wish.representation) / rate(0));
  const bool there = view.fetched[wish.title].representation(wish.track, wish.segment).has_value();
  return seconds * (prices_.doubling * doublings + (there ? 0 : prices_.ahead));
}

}  // namespace rung::prefetch
