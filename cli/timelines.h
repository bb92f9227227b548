#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "evaluation/timeline_chart.h"
#include "plugin/policy_source.h"
#include "session/timeline.h"

namespace rung::cli {

/// A session's timeline as reports draw it.
[[nodiscard]] evaluation::SessionTimeline drawn(const session::Timeline& timeline, std::string name,
                                                std::string note);

/// The timelines of every session in session logs, one group a title, in order of appearance.
/// `policy` as replay_log(). Fails where a log cannot be read or run; one whose replay differs from
/// the recording is drawn up to there and says so.
[[nodiscard]] Expected<std::vector<evaluation::TimelineGroup>> logged_timelines(
    const std::vector<std::string>& logs, const std::optional<std::string>& policy,
    plugin::PolicySource& source);

}  // namespace rung::cli
