#pragma once

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "core/expected.h"
#include "session/event.h"
#include "session/request.h"
#include "session/session_log.h"

namespace rung::session {

/// A session log read back.
struct RecordedSession {
  struct Entry {
    std::size_t line = 0;  ///< Counted from 1.
    std::variant<Event, Request> fact;
    /// Of an event: a prefetch had the link behind it, for whose end a choice waited.
    bool link_taken = false;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  SessionSetup setup;
  std::vector<Entry> entries;
  friend bool operator==(const RecordedSession&, const RecordedSession&) = default;
};

/// The parts of a log that holds several sessions, one after the other: each begins with its hello
/// line, as written by SessionLog. What stands before the second one belongs to the first.
[[nodiscard]] std::vector<std::string_view> split_session_log(std::string_view text);

/// Fails (malformed, limit_exceeded) with "name line N" and the field. Unknown kinds of lines and
/// unknown fields are skipped; a last line that was cut off (a killed player) is, too.
[[nodiscard]] Expected<RecordedSession> parse_session_log(std::string_view text,
                                                          std::string_view name);

}  // namespace rung::session
