#include "player/timestamp_mapping.h"

#include <algorithm>

namespace rung::player {

namespace {

/// MPEG-TS counts 90 kHz ticks in 33 bits.
constexpr Duration transport_wrap = from_ticks(std::int64_t{1} << 33, 90'000);
/// Manifests round the durations of segments, at worst to whole seconds.
constexpr Duration smallest_deviation = std::chrono::seconds(1);
/// Runs between discontinuities that are kept in mind, each 8 bytes.
constexpr std::size_t most_offsets = 4096;

[[nodiscard]] Duration magnitude(Duration duration) {
  return duration < Duration{} ? -duration : duration;
}

/// `offset`, moved by whole wraps of the container's counter to where it comes closest.
[[nodiscard]] Duration unwrapped(Duration offset, Duration wanted, decode::Container container) {
  if (container != decode::Container::mpeg_ts) return offset;
  const Duration distance = wanted - offset;
  const auto half = distance < Duration{} ? -(transport_wrap / 2) : transport_wrap / 2;
  return offset + (distance + half) / transport_wrap * transport_wrap;
}

}  // namespace

Duration TimestampMapping::offset(const media::Track& track, SegmentNumber segment,
                                  decode::Container container, Duration first_pts) {
  const Duration by_manifest = track.start(segment).time_since_epoch() - first_pts;
  // Packed audio has no time stamps of its own.
  if (container == decode::Container::aac || container == decode::Container::mp3)
    return by_manifest;

  const Duration allowed = std::max(smallest_deviation, track.duration(segment));
  const media::Track::Place place = track.place(segment);
  if (origin_ == TimestampOrigin::timeline) {
    const media::SegmentTimeline& timeline = track.parts()[place.part].timeline;
    const Duration exact = timeline.start(place.index).time_since_epoch() -
                           from_ticks(timeline.start_ticks(place.index), timeline.timescale());
    const Duration offset = unwrapped(exact, by_manifest, container);
    return magnitude(offset - by_manifest) <= allowed ? offset : by_manifest;
  }

  const std::lock_guard lock(mutex_);
  std::vector<Duration>& known = offsets_[place.part];
  Duration closest = Duration::max();
  for (const Duration candidate : known) {
    const Duration offset = unwrapped(candidate, by_manifest, container);
    if (closest == Duration::max() ||
        magnitude(offset - by_manifest) < magnitude(closest - by_manifest))
      closest = offset;
  }
  // Back by most of a segment is where the one before it is: time stamps that began anew.
  const Duration back = std::min(allowed, track.duration(segment) / 4 * 3);
  if (closest != Duration::max() && closest - by_manifest <= allowed &&
      closest - by_manifest > -back)
    return closest;
  if (known.size() < most_offsets) known.push_back(by_manifest);
  return by_manifest;
}

std::vector<Duration> TimestampMapping::known_offsets() const {
  const std::lock_guard lock(mutex_);
  std::vector<Duration> all;
  for (const auto& [part, offsets] : offsets_)
    all.insert(all.end(), offsets.begin(), offsets.end());
  return all;
}

}  // namespace rung::player
