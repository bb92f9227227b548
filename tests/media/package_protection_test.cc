#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "media/decode/cbc_decryptor.h"
#include "media/decode/content_keys.h"
#include "media/decode/demuxer.h"
#include "media/package/track_encryptor.h"
#include "media/sample_protection.h"
#include "tests/media/packages.h"

// Packages that are encrypted, as libavformat and our own decryptor open them.

namespace rung::package {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Scheme = ContentProtection::Scheme;

const std::string key_id = "0123456789abcdef0123456789abcdef";

ContentProtection protection(Scheme scheme) {
  return {.scheme = scheme,
          .key_id = key_id,
          .key = decode::cipher_block("00112233445566778899aabbccddeeff").value()};
}

/// The samples of a segment behind its init segment.
std::vector<std::string> samples(const fs::path& folder, const std::string& segment,
                                 const ContentProtection& with) {
  const std::string bytes = read(folder / "init.mp4") + read(folder / segment);
  decode::MemorySource source(std::as_bytes(std::span(bytes)));
  const auto demuxer = decode::Demuxer::open(source, decode::SampleKey{.key = with.key});
  if (!demuxer) return {to_string(demuxer.error())};
  std::vector<std::string> all;
  for (;;) {
    const auto packet = (*demuxer)->next();
    if (!packet) return {to_string(packet.error())};
    if (!*packet) return all;
    const AVPacket& media = *(*packet)->packet;
    all.emplace_back(reinterpret_cast<const char*>(media.data),
                     static_cast<std::size_t>(media.size));
  }
}

/// Bytes that are not the same at the same place.
std::size_t differences(const std::string& a, const std::string& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] != b[i] ? 1U : 0U;
  return count;
}

/// Where the first byte of the packet is that is hidden but must not be, going by its NAL units:
/// all but slices is clear, and of these their headers; the size where all is as it should be.
std::size_t first_wrongly_hidden(const std::string& hidden, const std::string& clear) {
  constexpr std::size_t length_size = 4;
  constexpr std::size_t clear_of_slice = length_size + 128;
  for (std::size_t at = 0; at < clear.size();) {
    std::size_t size = length_size;
    for (std::size_t i = 0; i < length_size; ++i)
      size += std::size_t{static_cast<unsigned char>(clear[at + i])} << (8 * (length_size - 1 - i));
    const int type = clear[at + length_size] & 31;
    const bool is_slice = type == 1 || type == 5;
    const std::size_t end = at + (is_slice ? std::min(size, clear_of_slice) : size);
    for (std::size_t i = at; i < end; ++i)
      if (hidden[i] != clear[i]) return i;
    at += size;
  }
  return clear.size();
}

class ProtectedPackage : public ::testing::TestWithParam<Scheme> {
 protected:
  static fs::path write(const TemporaryDirectory& root, const std::string& name,
                        const PackageOptions& options) {
    const auto written = write_package(*small_demo(2), options, root / name, {});
    EXPECT_TRUE(written) << to_string(written.error());
    return root / name;
  }
  const TemporaryDirectory root_;
};

