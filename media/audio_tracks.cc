#include "media/audio_tracks.h"

#include <algorithm>

#include "media/sample_protection.h"

namespace rung::media {

bool is_of(const AdaptationSet& set, const AudioTrack& track) {
  return set.type == ContentType::audio && set.language == track.language &&
         set.name == track.name && set.role == track.role;
}

std::size_t audio_track_of(std::span<const AudioTrack> tracks, const AdaptationSet& set) {
  const auto found =
      std::ranges::find_if(tracks, [&](const AudioTrack& track) { return is_of(set, track); });
  return static_cast<std::size_t>(found - tracks.begin());
}

std::vector<AudioTrack> audio_tracks(const Presentation& presentation,
                                     const std::set<std::string>& key_ids) {
  std::vector<AudioTrack> tracks;
  if (presentation.periods.empty()) return tracks;
  const std::vector<AdaptationSet>& sets = presentation.periods.front().adaptation_sets;
  if (std::ranges::any_of(sets, &AdaptationSet::is_muxed)) return tracks;
  for (const Access access : {Access::open, Access::unknown, Access::locked}) {
    for (const AdaptationSet& set : sets) {
      if (set.type != ContentType::audio || set.representations.empty() ||
          access_to(set, key_ids) != access)
        continue;
      const std::size_t known = audio_track_of(tracks, set);
      if (known == tracks.size())
        tracks.push_back({.language = set.language, .name = set.name, .role = set.role});
      tracks[known].is_default = tracks[known].is_default || set.is_default;
    }
    if (!tracks.empty()) break;
  }
  return tracks;
}

std::string label_of(std::span<const AudioTrack> tracks, std::size_t track) {
  const AudioTrack& wanted = tracks[track];
  std::string label = wanted.name.empty() ? wanted.language : wanted.name;
  if (label.empty()) label = "track " + std::to_string(track + 1);
  if (!wanted.language.empty() && label != wanted.language) label += " (" + wanted.language + ")";
  if (!wanted.role.empty()) label += ", " + wanted.role;
  return label;
}

}  // namespace rung::media
