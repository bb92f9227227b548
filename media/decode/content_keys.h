#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "media/decode/cbc_decryptor.h"

namespace rung::decode {

/// Keys of protected media that somebody has been given, by the id that its files and manifests
/// have for them: 32 hexadecimal digits in lower case.
using ContentKeys = std::map<std::string, CipherBlock>;

/// 16 bytes from 32 hexadecimal digits; nullopt where they are none.
[[nodiscard]] std::optional<CipherBlock> cipher_block(std::string_view digits);
/// "ID:KEY", each of 32 hexadecimal digits, the id also as a UUID; nullopt where it is none.
[[nodiscard]] std::optional<std::pair<std::string, CipherBlock>> parse_content_key(
    std::string_view text);

}  // namespace rung::decode
