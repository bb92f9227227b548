#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/time.h"

namespace rung::session {

/// When the bytes of a segment came that was produced while it was fetched: tells for how long
/// nothing of it was on its way, so that the pauses between its chunks, which are the encoder's,
/// are not taken for a slow link. The same for real transfers and for simulated ones. A value.
class ChunkPace {
 public:
  /// Bytes have come; `inside`: the ones before them were of the same chunk.
  void came(Timestamp now, bool inside) {
    if (inside) busy_ += now - last_;
    last_ = now;
  }
  /// So many more chunks are whole.
  void completed(std::size_t chunks) { whole_ += static_cast<std::int64_t>(chunks); }

  /// For how long up to `now` nothing was on its way behind the first byte; zero where no chunk is
  /// whole, as nothing is known of the pauses then.
  [[nodiscard]] Duration idle(Timestamp first_byte, Timestamp now) const {
    if (whole_ == 0) return {};
    // One that comes in one piece takes time, too: that of no link is shorter.
    const Duration busy = std::max(busy_, shortest * whole_);
    return std::max(now - first_byte - busy, Duration::zero());
  }

 private:
  /// What a chunk takes at least.
  static constexpr Duration shortest = std::chrono::milliseconds(1);

  Duration busy_{};   ///< While bytes of a chunk were on their way.
  Timestamp last_{};  ///< When the last ones came.
  std::int64_t whole_ = 0;
};

}  // namespace rung::session
