#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "media/decode/cbc_decryptor.h"
#include "media/decode/libav.h"

namespace rung::decode {

/// What samples are encrypted with. In ISO BMFF the file tells the vector itself.
struct SampleKey {
  CipherBlock key{};
  CipherBlock vector{};
  friend bool operator==(const SampleKey&, const SampleKey&) = default;
};

/// Undoes the encryption of samples in MPEG-TS and in packed audio (HLS METHOD=SAMPLE-AES; Apple,
/// "MPEG-2 Stream Encryption Format for HTTP Live Streaming"): AES-128 in CBC mode without padding,
/// which begins anew with every NAL unit or frame.
///
/// * H.264: NAL units 1 and 5 of more than 48 bytes. 32 bytes are clear, then of every 160 the
///   first 16 are encrypted where more than 16 are left. Emulation prevention was applied once more
///   behind the encryption.
/// * AAC: behind the ADTS header 16 bytes are clear, then all whole blocks are encrypted.
/// * AC-3, E-AC-3: the same behind the first 16 bytes of a frame.
class SampleDecryptor {
 public:
  explicit SampleDecryptor(const SampleKey& key);

  /// In place; false where samples of this codec are never encrypted so.
  [[nodiscard]] bool decrypt(AVPacket& packet, AVCodecID codec);

 private:
  struct Free {
    void operator()(AVAES* state) const;
  };
  void decrypt_pictures(AVPacket& packet);
  void decrypt_frames(std::span<std::byte> frames);
  /// Whole blocks, all of which are encrypted.
  void decrypt_blocks(std::span<std::byte> bytes, CipherBlock& chained);

  std::unique_ptr<AVAES, Free> state_;
  CipherBlock vector_;
};

/// `nal` without the bytes that keep start codes out of it (ITU-T H.264 section 7.4.1).
[[nodiscard]] std::vector<std::byte> without_emulation_prevention(std::span<const std::byte> nal);

}  // namespace rung::decode
