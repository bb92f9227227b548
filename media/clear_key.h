#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/expected.h"

// Licences for clear keys, as they go over the wire (W3C, Encrypted Media Extensions, section
// 9.1.4; DASH-IF, Implementation Guidelines, Content Protection): JSON, ids and keys in base64url.
//
//     request   {"kids": ["..."], "type": "temporary"}
//     licence   {"keys": [{"kty": "oct", "kid": "...", "k": "..."}], "type": "temporary"}

namespace rung::media {

/// Keys by their id, 32 hexadecimal digits in lower case.
using KeysById = std::map<std::string, std::array<std::byte, 16>>;

/// As a client writes it. Every id has its 32 digits.
[[nodiscard]] std::string clear_key_request(const std::set<std::string>& key_ids);
/// The keys of a licence, at most 64; further members of it are passed over. Fails (malformed)
/// where it is none, or has a key or an id that is not of 16 bytes.
[[nodiscard]] Expected<KeysById> parse_clear_key_licence(std::string_view text);

/// The licence that answers a request: what of `keys` it asks for, which may be none. Fails
/// (malformed) where it is none.
[[nodiscard]] Expected<std::string> clear_key_licence(std::string_view request,
                                                      const KeysById& keys);

}  // namespace rung::media
