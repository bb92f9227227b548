#include "evaluation/timeline_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "evaluation/chart.h"
#include "evaluation/markup.h"

namespace rung::evaluation {
namespace {

constexpr double left = 60;
constexpr double right = 800;
constexpr double rates_top = 24;
constexpr double rates_bottom = 124;
constexpr double buffer_top = 138;
constexpr double buffer_bottom = 198;

/// Horizontal lines with their values at the left, from 0 to the axis' end at the top.
std::string rows(const Axis& axis, std::string_view unit) {
  std::string text;
  const double step = axis.step() * 2;
  for (double mark = 0; mark * step <= axis.high; ++mark)
    fmt::format_to(std::back_inserter(text),
                   "<line x1=\"{0}\" y1=\"{2:.1f}\" x2=\"{1}\" y2=\"{2:.1f}\" stroke=\"#e2e2e2\"/>"
                   "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:g}</text>\n",
                   left, right, axis.at(mark * step), left - 6, axis.at(mark * step) + 4,
                   mark * step);
  fmt::format_to(std::back_inserter(text), "<text x=\"{}\" y=\"{}\">{}</text>\n", right + 6,
                 axis.right + 10, unit);
  return text;
}

void shade(std::string& text, const Axis& time, double begin, double end, std::string_view colour,
           std::string_view word) {
  fmt::format_to(std::back_inserter(text),
                 "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\">"
                 "<title>{} {:.2f} s to {:.2f} s</title></rect>\n",
                 time.at(begin), rates_top, std::max(1.0, time.at(end) - time.at(begin)),
                 buffer_bottom - rates_top, colour, word, begin, end);
}

std::string drawing(const SessionTimeline& session, const Axis& time, const Axis& rate,
                    const Axis& level) {
  std::string text = fmt::format(
      "<svg class=\"timeline\" viewBox=\"0 0 860 {}\" width=\"860\" role=\"img\" "
      "aria-label=\"{}\">\n"
      "<text x=\"{}\" y=\"16\" style=\"font-weight:600\">{}</text>\n",
      buffer_bottom + 24, xml_text("Timeline of " + session.name), left,
      xml_text(session.note.empty() ? session.name : session.name + "  -  " + session.note));
  if (session.started > 0) shade(text, time, 0, session.started, "#eeeeee", "start-up");
  for (const SessionTimeline::Span& stall : session.stalls)
    shade(text, time, stall.begin, stall.end, "#f4b6bf", "stall");
  text += grid(time, rates_top, buffer_bottom) + rows(rate, "kbit/s") + rows(level, "s ahead");

  std::string throughput;
  std::string rung;
  for (const SessionTimeline::Transfer& transfer : session.transfers) {
    fmt::format_to(std::back_inserter(throughput), "M{:.1f} {:.1f}H{:.1f}", time.at(transfer.begin),
                   rate.at(transfer.throughput), time.at(transfer.end));
    fmt::format_to(std::back_inserter(rung), "{}{:.1f} {:.1f}", rung.empty() ? "M" : "H",
                   time.at(transfer.begin), rate.at(transfer.bandwidth));
    // "H x" then "V y": a step where the next one is asked for.
    if (const std::size_t space = rung.rfind(' '); rung.rfind('H') != std::string::npos)
      rung.replace(space, 1, "V");
    if (!transfer.complete)
      fmt::format_to(std::back_inserter(text),
                     "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"#b00020\"><title>given "
                     "up at {:.2f} s</title></circle>\n",
                     time.at(transfer.end), rate.at(transfer.bandwidth), transfer.end);
  }
  if (!rung.empty()) rung += fmt::format("H{:.1f}", time.at(session.transfers.back().end));
  std::string buffer;
  for (const SessionTimeline::Point& point : session.buffer)
    fmt::format_to(std::back_inserter(buffer), "{}{:.1f} {:.1f}", buffer.empty() ? "M" : "L",
                   time.at(point.at), level.at(point.level));
  const auto line = [&](const std::string& path, std::string_view colour, double width) {
    if (!path.empty())
      fmt::format_to(std::back_inserter(text),
                     "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n", path,
                     colour, width);
  };
  line(throughput, chart_colours[4], 3);
  line(rung, chart_colours[0], 2);
  line(buffer, chart_colours[2], 2);
  return text + "</svg>\n";
}

}  // namespace

std::string timeline_charts(const TimelineGroup& group) {
  double end = 1;
  double fastest = 1;
  double rates = 1;
  double fullest = 1;
  for (const SessionTimeline& session : group.sessions) {
    end = std::max(end, session.end);
    for (const SessionTimeline::Transfer& transfer : session.transfers) {
      rates = std::max(rates, transfer.bandwidth);
      fastest = std::max(fastest, transfer.throughput);
    }
    for (const SessionTimeline::Point& point : session.buffer)
      fullest = std::max(fullest, point.level);
  }
  const Axis time{.low = 0, .high = end, .left = left, .right = right};
  // A link far above the ladder would press the ladder flat: it is cut off.
  const Axis rate{
      .low = 0,
      .high = std::min(fastest, 2 * rates) < rates ? rates : std::min(fastest, 2 * rates),
      .left = rates_bottom,
      .right = rates_top};
  const Axis level{.low = 0, .high = fullest, .left = buffer_bottom, .right = buffer_top};
  std::string text = "<h3>" + xml_text(group.caption) + "</h3>\n";
  for (const SessionTimeline& session : group.sessions) text += drawing(session, time, rate, level);
  return text;
}

std::string timeline_legend() {
  return fmt::format(
      "<p>Above: <span style=\"color:{}\">the representation that was asked for</span> and "
      "<span style=\"color:{}\">the throughput of every transfer</span> (cut off at twice the "
      "highest representation); red dots are transfers that were given up. Below: "
      "<span style=\"color:{}\">media ahead of the viewer</span>. Grey is start-up, red are "
      "stalls. Seconds since the wish to play.</p>\n",
      chart_colours[0], chart_colours[4], chart_colours[2]);
}

std::string timeline_page(const std::vector<TimelineGroup>& groups) {
  std::string text = page_head("Rung sessions") + "<h1>Sessions</h1>\n" + timeline_legend();
  for (const TimelineGroup& group : groups) text += timeline_charts(group);
  return text + "</body></html>\n";
}

}  // namespace rung::evaluation
