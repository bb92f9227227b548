#pragma once

#include <cstdint>
#include <string>

namespace rung::evaluation {

/// What one session of an evaluation came to. A value.
struct SessionScore {
  std::string policy;
  std::string title;
  std::string trace;
  std::uint64_t seed = 1;
  bool played_out = true;
  double qoe = 0;  ///< A segment.
  double startup_s = 0;
  double stalled_s = 0;
  double mean_kbps = 0;
  double switches = 0;
  std::uint64_t fingerprint = 0;  ///< Of everything that the session asked for and when.

  friend bool operator==(const SessionScore&, const SessionScore&) = default;
};

}  // namespace rung::evaluation
