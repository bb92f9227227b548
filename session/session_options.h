#pragma once

#include <cstdint>
#include <optional>

#include "abr/qoe.h"
#include "core/expected.h"
#include "core/speed.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::session {

/// What the buffer must have room for when a segment is asked for.
enum class CapacityRule : std::uint8_t {
  segment,  ///< The segment itself: the level never exceeds the capacity.
  level,    ///< Nothing more: the level may exceed the capacity by that segment.
};

/// How a session behaves, apart from its policy and estimator. Build one with designated
/// initialisers and pass it through validate(); bounds that must hold together are checked
/// together.
struct SessionOptions {
  /// No segment is asked for that would lift the level above this, or while it is above.
  Duration buffer_capacity = std::chrono::seconds(30);
  CapacityRule capacity_rule = CapacityRule::segment;
  /// A wait for room lasts a whole multiple of this; zero for just as long as it takes.
  Duration wait_quantum{};
  /// Media needed for the first picture and after a seek; never waits for more than there is.
  Duration startup_level = std::chrono::milliseconds(1);
  /// Media needed to go on after a stall.
  Duration resume_level = std::chrono::seconds(2);
  /// The first segment, and that of a place outside the buffer, is the best one that is forecast to
  /// arrive within this; the lowest when nothing is known.
  Duration startup_delay_target = std::chrono::milliseconds(400);
  /// What the link is taken to carry before anything has come over it; for that choice alone.
  std::optional<BitRate> expected_throughput = {};
  /// The policy chooses the first segment, too.
  bool policy_starts = false;

  /// A transfer from which nothing has come for so long is cancelled and repeated.
  Duration idle_timeout = std::chrono::seconds(10);
  /// The first try of a segment is given up earlier when silence would use up the buffer: after
  /// half of its level, but not before this, nor later than idle_timeout.
  Duration first_idle_timeout = std::chrono::seconds(3);
  /// A transfer that has run for so long in all is cancelled and repeated.
  Duration transfer_timeout = std::chrono::seconds(120);
  /// Tries of one segment before the session ends with a network error.
  int max_attempts = 6;
  /// The wait before try n + 1 is backoff_base * 2^(n-1), at most backoff_max, times a random
  /// factor in [0.5, 1). A server's Retry-After is obeyed up to retry_after_max.
  Duration backoff_base = std::chrono::milliseconds(500);
  Duration backoff_max = std::chrono::seconds(8);
  Duration retry_after_max = std::chrono::seconds(30);

  /// The shortest cadence of the progress reports that abandonment lives on: with more media ahead
  /// they come more seldom, the first one after three eighths of the buffer, the next ones every
  /// 16th part of it, at most idle_timeout / 4 apart. Transfers that are never abandoned are
  /// only watched for silence: from half of what is too much on, in eighths of it.
  Duration progress_every = std::chrono::milliseconds(250);
  /// So far behind the live edge a viewer of a live presentation joins, and joins again where what
  /// comes next has left the window. Zero where nothing is live.
  Duration live_delay{};
  /// Farther behind, a viewer who wants to be there goes back to live_delay at once. Zero: never.
  Duration live_delay_max{};
  /// Between these speeds playback is held at live_delay (session/latency_control.h).
  Speed live_slowest = {};
  Speed live_fastest = {};
  /// Segments of a live presentation are there from their beginning on, and come in chunks.
  bool live_chunks = false;
  bool abandonment = true;
  /// What comes in place of an abandoned transfer is chosen anew, whatever the policy gave it up
  /// for.
  bool choose_after_abandonment = false;
  /// While the link would be idle, segments of the buffer that is not live are fetched once more in
  /// a higher representation (abr/upgrade.h), as long as all bytes that are not shown stay at or
  /// below this share of those received. Zero: never.
  double upgrade_share = 0;
  /// The viewer goes elsewhere once; none: they watch from the start to the end.
  struct Seek {
    /// As soon as what is fetched next begins here or later,
    MediaTime fetched{};
    /// they go to this place, and nothing of what is in the buffer is kept.
    MediaTime to{};
    friend bool operator==(const Seek&, const Seek&) = default;
  };
  std::optional<Seek> seek = {};
  abr::Qoe qoe;
  /// Without it the first segment's quality is left out of the QoE, as in Pensieve's evaluation.
  bool first_segment_counts = true;
  std::uint64_t seed = 1;

  friend bool operator==(const SessionOptions&, const SessionOptions&) = default;
};

/// Makes `options` those of a live presentation whose segments, of at most `longest`, come in
/// chunks `delay` behind what is being produced: what is there ahead never reaches the delay, so
/// that a resumption must wait for less, and there is room for a segment when its first chunk is.
void take_in_chunks(SessionOptions& options, Duration delay, Duration longest);

/// The options as they are, or invalid_argument naming the option that is out of bounds or that
/// does not go with another or with the longest segment of `tracks`.
[[nodiscard]] Expected<SessionOptions> validate(const SessionOptions& options,
                                                const media::Tracks& tracks);

}  // namespace rung::session
