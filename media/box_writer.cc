#include "media/box_writer.h"

namespace rung::media {

void put(Bytes& bytes, std::uint64_t value, int count) {
  for (int i = count - 1; i >= 0; --i)
    bytes.push_back(std::byte(value >> (8U * static_cast<unsigned>(i)) & 0xFFU));
}

void put(Bytes& bytes, std::string_view text) { put(bytes, std::as_bytes(std::span(text))); }

void put(Bytes& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t count) {
  RUNG_CHECK(at <= bytes.size() && count <= bytes.size() - at);
  std::uint64_t value = 0;
  for (const std::byte byte : bytes.subspan(at, count))
    value = value << 8U | std::to_integer<unsigned>(byte);
  return value;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes box(std::string_view type, std::span<const std::byte> body) {
  Bytes bytes;
  bytes.reserve(box_header + body.size());
  put(bytes, body.size() + box_header, 4);
  put(bytes, type);
  put(bytes, body);
  return bytes;
}

Bytes box(const Box& found) { return box(found.type, std::as_bytes(std::span(found.body))); }

}  // namespace rung::media
