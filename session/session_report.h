#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/id.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::session {

enum class EndReason : std::uint8_t {
  running,     ///< not over yet
  played_out,  ///< the whole title was shown
  viewer_left,
  network_failure,  ///< a segment could not be fetched within its tries
  time_limit,       ///< limits::session_time
};

/// "ended", "viewer-left", ...: the word for it in logs and reports.
[[nodiscard]] std::string_view to_string(EndReason reason);

/// What a session came to. Bitrates are the representations' bandwidths, weighted by segment.
struct SessionReport {
  EndReason end = EndReason::running;
  Duration elapsed{};
  Duration startup_delay{};
  Duration played{};
  Duration stalled{};  ///< Rebuffering after the start.
  Duration seeking{};
  Duration paused{};
  int stall_count = 0;
  /// Of a live presentation: how far behind its live edge the viewer is; none while that is not
  /// known.
  std::optional<Duration> latency;

  std::int64_t segments = 0;  ///< Video segments (audio ones of an audio-only title) completed.
  double mean_kbps = 0;       ///< Of those, weighted by duration.
  int switches = 0;
  double qoe_sum = 0;  ///< abr::Qoe over them.
  double qoe_per_segment = 0;
  double mean_measure = 0;  ///< Of a measured QoE model: dB of SSIM or VMAF by segment, else 0.

  ByteCount received;   ///< Of completed transfers.
  ByteCount discarded;  ///< Of cancelled and failed ones.
  int upgrades = 0;     ///< Segments of the buffer that a better copy has replaced.
  /// Of completed transfers, but not shown: copies that were replaced, as far as their sizes are
  /// known, and those that came too late to replace one.
  ByteCount replaced;
  int abandonments = 0;
  int failures = 0;   ///< TransferFailed events and time-outs.
  int fallbacks = 0;  ///< Segments that were repeated in another representation.
  int losses = 0;     ///< Segments that could not be had, and were gone past.

  /// Sum of |correction| and number of PlayheadObserved events: how honest the model was.
  Duration corrected{};
  std::int64_t observations = 0;

  friend bool operator==(const SessionReport&, const SessionReport&) = default;
};

}  // namespace rung::session
