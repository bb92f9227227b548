#include "media/iso_bmff.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/limits.h"
#include "media/box_reader.h"

namespace rung::media {
namespace {

constexpr std::int64_t furthest = std::int64_t{1} << 60;

/// Reads an index and the ones below it.
class IndexReader {
 public:
  IndexReader(std::string_view bytes, std::int64_t first) : bytes_(bytes), first_(first) {}

  Expected<SegmentIndex> read() {
    std::size_t position = 0;
    while (const auto box = read_box(bytes_, position)) {
      if (box->type == "sidx") {
        if (auto done = read_sidx(*box, 0); !done) return tl::unexpected(done.error());
        if (index_.entries.empty()) return malformed("describes no segment");
        return std::move(index_);
      }
      position = box->end;
    }
    return malformed("has no complete sidx box");
  }

 private:
  static tl::unexpected<Error> malformed(const std::string& reason) {
    return failure(ErrorCode::malformed, "the segment index " + reason);
  }

  Expected<void> read_sidx(const Box& box, int depth) {
    constexpr int deepest = 4;
    if (depth == deepest) return malformed("refers to indexes more than 4 deep");
    ByteReader reader(box.body);
    const std::uint64_t version = reader.take(1);
    reader.take(3);  // flags
    reader.take(4);  // reference_ID
    const auto timescale = static_cast<std::int64_t>(reader.take(4));
    const int width = version == 0 ? 4 : 8;
    const std::uint64_t earliest = reader.take(width);
    const std::uint64_t offset = reader.take(width);
    reader.take(2);  // reserved
    const std::uint64_t count = reader.take(2);
    if (reader.overrun()) return malformed("is cut short");
    if (timescale == 0) return malformed("has a timescale of zero");
    if (earliest > static_cast<std::uint64_t>(furthest) ||
        offset > static_cast<std::uint64_t>(furthest))
      return malformed("has a time or offset out of range");
    if (depth == 0) {
      index_.timescale = timescale;
      index_.earliest_presentation_time = static_cast<std::int64_t>(earliest);
    } else if (timescale != index_.timescale) {
      return malformed("refers to an index of another timescale");
    }
    std::int64_t position =
        first_ + static_cast<std::int64_t>(box.end) + static_cast<std::int64_t>(offset);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t reference = reader.take(4);
      const auto duration = static_cast<std::int64_t>(reader.take(4));
      reader.take(4);  // stream access points
      if (reader.overrun()) return malformed("is cut short");
      const bool is_index = (reference >> 31U) != 0;
      const auto size = static_cast<std::int64_t>(reference & 0x7fffffffU);
      if (size == 0) return malformed("refers to nothing");
      if (is_index) {
        if (auto done = read_index_at(position, depth); !done) return done;
      } else {
        if (duration == 0) return malformed("has a segment without duration");
        if (std::cmp_equal(index_.entries.size(), limits::listed_segments))
          return failure(ErrorCode::limit_exceeded, "the segment index has too many segments");
        index_.entries.push_back({position, ByteCount(size), duration});
      }
      position += size;
      if (position > furthest) return malformed("has a time or offset out of range");
    }
    return {};
  }

  Expected<void> read_index_at(std::int64_t position, int depth) {
    const std::int64_t begin = position - first_;
    if (begin >= std::ssize(bytes_))
      return failure(ErrorCode::unsupported,
                     "the segment index refers to another one outside of the index range");
    const auto box = read_box(bytes_, static_cast<std::size_t>(begin));
    if (!box || box->type != "sidx") return malformed("refers to an index that is not there");
    return read_sidx(*box, depth + 1);
  }

  std::string_view bytes_;
  std::int64_t first_;
  SegmentIndex index_;
};

}  // namespace

Expected<SegmentIndex> parse_segment_index(std::string_view bytes, std::int64_t first) {
  if (first < 0 || first > furthest)
    return failure(ErrorCode::malformed, "the segment index lies out of range");
  return IndexReader(bytes, first).read();
}

}  // namespace rung::media
