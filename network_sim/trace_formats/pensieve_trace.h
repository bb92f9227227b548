#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "network_sim/trace.h"

// The form of Pensieve (Mao, Netravali, Alizadeh, SIGCOMM 2017), one sample a line:
//
//     seconds megabits_per_second
//
// In Pensieve's own environment the rate on line i holds on (t[i-1], t[i]]: a line tells the rate
// of the interval that ends there, and the rate on the first line is never used. Our reader keeps
// to that. Time 0 of the trace is the time stamp of the first line. After the last line it starts
// again with the rate of the second line; Pensieve lets that interval begin at 0 instead of t[0],
// which is the same for every trace whose first time stamp is 0 (as all published ones have).
// Pensieve's environment also takes 5 % off every rate for headers and adds 80 ms to every
// request; that is a matter of its profile, not of the file, so the reader does not.

namespace rung::network_sim {

/// A line as it stands in the file: the very numbers that Pensieve's environment computes with, for
/// a profile that reproduces it to the last bit.
struct PensieveSample {
  double seconds = 0;
  double megabits_per_second = 0;
  std::size_t line = 0;
  friend bool operator==(const PensieveSample&, const PensieveSample&) = default;
};

/// All lines with the same checks as read_pensieve_trace, which drops the first rate.
[[nodiscard]] Expected<std::vector<PensieveSample>> read_pensieve_samples(std::string_view text,
                                                                          std::string_view name);
[[nodiscard]] Expected<Trace> read_pensieve_trace(std::string_view text, std::string name);
/// Starts with a line at time 0 that repeats the first rate; RTTs are not written.
[[nodiscard]] std::string write_pensieve_trace(const Trace& trace);

}  // namespace rung::network_sim
