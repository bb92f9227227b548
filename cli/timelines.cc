#include "cli/timelines.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/files.h"
#include "cli/replayed_log.h"
#include "core/limits.h"
#include "core/time.h"
#include "session/recorded_session.h"

namespace rung::cli {
namespace {

double seconds(Timestamp at) { return to_seconds(at.time_since_epoch()); }

}  // namespace

evaluation::SessionTimeline drawn(const session::Timeline& timeline, std::string name,
                                  std::string note) {
  evaluation::SessionTimeline made{.name = std::move(name),
                                   .note = std::move(note),
                                   .buffer = {},
                                   .transfers = {},
                                   .stalls = {},
                                   .started = seconds(timeline.started.value_or(timeline.end)),
                                   .end = seconds(timeline.end)};
  for (const session::Timeline::Point& point : timeline.buffer)
    made.buffer.push_back({.at = seconds(point.at), .level = to_seconds(point.level)});
  for (const session::Timeline::Transfer& transfer : timeline.transfers) {
    const double took = to_seconds(transfer.end - transfer.begin);
    made.transfers.push_back(
        {.begin = seconds(transfer.begin),
         .end = seconds(transfer.end),
         .throughput =
             took > 0 ? static_cast<double>(transfer.received.bytes()) * 8 / 1000 / took : 0,
         .bandwidth = static_cast<double>(transfer.bandwidth.bits_per_second()) / 1000,
         .complete = transfer.complete});
  }
  for (const session::Timeline::Span& stall : timeline.stalls)
    made.stalls.push_back({.begin = seconds(stall.begin), .end = seconds(stall.end)});
  return made;
}

Expected<std::vector<evaluation::TimelineGroup>> logged_timelines(
    const std::vector<std::string>& logs, const std::optional<std::string>& policy,
    plugin::PolicySource& source) {
  std::vector<evaluation::TimelineGroup> groups;
  for (const std::string& path : logs) {
    const auto text = read_file(path, limits::text_file_size);
    if (!text) return tl::unexpected(text.error());
    auto sessions = session::split_session_log(*text);
    if (sessions.empty()) sessions.emplace_back(*text);
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      const std::string name =
          sessions.size() < 2 ? path : fmt::format("{} session {}", path, i + 1);
      session::Timeline timeline;
      const auto replayed = replay_log(sessions[i], name, policy, source, &timeline);
      if (!replayed) return tl::unexpected(replayed.error());
      std::string note = fmt::format("{}, {}", replayed->policy, replayed->estimator);
      if (replayed->divergence)
        note += fmt::format("; the replay differs from line {} on, drawn up to there",
                            replayed->divergence->line);
      auto group = std::ranges::find(groups, replayed->title, &evaluation::TimelineGroup::caption);
      if (group == groups.end())
        group = groups.insert(group, {.caption = replayed->title, .sessions = {}});
      group->sessions.push_back(drawn(timeline, name, std::move(note)));
    }
  }
  return groups;
}

}  // namespace rung::cli
