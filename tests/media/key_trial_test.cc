#include "media/decode/key_trial.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace rung::decode
