#include "media/fragment_reader.h"

namespace rung::media {

std::string_view within_boxes(std::string_view bytes, std::initializer_list<const char*> path) {
  for (const char* type : path) {
    const auto box = find_box(bytes, type);
    if (!box) return {};
    bytes = box->body;
  }
  return bytes;
}

std::int64_t read_timescale(std::string_view media) {
  ByteReader header(within_boxes(media, {"mdhd"}));
  const bool wide = header.take(4) >> 24U != 0;
  header.take(wide ? 16 : 8);
  const auto timescale = static_cast<std::int64_t>(header.take(4));
  return header.overrun() ? 0 : timescale;
}

SampleDefaults read_sample_defaults(std::string_view movie) {
  ByteReader defaults(within_boxes(movie, {"mvex", "trex"}));
  defaults.take(12);  // version and flags, track_ID, default_sample_description_index
  const auto duration = static_cast<std::int64_t>(defaults.take(4));
  return {.duration = duration, .size = static_cast<std::int64_t>(defaults.take(4))};
}

std::optional<FragmentHeader> read_fragment_header(std::string_view fragment,
                                                   const SampleDefaults& otherwise) {
  FragmentHeader result{.base = std::nullopt, .samples = otherwise};
  const auto header = find_box(fragment, "tfhd");
  if (!header) return result;
  ByteReader reader(header->body);
  const std::uint64_t flags = reader.take(4) & 0xFFFFFFU;
  reader.take(4);  // track_ID
  if ((flags & 0x1U) != 0) result.base = reader.take(8);
  if ((flags & 0x2U) != 0) reader.take(4);
  if ((flags & 0x8U) != 0) result.samples.duration = static_cast<std::int64_t>(reader.take(4));
  if ((flags & 0x10U) != 0) result.samples.size = static_cast<std::int64_t>(reader.take(4));
  if (reader.overrun()) return std::nullopt;
  return result;
}

RunReader::RunReader(std::string_view run, const SampleDefaults& defaults)
    : reader_(run), defaults_(defaults) {
  flags_ = reader_.take(4) & 0xFFFFFFU;
  count_ = reader_.take(4);
  if ((flags_ & has_data_offset) != 0) data_offset_ = static_cast<std::int32_t>(reader_.take(4));
  if ((flags_ & has_first_flags) != 0) reader_.take(4);
}

SampleDefaults RunReader::next() {
  SampleDefaults sample = defaults_;
  if ((flags_ & has_duration) != 0) sample.duration = static_cast<std::int64_t>(reader_.take(4));
  if ((flags_ & has_size) != 0) sample.size = static_cast<std::int64_t>(reader_.take(4));
  if ((flags_ & has_flags) != 0) reader_.take(4);
  if ((flags_ & has_composition_offset) != 0) reader_.take(4);
  return reader_.overrun() ? SampleDefaults{} : sample;
}

}  // namespace rung::media
