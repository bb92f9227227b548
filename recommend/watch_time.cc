#include "recommend/watch_time.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/check.h"

namespace rung::recommend {
namespace {

constexpr double least_shape = 0.2;
constexpr double largest_shape = 5;
constexpr int searches = 50;
/// The shape is found for the factors, and these for the shape, in turn: among titles that differ
/// whoever stays is at one that is rarely left, which would look like a falling rate.
constexpr int rounds = 12;
/// Whoever leaves at once has stayed so long, in seconds.
constexpr double least_stay = 0.1;

struct Span {
  double from = 0;
  double to = 0;
  bool left = false;
  std::size_t title = 0;
  double factor = 1;  ///< Of the title.
};

/// The scale that is most likely with this shape, to the power of it.
double powered_scale(std::span<const Span> spans, double shape, double leavings) {
  double exposure = 0;
  for (const Span& span : spans)
    exposure += span.factor * (std::pow(span.to, shape) - std::pow(span.from, shape));
  return exposure / leavings;
}

/// The logarithm of how likely the spans are with this shape and the best scale for it.
double likelihood(std::span<const Span> spans, double shape, double leavings) {
  double logarithms = 0;
  for (const Span& span : spans)
    if (span.left) logarithms += std::log(span.to);
  return leavings * (std::log(shape) - std::log(powered_scale(spans, shape, leavings))) +
         (shape - 1) * logarithms;
}

/// Golden-section search over the logarithm of the shape.
double best_shape(std::span<const Span> spans, double leavings) {
  constexpr double golden = std::numbers::phi - 1;
  double low = std::log(least_shape);
  double high = std::log(largest_shape);
  for (int search = 0; search < searches; ++search) {
    const double left = high - golden * (high - low);
    const double right = low + golden * (high - low);
    if (likelihood(spans, std::exp(left), leavings) >= likelihood(spans, std::exp(right), leavings))
      high = right;
    else
      low = left;
  }
  return std::exp((low + high) / 2);
}

}  // namespace

WatchTimes WatchTimes::fit(std::span<const Stay> stays, std::size_t titles) {
  std::vector<Span> spans;
  double leavings = 0;
  for (const Stay& stay : stays) {
    RUNG_CHECK(stay.title < titles);
    const double from = std::max(to_seconds(stay.from), 0.0);
    if (to_seconds(stay.to) < from) continue;
    spans.push_back({.from = from,
                     .to = std::max(to_seconds(stay.to), from + least_stay),
                     .left = stay.left,
                     .title = stay.title});
    if (stay.left) ++leavings;
  }
  WatchTimes times;
  times.factors_.assign(titles, 1);
  if (leavings == 0) return times;
  for (int round = 0; round < rounds; ++round) {
    times.shape_ = best_shape(spans, leavings);
    times.scale_ = std::pow(powered_scale(spans, times.shape_, leavings), 1 / times.shape_);
    std::vector<double> left(titles, prior_leavings);
    std::vector<double> risked(titles, prior_leavings);
    for (const Span& span : spans) {
      if (span.left) ++left[span.title];
      risked[span.title] += times.risk(span.from, span.to);
    }
    for (std::size_t title = 0; title < titles; ++title)
      times.factors_[title] = left[title] / risked[title];
    for (Span& span : spans) span.factor = times.factors_[span.title];
  }
  return times;
}

double WatchTimes::leave_within(std::size_t title, Duration position, Duration horizon) const {
  const double from = std::max(to_seconds(position), 0.0);
  const double to = from + std::max(to_seconds(horizon), 0.0);
  return -std::expm1(-factor(title) * risk(from, to));
}

double WatchTimes::factor(std::size_t title) const {
  return title < factors_.size() ? factors_[title] : 1;
}

double WatchTimes::risk(double from, double to) const {
  if (scale_ <= 0) return 0;
  return std::pow(to / scale_, shape_) - std::pow(from / scale_, shape_);
}

}  // namespace rung::recommend
