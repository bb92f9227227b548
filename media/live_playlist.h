#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "media/hls_playlist.h"
#include "media/hls_presentation.h"
#include "media/presentation.h"
#include "media/track.h"

namespace rung::media {

/// A media playlist of a live HLS title as it slides, on the time line of the title: what it lists,
/// and as much of what it listed before, for a segment stays a while when it is no longer listed
/// (RFC 8216 section 6.2.2). A value.
class LivePlaylist {
 public:
  /// Its first segment lies at zero.
  explicit LivePlaylist(const HlsMediaDocument& document);

  /// Moves it to where it lies beside `other`, which is another rendering of the same title: by
  /// EXT-X-PROGRAM-DATE-TIME, else by the media sequence numbers where both have segments of one
  /// length, else so that both end together.
  void place_beside(const LivePlaylist& other);
  void move(Duration by);

  /// Takes it as it was read again; says whether it has more segments now. What is known keeps its
  /// place, also where the playlist went backwards. Where segments were missed `beside`, which has
  /// been followed meanwhile, tells how long they were; may be null.
  bool take(const HlsMediaDocument& document, const LivePlaylist* beside);

  /// The segment that stands for one that begins at `start` and lasts for `duration`: the one that
  /// begins nearest to there, by half of that at most; null where there is none or it is a gap.
  [[nodiscard]] const PlacedSegment* find(MediaTime start, Duration duration) const;
  /// Not empty unless nothing has ever been listed.
  [[nodiscard]] const std::vector<PlacedSegment>& segments() const { return segments_; }
  [[nodiscard]] MediaTime start() const;  ///< Of the first segment that is listed.
  [[nodiscard]] MediaTime end() const;
  /// The one that is being produced behind them, where its parts are listed.
  [[nodiscard]] const std::optional<PlacedSegment>& growing() const { return growing_; }
  /// What is there ends here, the parts of the growing segment included.
  [[nodiscard]] MediaTime edge() const { return growing_ ? parts_end_ : end(); }
  /// How long parts are at most; none where it has none, or where a reload may not ask for them.
  [[nodiscard]] std::optional<Duration> part_target() const { return part_target_; }
  /// What a reload asks for that comes once there is more: "_HLS_msn=7&_HLS_part=2".
  [[nodiscard]] std::string next_part() const;
  [[nodiscard]] bool ended() const { return ended_; }  ///< Nothing will be added.
  [[nodiscard]] Duration target_duration() const { return target_; }
  /// Who has read it so short a time ago may ask for what has changed alone; none: nobody may.
  [[nodiscard]] std::optional<Duration> skip_boundary() const { return skip_boundary_; }
  /// So far behind the end a viewer should stay: `wish`, but two target durations at least, as a
  /// playlist is read once in one; else what the playlist says, else three target durations. Never
  /// so far that the window ends before.
  [[nodiscard]] Duration delay(std::optional<Duration> wish) const;

 private:
  [[nodiscard]] std::optional<MediaTime> place_behind(const std::vector<PlacedSegment>& fresh,
                                                      const LivePlaylist* beside) const;
  void read_settings(const HlsMediaPlaylist& playlist);

  /// Places what is being produced behind the segments.
  void take_growing(const HlsMediaDocument& document);

  std::vector<PlacedSegment> segments_;
  std::optional<PlacedSegment> growing_;
  MediaTime parts_end_{};  ///< Of the growing segment.
  std::optional<Duration> part_target_;
  std::optional<Duration> part_hold_back_;
  std::int64_t listed_from_ = 0;  ///< The media sequence number of the first one listed.
  /// What is added to the numbers of a playlist whose own stand still while it slides.
  std::int64_t slid_ = 0;
  Duration target_{};
  std::optional<Duration> hold_back_;
  std::optional<Duration> skip_boundary_;
  bool ended_ = false;
  bool same_numbers_ = false;  ///< As those of the playlist beside which it was placed.
};

/// The playlists of a live HLS title.
struct LivePlaylists {
  /// By the URL that the manifest names.
  std::vector<std::pair<std::string, LivePlaylist>> playlists;
  std::vector<HlsVariable> variables;  ///< For EXT-X-DEFINE:IMPORT.
  /// EXT-X-START: where a viewer begins; below zero it counts from the end.
  std::optional<Duration> start_offset;
};

/// Whether the end of a track's last segment is known, or presumed as the segment is still growing.
enum class LastSegment { known, presumed };
struct LiveGrowth {
  TrackGrowth track;
  LastSegment last = LastSegment::known;  ///< Of the track with what it grows by.
};
/// What `known`, whose last segment is `last`, grows by as `playlist` is by now; nothing where it
/// does not. A segment that is taken for longer or shorter than it turned out to be is corrected.
[[nodiscard]] LiveGrowth growth(const Track& known, LastSegment last, const LivePlaylist& playlist);

/// Segments that one live track may come to have; nothing is added beyond.
inline constexpr std::int64_t most_live_segments = 1'000'000;

}  // namespace rung::media
