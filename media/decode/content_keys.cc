#include "media/decode/content_keys.h"

#include <charconv>
#include <cstddef>
#include <system_error>

#include "media/sample_protection.h"

namespace rung::decode {

std::optional<CipherBlock> cipher_block(std::string_view digits) {
  CipherBlock block{};
  if (digits.size() != block.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const std::string_view pair = digits.substr(i * 2, 2);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(pair.data(), pair.data() + 2, value, 16);
    if (error != std::errc() || end != pair.data() + 2) return std::nullopt;
    block[i] = std::byte(value);
  }
  return block;
}

std::optional<std::pair<std::string, CipherBlock>> parse_content_key(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string id = media::normal_key_id(text.substr(0, colon));
  const auto key = cipher_block(text.substr(colon + 1));
  if (id.empty() || !key) return std::nullopt;
  return std::pair(id, *key);
}

}  // namespace rung::decode
