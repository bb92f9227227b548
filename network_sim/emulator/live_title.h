#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/chunk_walk.h"
#include "media/hls_playlist.h"

namespace rung::emulator {

struct LiveOptions {
  Duration window = std::chrono::minutes(1);  ///< For so long a segment stays available.
  Duration clock_offset{};  ///< The origin's clock is so far ahead of this machine's.
  /// Segments are there from their first chunk on, and come chunk by chunk as these are produced.
  bool chunked = false;
  bool patches = false;  ///< MPDs name a place of what changes in them.
};

/// A packaged title that is shown again and again as a live presentation: its manifests as they
/// are at an instant, and which of its segments are there. A segment is available from the instant
/// on at which its last picture is over, for `window`. Every round of the title is a period of its
/// own (DASH) or follows a discontinuity (HLS), so the segments' bytes are those of the files; the
/// round is part of their paths: "/round-7/v1/seg-1.m4s". A chunked one is asked for up to a
/// segment early, as its manifests tell of what is next. A value; docs/serve.md.
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
    /// Of a file that is still being produced: up to which byte it is there since when (1970).
    struct Chunk {
      std::int64_t end = 0;
      Duration at{};
    };
    std::vector<Chunk> chunks = {};
    /// Of a file the bytes [begin, end) alone.
    struct Part {
      std::int64_t begin = 0;
      std::int64_t end = 0;
    };
    std::optional<Part> part = {};
    Duration wait{};  ///< So long after the request, as it is not there before.
  };
  /// What is at a request's target at `now`; `host` is the authority that the client asked for.
  [[nodiscard]] Answer at(std::string_view target, std::string_view host, Duration now) const;

  /// Where the origin tells its time, as xs:dateTime.
  static constexpr std::string_view time_path = "/time.iso";

 private:
  LiveTitle() = default;
  [[nodiscard]] Expected<void> add(const std::string& path, std::string_view text);
  [[nodiscard]] Expected<void> add_segment(const std::string& url, const std::string& init,
                                           Duration begin, Duration end);
  /// Reads the chunks of all segments below `root`.
  [[nodiscard]] Expected<void> find_chunks(const std::filesystem::path& root);
  /// How long a reload of a playlist waits for what its target asks for (_HLS_msn, _HLS_part).
  [[nodiscard]] Duration reload_wait(const media::HlsMediaPlaylist& playlist,
                                     const std::string& path, std::string_view target,
                                     Duration now) const;
  /// The chunks of a segment of the playlist at `path`; none where the title is not chunked.
  [[nodiscard]] std::vector<media::ChunkWalk::Chunk> chunks_of(const std::string& path,
                                                               const std::string& uri) const;
  /// What the manifests of a chunked title tell in advance.
  [[nodiscard]] Duration ahead() const;
  [[nodiscard]] std::string mpd(const std::string& path, std::string_view host, Duration now) const;
  /// What has changed in the MPD since `from`, in milliseconds since 1970.
  [[nodiscard]] Answer patch(const std::string& path, std::string_view host, std::int64_t from,
                             Duration now) const;
  /// `skips`: what a client knows that asks again is left out.
  [[nodiscard]] std::string playlist(const media::HlsMediaPlaylist& playlist,
                                     const std::string& path, Duration now, bool skips) const;

  Duration window_{};
  Duration zero_{};                          ///< Since 1970: when the first round began.
  Duration duration_{};                      ///< Of one round.
  Duration longest_{};                       ///< Of all segments.
  std::map<std::string, std::string> mpds_;  ///< Text by path.
  std::map<std::string, media::HlsMediaPlaylist> playlists_;
  struct Segment {
    Duration begin{};  ///< Within a round.
    Duration end{};
    std::string init;  ///< Its path; empty without one.
    std::vector<media::ChunkWalk::Chunk> chunks = {};
  };
  /// A part of HLS: a chunk of a segment, which begins at `begin` (1970).
  [[nodiscard]] static Answer of_part(Answer answer, const Segment& segment, std::int64_t number,
                                      Duration begin, Duration now);

  std::map<std::string, Segment> segments_;  ///< By path.
  bool chunked_ = false;
  bool patches_ = false;
  Duration first_chunk_{};  ///< The longest one of all.
  Duration longest_chunk_{};
  Duration offset_{};  ///< So long before its end the first chunk of every segment is there.
};

}  // namespace rung::emulator
