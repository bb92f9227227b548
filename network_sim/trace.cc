#include "network_sim/trace.h"

#include <algorithm>
#include <utility>

namespace rung::network_sim {

Expected<Trace> Trace::create(std::string name, std::vector<Piece> pieces) {
  const auto malformed = [&](const std::string& message) {
    return failure(ErrorCode::malformed, message, name);
  };
  if (pieces.empty()) return malformed("the trace has no piece of non-zero duration");
  Duration total{};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    const std::string place = "piece " + std::to_string(i + 1);
    if (piece.duration <= Duration::zero()) return malformed(place + " lasts no time");
    if (piece.rate < BitRate{}) return malformed(place + " has a negative rate");
    if (piece.rtt && *piece.rtt < Duration::zero()) return malformed(place + " has a negative RTT");
    if (piece.duration > Duration::max() - total) return malformed("the trace is too long");
    total += piece.duration;
  }
  if (std::ranges::all_of(pieces, [](const Piece& piece) { return piece.rate == BitRate{}; }))
    return malformed("every rate is zero, so nothing would ever arrive");
  Trace trace;
  trace.name_ = std::move(name);
  trace.pieces_ = std::move(pieces);
  trace.duration_ = total;
  return trace;
}

}  // namespace rung::network_sim
