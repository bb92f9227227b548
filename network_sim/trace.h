#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::network_sim {

/// The capacity of a link over time: pieces of constant rate, in order, from time zero. Behind the
/// last piece it starts again at the first one (wrap-around), for as long as a session lasts. Each
/// piece may carry a round-trip time of its own. A value.
class Trace {
 public:
  struct Piece {
    Duration duration{};          ///< Above zero.
    BitRate rate;                 ///< Zero is an outage.
    std::optional<Duration> rtt;  ///< Request to first byte, where the trace tells it.
    friend bool operator==(const Piece&, const Piece&) = default;
  };

  /// Fails (malformed) when there is no piece, a duration is not above zero, a rate or RTT is
  /// negative, or every rate is zero (nothing would ever arrive).
  static Expected<Trace> create(std::string name, std::vector<Piece> pieces);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  /// One round of the trace.
  [[nodiscard]] Duration duration() const { return duration_; }

  friend bool operator==(const Trace&, const Trace&) = default;

 private:
  Trace() = default;

  std::string name_;
  std::vector<Piece> pieces_;
  Duration duration_{};
};

}  // namespace rung::network_sim
