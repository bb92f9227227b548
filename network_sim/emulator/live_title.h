#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "core/time.h"
#include "media/hls_playlist.h"

namespace rung::emulator {

struct LiveOptions {
  Duration window = std::chrono::minutes(1);  ///< For so long a segment stays available.
  Duration clock_offset{};  ///< The origin's clock is so far ahead of this machine's.
};

/// A packaged title that is shown again and again as a live presentation: its manifests as they
/// are at an instant, and which of its segments are there. A segment is available from the instant
/// on at which its last picture is over, for `window`. Every round of the title is a period of its
/// own (DASH) or follows a discontinuity (HLS), so the segments' bytes are those of the files; the
/// round is part of their paths: "/round-7/v1/seg-1.m4s". A value; docs/serve.md.
class LiveTitle {
 public:
  /// Reads all MPDs and playlists below `root`, which must describe one title with a file a
  /// segment. `now` is the time since 1970; the window is full by then.
  [[nodiscard]] static Expected<LiveTitle> load(const std::filesystem::path& root,
                                                const LiveOptions& options, Duration now);

  struct Answer {
    enum class Kind {
      file,     ///< Serve the file at `path`.
      text,     ///< Serve `text`.
      missing,  ///< Not there now: 404.
    };
    Kind kind = Kind::missing;
    std::string path;  ///< A target; of a manifest its own one, for the content type.
    std::string text;
  };
  /// What is at a request's target at `now`; `host` is the authority that the client asked for.
  [[nodiscard]] Answer at(std::string_view target, std::string_view host, Duration now) const;

  /// Where the origin tells its time, as xs:dateTime.
  static constexpr std::string_view time_path = "/time.iso";

 private:
  LiveTitle() = default;
  [[nodiscard]] Expected<void> add(const std::string& path, std::string_view text);
  [[nodiscard]] Expected<void> add_segment(const std::string& url, Duration end);
  [[nodiscard]] std::string mpd(const std::string& path, std::string_view host, Duration now) const;
  [[nodiscard]] std::string playlist(const media::HlsMediaPlaylist& playlist,
                                     const std::string& path, Duration now) const;

  Duration window_{};
  Duration zero_{};                          ///< Since 1970: when the first round began.
  Duration duration_{};                      ///< Of one round.
  Duration longest_{};                       ///< Of all segments.
  std::map<std::string, std::string> mpds_;  ///< Text by path.
  std::map<std::string, media::HlsMediaPlaylist> playlists_;
  std::map<std::string, Duration> segments_;  ///< Where they end within a round, by path.
};

}  // namespace rung::emulator
