#pragma once

#include "prefetch/policy.h"

namespace rung::prefetch {

/// When the running title is safe enough for others to use its link.
struct Safety {
  /// From this buffer level on nothing is at risk, or from half of the capacity on.
  Duration safe = std::chrono::seconds(11);
  /// Up to this one nothing else is fetched, or up to a quarter of the capacity.
  Duration panic = std::chrono::seconds(3);
  /// What a megabyte costs just above panic, in seconds of start-up; falls to nothing at `safe`.
  double steepness = 4;
  /// What a second costs by which the title asks later for its next segment, in seconds of
  /// start-up, at `safe`; falls to nothing where the buffer is full, with the square of what it
  /// lacks.
  double waiting = 0.035;
};

/// How long a transfer of `size` is forecast to take.
[[nodiscard]] Duration forecast_time(const abr::Forecast& forecast, ByteCount size);

/// For how long that keeps the running title's next transfer from the link: less by a round trip,
/// which the title's own request takes beside it.
[[nodiscard]] Duration time_beside(const abr::Forecast& forecast, ByteCount size);

/// What a megabyte of the running title's link is worth to that title, in seconds of start-up: the
/// shadow price of its need of the link. Nothing where the transfer ends before the title asks for
/// its next segment and the buffer is safe, or where it will ask for none; where the title would
/// have to wait for its end, the more the longer and the emptier the buffer is; steep below the
/// safe level; infinite in panic, and where the waiting would lead below the safe level. A title is
/// made to wait for no more than what lets another one start.
[[nodiscard]] double shadow_price(const View& view, const Wish& wish, const Safety& safety = {});

/// For how long the title may be made to wait from now on: at most until its buffer has fallen to
/// the safe level.
[[nodiscard]] Duration longest_wait(const View& view, const Safety& safety = {});

}  // namespace rung::prefetch
