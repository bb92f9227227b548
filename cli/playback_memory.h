#pragma once

#include <chrono>
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

/// How fast an origin was, the last time.
struct MeasuredOrigin {
  std::string origin;  ///< Scheme, host and port.
  BitRate throughput;
  std::int64_t measured_at = 0;  ///< Milliseconds since 1970.
  friend bool operator==(const MeasuredOrigin&, const MeasuredOrigin&) = default;
};

/// What is remembered; the oldest first.
struct RememberedPlaybacks {
  std::vector<LeftTitle> titles;
  std::vector<MeasuredOrigin> origins;
  friend bool operator==(const RememberedPlaybacks&, const RememberedPlaybacks&) = default;
};

/// Of these, the latest ones are remembered.
inline constexpr std::size_t most_left_titles = 1000;
inline constexpr std::size_t most_measured_origins = 100;
/// What was measured longer ago says nothing.
inline constexpr std::chrono::milliseconds throughput_holds_for = std::chrono::hours(24);
/// What is taken of a throughput that was measured the last time.
inline constexpr double share_of_last_throughput = 0.5;
/// Longer URLs are not remembered.
inline constexpr std::size_t longest_remembered_url = 4096;
/// A file of them; a larger one is none.
inline constexpr ByteCount playback_memory_size{16 * 1024 * 1024};

/// The text of a file of them, and what it says. Fails (malformed) where it is no such text.
[[nodiscard]] std::string playbacks_text(const RememberedPlaybacks& playbacks);
[[nodiscard]] Expected<RememberedPlaybacks> parse_playbacks(const std::string& text,
                                                            const std::string& name);

/// Whether somebody who leaves at `position` wants to go on there: not at the very beginning, and
/// not in the last twentieth, nor in the last 30 s of a title that is long enough for that.
[[nodiscard]] bool worth_going_on(MediaTime position, MediaTime end);

/// Where titles were left and how fast their origins were, in one file that only its owner can
/// read. A resource of the main thread. Other programs may change the file meanwhile, so it is read
/// anew each time. What goes wrong with it is told once on the standard error, and playback goes
/// on; a damaged file is replaced.
class PlaybackMemory {
 public:
  explicit PlaybackMemory(std::string file) : file_(std::move(file)) {}
  PlaybackMemory(const PlaybackMemory&) = delete;
  PlaybackMemory& operator=(const PlaybackMemory&) = delete;

  /// Where to go on with the title of `url`.
  [[nodiscard]] std::optional<player::StartPlace> place(const std::string& url);
  /// The same of several titles at once; zero for those that begin at their beginning.
  [[nodiscard]] std::vector<MediaTime> places(const std::vector<std::string>& urls);
  /// What the link to the origin of `url` may be taken to carry before anything has come over it.
  [[nodiscard]] std::optional<BitRate> throughput(const std::string& url);
  /// The title of `url` was played.
  void played(const std::string& url, const player::PlayerReport& report);

 private:
  [[nodiscard]] RememberedPlaybacks read();
  void warn(const Error& error);

  const std::string file_;
  bool warned_ = false;
};

}  // namespace rung::cli
