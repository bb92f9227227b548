#include "media/decode/sample_decryptor.h"

#include <algorithm>
#include <cstdint>
#include <new>

extern "C" {
#include <libavutil/aes.h>
#include <libavutil/mem.h>
}

#include "core/check.h"

namespace rung::decode {
namespace {

constexpr std::size_t block = std::tuple_size_v<CipherBlock>;
constexpr std::size_t longest_clear_nal = 48;
constexpr std::size_t clear_of_nal = 32;
constexpr std::size_t nal_pattern = 10 * block;
constexpr std::size_t clear_of_frame = 16;
constexpr std::size_t start_code_size = 3;
constexpr std::size_t least_adts_header = 7;

unsigned at(std::span<const std::byte> bytes, std::size_t index) {
  return std::to_integer<unsigned>(bytes[index]);
}

/// Where the next 00 00 01 begins at or behind `from`; the end where there is none.
std::size_t start_code(std::span<const std::byte> bytes, std::size_t from) {
  for (std::size_t i = from; i + start_code_size <= bytes.size(); ++i)
    if (at(bytes, i) == 0 && at(bytes, i + 1) == 0 && at(bytes, i + 2) == 1) return i;
  return bytes.size();
}

}  // namespace

void SampleDecryptor::Free::operator()(AVAES* state) const { av_free(state); }

SampleDecryptor::SampleDecryptor(const SampleKey& key)
    : state_(av_aes_alloc()), vector_(key.vector) {
  constexpr int key_bits = 128;
  if (!state_) throw std::bad_alloc();
  RUNG_CHECK(av_aes_init(state_.get(), reinterpret_cast<const std::uint8_t*>(key.key.data()),
                         key_bits, 1) == 0);
}

bool SampleDecryptor::decrypt(AVPacket& packet, AVCodecID codec) {
  if (av_packet_make_writable(&packet) < 0) throw std::bad_alloc();
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(packet.data),
                                   static_cast<std::size_t>(packet.size));
  switch (codec) {
    case AV_CODEC_ID_H264:
      decrypt_pictures(packet);
      return true;
    case AV_CODEC_ID_AAC:
      decrypt_frames(bytes);
      return true;
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3: {
      CipherBlock chained = vector_;
      decrypt_blocks(bytes.subspan(std::min(clear_of_frame, bytes.size())), chained);
      return true;
    }
    default:
      return false;
  }
}

void SampleDecryptor::decrypt_pictures(AVPacket& packet) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(packet.data),
                                         static_cast<std::size_t>(packet.size));
  std::vector<std::byte> plain;
  plain.reserve(bytes.size());
  std::size_t begin = start_code(bytes, 0);
  plain.insert(plain.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(begin));
  while (begin < bytes.size()) {
    const std::size_t end = start_code(bytes, begin + start_code_size);
    const auto unit = bytes.subspan(begin, end - begin);
    auto nal = unit.subspan(start_code_size);
    // Zeros in front of the next start code are not of the NAL unit.
    while (!nal.empty() && nal.back() == std::byte{}) nal = nal.first(nal.size() - 1);
    const unsigned type = nal.empty() ? 0 : at(nal, 0) & 0x1FU;
    begin = end;
    if ((type != 1 && type != 5) || nal.size() <= longest_clear_nal) {
      plain.insert(plain.end(), unit.begin(), unit.end());
      continue;
    }
    std::vector<std::byte> decrypted = without_emulation_prevention(nal);
    CipherBlock chained = vector_;
    for (std::size_t i = clear_of_nal; i + block < decrypted.size(); i += nal_pattern)
      decrypt_blocks(std::span(decrypted).subspan(i, block), chained);
    plain.insert(plain.end(), unit.begin(), unit.begin() + start_code_size);
    plain.insert(plain.end(), decrypted.begin(), decrypted.end());
  }
  // Never longer than it was.
  std::ranges::copy(plain, reinterpret_cast<std::byte*>(packet.data));
  av_shrink_packet(&packet, static_cast<int>(plain.size()));
}

void SampleDecryptor::decrypt_frames(std::span<std::byte> frames) {
  while (frames.size() >= least_adts_header) {
    const std::size_t header = (at(frames, 1) & 1U) != 0 ? 7 : 9;
    const std::size_t size = std::clamp<std::size_t>(
        (at(frames, 3) & 3U) << 11U | at(frames, 4) << 3U | at(frames, 5) >> 5U, least_adts_header,
        frames.size());
    CipherBlock chained = vector_;
    if (size > header + clear_of_frame)
      decrypt_blocks(frames.first(size).subspan(header + clear_of_frame), chained);
    frames = frames.subspan(size);
  }
}

void SampleDecryptor::decrypt_blocks(std::span<std::byte> bytes, CipherBlock& chained) {
  auto* const data = reinterpret_cast<std::uint8_t*>(bytes.data());
  av_aes_crypt(state_.get(), data, data, static_cast<int>(bytes.size() / block),
               reinterpret_cast<std::uint8_t*>(chained.data()), 1);
}

std::vector<std::byte> without_emulation_prevention(std::span<const std::byte> nal) {
  std::vector<std::byte> plain;
  plain.reserve(nal.size());
  std::size_t zeros = 0;
  for (const std::byte byte : nal) {
    if (zeros >= 2 && byte == std::byte{3}) {
      zeros = 0;
      continue;
    }
    zeros = byte == std::byte{} ? zeros + 1 : 0;
    plain.push_back(byte);
  }
  return plain;
}

}  // namespace rung::decode
