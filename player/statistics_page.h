#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/speed.h"
#include "player/media_output.h"
#include "player/on_screen_display.h"
#include "player/session_monitor.h"

namespace rung::player {

/// All that the window tells of a playback. A value.
struct PlaybackStatistics {
  SessionSnapshot session;
  MediaOutputStatistics output;
  std::optional<Rung> shown;   ///< Of the picture on the screen.
  std::optional<Rung> pinned;  ///< By the viewer.
  double volume = 1.0;
  bool muted = false;
  Speed speed;
  std::string subtitles;  ///< Which; empty for none.
};

enum class StatisticsPage { stream, events, prefetch };

[[nodiscard]] Page page_of(const PlaybackStatistics& statistics, StatisticsPage which);
/// All of it as one JSON object, whatever page is seen. Rates in kbit/s, times in seconds.
[[nodiscard]] std::string json_of(const PlaybackStatistics& statistics);
/// What is buffered, as shares of `length` from `from` on, in the colours of its rungs: from red
/// (the lowest) over yellow to green (the highest).
[[nodiscard]] std::vector<Page::Piece> buffered_pieces(const SessionSnapshot& session,
                                                       MediaTime from, Duration length);
/// The keys and what they are for.
[[nodiscard]] Page help_page();

}  // namespace rung::player
