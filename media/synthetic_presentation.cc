#include "media/synthetic_presentation.h"

#include <algorithm>
#include <cmath>

#include "core/limits.h"
#include "core/random.h"

namespace rung::media {
namespace {

/// Lognormal with mean 1.
double lognormal(Random& random, double deviation) {
  return std::exp(deviation * random.normal() - deviation * deviation / 2);
}

}  // namespace

std::vector<Ladder::Rung> default_rungs() {
  return {
      {BitRate::bits_per_second(235'000), 240, {}},
      {BitRate::bits_per_second(560'000), 360, {}},
      {BitRate::bits_per_second(1'050'000), 480, {}},
      {BitRate::bits_per_second(1'750'000), 576, {}},
      {BitRate::bits_per_second(2'750'000), 720, {}},
      {BitRate::bits_per_second(4'300'000), 1080, {}},
  };
}

Expected<Ladder> synthesize(const SyntheticPresentation& options) {
  const auto refuse = [](const char* reason) {
    return failure(ErrorCode::invalid_argument, reason, "synthetic title");
  };
  if (options.rungs.empty()) return refuse("the ladder is empty");
  if (!std::ranges::is_sorted(options.rungs, {}, &Ladder::Rung::bandwidth) ||
      options.rungs.front().bandwidth <= BitRate{})
    return refuse("the ladder does not ascend from above zero");
  if (options.segment_count < 1 || options.segment_count > limits::listed_segments)
    return refuse("the number of segments is out of range");
  if (options.segment_duration < std::chrono::milliseconds(1) ||
      options.segment_duration > std::chrono::hours(24))
    return refuse("the segment duration is out of range");
  if (!(options.size_variation >= 0 && options.size_variation <= 2))
    return refuse("the size variation is out of range");

  Ladder ladder;
  ladder.title = "synthetic " + std::to_string(options.seed);
  ladder.video.segment_duration = options.segment_duration;
  ladder.video.last_segment_duration = options.segment_duration;
  ladder.video.segment_count = options.segment_count;
  ladder.video.rungs = options.rungs;
  for (Ladder::Rung& rung : ladder.video.rungs) rung.sizes.clear();
  Random random(options.seed);
  for (std::int64_t segment = 0; segment < options.segment_count; ++segment) {
    const double complexity = lognormal(random, options.size_variation);
    for (Ladder::Rung& rung : ladder.video.rungs) {
      const double factor = complexity * lognormal(random, options.size_variation / 10);
      const ByteCount declared = rung.bandwidth * options.segment_duration;
      const double size = std::round(static_cast<double>(declared.bytes()) * factor);
      const double largest = static_cast<double>(limits::segment_size.bytes());
      rung.sizes.emplace_back(static_cast<std::int64_t>(std::clamp(size, 1.0, largest)));
    }
  }
  return ladder;
}

}  // namespace rung::media
