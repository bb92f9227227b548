#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rung::evaluation {

/// Okabe and Ito's colours, which people who see few colours can tell apart; then they repeat.
inline constexpr auto chart_colours = std::to_array<std::string_view>(
    {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222"});

/// How the `number`th line of a chart is drawn: its colour and, where colours have repeated,
/// dashes.
[[nodiscard]] std::string line_style(std::size_t number);

/// A name beside a chart: a long one without its middle. And how wide the widest of them is drawn.
[[nodiscard]] std::string chart_label(std::string_view name);
[[nodiscard]] double label_width(const std::vector<std::string>& labels);

/// Where values lie on an axis of a chart, which may run downwards: `left` is where `low` lies.
struct Axis {
  double low = 0;
  double high = 1;
  double left = 0;
  double right = 0;

  [[nodiscard]] double at(double value) const;
  /// 1, 2 or 5 times a power of ten: about eight steps.
  [[nodiscard]] double step() const;
};

/// Of all that is finite in `values`, with a little room.
[[nodiscard]] Axis axis_over(const std::vector<double>& values, double left, double right);

/// Vertical lines with their values below, from `top` to `bottom`.
[[nodiscard]] std::string grid(const Axis& axis, double top, double bottom);

/// An HTML file up to its body's beginning; `title` is plain text.
[[nodiscard]] std::string page_head(std::string_view title);

/// What the lines and colours of a timeline mean.
[[nodiscard]] std::string timeline_legend();

}  // namespace rung::evaluation
