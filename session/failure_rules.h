#pragma once

#include <cstdint>
#include <optional>

#include "abr/policy.h"
#include "core/id.h"
#include "core/random.h"
#include "core/time.h"
#include "core/units.h"
#include "session/event.h"
#include "session/session_options.h"

namespace rung::session {

// What is done about a request that came to nothing or takes too long: of segments, of the places
// that they come from, and of documents. Nowhere else is that decided; docs/play.md has the table.

/// How a request came to nothing.
struct Failure {
  FailureKind kind{};
  int http_status = 0;  ///< 0 where there was no answer.
};

/// What asking once more for the same is worth.
enum class Prospect : std::uint8_t {
  may_pass,   ///< it may go well the next time
  late,       ///< it may come to be there, as a segment of a live title that is missing
  cut_short,  ///< it would come in the same way again, but there is nothing wrong with asking
  lasting,    ///< it would fail again
};
[[nodiscard]] Prospect prospect_of(const Failure& failure);
/// The same of a segment. That of a live title may be late where it is missing.
enum class Availability : std::uint8_t { all_there, live };
[[nodiscard]] Prospect prospect_of(const Failure& failure, Availability segments);

/// The wait before the next try: `first`, doubled for each of `failures` in a row but one, at most
/// `most`.
[[nodiscard]] Duration backoff(int failures, Duration first, Duration most);

/// A segment's transfer that failed.
struct FailedTry {
  Prospect prospect{};
  RepresentationIndex representation = 0;
  /// The nearest one below, else above, that may exist; none where there is no other.
  std::optional<RepresentationIndex> other;
  int attempt = 1;
  std::optional<Duration> retry_after;  ///< As the server told.
  Duration lasts{};                     ///< The segment.
  bool newest = false;                  ///< Of a live title no segment behind it is known.
  bool live = false;
  bool unanswered = false;  ///< No server was there to say anything.
};
/// The next try of the same segment.
struct NextTry {
  RepresentationIndex representation = 0;
  Duration wait{};
  friend bool operator==(const NextTry&, const NextTry&) = default;
};
/// None where there is nothing left to try. Waits are drawn from `random`, as wide apart as
/// SessionOptions::backoff_base says.
[[nodiscard]] std::optional<NextTry> next_try(const FailedTry& failed,
                                              const SessionOptions& options, Random& random);

/// What becomes of playback where a segment cannot be had.
enum class Loss : std::uint8_t {
  leave_out,  ///< it goes on behind that segment
  end,        ///< it ends with what is in the buffer
};
/// A segment of which the last try failed like that. The same track has lost so many right before
/// it; what comes behind it can be asked for, or not.
enum class Following : std::uint8_t { none, some };
[[nodiscard]] Loss loss_of(const Failure& failure, int lost_before, Following following);

/// A segment's transfer as it was asked for.
struct AskedFor {
  int attempt = 1;
  abr::Reason reason{};
  Duration buffer_level{};
};
/// How long it may be silent. What comes in place of an abandoned transfer waits for what is still
/// on its way of that: asked for again it would only wait for more.
[[nodiscard]] Duration silence_limit(const SessionOptions& options, const AskedFor& transfer);

/// How long a transfer that runs has taken.
struct Progress {
  Duration running{};       ///< Since it was asked for.
  Duration silent{};        ///< Since something last came.
  Duration silent_limit{};  ///< For so long it may be silent.
};
[[nodiscard]] bool is_overdue(const Progress& progress, const SessionOptions& options);

/// What becomes of the place (`BaseURL`, pathway) that a part of a segment was asked from.
enum class PlaceRule : std::uint8_t {
  keep,         ///< it is as good as before
  avoid,        ///< what follows is asked for elsewhere
  go_on_there,  ///< that, and the same at the next place at once
};
/// Of one that failed after that much had come.
[[nodiscard]] PlaceRule place_after(const Failure& failure, ByteCount received);
/// Of one that is given up, of which nothing has come for so long.
[[nodiscard]] PlaceRule place_after_silence(Duration silent);

/// An init segment of a live title that failed like that: it is never late.
[[nodiscard]] Failure of_init(const Failure& failure);

/// Whether the sound that the viewer has changed to, of which nothing has come yet, is left for the
/// one before once its transfer has failed like that.
[[nodiscard]] bool leaves_new_sound(const Failure& failure, int attempt, Availability segments);

}  // namespace rung::session
