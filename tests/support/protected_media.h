#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "media/decode/cbc_decryptor.h"
#include "media/decode/sample_decryptor.h"
#include "media/track.h"

namespace rung::test {

using Bytes = std::vector<std::byte>;

/// Encrypts the samples of ISO BMFF (ISO/IEC 23001-7): of pictures what is behind the first 32
/// bytes of each NAL unit with a picture, of sound all. 'cbcs' takes one block of ten of pictures
/// and all whole blocks of sound, with one vector for all; 'cenc' takes all, with a vector a
/// sample.
struct SampleProtection {
  std::string scheme;  ///< "cbcs" or "cenc".
  decode::CipherBlock key{};
  decode::CipherBlock vector{};  ///< Of 'cbcs'.
  std::string key_id;            ///< 32 hexadecimal digits.

  /// Init segments and segments of one track, as ffmpeg writes them.
  [[nodiscard]] Bytes init(const Bytes& clear) const;
  [[nodiscard]] Bytes segment(const Bytes& clear, media::TrackKind kind) const;
};

/// `clear`, an MPEG-TS file with H.264 and AAC, with its samples encrypted as Apple's "MPEG-2
/// Stream Encryption Format for HTTP Live Streaming" has it, and the stream types that tell so.
[[nodiscard]] Bytes encrypted_stream(const Bytes& clear, const decode::SampleKey& key);
/// An access unit in Annex B, or ADTS frames, encrypted so.
[[nodiscard]] Bytes encrypted_pictures(const Bytes& clear, const decode::SampleKey& key);
[[nodiscard]] Bytes encrypted_frames(const Bytes& clear, const decode::SampleKey& key);

/// Keeps start codes out of a NAL unit (ITU-T H.264 section 7.4.1).
[[nodiscard]] Bytes with_emulation_prevention(const Bytes& plain);

/// Encrypts whole blocks in place, from `chained` on.
void encrypt_blocks(std::byte* bytes, std::size_t blocks, const decode::CipherBlock& key,
                    decode::CipherBlock& chained);

}  // namespace rung::test
