#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "core/units.h"
#include "media/audio_tracks.h"
#include "media/presentation.h"
#include "media/track.h"

namespace rung::media {

/// Whether a language lies in a range: "en" takes "en" and "en-GB" (RFC 4647 section 3.3.1), in any
/// case. An empty range takes none.
[[nodiscard]] bool matches_language(std::string_view language, std::string_view range);

/// Which of a title's adaptation sets are played, as tracks for the session and as resources for
/// the environment. Per period one set is chosen, ahead of all others those whose keys the viewer
/// has or that need none: for video the one with the most widely decodable codec, then the most
/// pixels; for audio the wished language, then the default, then the codec; then one that needs no
/// key. There is no audio track where the video carries the audio. Of the
/// chosen set, representations between which one cannot switch (another codec family, segments at
/// other times by more than a quarter of a segment) are left out and reported. So are those that
/// declare no bandwidth, but for one where none does. Periods with neither video nor audio are
/// passed over. A value.
class TrackSelection {
 public:
  struct Options {
    std::string audio_language;  ///< BCP 47, "" for the title's own choice.
    /// The sound itself, as far as a period has it; else by the language.
    std::optional<AudioTrack> audio = {};
    /// Representations of more lines or a higher bandwidth are left out of the video's ladder, all
    /// but the lowest one. A representation of unknown height has any.
    std::optional<int> max_height = {};
    std::optional<BitRate> max_bandwidth = {};
    std::set<std::string> key_ids = {};  ///< Of the keys that the viewer has; see access_to().
  };
  /// A representation that is not in the ladder, and why.
  struct Dropped {
    std::size_t period = 0;
    std::string representation;
    std::string reason;
    friend bool operator==(const Dropped&, const Dropped&) = default;
  };

  /// Fails (unsupported) when the presentation has neither video nor audio in all of its periods.
  /// On demand, periods that lack a kind are left out where those that have it last longer; else
  /// that kind is left out as a whole. Either is reported.
  static Expected<TrackSelection> create(std::shared_ptr<const Presentation> presentation,
                                         const Options& options);

  [[nodiscard]] const Tracks& tracks() const { return tracks_; }
  [[nodiscard]] const Presentation& presentation() const { return *presentation_; }
  [[nodiscard]] const std::vector<Dropped>& dropped() const { return dropped_; }

  /// What the track's segment is, in the presentation.
  [[nodiscard]] const AdaptationSet& adaptation_set(TrackKind kind, SegmentNumber segment) const;
  [[nodiscard]] const Representation& representation(TrackKind kind, SegmentNumber segment,
                                                     RepresentationIndex index) const;
  /// What to fetch for a segment, and for the first use of a representation.
  [[nodiscard]] Resource resource_of(TrackKind kind, SegmentNumber segment,
                                     RepresentationIndex index) const;
  [[nodiscard]] std::optional<Resource> init_of(TrackKind kind, SegmentNumber segment,
                                                RepresentationIndex index) const;

 private:
  TrackSelection() = default;

  /// One part of a track: where it lies in the presentation.
  struct Source {
    std::size_t period = 0;
    std::size_t adaptation_set = 0;
    std::vector<std::size_t> representations;  ///< By position in the ladder.
    friend bool operator==(const Source&, const Source&) = default;
  };
  /// What of `ladder` the options allow; the rest is reported.
  [[nodiscard]] std::vector<std::size_t> capped(std::size_t period, const AdaptationSet& set,
                                                const std::vector<std::size_t>& ladder,
                                                const Options& options);
  [[nodiscard]] Expected<void> add_track(TrackKind kind, const Options& options);
  [[nodiscard]] const Source& source(TrackKind kind, SegmentNumber segment) const;

  std::shared_ptr<const Presentation> presentation_;
  Tracks tracks_;
  std::array<std::vector<Source>, track_kinds> sources_;
  /// Finds the periods that are left out for what they lack.
  void leave_out_periods();

  std::set<std::size_t> periods_left_out_;
  std::vector<Dropped> dropped_;
};

}  // namespace rung::media
