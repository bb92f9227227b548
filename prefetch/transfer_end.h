#pragma once

#include "abr/throughput_estimator.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "session/event.h"
#include "session/request.h"

namespace rung::prefetch {

/// When a transfer of the title that plays is likely to end: by the forecast at first, then by what
/// comes. It is looked at seldom at first, and the more often the nearer the end is. A value.
class TransferEnd {
 public:
  /// `request` goes out now, for `size` as far as that is known.
  TransferEnd(const session::FetchSegment& request, ByteCount size, const abr::Forecast& forecast,
              Timestamp now);

  /// What has come of it by now.
  void looked(const session::TransferProgressed& progress);

  [[nodiscard]] TransferId transfer() const { return transfer_; }
  [[nodiscard]] media::TrackKind track() const { return track_; }
  [[nodiscard]] SegmentNumber segment() const { return segment_; }
  [[nodiscard]] Timestamp at() const { return at_; }
  /// When a request goes out whose answer comes right behind it.
  [[nodiscard]] Timestamp ask_at() const { return at_ - latency_; }
  /// When to look again; max() where ask_at() will be as good by then.
  [[nodiscard]] Timestamp look_at() const;

 private:
  TransferId transfer_;
  media::TrackKind track_{};
  SegmentNumber segment_ = 0;
  ByteCount size_;
  Duration latency_{};
  Timestamp looked_at_{};  ///< Last, or when the first byte was to come.
  ByteCount received_;     ///< By then.
  Timestamp at_{};
};

}  // namespace rung::prefetch
