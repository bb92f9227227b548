#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

#include "core/time.h"
#include "media/decode/frame.h"
#include "player/seek_point.h"

namespace rung::player {

/// The audio between a decode thread and the device: a bounded ring whose content is contiguous in
/// presentation time. Gaps are filled with silence and overlaps cut off on the way in, so a count
/// of consumed frames is a position in the presentation. A resource with one producer and one
/// consumer; the consumer (an audio callback) never waits for anybody.
class SampleQueue {
 public:
  static constexpr Duration capacity = std::chrono::milliseconds(1000);
  /// Time stamps that differ by less from the count of samples are rounding, not gaps.
  static constexpr Duration tolerance = std::chrono::milliseconds(15);

  explicit SampleQueue(MediaTime start);
  SampleQueue(const SampleQueue&) = delete;
  SampleQueue& operator=(const SampleQueue&) = delete;

  // --- Producer

  /// Waits for room. False when the samples are no longer wanted: they were decoded for an older
  /// seek, or the stop was requested.
  [[nodiscard]] bool push(const decode::Samples& samples, SeekCount seeks,
                          const std::stop_token& stop);
  /// Nothing follows the last sample for now.
  void finish(SeekCount seeks);

  // --- Any thread

  /// Drops what lies before `time`.
  void drop_before(MediaTime time);
  /// Drops everything; what follows begins at `from`.
  void restart(SeekCount seeks, MediaTime from);

  // --- Consumer

  /// Fills `interleaved` as far as there are samples and tells how many frames.
  [[nodiscard]] std::size_t pull(std::span<float> interleaved);
  /// Passes over what a restart has dropped, without taking anything: frees the room it takes.
  void skip_dropped();
  /// Frames taken or passed over so far.
  [[nodiscard]] std::uint64_t consumed() const { return read_.load(std::memory_order_acquire); }

  // --- Main thread

  struct View {
    SeekCount seeks = 0;
    MediaTime base{};  ///< The presentation time of frame `base_frame`.
    std::uint64_t base_frame = 0;
    Duration buffered{};    ///< Not consumed yet.
    bool finished = false;  ///< Nothing is left and nothing follows.
    bool full = false;

    /// Where the frame with this number is in the presentation; not before `base`.
    [[nodiscard]] MediaTime time_of(std::uint64_t frame) const;
  };
  [[nodiscard]] View view() const;

 private:
  /// With the mutex held: copies what fits and returns how many frames that were. Null `samples`
  /// stand for silence.
  [[nodiscard]] std::size_t put(const float* samples, std::size_t frames);
  /// Waits until all of it is in the ring.
  [[nodiscard]] bool put_all(const float* samples, std::size_t frames, SeekCount seeks,
                             const std::stop_token& stop);

  std::vector<float> ring_;
  const std::size_t frame_capacity_;

  // Between the threads, without a lock. read_ is the consumer's, written_ the producer's.
  std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> drop_until_{0};

  mutable std::mutex mutex_;  ///< Never taken by the consumer.
  std::condition_variable_any changed_;
  SeekCount seeks_ = 0;
  MediaTime base_{};
  std::uint64_t base_frame_ = 0;
  bool finished_ = false;
};

}  // namespace rung::player
