#include "player/head_entry.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace rung::player {
namespace {

HeadEntry entry() {
  return {.title = "http://a/title.mpd",
          .resource = "http://a/1.m4s",
          .identity = 7,
          .fresh_until = std::chrono::hours(480'000),
          .content = std::string("\0media\xff", 7)};
}

TitleDocuments documents() {
  return {.private_address = true,
          .documents = {{{"http://a/title.m3u8", {}}, "http://b/title.m3u8", "#EXTM3U"},
                        {{"http://b/low.m3u8", media::ByteRange{5, ByteCount(10)}}, "x", ""}}};
}

TEST(HeadEntry, IsReadAsItWasWritten) {
  EXPECT_EQ(read_entry(write_entry(entry())), entry());
  EXPECT_EQ(read_documents(write_documents(documents())), documents());
}

TEST(HeadEntry, WhatIsCutShortDamagedOrLongerIsNone) {
  const std::string whole = write_entry(entry());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_entry(whole.substr(0, size))) << size;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    EXPECT_FALSE(read_entry(damaged)) << at;
  }
  EXPECT_FALSE(read_entry(whole + "x"));
}

TEST(HeadEntry, DocumentsThatAreCutShortAreNone) {
  const std::string whole = write_documents(documents());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_documents(whole.substr(0, size))) << size;
  EXPECT_FALSE(read_documents(write_documents({})));
}

TEST(HeadEntry, DocumentsAreTheSameInAnyOrderBehindTheManifest) {
  TitleDocuments one = documents();
  one.documents.push_back({{"http://b/high.m3u8", {}}, "http://b/high.m3u8", "#"});
  TitleDocuments other = one;
  std::swap(other.documents[1], other.documents[2]);
  EXPECT_EQ(identity_of(one), identity_of(other));
  other.documents[1].text = "##";
  EXPECT_NE(identity_of(one), identity_of(other));
  EXPECT_NE(identity_of(TitleDocuments{}), 0U);
}

TEST(HeadEntry, PartsOfOneFileHaveNamesOfTheirOwn) {
  EXPECT_NE(name_of({"http://a/x", media::ByteRange{1, ByteCount(23)}}),
            name_of({"http://a/x", media::ByteRange{12, ByteCount(3)}}));
}

}  // namespace
}  // namespace rung::player
