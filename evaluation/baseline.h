#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "evaluation/session_score.h"

namespace rung::evaluation {

/// The sessions of an earlier evaluation as tab-separated text: a line that names the format and
/// what all scores have in common, such as the quality model, a line with the names of the columns,
/// one line a session. Numbers are written
/// so that reading gives the same value back.
[[nodiscard]] std::string format_baseline(std::span<const SessionScore> scores,
                                          std::string_view scored_with);

/// Reads them back. Fails with malformed and "`where` line 7", and with invalid_argument where they
/// were scored with something else.
[[nodiscard]] Expected<std::vector<SessionScore>> parse_baseline(std::string_view text,
                                                                 std::string_view scored_with,
                                                                 const std::string& where);

}  // namespace rung::evaluation
