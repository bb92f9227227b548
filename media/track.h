#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/check.h"
#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/segment_timeline.h"

namespace rung::media {

/// The tracks that a viewer watches at once. A video track may carry muxed audio.
enum class TrackKind : std::uint8_t { video = 0, audio = 1 };
inline constexpr std::size_t track_kinds = 2;

/// What a session chooses from on one track (video or audio): the segments of all periods in
/// order, and for each of them a ladder of representations sorted by ascending bandwidth. Numbers
/// only, no URLs: the environment knows where the bytes are. A value, cheap to copy when moved
/// about as `const Track&`.
class Track {
 public:
  /// One period's part of the track. All of its representations share one time line.
  struct Part {
    SegmentTimeline timeline;
    std::vector<BitRate> bandwidths;  ///< Ascending, not empty.
    std::vector<int> heights;         ///< Picture height by representation, 0 where not known.
    /// Whether a representation's first use must fetch an init segment too.
    bool has_init = false;
    /// Size by `segment * representations + representation`; empty where the manifest tells none.
    std::vector<ByteCount> sizes;
    /// How good each looks, in the same order; empty where nobody has measured it.
    std::vector<double> ssim = {};  ///< Of 1.
    std::vector<double> vmaf = {};  ///< Of 100.
    friend bool operator==(const Part&, const Part&) = default;
  };

  /// Fails (malformed) when a part has no segment or no representation, its ladder is not ascending
  /// or not positive, a segment is not longer than zero, parts overlap or the sizes or what was
  /// measured do not fit.
  static Expected<Track> create(std::vector<Part> parts);
  /// This track with more segments behind its last one. Fails as create() does, and where the
  /// growth joins a part that it does not fit.
  [[nodiscard]] Expected<Track> grown(const struct TrackGrowth& growth) const;
  /// Whether grown() succeeds.
  [[nodiscard]] Expected<void> fits(const struct TrackGrowth& growth) const;
  /// The same in its place, at the cost of what is added; `growth` must fit.
  void grow(const struct TrackGrowth& growth);

  [[nodiscard]] SegmentNumber segment_count() const { return segment_count_; }
  [[nodiscard]] MediaTime start(SegmentNumber segment) const {
    const Place at = place(segment);
    return parts_[at.part].timeline.start(at.index);
  }
  [[nodiscard]] Duration duration(SegmentNumber segment) const {
    const Place at = place(segment);
    return parts_[at.part].timeline.duration(at.index);
  }
  /// The longest segment's duration, as it was known at any time.
  [[nodiscard]] Duration longest_duration() const { return longest_duration_; }
  /// Where the last segment ends.
  [[nodiscard]] MediaTime end() const { return end_; }
  /// The segment that holds `at`; the first one for earlier times, nullopt at or behind the end.
  [[nodiscard]] std::optional<SegmentNumber> find(MediaTime at) const;

  /// The ladder in force at `segment`.
  [[nodiscard]] std::span<const BitRate> ladder(SegmentNumber segment) const {
    return parts_[place(segment).part].bandwidths;
  }
  /// The size as far as the manifest tells: exact where it states one, else bandwidth x duration.
  [[nodiscard]] ByteCount size(SegmentNumber segment, RepresentationIndex representation) const {
    const Place at = place(segment);
    const Part& part = parts_[at.part];
    const std::size_t rungs = part.bandwidths.size();
    RUNG_CHECK(representation < rungs);
    if (part.sizes.empty()) return declared_size(part, at.index, representation);
    return part.sizes[static_cast<std::size_t>(at.index) * rungs + representation];
  }
  [[nodiscard]] bool sizes_known() const { return sizes_known_; }

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  /// Which part holds `segment`, and the segment's position in it.
  struct Place {
    std::size_t part = 0;
    SegmentNumber index = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  [[nodiscard]] Place place(SegmentNumber segment) const {
    RUNG_CHECK(segment >= 0 && segment < segment_count_);
    return parts_.size() == 1 ? Place{0, segment} : place_among_parts(segment);
  }

  friend bool operator==(const Track&, const Track&) = default;

 private:
  Track() = default;
  [[nodiscard]] static ByteCount declared_size(const Part& part, SegmentNumber index,
                                               RepresentationIndex representation);
  [[nodiscard]] Place place_among_parts(SegmentNumber segment) const;
  /// A part that begins where the last one has ended, or later.
  void add(Part part);
  /// More of the last part, which it fits.
  void add_to_last(const Part& part);
  /// Counts what lies behind the last segment that was counted.
  void count(const Part& added);
  void set_last_duration(std::int64_t ticks);

  std::vector<Part> parts_;
  std::vector<SegmentNumber> first_;  ///< First segment by part.
  SegmentNumber segment_count_ = 0;
  MediaTime end_{};
  Duration longest_duration_{};
  bool sizes_known_ = false;
};

/// What a track of a live presentation has grown by. A value.
struct TrackGrowth {
  std::vector<Track::Part> parts;
  bool joins = false;  ///< The first of them goes on with the last part that is there.
  /// So many ticks the last segment that is there lasts, of which only a part had been produced;
  /// none: as it is known.
  std::optional<std::int64_t> last_duration = {};
  [[nodiscard]] bool empty() const { return parts.empty() && !last_duration; }
  friend bool operator==(const TrackGrowth&, const TrackGrowth&) = default;
};

/// What a live presentation has grown by. A value.
struct TracksGrowth {
  std::array<TrackGrowth, track_kinds> tracks;
  bool ended = false;  ///< Nothing more will come.
  [[nodiscard]] TrackGrowth& of(TrackKind kind) { return tracks[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] const TrackGrowth& of(TrackKind kind) const {
    return tracks[static_cast<std::size_t>(kind)];
  }
  friend bool operator==(const TracksGrowth&, const TracksGrowth&) = default;
};

/// The tracks of a title; at least one of them is there.
struct Tracks {
  std::optional<Track> video;
  std::optional<Track> audio;
  bool live = false;  ///< More segments may come.

  [[nodiscard]] const std::optional<Track>& of(TrackKind kind) const {
    return kind == TrackKind::video ? video : audio;
  }
  [[nodiscard]] std::optional<Track>& of(TrackKind kind) {
    return kind == TrackKind::video ? video : audio;
  }
  friend bool operator==(const Tracks&, const Tracks&) = default;
};

/// Where the longest of the tracks ends.
[[nodiscard]] MediaTime end_of(const Tracks& tracks);

/// `tracks` with what has been added. Fails where that does not fit to them.
[[nodiscard]] Expected<Tracks> grown(const Tracks& tracks, const TracksGrowth& growth);
/// The same in their place, at the cost of what is added; what fails changes nothing.
[[nodiscard]] Expected<void> grow(Tracks& tracks, const TracksGrowth& growth);

/// The tracks of a title as they are by now, for whoever is told of its growth: those that were
/// there at first, which must outlive it, or a copy where they may grow. They stay in their place
/// until one is replaced.
class GrowingTracks {
 public:
  explicit GrowingTracks(const Tracks& tracks);
  GrowingTracks(const GrowingTracks&) = delete;
  GrowingTracks& operator=(const GrowingTracks&) = delete;

  [[nodiscard]] const Tracks& operator*() const { return *tracks_; }
  [[nodiscard]] const Tracks* operator->() const { return tracks_; }
  /// `growth` must fit.
  void grow(const TracksGrowth& growth);
  /// Another track of the same kind takes the place of the one that is there.
  void replace(TrackKind kind, Track track);

 private:
  std::unique_ptr<Tracks> growing_;
  const Tracks* tracks_;
};

}  // namespace rung::media
