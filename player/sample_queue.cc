#include "player/sample_queue.h"

#include <algorithm>

namespace rung::player {

namespace {

/// How often a producer looks for room: the consumer must not wake it.
constexpr auto look_for_room = std::chrono::milliseconds(40);

[[nodiscard]] std::int64_t frames_in(Duration duration) {
  return duration.count() / 1000 * decode::sample_rate / 1'000'000;
}

}  // namespace

SampleQueue::SampleQueue(MediaTime start)
    : ring_(static_cast<std::size_t>(frames_in(capacity)) * decode::sample_channels),
      frame_capacity_(static_cast<std::size_t>(frames_in(capacity))),
      base_(start) {}

std::size_t SampleQueue::put(const float* samples, std::size_t frames) {
  const std::uint64_t written = written_.load(std::memory_order_relaxed);
  const auto used = static_cast<std::size_t>(written - read_.load(std::memory_order_acquire));
  const std::size_t size = std::min(frames, frame_capacity_ - used);
  const auto at = static_cast<std::size_t>(written % frame_capacity_);
  const std::size_t first = std::min(size, frame_capacity_ - at);
  const auto copy = [&](std::size_t to, std::size_t from, std::size_t count) {
    const auto out = ring_.begin() + static_cast<std::ptrdiff_t>(to * decode::sample_channels);
    if (samples == nullptr)
      std::fill_n(out, count * decode::sample_channels, 0.0F);
    else
      std::copy_n(samples + from * decode::sample_channels, count * decode::sample_channels, out);
  };
  copy(at, 0, first);
  copy(0, first, size - first);
  written_.store(written + size, std::memory_order_release);
  return size;
}

bool SampleQueue::put_all(const float* samples, std::size_t frames, SeekCount seeks,
                          const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  finished_ = false;
  for (;;) {
    if (seeks != seeks_ || stop.stop_requested()) return false;
    const std::size_t size = put(samples, frames);
    frames -= size;
    if (frames == 0) return true;
    if (samples != nullptr) samples += size * decode::sample_channels;
    static_cast<void>(
        changed_.wait_for(lock, stop, look_for_room, [&] { return seeks != seeks_; }));
  }
}

bool SampleQueue::push(const decode::Samples& samples, SeekCount seeks,
                       const std::stop_token& stop) {
  std::size_t cut = 0;
  std::size_t silence = 0;
  {
    const std::lock_guard lock(mutex_);
    if (seeks != seeks_) return false;
    const std::uint64_t ahead = written_.load(std::memory_order_relaxed) - base_frame_;
    const MediaTime expected =
        base_ + from_ticks(static_cast<std::int64_t>(ahead), decode::sample_rate);
    const Duration gap = samples.pts - expected;
    if (gap > tolerance)
      silence = static_cast<std::size_t>(frames_in(gap));
    else if (gap < -tolerance)
      cut = std::min(samples.frames(), static_cast<std::size_t>(frames_in(-gap)));
  }
  if (silence > 0 && !put_all(nullptr, silence, seeks, stop)) return false;
  if (cut == samples.frames()) return true;
  return put_all(samples.interleaved.data() + cut * decode::sample_channels, samples.frames() - cut,
                 seeks, stop);
}

void SampleQueue::finish(SeekCount seeks) {
  const std::lock_guard lock(mutex_);
  if (seeks == seeks_) finished_ = true;
}

void SampleQueue::restart(SeekCount seeks, MediaTime from) {
  {
    const std::lock_guard lock(mutex_);
    seeks_ = seeks;
    base_ = from;
    base_frame_ = written_.load(std::memory_order_relaxed);
    drop_until_.store(base_frame_, std::memory_order_release);
    finished_ = false;
  }
  changed_.notify_all();
}

void SampleQueue::drop_before(MediaTime time) {
  const std::lock_guard lock(mutex_);
  if (time <= base_) return;
  const std::uint64_t frame = base_frame_ + static_cast<std::uint64_t>(frames_in(time - base_));
  const std::uint64_t until = std::min(frame, written_.load(std::memory_order_relaxed));
  if (until > drop_until_.load(std::memory_order_relaxed))
    drop_until_.store(until, std::memory_order_release);
}

void SampleQueue::skip_dropped() {
  const std::uint64_t drop_until = drop_until_.load(std::memory_order_acquire);
  if (read_.load(std::memory_order_relaxed) < drop_until)
    read_.store(drop_until, std::memory_order_release);
}

std::size_t SampleQueue::pull(std::span<float> interleaved) {
  skip_dropped();
  const std::uint64_t read = read_.load(std::memory_order_relaxed);
  const auto there = static_cast<std::size_t>(written_.load(std::memory_order_acquire) - read);
  const std::size_t size = std::min(interleaved.size() / decode::sample_channels, there);
  const auto at = static_cast<std::size_t>(read % frame_capacity_);
  const std::size_t first = std::min(size, frame_capacity_ - at);
  std::copy_n(ring_.begin() + static_cast<std::ptrdiff_t>(at * decode::sample_channels),
              first * decode::sample_channels, interleaved.begin());
  std::copy_n(ring_.begin(), (size - first) * decode::sample_channels,
              interleaved.begin() + static_cast<std::ptrdiff_t>(first * decode::sample_channels));
  read_.store(read + size, std::memory_order_release);
  return size;
}

MediaTime SampleQueue::View::time_of(std::uint64_t frame) const {
  if (frame <= base_frame) return base;
  return base + from_ticks(static_cast<std::int64_t>(frame - base_frame), decode::sample_rate);
}

SampleQueue::View SampleQueue::view() const {
  const std::lock_guard lock(mutex_);
  View view;
  view.seeks = seeks_;
  view.base = base_;
  view.base_frame = base_frame_;
  const std::uint64_t from =
      std::max(read_.load(std::memory_order_acquire), drop_until_.load(std::memory_order_relaxed));
  const std::uint64_t left = written_.load(std::memory_order_relaxed) - from;
  view.buffered = from_ticks(static_cast<std::int64_t>(left), decode::sample_rate);
  view.finished = finished_ && left == 0;
  view.full = left == frame_capacity_;
  return view;
}

}  // namespace rung::player
