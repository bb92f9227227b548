#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "abr/playback_buffer.h"
#include "abr/throughput_estimator.h"
#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"

namespace rung::abr {

/// Why a representation was chosen. The sentence is made where it is shown.
enum class Reason : std::uint8_t {
  fixed,                ///< the policy always says so
  startup_unknown,      ///< nothing is known about the link yet: the lowest
  startup_delay,        ///< the best one whose first segment arrives within the start-up bound
  throughput,           ///< the best one that the forecast carries
  buffer,               ///< the buffer level alone
  hysteresis,           ///< a change was not worth it yet
  plan,                 ///< the best plan over the horizon
  insufficient_buffer,  ///< what arrives before the buffer runs dry
  retry_lower,          ///< another representation failed
  abandoned,            ///< a running transfer would have come too late
  audio_share,          ///< the best audio within its share of the forecast
  prefetched,           ///< it is there already
  external,             ///< someone outside Rung chose; their first choice counts, too
  upgrade,              ///< in place of a lower one of the buffer, while the link has nothing else
};
[[nodiscard]] std::string_view to_string(Reason reason);
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view text);

/// What a policy sees when it chooses a segment: a snapshot, true while choose() runs.
struct DecisionContext {
  Timestamp now{};
  const media::Track& track;  ///< The ladder and the sizes ahead.
  SegmentNumber segment = 0;  ///< The one to choose for.
  const PlaybackBuffer& buffer;
  Duration buffer_level{};  ///< Of this track.
  Duration buffer_capacity{};
  std::optional<RepresentationIndex> previous;  ///< Of the segment before; none at the start.
  std::optional<Forecast> forecast;
  Duration lent{};  ///< Media played since this could be chosen, while other titles had the link.
};

/// What to fetch, when, and why.
struct Decision {
  RepresentationIndex representation = 0;
  Timestamp not_before = Timestamp::min();  ///< Ask only then; min() means at once.
  Reason reason = Reason::fixed;
  /// A segment of the buffer, not yet shown, that is fetched once more in place of the one to
  /// choose for: the representation is one of its ladder. Until it is whole what was there stays.
  std::optional<SegmentNumber> replaces = {};
  /// How long after the request reconsider() is asked first, of a policy that knows when it will
  /// have an answer; after that only as often as time-outs need. None: as the session does.
  std::optional<FineDuration> first_look = {};
  friend bool operator==(const Decision&, const Decision&) = default;
};

/// What a policy sees of a running transfer when it is asked whether to give it up.
struct TransferContext {
  const DecisionContext& decision;  ///< As if choosing for the same segment now.
  RepresentationIndex representation = 0;
  Timestamp requested{};
  std::optional<Timestamp> first_byte;
  ByteCount received;
  ByteCount expected;  ///< As far as it is known.
  /// At which bytes came over the last second or two; none in a transfer's first second.
  std::optional<BitRate> recent;
  /// How long it may still take: until the buffer runs dry, or, where nothing is shown yet, until
  /// the start-up delay that the session aims at.
  Duration deadline{};
};

/// Chooses representations. Stateful where the algorithm is; one object serves one session.
class Policy {
 public:
  Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  virtual ~Policy() = default;

  /// The representation is an index into `context.track.ladder(context.segment)`.
  [[nodiscard]] virtual Decision choose(const DecisionContext& context) = 0;

  /// Asked while a transfer runs: a lower representation to fetch in its place, or nullopt to let
  /// it run. The default is abandon_late_transfer() of abr/abandonment.h.
  [[nodiscard]] virtual std::optional<RepresentationIndex> reconsider(
      const TransferContext& context);

  /// Told of every media transfer that completed, after the estimator.
  virtual void observe(const TransferSample& sample);

  /// The viewer went elsewhere: what was learned about the buffer no longer holds.
  virtual void on_seek();

  /// Why this policy cannot go on; nullopt while all is well. From then on it chooses the lowest
  /// representation. Only policies that run code from outside Rung fail.
  [[nodiscard]] virtual std::optional<Error> failure() const;
};

}  // namespace rung::abr
