#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "media/iso_bmff.h"

/// Any bytes as the index range of a resource; what is accepted keeps its promises.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto index = rung::media::parse_segment_index(bytes, 1000);
  if (!index) return 0;
  RUNG_CHECK(!index->entries.empty() && index->timescale > 0);
  for (const auto& entry : index->entries)
    RUNG_CHECK(entry.first >= 1000 && entry.size > rung::ByteCount{} && entry.duration > 0);
  return 0;
}
