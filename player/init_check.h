#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "core/id.h"
#include "media/track.h"
#include "session/request.h"

namespace rung::player {

/// Tells of each init segment whether what it describes can be decoded, and remembers those of
/// which it cannot. A value.
class InitCheck {
 public:
  struct Refusal {
    std::string message;     ///< For a person.
    bool none_left = false;  ///< All representations of that part of the track are refused.
  };

  /// `track` is that of `request`, which the init segment came for.
  [[nodiscard]] std::optional<Refusal> refusal(const session::FetchSegment& request,
                                               const media::Track& track,
                                               std::span<const std::byte> init);
  /// `track` is another one from now on.
  void forget(media::TrackKind track);

 private:
  std::map<std::pair<media::TrackKind, std::size_t>, std::set<RepresentationIndex>> refused_;
};

}  // namespace rung::player
