#pragma once

#include <map>
#include <string>
#include <vector>

#include "media/hls_playlist.h"
#include "media/presentation.h"

namespace rung::media {

/// The pathways of a multivariant playlist (draft-pantos-hls-rfc8216bis section 4.4.6.6): variants
/// and renditions that differ in where they are alone are the same at several places.
struct HlsPathways {
  HlsMultivariantPlaylist first;  ///< What lies in the pathway that playback begins with.
  std::vector<Places> places;     ///< Of its playlists, as Presentation::places.
  std::map<std::string, std::string> names;    ///< Of the pathways, by the URL of a place.
  std::map<std::string, StableId> stable_ids;  ///< By the URL of the first place.
};
/// `url` is where the playlist came from. The work grows with the playlist's size.
[[nodiscard]] HlsPathways pathways_of(const HlsMultivariantPlaylist& playlist,
                                      const std::string& url);

}  // namespace rung::media
