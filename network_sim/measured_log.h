#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/trace.h"
#include "session/recorded_session.h"

// Transfers that were measured on a link whose capacity is known. Two tables of comma-separated
// values with named columns, in any order; further columns are passed over (the form of the
// controlled sessions of Veritas, SIGCOMM 2022):
//
//     start_time,end_time,size,min_rtt          one transfer a line
//     2023-01-24T00:34:01.367Z,2023-01-24T00:34:01.574Z,30.382,84.42
//
//     start_time,bandwidth                      the capacity from then on
//     2023-01-24T00:34:01.367,4.629472
//
// Instants are ISO 8601, sizes 1000 bytes, the RTT (which may be missing or empty) milliseconds and
// the capacity Mbit/s. The last capacity holds as long as the one before it.

namespace rung::network_sim {

/// Times are counted from the start of what is known of the capacity.
struct MeasuredTransfer {
  Timestamp requested{};
  Timestamp completed{};
  ByteCount size;
  std::optional<Duration> rtt;  ///< The least that the connection had seen.
  friend bool operator==(const MeasuredTransfer&, const MeasuredTransfer&) = default;
};

/// The capacity's table. Fails (malformed, limit_exceeded) with "name line N". `began` is its first
/// instant, since 1970.
struct MeasuredCapacity {
  Trace trace;
  Duration began{};
};
[[nodiscard]] Expected<MeasuredCapacity> read_measured_capacity(std::string_view text,
                                                                std::string name);

/// The transfers' table, in order of time; those before `began` are an error (malformed), as is a
/// transfer that ends before it starts.
[[nodiscard]] Expected<std::vector<MeasuredTransfer>> read_measured_transfers(std::string_view text,
                                                                              std::string_view name,
                                                                              Duration began);

/// The completed transfers of a session that was played, counted from its wish to play.
[[nodiscard]] std::vector<MeasuredTransfer> measured_transfers(
    const session::RecordedSession& session);

}  // namespace rung::network_sim
