#include "prefetch/planner.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace rung::prefetch {

namespace {

/// The link is likely to be idle once within this time, or the buffer fuller.
constexpr Duration soon_within = std::chrono::seconds(30);
/// Of titles of which nothing is known.
constexpr double usually_leave_soon = 0.25;

double megabytes(ByteCount size) { return static_cast<double>(size.bytes()) / 1e6; }

}  // namespace

std::vector<Wish> Planner::wishes(const View& view) {
  std::vector<Wish> found;
  const double waste_now = waste(view);
  const double soon = leaves_ ? leaves_(view.position, soon_within) : usually_leave_soon;
  for (std::size_t title = 0; title < view.candidates.size(); ++title) {
    const double p = view.candidates[title].probability;
    if (p <= 0) continue;
    auto step = next_step(view, title, Stage::further, lengths_);
    if (!step) continue;
    const double price = shadow_price(view, *step, safety_);
    if (!std::isfinite(price)) continue;
    const double saves = p * use(view, *step);
    step->gain = saves - ((1 - p) * waste_now + price) * megabytes(step->size);
    // Where it costs the running title something, it may as well come later, unless the viewer
    // leaves before.
    const bool may_wait = price > 0 && soon * saves <= price * megabytes(step->size);
    if (step->gain > 0 && !may_wait) found.push_back(*step);
  }
  std::ranges::stable_sort(found, [](const Wish& a, const Wish& b) {
    return a.gain * static_cast<double>(b.size.bytes()) >
           b.gain * static_cast<double>(a.size.bytes());
  });
  return found;
}

double Planner::waste(const View& view) const {
  if (view.metered) return prices_.metered_waste;
  const double cheap = prices_.cheap_share * megabytes(view.received);
  const double used_up = cheap > 0 ? std::min(megabytes(view.spent) / cheap, 1.0) : 1;
  return prices_.waste * std::max(used_up, prices_.cheapest);
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
  return view.candidates[wish.title].stays * seconds *
         (prices_.doubling * doublings + (there ? 0 : prices_.ahead));
}

}  // namespace rung::prefetch