TEST_P(ProtectedPackage, HasTheSameSamplesForWhoeverHasTheKey) {
  PackageOptions options = small_options();
  options.chunk_duration = std::chrono::milliseconds(500);
  const fs::path clear = write(root_, "clear", options);
  options.protection = protection(GetParam());
  const fs::path locked = write(root_, "locked", options);
  const fs::path again = write(root_, "again", options);
  for (const char* track : {"video-300k", "audio-128k"}) {
    EXPECT_EQ(media::default_key_id(read(locked / track / "init.mp4")).value(), key_id);
    for (const char* segment : {"seg-1.m4s", "seg-2.m4s"}) {
      const std::string bytes = read(locked / track / segment);
      EXPECT_EQ(bytes, read(again / track / segment)) << "the same packets give the same bytes";
      EXPECT_EQ(samples(locked / track, segment, *options.protection),
                samples(clear / track, segment, *options.protection))
          << track << segment;
      ContentProtection wrong = *options.protection;
      wrong.key[0] ^= std::byte{1};
      EXPECT_NE(samples(locked / track, segment, wrong), samples(clear / track, segment, wrong));
      const auto hidden = samples(locked / track, segment, wrong);
      const auto shown = samples(clear / track, segment, wrong);
      EXPECT_GT(differences(hidden.front(), shown.front()), shown.front().size() / 20)
          << track << segment;
      if (std::string_view(track) != "video-300k") continue;
      ASSERT_EQ(hidden.size(), shown.size());
      for (std::size_t i = 0; i < shown.size(); ++i)
        EXPECT_EQ(first_wrongly_hidden(hidden[i], shown[i]), shown[i].size()) << segment << i;
    }
  }
  const std::string mpd = read(locked / "manifest.mpd");
  EXPECT_THAT(
      all_matches(mpd, "default_KID=\"([^\"]*)\""),
      ElementsAre("01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"));
  EXPECT_THAT(mpd, Not(HasSubstr("Laurl")));
  for (const auto& entry : fs::recursive_directory_iterator(locked))
    EXPECT_THAT(entry.path().filename(), Not("content.key"));
  EXPECT_EQ(read(clear / "video-300k/index.m3u8").find("EXT-X-KEY"), std::string::npos);
  EXPECT_THAT(
      read(locked / "video-300k/index.m3u8"),
      HasSubstr(GetParam() == Scheme::cbcs ? "METHOD=SAMPLE-AES," : "METHOD=SAMPLE-AES-CTR,"));
  EXPECT_THAT(read(locked / "package.json"), HasSubstr(key_id));
}

INSTANTIATE_TEST_SUITE_P(OfSamples, ProtectedPackage,
                         ::testing::Values(Scheme::cenc, Scheme::cbcs));

TEST(Package, TellsWhereItsKeyIsToBeHad) {
  const TemporaryDirectory root;
  PackageOptions options = small_options();
  options.ladder = {{100_kbps, 256, 144}};
  options.protection = protection(Scheme::cenc);
  options.protection->key_url = "https://keys.example/licence?a=1&b=2";
  ASSERT_TRUE(write_package(*small_demo(1), options, root / "title", {}));
  EXPECT_THAT(read(root / "title/manifest.mpd"),
              HasSubstr("<dashif:Laurl>https://keys.example/licence?a=1&amp;b=2</dashif:Laurl>"));
  EXPECT_THAT(read(root / "title/video-100k/index.m3u8"),
              HasSubstr("URI=\"https://keys.example/licence?a=1&b=2\""));
}

TEST(Package, OfWholeSegmentsIsForHlsAndHasItsKey) {
  const TemporaryDirectory root;
  PackageOptions options = small_options();
  options.ladder = {{100_kbps, 256, 144}};
  ASSERT_TRUE(write_package(*small_demo(2), options, root / "clear", {}));
  options.protection = protection(Scheme::aes_128);
  ASSERT_TRUE(write_package(*small_demo(2), options, root / "locked", {}));
  EXPECT_FALSE(fs::exists(root / "locked/manifest.mpd"));
  EXPECT_EQ(read(root / "locked/content.key"),
            std::string("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16));
  EXPECT_THAT(read(root / "locked/video-100k/index.m3u8"),
              HasSubstr("init.mp4\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"../content.key\"\n"))
      << "behind the init segment, which is clear";
  EXPECT_EQ(read(root / "locked/video-100k/init.mp4"), read(root / "clear/video-100k/init.mp4"));
  const std::string bytes = read(root / "locked/video-100k/seg-2.m4s");
  decode::CipherBlock number{};
  number.back() = std::byte{2};
  decode::CbcDecryptor decryptor(options.protection->key, number);
  auto plain = decryptor.take(std::as_bytes(std::span(bytes)));
  const auto rest = decryptor.finish();
  ASSERT_TRUE(rest) << to_string(rest.error());
  plain.insert(plain.end(), rest->begin(), rest->end());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(plain.data()), plain.size()),
            read(root / "clear/video-100k/seg-2.m4s"));

  options.protection->key_url = "https://keys.example/7";
  ASSERT_TRUE(write_package(*small_demo(1), options, root / "elsewhere", {}));
  EXPECT_FALSE(fs::exists(root / "elsewhere/content.key"));
  EXPECT_THAT(read(root / "elsewhere/audio-128k/index.m3u8"),
              HasSubstr(options.protection->key_url));
}

}  // namespace
}  // namespace rung::package
