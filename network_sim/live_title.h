#pragma once

#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/track.h"
#include "session/event.h"

namespace rung::network_sim {

/// A title that is produced while it is watched. A value.
struct LiveTitle {
  media::Tracks at_first;  ///< What is there when the session begins.
  /// What is added later, in order of time; the first one only tells where the live edge is.
  std::vector<session::PresentationGrew> growth;
  /// Of what has been produced when the session begins.
  MediaTime edge{};
  /// Segments come in chunks of so much media, as each has been produced; zero: as a whole.
  Duration chunk{};
};

/// `title` as a live presentation that a viewer joins at its beginning, `delay` behind what is
/// being produced: a segment is there from when it has ended on, or, with a `chunk` above zero, its
/// first chunk, and nothing ever leaves the window. Fails (invalid_argument) where the delay does
/// not cover the first of them.
[[nodiscard]] Expected<LiveTitle> live_title(const media::Tracks& title, Duration delay,
                                             Duration chunk = {});

}  // namespace rung::network_sim
