#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/expected.h"
#include "media/package/libav.h"

namespace rung::package {

/// Hands the same pictures to several encoders on a few threads. Every lane takes its pictures in
/// order and on one thread at a time, so what it makes does not depend on the scheduling. A
/// resource; push() and finish() belong to the thread that made it.
class EncodeLanes {
 public:
  struct Lane {
    std::function<Expected<void>(const AVFrame&)> encode;
    std::function<Expected<void>()> finish;
  };
  /// Works on at most `threads` lanes at a time.
  EncodeLanes(std::vector<Lane> lanes, std::size_t threads);
  EncodeLanes(const EncodeLanes&) = delete;
  EncodeLanes& operator=(const EncodeLanes&) = delete;
  /// Drops what waits.
  ~EncodeLanes();

  /// Waits until every lane has room. Fails with the first error of any lane.
  [[nodiscard]] Expected<void> push(std::shared_ptr<const AVFrame> picture);
  /// Waits until all lanes have encoded and finished.
  [[nodiscard]] Expected<void> finish();

 private:
  struct Queue {
    Lane lane;
    std::deque<std::shared_ptr<const AVFrame>> pictures;  ///< Null asks the lane to finish.
    bool busy = false;
    bool finished = false;
  };
  void work();
  [[nodiscard]] Queue* next_queue();

  std::mutex mutex_;
  std::condition_variable room_;  ///< A lane has room, has finished or has failed.
  std::condition_variable work_;  ///< A lane has a picture, or the threads shall stop.
  std::vector<Queue> queues_;
  std::optional<Error> error_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace rung::package
