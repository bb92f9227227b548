#pragma once

#include <string>
#include <vector>

namespace rung::evaluation {

/// A session as it is drawn, in seconds and kbit/s. A value.
struct SessionTimeline {
  struct Point {
    double at = 0;
    double level = 0;  ///< Seconds of media ahead.
    friend bool operator==(const Point&, const Point&) = default;
  };
  struct Transfer {
    double begin = 0;
    double end = 0;
    double throughput = 0;  ///< What arrived over the time that it took.
    double bandwidth = 0;   ///< Of the representation.
    bool complete = true;
    friend bool operator==(const Transfer&, const Transfer&) = default;
  };
  struct Span {
    double begin = 0;
    double end = 0;
    friend bool operator==(const Span&, const Span&) = default;
  };
  std::string name;
  std::string note;  ///< Beside the name; may be empty.
  std::vector<Point> buffer;
  std::vector<Transfer> transfers;
  std::vector<Span> stalls;
  double started = 0;
  double end = 0;
  friend bool operator==(const SessionTimeline&, const SessionTimeline&) = default;
};

/// Sessions that are compared: drawn below each other with the same axes. A value.
struct TimelineGroup {
  std::string caption;
  std::vector<SessionTimeline> sessions;
  friend bool operator==(const TimelineGroup&, const TimelineGroup&) = default;
};

/// One drawing for each session: the representation chosen, the throughput of every transfer, the
/// buffer, and where playback waited or stalled.
[[nodiscard]] std::string timeline_charts(const TimelineGroup& group);

/// A page of nothing but timelines; one HTML file that needs nothing else.
[[nodiscard]] std::string timeline_page(const std::vector<TimelineGroup>& groups);

}  // namespace rung::evaluation
