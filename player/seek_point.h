#pragma once

#include <cstdint>
#include <mutex>

#include "core/time.h"

namespace rung::player {

/// Counts the seeks of a title. What was decoded for an older one is worthless.
using SeekCount = std::uint64_t;

/// Where the decode threads must begin to deliver: set by the session thread, read by the decode
/// threads. A resource.
class SeekPoint {
 public:
  struct Value {
    SeekCount seeks = 0;
    MediaTime target{};
  };

  explicit SeekPoint(MediaTime start) { value_.target = start; }

  /// Counts one seek more and returns it.
  Value advance(MediaTime target) {
    const std::lock_guard lock(mutex_);
    value_ = Value{value_.seeks + 1, target};
    return value_;
  }
  [[nodiscard]] Value value() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  Value value_;
};

}  // namespace rung::player
