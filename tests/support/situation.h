#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "abr/policy.h"
#include "tests/support/titles.h"

namespace rung::test {

inline const std::vector<std::int64_t> six_rungs{300, 750, 1200, 1850, 2850, 4300};

inline abr::PlaybackBuffer empty_buffer() {
  abr::PlaybackBuffer::Bounds bounds;
  bounds.ends[0] = MediaTime(std::chrono::seconds(200));
  return abr::PlaybackBuffer(bounds);
}

/// A place in a session from which a policy is asked.
struct Situation {
  media::Track track = uniform_track(50, std::chrono::seconds(4), six_rungs);
  abr::PlaybackBuffer buffer = empty_buffer();
  SegmentNumber segment = 10;
  Duration level{};
  Duration capacity = std::chrono::seconds(30);
  std::optional<RepresentationIndex> previous = 0;
  std::optional<std::int64_t> forecast_kbps;
  Duration latency{};
  Duration lent{};

  static constexpr Timestamp now{std::chrono::seconds(40)};

  [[nodiscard]] abr::DecisionContext context() const {
    std::optional<abr::Forecast> forecast;
    if (forecast_kbps)
      forecast = abr::Forecast{.throughput = BitRate::bits_per_second(*forecast_kbps * 1000),
                               .latency = latency};
    return {.now = now,
            .track = track,
            .segment = segment,
            .buffer = buffer,
            .buffer_level = level,
            .buffer_capacity = capacity,
            .previous = previous,
            .forecast = forecast,
            .lent = lent};
  }
  [[nodiscard]] abr::Decision ask(abr::Policy& policy) const { return policy.choose(context()); }
};

}  // namespace rung::test
