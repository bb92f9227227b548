#include "recommend/watch_time.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

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
/// What is told of no stay: sums and products of these are finite.
constexpr double longest_stay = to_seconds(Duration::max());
constexpr double largest_risk = 1e100;
constexpr double largest_factor = 1e9;

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

/// A stay as it counts, or nothing.
std::optional<Span> span_of(const Stay& stay) {
  const double from = std::max(to_seconds(stay.from), 0.0);
  if (to_seconds(stay.to) < from) return std::nullopt;
  return Span{.from = from,
              .to = std::max(to_seconds(stay.to), from + least_stay),
              .left = stay.left,
              .title = stay.title};
}

constexpr double segment_length = to_seconds(WatchTimes::segment);
constexpr double segments_end = segment_length * WatchTimes::most_segments;

/// The last one for what lies behind it.
std::size_t segment_at(double position, std::size_t segments = WatchTimes::most_segments) {
  return std::min(static_cast<std::size_t>(std::min(position, segments_end) / segment_length),
                  segments - 1);
}

/// The segments that a stay up to `position` has any time in; at least one.
std::size_t segments_until(double position) {
  return std::max(
      static_cast<std::size_t>(std::ceil(std::min(position, segments_end) / segment_length)),
      std::size_t{1});
}

}  // namespace

WatchTimes WatchTimes::fit(std::span<const Stay> stays, std::size_t titles) {
  std::vector<Span> spans;
  double leavings = 0;
  for (const Stay& stay : stays) {
    RUNG_CHECK(stay.title < titles);
    const auto span = span_of(stay);
    if (!span) continue;
    spans.push_back(*span);
    if (stay.left) ++leavings;
  }
  WatchTimes times;
  if (leavings == 0) return times;
  Parts& parts = times.parts_;
  parts.factors.assign(titles, 1);
  for (int round = 0; round < rounds; ++round) {
    parts.shape = best_shape(spans, leavings);
    parts.scale = std::pow(powered_scale(spans, parts.shape, leavings), 1 / parts.shape);
    std::vector<double> left(titles, prior_leavings);
    std::vector<double> risked(titles, prior_leavings);
    for (const Span& span : spans) {
      if (span.left) ++left[span.title];
      risked[span.title] += times.risk(span.from, span.to);
    }
    for (std::size_t title = 0; title < titles; ++title)
      parts.factors[title] = left[title] / risked[title];
    for (Span& span : spans) span.factor = parts.factors[span.title];
  }
  times.fit_segments(stays);
  return times;
}

void WatchTimes::fit_segments(std::span<const Stay> stays) {
  const std::size_t titles = parts_.factors.size();
  std::vector<double> leavings(titles);
  std::vector<std::uint32_t> lengths(titles);
  for (const Stay& stay : stays) {
    const auto span = span_of(stay);
    if (!span) continue;
    if (span->left) ++leavings[span->title];
    lengths[span->title] =
        std::max(lengths[span->title], static_cast<std::uint32_t>(segments_until(span->to)));
  }
  parts_.starts = {0};
  for (std::size_t title = 0; title < titles; ++title)
    parts_.starts.push_back(parts_.starts.back() +
                            (leavings[title] >= segmented_leavings ? lengths[title] : 0));
  std::vector<double> left(parts_.starts.back(), prior_leavings);
  std::vector<double> risked(parts_.starts.back(), prior_leavings);
  for (const Stay& stay : stays) {
    const auto span = span_of(stay);
    if (!span || parts_.starts[span->title] == parts_.starts[span->title + 1]) continue;
    const std::size_t first = parts_.starts[span->title];
    const double to = std::min(span->to, segments_end);
    // Who leaves on a border has been in the segment before it only.
    if (span->left && span->to <= segments_end) ++left[first + segments_until(span->to) - 1];
    for (double from = span->from; from < to;) {
      const std::size_t at = segment_at(from);
      const double end = std::min(segment_length * static_cast<double>(at + 1), to);
      risked[first + at] += factor(span->title) * risk(from, end);
      from = end;
    }
  }
  parts_.segments.resize(left.size());
  for (std::size_t at = 0; at < left.size(); ++at)
    parts_.segments[at] = static_cast<float>(left[at] / risked[at]);
}

std::optional<WatchTimes> WatchTimes::of(Parts parts) {
  const auto sound_factor = [](double value) { return value >= 0 && value <= largest_factor; };
  const bool sound =
      parts.shape >= least_shape && parts.shape <= largest_shape && std::isfinite(parts.scale) &&
      (parts.scale == 0 ||
       (parts.scale > 0 && std::pow(longest_stay / parts.scale, parts.shape) <= largest_risk)) &&
      parts.starts.size() == (parts.factors.empty() ? 1 : parts.factors.size() + 1) &&
      parts.starts.front() == 0 && parts.starts.back() == parts.segments.size() &&
      std::ranges::is_sorted(parts.starts) && std::ranges::all_of(parts.factors, sound_factor) &&
      std::ranges::all_of(parts.segments, sound_factor);
  if (!sound) return std::nullopt;
  WatchTimes times;
  times.parts_ = std::move(parts);
  return times;
}

double WatchTimes::leave_within(std::size_t title, Duration position, Duration horizon) const {
  const double from = std::max(to_seconds(position), 0.0);
  const double to = from + std::max(to_seconds(horizon), 0.0);
  const std::span<const float> segments = segments_of(title);
  const double end = std::min(to, segment_length * static_cast<double>(segments.size()));
  double risked = 0;
  double at = from;
  while (at < end) {
    const std::size_t which = segment_at(at, segments.size());
    const double until = std::min(segment_length * static_cast<double>(which + 1), end);
    risked += static_cast<double>(segments[which]) * risk(at, until);
    at = until;
  }
  risked += risk(at, to);
  return -std::expm1(-factor(title) * risked);
}

double WatchTimes::factor(std::size_t title) const {
  return title < parts_.factors.size() ? parts_.factors[title] : 1;
}

double WatchTimes::segment_factor(std::size_t title, Duration position) const {
  const std::span<const float> segments = segments_of(title);
  const double from = std::max(to_seconds(position), 0.0);
  if (from >= segment_length * static_cast<double>(segments.size())) return 1;
  return static_cast<double>(segments[segment_at(from, segments.size())]);
}

std::span<const float> WatchTimes::segments_of(std::size_t title) const {
  if (title >= parts_.factors.size()) return {};
  const std::uint32_t first = parts_.starts[title];
  return std::span(parts_.segments).subspan(first, parts_.starts[title + 1] - first);
}

double WatchTimes::risk(double from, double to) const {
  if (parts_.scale <= 0 || from >= to) return 0;
  return std::pow(to / parts_.scale, parts_.shape) - std::pow(from / parts_.scale, parts_.shape);
}

}  // namespace rung::recommend
