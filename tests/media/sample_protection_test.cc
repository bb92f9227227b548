#include "media/sample_protection.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/media/boxes.h"

namespace rung::media {
namespace {

TEST(SampleProtection, KeyIdsHaveOneForm) {
  constexpr const char* id = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(normal_key_id("01234567-89ab-cdef-0123-456789abcdef"), id);
  EXPECT_EQ(normal_key_id("0123456789ABCDEF0123456789ABCDEF"), id);
  for (const char* none :
       {"", "-", "0123456789abcdef0123456789abcde", "x", "0123456789abcdef0123456789abcdef0"})
    EXPECT_EQ(normal_key_id(none), "") << none;
}

TEST(SampleProtection, AnInitSegmentNamesItsKey) {
  std::string key(8, '\0');
  put(key, 0x0123456789abcdef, 8);
  put(key, 0xfedcba9876543210, 8);
  const auto entry = [&](const std::string& type, std::size_t fields) {
    const std::string protection = box("sinf", box("frma", "avc1") + box("schi", box("tenc", key)));
    return box(type, std::string(fields, '\0') + protection);
  };
  const auto track = [](const std::string& entries) {
    const std::string table = box("stsd", std::string(8, '\0') + entries);
    return box("trak", box("mdia", box("minf", box("stbl", table))));
  };
  const auto init = [](const std::string& tracks) {
    return box("ftyp", "") + box("moov", box("mvhd", "") + tracks);
  };
  constexpr const char* id = "0123456789abcdeffedcba9876543210";
  const std::string pictures = entry("encv", 78);
  EXPECT_EQ(default_key_id(init(track(pictures))), id);
  EXPECT_EQ(default_key_id(init(track(entry("enca", 28)))), id);
  const std::string clear = box("mp4a", std::string(28, '\0'));
  EXPECT_EQ(default_key_id(init(track(clear))), "") << "is not protected";
  EXPECT_EQ(default_key_id(init(track(clear) + track(pictures))), id) << "of the second track";
  EXPECT_EQ(default_key_id(init(track(clear + pictures))), id) << "of the second entry";
  using Formats = std::vector<std::string>;
  EXPECT_EQ(sample_formats(init(track(pictures) + track(clear))), (Formats{"avc1", "mp4a"}));
  EXPECT_EQ(sample_formats("moov"), Formats{});
  key.back() = '\x11';
  const auto two = default_key_id(init(track(pictures) + track(entry("enca", 28))));
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, ErrorCode::unsupported);
  key.pop_back();
  EXPECT_EQ(default_key_id(init(track(entry("encv", 78)))), "");
}

TEST(SampleProtection, WhatIsCutShortNamesNoKey) {
  EXPECT_EQ(default_key_id(""), "");
  EXPECT_EQ(default_key_id("moov"), "");
  EXPECT_EQ(default_key_id(std::string(1000, '\0')), "");
}

TEST(SampleProtection, ASetIsOpenLockedOrNotKnownToBeEither) {
  using Keys = std::set<std::string>;
  AdaptationSet set;
  EXPECT_EQ(access_to(set, {}), Access::open);
  set.is_protected = true;
  EXPECT_EQ(access_to(set, {}), Access::locked);
  EXPECT_EQ(access_to(set, Keys{"a"}), Access::unknown);
  set.key_ids = {"a", "b"};
  EXPECT_EQ(access_to(set, Keys{"a"}), Access::locked);
  EXPECT_EQ(access_to(set, Keys{"a", "b", "c"}), Access::open);
}

}  // namespace
}  // namespace rung::media
