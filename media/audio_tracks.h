#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "media/presentation.h"

namespace rung::media {

/// Sound that a viewer may choose: what has the same language, name and role is one track, in
/// whatever codec and group. A value.
struct AudioTrack {
  std::string language = {};  ///< BCP 47; may be empty.
  std::string name = {};      ///< For people; may be empty.
  std::string role = {};      ///< DASH: what it is for; empty for the main one.
  bool is_default = false;
  friend bool operator==(const AudioTrack&, const AudioTrack&) = default;
};

/// Those of the first period, in the manifest's order. None where the pictures carry the sound.
/// Of those that `key_ids` open, that may be open, and that are locked, see access_to(), the first
/// kind that there is counts.
[[nodiscard]] std::vector<AudioTrack> audio_tracks(const Presentation& presentation,
                                                   const std::set<std::string>& key_ids);
/// Which of `tracks` the set belongs to; their number where to none.
[[nodiscard]] std::size_t audio_track_of(std::span<const AudioTrack> tracks,
                                         const AdaptationSet& set);
[[nodiscard]] bool is_of(const AdaptationSet& set, const AudioTrack& track);

/// What a viewer calls it: "Deutsch (de)", "en", "en, commentary", "track 3".
[[nodiscard]] std::string label_of(std::span<const AudioTrack> tracks, std::size_t track);

}  // namespace rung::media
