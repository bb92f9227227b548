#include "media/decode/key_trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "media/decode/content_keys.h"
#include "tests/support/encoded_title.h"
#include "tests/support/protected_media.h"

namespace rung::decode {
namespace {

using media::TrackKind;
using test::Bytes;
using Verdict = KeyTrial::Verdict;

constexpr SegmentNumber second = 1;

Verdict verdict_on(const Bytes& init, const Bytes& segment, const CipherBlock& key) {
  Bytes bytes = init;
  bytes.insert(bytes.end(), segment.begin(), segment.end());
  MemorySource source(bytes);
  const auto demuxer = Demuxer::open(source, SampleKey{.key = key});
  EXPECT_TRUE(demuxer);
  KeyTrial trial;
  for (;;) {
    const auto packet = (*demuxer)->next();
    EXPECT_TRUE(packet);
    if (!packet || !*packet || trial.verdict() != Verdict::open) return trial.verdict();
    trial.take(**packet, (*demuxer)->parameters((*packet)->kind));
  }
}

TEST(KeyTrial, TellsTheRightKeyFromAWrongOne) {
  const test::EncodedTitle title(test::EncodedTitle::Packaging::dash, 2);
  const CipherBlock right = cipher_block("00112233445566778899aabbccddeeff").value();
  for (const auto& [scheme, kind] : {std::pair("cbcs", TrackKind::video),
                                     {"cbcs", TrackKind::audio},
                                     {"cenc", TrackKind::video},
                                     {"cenc", TrackKind::audio}}) {
    const test::SampleProtection protection{
        .scheme = scheme,
        .key = right,
        .vector = cipher_block("0f1e2d3c4b5a69788796a5b4c3d2e1f0").value(),
        .key_id = "0123456789abcdef0123456789abcdef"};
    const Bytes init = protection.init(title.init(kind, 0));
    const Bytes segment = protection.segment(title.segment(kind, 0, second), kind);
    EXPECT_EQ(verdict_on(init, segment, right), Verdict::right) << scheme;
    for (unsigned char i = 1; i < 40; ++i) {
      CipherBlock wrong = right;
      wrong[0] = std::byte{i};
      EXPECT_EQ(verdict_on(init, segment, wrong), Verdict::wrong) << scheme << int{i};
    }
    EXPECT_EQ(verdict_on(title.init(kind, 0), title.segment(kind, 0, second), right),
              Verdict::right)
        << "what is clear is healthy with any key";
    // One damaged sample says nothing.
    Bytes damaged = segment;
    damaged[damaged.size() / 2] ^= std::byte{0x55};
    EXPECT_EQ(verdict_on(init, damaged, right), Verdict::right) << scheme;
  }
}

/// The packet behind an SEI message of which most is missing.
Packet behind_half_a_message(const Packet& packet) {
  constexpr std::array<std::uint8_t, 12> message{0, 0, 0, 8, 6, 5, 200, 'h', 'a', 'l', 'f', 0x80};
  const auto head = static_cast<int>(message.size());
  const AVPacket& clear = *packet.packet;
  PacketPtr longer(av_packet_alloc());
  EXPECT_EQ(av_new_packet(longer.get(), head + clear.size), 0);
  EXPECT_EQ(av_packet_copy_props(longer.get(), &clear), 0);
  std::ranges::copy(message, longer->data);
  std::copy_n(clear.data, clear.size, longer->data + head);
  return {std::move(longer), packet.kind, packet.pts};
}

TEST(KeyTrial, PassesOverWhatStandsBesideTheSlices) {
  const test::EncodedTitle title(test::EncodedTitle::Packaging::dash, 2);
  Bytes bytes = title.init(TrackKind::video, 0);
  const Bytes segment = title.segment(TrackKind::video, 0, second);
  bytes.insert(bytes.end(), segment.begin(), segment.end());
  MemorySource source(bytes);
  const auto demuxer = Demuxer::open(source, std::nullopt);
  ASSERT_TRUE(demuxer);
  KeyTrial trial;
  for (;;) {
    const auto packet = (*demuxer)->next();
    if (!packet || !*packet || trial.verdict() != Verdict::open) break;
    trial.take(behind_half_a_message(**packet), (*demuxer)->parameters(TrackKind::video));
  }
  EXPECT_EQ(trial.verdict(), Verdict::right);
}

}  // namespace
}  // namespace rung::decode
