#include "player/live_source.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "player/dash_live_source.h"
#include "player/hls_live_source.h"
#include "session/failure_rules.h"
#include "session/latency_control.h"

namespace rung::player {

using media::TrackKind;

std::unique_ptr<LiveSource> LiveSource::create(EventLoop& loop, HttpClient& client,
                                               const LoadedTitle& title,
                                               const media::TrackSelection& first,
                                               media::TrackSelection::Options wishes,
                                               std::optional<Duration> latency, UrlPlaces& places) {
  if (first.presentation().playlists)
    return std::make_unique<HlsLiveSource>(loop, client, title, first, std::move(wishes), latency,
                                           places);
  return std::make_unique<DashLiveSource>(loop, client, title, first, std::move(wishes), latency);
}

LiveSource::LatencyRange LiveSource::range_of(const media::LiveTimes& times) {
  LatencyRange range{.max = times.latest_delay};
  if (times.slowest)
    range.slowest = Speed::of_percent(static_cast<int>(
        std::clamp(std::ceil(*times.slowest * 100), double{session::slowest_live_percent}, 100.0)));
  if (times.fastest)
    range.fastest = Speed::of_percent(static_cast<int>(std::clamp(
        std::floor(*times.fastest * 100), 100.0, double{session::fastest_live_percent})));
  return range;
}

LiveSource::LiveSource(const media::Tracks& tracks, Duration delay, const LatencyRange& range,
                       bool chunked)
    : delay_(delay),
      range_(range),
      chunked_(chunked),
      tracks_(std::make_shared<const media::Tracks>(tracks)) {}

session::SessionOptions LiveSource::fitted(session::SessionOptions options) const {
  const auto known = tracks();
  Duration longest{};
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio})
    if (const auto& track = known->of(kind)) longest = std::max(longest, track->longest_duration());
  // Those that are to come may be longer.
  if (const auto* const listed = playlist()) longest = std::max(longest, listed->target_duration());
  options.live_delay = std::min(delay_, session::longest_live_delay);
  const Duration furthest = range_.max.value_or(delay_ + session::usual_latency_drift);
  options.live_delay_max =
      std::min(std::max(furthest, delay_ + longest), session::longest_live_delay);
  options.live_slowest = range_.slowest;
  options.live_fastest = range_.fastest;
  options.resume_level = std::min(options.resume_level, longest);
  options.buffer_capacity =
      std::max(std::min(options.buffer_capacity, delay_),
               std::max(options.startup_level, options.resume_level) + longest);
  if (chunked_) session::take_in_chunks(options, delay_, longest);
  return options;
}

void LiveSource::locate(const session::FetchSegment& request, PlaybackEnvironment::Located then) {
  then(source_of(request));
}

std::shared_ptr<const media::Tracks> LiveSource::tracks() const {
  const std::lock_guard lock(mutex_);
  return tracks_;
}

void LiveSource::set_tracks(media::Tracks tracks) {
  auto now = std::make_shared<const media::Tracks>(std::move(tracks));
  const std::lock_guard lock(mutex_);
  tracks_ = std::move(now);
}

void LiveSource::set_audio(media::Track audio) {
  media::Tracks changed = *tracks();
  changed.audio = std::move(audio);
  set_tracks(std::move(changed));
}

MediaTime LiveSource::beginning_at(MediaTime time) const {
  const auto known = tracks();
  const auto& track = known->video ? known->video : known->audio;
  return track->start(track->find(time).value_or(track->segment_count() - 1));
}

namespace {

constexpr Duration shortest_timeout = std::chrono::seconds(1);
constexpr Duration longest_timeout = std::chrono::seconds(10);
constexpr Duration first_wait = std::chrono::milliseconds(500);
constexpr Duration shortest_wait = std::chrono::seconds(2);
constexpr Duration longest_wait = std::chrono::seconds(8);

}  // namespace

Duration reload_timeout(Duration interval, int failures) {
  return session::backoff(failures + 1, std::clamp(interval, shortest_timeout, longest_timeout),
                          longest_timeout);
}

Duration reload_wait(Duration interval, int failures) {
  return session::backoff(failures, first_wait, std::clamp(interval, shortest_wait, longest_wait));
}

}  // namespace rung::player
