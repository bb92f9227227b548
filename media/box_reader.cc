#include "media/box_reader.h"

namespace rung::media {

std::optional<Box> read_box(std::string_view bytes, std::size_t begin) {
  if (begin > bytes.size() || bytes.size() - begin < 8) return std::nullopt;
  ByteReader reader(bytes.substr(begin));
  std::uint64_t size = reader.take(4);
  std::size_t header = 8;
  reader.take(4);
  if (size == 1) {
    size = reader.take(8);
    header = 16;
  } else if (size == 0) {
    size = bytes.size() - begin;
  }
  if (reader.overrun() || size < header || size > bytes.size() - begin) return std::nullopt;
  const auto length = static_cast<std::size_t>(size);
  return Box{begin, begin + length, bytes.substr(begin + 4, 4),
             bytes.substr(begin + header, length - header)};
}

std::optional<Box> find_box(std::string_view bytes, std::string_view type) {
  std::size_t position = 0;
  while (auto box = read_box(bytes, position)) {
    if (box->type == type) return box;
    position = box->end;
  }
  return std::nullopt;
}

}  // namespace rung::media
