#include "evaluation/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "evaluation/markup.h"

namespace rung::evaluation {
namespace {

constexpr std::string_view style = R"(
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222;
  background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.worse { color: #b00020; font-weight: 600; } .better { color: #00703c; font-weight: 600; }
.scroll { overflow-x: auto; } svg { max-width: 100%; height: auto; } svg text { font-size: 12px; fill: #444; }
)";

}  // namespace

std::string line_style(std::size_t number) {
  constexpr auto dashes = std::to_array<std::string_view>({"", "7 3", "2 3", "9 3 2 3"});
  const std::string_view dash = dashes[number / chart_colours.size() % dashes.size()];
  return fmt::format("stroke=\"{}\"{}", chart_colours[number % chart_colours.size()],
                     dash.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", dash));
}

std::string chart_label(std::string_view name) {
  constexpr std::size_t most = 60;
  constexpr std::size_t head = 20;
  if (name.size() <= most) return std::string(name);
  // The middle of a name may be the middle of a letter.
  const auto within = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; };
  std::size_t front = head;
  while (front > 0 && within(name[front])) --front;
  std::size_t back = name.size() - (most - head);
  while (back < name.size() && within(name[back])) ++back;
  return fmt::format("{}...{}", name.substr(0, front), name.substr(back));
}

double label_width(const std::vector<std::string>& labels) {
  constexpr double letter = 6.8;  // Of the 12 pixels that the style gives them.
  std::size_t longest = 0;
  for (const std::string& label : labels) longest = std::max(longest, label.size());
  return letter * static_cast<double>(longest);
}

double Axis::at(double value) const {
  const double share = (std::clamp(value, low, high) - low) / (high - low);
  return left + share * (right - left);
}

double Axis::step() const {
  const double rough = (high - low) / 8;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double digit = rough / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

Axis axis_over(const std::vector<double>& values, double left, double right) {
  Axis axis{.low = 0, .high = 0, .left = left, .right = right};
  bool first = true;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    axis.low = first ? value : std::min(axis.low, value);
    axis.high = first ? value : std::max(axis.high, value);
    first = false;
  }
  const double room = std::max((axis.high - axis.low) * 0.04, 1e-6);
  axis.low -= room;
  axis.high += room;
  return axis;
}

std::string grid(const Axis& axis, double top, double bottom) {
  std::string text;
  const double step = axis.step();
  for (double mark = std::ceil(axis.low / step); mark * step <= axis.high; ++mark) {
    const double value = mark * step;
    fmt::format_to(std::back_inserter(text),
                   "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"{3}\"/>"
                   "<text x=\"{0:.1f}\" y=\"{4}\" text-anchor=\"middle\">{5:g}</text>\n",
                   axis.at(value), top, bottom, mark == 0 ? "#888" : "#e2e2e2", bottom + 16,
                   std::abs(value) < step / 2 ? 0 : value);
  }
  return text;
}

std::string page_head(std::string_view title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style></head>\n<body>\n",
      xml_text(title), style);
}

}  // namespace rung::evaluation
