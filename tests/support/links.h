#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/random.h"
#include "network_sim/trace.h"

namespace rung::test {

inline network_sim::Trace trace_of(std::vector<network_sim::Trace::Piece> pieces) {
  auto trace = network_sim::Trace::create("test", std::move(pieces));
  RUNG_CHECK(trace);
  return *std::move(trace);
}

inline network_sim::Trace constant_link(BitRate rate) {
  return trace_of({{.duration = std::chrono::seconds(10), .rate = rate, .rtt = std::nullopt}});
}

/// Up to `pieces` pieces of up to `longest`, one in five an outage, the others up to `fastest`.
inline network_sim::Trace random_trace(Random& random, std::uint64_t pieces, Duration longest,
                                       BitRate fastest) {
  const auto below = [&](std::int64_t bound) {
    return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(bound)));
  };
  std::vector<network_sim::Trace::Piece> made;
  const std::uint64_t count = 1 + random.below(pieces);
  for (std::uint64_t i = 0; i <= count; ++i) {
    const bool outage = i > 0 && random.below(5) == 0;
    made.push_back({.duration = Duration(below(longest.count())),
                    .rate = BitRate::bits_per_second(outage ? 0 : below(fastest.bits_per_second())),
                    .rtt = std::nullopt});
  }
  return trace_of(std::move(made));
}

}  // namespace rung::test
