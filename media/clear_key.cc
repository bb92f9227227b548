#include "media/clear_key.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "media/json_text.h"

namespace rung::media {
namespace {

using Block = std::array<std::byte, 16>;

constexpr std::size_t most_keys = 64;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view hexadecimal = "0123456789abcdef";

/// RFC 4648 section 5, without padding.
std::string base64url(const Block& bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::byte byte : bytes) {
    bits = bits << 8U | std::to_integer<std::uint32_t>(byte);
    for (count += 8; count >= 6; count -= 6) text += alphabet[bits >> (count - 6) & 63U];
  }
  if (count > 0) text += alphabet[bits << (6 - count) & 63U];
  return text;
}

/// With padding or without, also in the alphabet of plain base64; nullopt where it is not 16 bytes.
std::optional<Block> from_base64url(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  constexpr std::size_t length = 22;
  if (text.size() != length) return std::nullopt;
  Block bytes{};
  std::size_t filled = 0;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (char letter : text) {
    if (letter == '+') letter = '-';
    if (letter == '/') letter = '_';
    const std::size_t value = alphabet.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[filled++] = std::byte(bits >> count & 0xFFU);
  }
  return bytes;
}

Block block_of(std::string_view digits) {
  Block bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] =
        std::byte(hexadecimal.find(digits[2 * i]) << 4U | hexadecimal.find(digits[2 * i + 1]));
  return bytes;
}

std::string digits_of(const Block& bytes) {
  std::string digits;
  for (const std::byte byte : bytes) {
    digits += hexadecimal[std::to_integer<unsigned>(byte) >> 4U];
    digits += hexadecimal[std::to_integer<unsigned>(byte) & 15U];
  }
  return digits;
}

std::optional<Block> block_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return from_base64url(found->get_ref<const std::string&>());
}

/// The member of that name, which has to be a list.
Expected<Json> list_in(std::string_view text, const char* what, const char* name) {
  const auto json = parse_json(text, what);
  if (!json) return tl::unexpected<Error>(json.error());
  const auto found = json->is_object() ? json->find(name) : json->end();
  if (!json->is_object() || found == json->end() || !found->is_array())
    return failure(ErrorCode::malformed, std::string("has no list \"") + name + "\"", what);
  if (found->size() > most_keys)
    return failure(ErrorCode::limit_exceeded, "has too many keys", what);
  return *found;
}

}  // namespace

std::string clear_key_request(const std::set<std::string>& key_ids) {
  Json kids = Json::array();
  for (const std::string& id : key_ids) kids.push_back(base64url(block_of(id)));
  return Json{{"kids", std::move(kids)}, {"type", "temporary"}}.dump();
}

Expected<KeysById> parse_clear_key_licence(std::string_view text) {
  constexpr const char* what = "the licence";
  const auto list = list_in(text, what, "keys");
  if (!list) return tl::unexpected<Error>(list.error());
  KeysById keys;
  for (const Json& key : *list) {
    if (!key.is_object()) return failure(ErrorCode::malformed, "has a key that is none", what);
    const auto id = block_at(key, "kid");
    const auto value = block_at(key, "k");
    if (!id || !value)
      return failure(ErrorCode::malformed, "has a key that is not of 16 bytes, or without an id",
                     what);
    keys.insert_or_assign(digits_of(*id), *value);
  }
  return keys;
}

Expected<std::string> clear_key_licence(std::string_view request, const KeysById& keys) {
  constexpr const char* what = "the licence request";
  const auto list = list_in(request, what, "kids");
  if (!list) return tl::unexpected<Error>(list.error());
  Json answer = Json::array();
  for (const Json& kid : *list) {
    const auto id =
        kid.is_string() ? from_base64url(kid.get_ref<const std::string&>()) : std::nullopt;
    if (!id) return failure(ErrorCode::malformed, "has an id that is not of 16 bytes", what);
    if (const auto found = keys.find(digits_of(*id)); found != keys.end())
      answer.push_back(
          Json{{"kty", "oct"}, {"kid", base64url(*id)}, {"k", base64url(found->second)}});
  }
  return Json{{"keys", std::move(answer)}, {"type", "temporary"}}.dump();
}

}  // namespace rung::media
