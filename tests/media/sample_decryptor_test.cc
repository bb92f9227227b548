#include "media/decode/sample_decryptor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/random.h"
#include "media/decode/content_keys.h"
#include "media/decode/demuxer.h"
#include "media/sample_protection.h"
#include "tests/support/encoded_title.h"
#include "tests/support/protected_media.h"

namespace rung::decode {
namespace {

using media::TrackKind;
using test::Bytes;
using test::EncodedTitle;

const SampleKey key{.key = cipher_block("00112233445566778899aabbccddeeff").value(),
                    .vector = cipher_block("0f1e2d3c4b5a69788796a5b4c3d2e1f0").value()};
constexpr const char* key_id = "0123456789abcdef0123456789abcdef";

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  Bytes bytes(size);
  for (std::byte& byte : bytes)
    byte = std::byte(static_cast<unsigned char>(random.uniform() * 256));
  return bytes;
}

void put(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
Bytes bytes_of(std::initializer_list<unsigned> values) {
  Bytes bytes;
  for (const unsigned value : values) bytes.push_back(std::byte(value));
  return bytes;
}

Bytes decrypted(const Bytes& bytes, AVCodecID codec) {
  const PacketPtr packet(av_packet_alloc());
  EXPECT_EQ(av_new_packet(packet.get(), static_cast<int>(bytes.size())), 0);
  std::memcpy(packet->data, bytes.data(), bytes.size());
  EXPECT_TRUE(SampleDecryptor(key).decrypt(*packet, codec));
  const auto* const data = reinterpret_cast<const std::byte*>(packet->data);
  return {data, data + packet->size};
}

TEST(SampleDecryptor, UndoesTheEncryptionOfPicturesAndTheirSecondEmulationPrevention) {
  for (const std::size_t size : {10U, 48U, 49U, 64U, 65U, 208U, 209U, 5000U}) {
    // Full of zeros, so that start codes would be in it.
    Bytes slice = bytes_of({0x65});
    put(slice, random_bytes(size - 2, size));
    for (std::size_t i = 5; i + 4 < slice.size(); i += 7)
      std::fill_n(slice.begin() + static_cast<std::ptrdiff_t>(i), 3, std::byte{});
    slice.push_back(std::byte{0x80});
    const Bytes clear = test::with_emulation_prevention(slice);
    const auto unit = [](const Bytes& nal) {
      Bytes all = bytes_of({0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 1});
      put(all, nal);
      put(all, bytes_of({0, 0, 1, 0x06, 5, 4}));
      return all;
    };
    EXPECT_EQ(decrypted(test::encrypted_pictures(unit(clear), key), AV_CODEC_ID_H264), unit(clear))
        << size;
    EXPECT_EQ(test::encrypted_pictures(unit(clear), key) == unit(clear), clear.size() <= 48);
  }
}

TEST(SampleDecryptor, UndoesTheEncryptionOfSound) {
  Bytes clear;
  Bytes encrypted;
  for (const std::size_t size : {7U, 20U, 23U, 40U, 700U}) {
    for (const std::size_t header : {7U, 9U}) {
      if (size < header) continue;
      Bytes frame = random_bytes(size, size);
      std::ranges::copy(bytes_of({0xFF, header == 7 ? 0xF1U : 0xF0U, 0x4C, 0x80U,
                                  static_cast<unsigned>(size >> 3U) & 0xFFU,
                                  (static_cast<unsigned>(size) & 7U) << 5U | 0x1FU, 0xFC}),
                        frame.begin());
      put(clear, frame);
      CipherBlock chained = key.vector;
      if (size > header + 16)
        test::encrypt_blocks(frame.data() + header + 16, (size - header - 16) / 16, key.key,
                             chained);
      put(encrypted, frame);
    }
  }
  EXPECT_EQ(decrypted(encrypted, AV_CODEC_ID_AAC), clear);

  const Bytes surround = random_bytes(500, 1);
  Bytes locked = surround;
  CipherBlock chained = key.vector;
  test::encrypt_blocks(locked.data() + 16, (locked.size() - 16) / 16, key.key, chained);
  EXPECT_EQ(decrypted(locked, AV_CODEC_ID_AC3), surround);
  EXPECT_EQ(decrypted(bytes_of({1, 2}), AV_CODEC_ID_EAC3), bytes_of({1, 2}));
}

TEST(SampleDecryptor, HostileSamplesAreOnlyBytes) {
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    for (const AVCodecID codec : {AV_CODEC_ID_H264, AV_CODEC_ID_AAC, AV_CODEC_ID_AC3}) {
      Bytes bytes = random_bytes(seed, seed);
      for (std::byte& byte : bytes)
        if (std::to_integer<unsigned>(byte) < 160) byte &= std::byte{1};
      EXPECT_LE(decrypted(bytes, codec).size(), bytes.size());
    }
  const PacketPtr packet(av_packet_alloc());
  EXPECT_EQ(av_new_packet(packet.get(), 8), 0);
  EXPECT_FALSE(SampleDecryptor(key).decrypt(*packet, AV_CODEC_ID_OPUS));
}

/// The packets of a segment behind its init segment; the error where it ends with one.
Expected<std::vector<Bytes>> packets(const Bytes& bytes, const std::optional<SampleKey>& with) {
  MemorySource source(bytes);
  auto demuxer = Demuxer::open(source, with);
  if (!demuxer) return tl::unexpected<Error>(demuxer.error());
  std::vector<Bytes> all;
  for (;;) {
    auto packet = (*demuxer)->next();
    if (!packet) return tl::unexpected<Error>(packet.error());
    if (!*packet) return all;
    const AVPacket& media = *(*packet)->packet;
    const auto* const data = reinterpret_cast<const std::byte*>(media.data);
    all.emplace_back(data, data + media.size);
  }
}

TEST(Demuxer, DecryptsPicturesAndSoundAsTheirBoxesSayOrTellsThatItCannot) {
  const EncodedTitle title(EncodedTitle::Packaging::dash, 2);
  for (const auto& [scheme, kind] : {std::pair("cbcs", TrackKind::video),
                                     {"cbcs", TrackKind::audio},
                                     {"cenc", TrackKind::video},
                                     {"cenc", TrackKind::audio}}) {
    const test::SampleProtection protection{
        .scheme = scheme, .key = key.key, .vector = key.vector, .key_id = key_id};
    const Bytes init = title.init(kind, 0);
    Bytes clear = init;
    put(clear, title.segment(kind, 0, 1));
    const Bytes locked_init = protection.init(init);
    Bytes locked = locked_init;
    put(locked, protection.segment(title.segment(kind, 0, 1), kind));
    ASSERT_NE(clear, locked);
    EXPECT_EQ(media::default_key_id(
                  {reinterpret_cast<const char*>(locked_init.data()), locked_init.size()}),
              key_id);
    const auto plain = packets(clear, std::nullopt);
    ASSERT_TRUE(plain) << to_string(plain.error());
    ASSERT_GT(plain->size(), 20U);
    // Of FFmpeg's boxes the file tells the vector.
    const auto opened = packets(locked, SampleKey{.key = key.key});
    ASSERT_TRUE(opened) << scheme << ": " << to_string(opened.error());
    EXPECT_EQ(*opened, *plain) << scheme;
    EXPECT_EQ(packets(clear, SampleKey{.key = key.key}), *plain) << "what is clear stays so";
    const auto refused = packets(locked, std::nullopt);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  }
}

TEST(ContentKeys, AreWrittenAsAnIdAndAKey) {
  const auto read =
      parse_content_key("01234567-89AB-cdef-0123-456789ABCDEF:00112233445566778899aabbccddeeff");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->first, key_id);
  EXPECT_EQ(read->second, key.key);
  for (const char* nonsense :
       {"", ":", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef:",
        "0123456789abcdef0123456789abcdef:00112233445566778899aabbccddeef",
        "0123456789abcdef0123456789abcdef:00112233445566778899aabbccddeefg",
        "0123456789abcdef0123456789abcde:00112233445566778899aabbccddeeff",
        "0123456789abcdef0123456789abcdefa:00112233445566778899aabbccddeeff"})
    EXPECT_FALSE(parse_content_key(nonsense)) << nonsense;
}

}  // namespace
}  // namespace rung::decode
