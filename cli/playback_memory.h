#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "player/player.h"

namespace rung::cli {

/// A title that was left before its end.
struct LeftTitle {
  std::string url;  ///< Of the manifest, without user name, password and query.
  MediaTime position{};
  MediaTime end{};           ///< Of the title.
  std::int64_t left_at = 0;  ///< Milliseconds since 1970.
  friend bool operator==(const LeftTitle&, const LeftTitle&) = default;
};

/// Of these, the latest ones are remembered.
inline constexpr std::size_t most_left_titles = 1000;
/// Longer URLs are not remembered.
inline constexpr std::size_t longest_left_url = 4096;
/// A file of them; a larger one is none.
inline constexpr ByteCount playback_memory_size{16 * 1024 * 1024};

/// The text of a file of titles, oldest first, and what it says. Fails (malformed) where it is no
/// such text.
[[nodiscard]] std::string left_titles_text(const std::vector<LeftTitle>& titles);
[[nodiscard]] Expected<std::vector<LeftTitle>> parse_left_titles(const std::string& text,
                                                                 const std::string& name);

/// Whether somebody who leaves at `position` wants to go on there: not at the very beginning, and
/// not in the last twentieth, nor in the last 30 s of a title that is long enough for that.
[[nodiscard]] bool worth_going_on(MediaTime position, MediaTime end);

/// Where titles were left, in one file that only its owner can read. A resource of the main thread.
/// Other programs may change the file meanwhile, so it is read anew each time. What goes wrong with
/// it is told once on the standard error, and playback goes on; a damaged file is replaced.
class PlaybackMemory {
 public:
  explicit PlaybackMemory(std::string file) : file_(std::move(file)) {}
  PlaybackMemory(const PlaybackMemory&) = delete;
  PlaybackMemory& operator=(const PlaybackMemory&) = delete;

  /// Where to go on with the title of `url`.
  [[nodiscard]] std::optional<player::StartPlace> place(const std::string& url);
  /// The title of `url` was played.
  void played(const std::string& url, const player::PlayerReport& report);

 private:
  [[nodiscard]] std::vector<LeftTitle> read();
  void warn(const Error& error);

  const std::string file_;
  bool warned_ = false;
};

}  // namespace rung::cli
