#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "core/id.h"
#include "core/time.h"
#include "media/decode/frame.h"
#include "player/seek_point.h"

namespace rung::player {

/// A picture on its way to the screen.
struct QueuedPicture {
  decode::Picture picture;
  RepresentationIndex representation = 0;
};

/// The pictures between the decode thread and the main thread: bounded and in order. A
/// resource.
class FrameQueue {
 public:
  /// `capacity` pictures at most (above zero). `on_picture` is called on the decode thread when a
  /// picture enters the empty queue, and when the last one has entered.
  FrameQueue(std::size_t capacity, std::function<void()> on_picture)
      : capacity_(capacity), on_picture_(std::move(on_picture)) {}
  FrameQueue(const FrameQueue&) = delete;
  FrameQueue& operator=(const FrameQueue&) = delete;

  // --- Decode thread

  /// Waits for room. False when the picture is no longer wanted: it was decoded for an older seek,
  /// or the stop was requested.
  [[nodiscard]] bool push(QueuedPicture picture, SeekCount seeks, const std::stop_token& stop);
  /// A picture from before the place that the viewer seeks, to be seen until there is one of that.
  /// Takes no room.
  void offer_early(QueuedPicture picture, SeekCount seeks);
  /// Nothing follows the last picture.
  void finish(SeekCount seeks);
  /// Whether the decode thread waits for bytes.
  void set_starved(bool starved);

  // --- Any thread

  /// Drops everything; only pictures of the seek so counted are taken from now on.
  void restart(SeekCount seeks);

  // --- Main thread

  struct View {
    SeekCount seeks = 0;
    std::optional<MediaTime> front;  ///< When the next picture is due.
    bool finished = false;           ///< Nothing is left and nothing follows.
    bool starved = false;            ///< Nothing is left because bytes are missing.
    bool full = false;
  };
  [[nodiscard]] View view() const;
  [[nodiscard]] std::optional<QueuedPicture> pop();
  /// Once; none where there is a picture of the place by now.
  [[nodiscard]] std::optional<QueuedPicture> pop_early(SeekCount seeks);

 private:
  const std::size_t capacity_;
  const std::function<void()> on_picture_;
  mutable std::mutex mutex_;
  std::condition_variable_any room_;
  std::deque<QueuedPicture> pictures_;
  std::optional<QueuedPicture> early_;
  SeekCount seeks_ = 0;
  bool finished_ = false;
  bool starved_ = true;
};

}  // namespace rung::player
