#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/expected.h"

struct AVAES;

namespace rung::decode {

/// 16 bytes: an AES-128 key, an initialization vector, a block.
using CipherBlock = std::array<std::byte, 16>;

/// Undoes AES-128 in CBC mode with PKCS #7 padding (HLS METHOD=AES-128, RFC 8216 section 4.3.2.4)
/// as the bytes arrive. A resource.
class CbcDecryptor {
 public:
  CbcDecryptor(const CipherBlock& key, const CipherBlock& initialization_vector);
  CbcDecryptor(CbcDecryptor&&) = default;
  CbcDecryptor& operator=(CbcDecryptor&&) = default;

  /// The next bytes in plain, as far as blocks are complete; the last block is held back, for it
  /// ends with the padding.
  [[nodiscard]] std::vector<std::byte> take(std::span<const std::byte> bytes);
  /// What was held back, without the padding. Fails (decode) where the bytes are not whole blocks,
  /// or do not end with a padding: the key is another one. Once.
  [[nodiscard]] Expected<std::vector<std::byte>> finish();

 private:
  struct Free {
    void operator()(AVAES* state) const;
  };
  std::unique_ptr<AVAES, Free> state_;
  CipherBlock chained_;               ///< The block before, still encrypted.
  std::vector<std::byte> held_back_;  ///< Encrypted; at most one block.
};

}  // namespace rung::decode
