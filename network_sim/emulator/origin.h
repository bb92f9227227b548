#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/clear_key.h"
#include "network_sim/emulator/fault_script.h"
#include "network_sim/emulator/live_title.h"
#include "network_sim/emulator/request_record.h"
#include "network_sim/trace.h"

namespace rung::emulator {

/// When the trace is at its time zero.
enum class TraceStart { first_request, launch };

struct OriginOptions {
  std::filesystem::path directory;
  std::string address = "127.0.0.1";        ///< Numeric, IPv4 or IPv6.
  std::uint16_t port = 0;                   ///< 0 lets the system choose.
  std::optional<network_sim::Trace> trace;  ///< Without one the link has no limit.
  Duration rtt{};                           ///< Where the trace tells none.
  TraceStart trace_start = TraceStart::first_request;
  Duration max_age{};               ///< Clients may keep files so long; zero: not at all.
  std::optional<LiveOptions> live;  ///< The title in the directory is shown live.
  FaultScript faults;
  media::KeysById keys = {};      ///< Licences are given for these, at /licence.
  std::size_t connections = 256;  ///< Open at once; further ones are closed at once.
  /// Told of every request when it is over, on the origin's own thread.
  std::function<void(const RequestRecord&)> on_request;
};

/// An HTTP/1.1 server of files whose responses all share one link with the capacity of a trace, in
/// real time on real sockets. The model is the simulator's: a request reaches its first byte one
/// RTT later, then the bytes of its response (head included) flow at the link's capacity, divided
/// evenly among the responses under way. Serves from a thread of its own until it is destroyed. A
/// resource; docs/serve.md says what it answers.
class Origin {
 public:
  /// Fails when the directory does not exist, the address is not numeric (invalid_argument) or
  /// cannot be bound (network).
  [[nodiscard]] static Expected<std::unique_ptr<Origin>> create(OriginOptions options);
  class Loop;
  explicit Origin(std::unique_ptr<Loop> loop);
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// "http://127.0.0.1:8080/"
  [[nodiscard]] std::string url() const;
  /// The requests that are over, in the order in which they ended (the newest 100,000).
  [[nodiscard]] std::vector<RequestRecord> requests() const;
  /// Closes all connections and ends the thread; a second call has no effect.
  void stop();

 private:
  std::unique_ptr<Loop> loop_;
};

}  // namespace rung::emulator
