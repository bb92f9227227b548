#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "core/units.h"

namespace rung::emulator {

/// One request that the origin has seen, and what became of it. A value.
struct RequestRecord {
  std::uint64_t connection = 0;  ///< Counted from 1 in the order of accepting.
  std::string method;
  std::string target;
  std::string range;  ///< The Range field; empty when there was none.
  /// All fields of the request's head, as they came, in their order.
  std::vector<std::pair<std::string, std::string>> fields;
  int status = 0;         ///< 0 when no answer was sent.
  ByteCount announced;    ///< Content-Length of the answer.
  ByteCount head;         ///< Bytes of the answer's head.
  ByteCount body;         ///< Bytes of the body that were written to the socket.
  bool complete = false;  ///< All that the answer should have had was written.
  std::string fault;      ///< The injected fault's action; empty for none.
  std::chrono::system_clock::time_point received;  ///< When the request's head was complete.
  Duration link_time{};                            ///< The same as time on the trace.
  std::optional<Duration> first_byte;              ///< After `received`.
  Duration finished{};                             ///< After `received`.
};

/// One JSON object without a line end; docs/serve.md lists its members.
[[nodiscard]] std::string to_json(const RequestRecord& record);

}  // namespace rung::emulator
