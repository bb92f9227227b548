#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/units.h"

namespace rung::media {

/// The segments that an index describes (ISO/IEC 14496-12 section 8.16.3, 'sidx' of versions 0 and
/// 1), in order and without gaps.
struct SegmentIndex {
  struct Entry {
    std::int64_t first = 0;     ///< The segment's first byte in the resource.
    ByteCount size;             ///< Above zero.
    std::int64_t duration = 0;  ///< In ticks, above zero.
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::int64_t timescale = 1;
  std::int64_t earliest_presentation_time = 0;  ///< In ticks.
  std::vector<Entry> entries;
  friend bool operator==(const SegmentIndex&, const SegmentIndex&) = default;
};

/// Reads the first 'sidx' box in `bytes`, which begin at byte `first` of the resource. Indexes that
/// it refers to are read too where they lie in `bytes`; elsewhere they are not supported.
[[nodiscard]] Expected<SegmentIndex> parse_segment_index(std::string_view bytes,
                                                         std::int64_t first);

}  // namespace rung::media
