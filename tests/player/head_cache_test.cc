#include "player/head_cache.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/random.h"
#include "tests/support/temporary_directory.h"

namespace rung::player {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const Freshness a_day{};
constexpr ByteCount roomy{10'000'000};

std::string title(int number) { return "http://a/" + std::to_string(number) + "/title.mpd"; }
media::Resource segment(int number) { return {"http://a/" + std::to_string(number) + ".m4s", {}}; }
TitleDocuments manifest(const std::string& text) {
  return {.documents = {{{"http://a/title.mpd", {}}, "http://a/title.mpd", text}}};
}
std::vector<std::byte> filled(std::size_t size, int with) {
  return std::vector<std::byte>(size, static_cast<std::byte>(with));
}

class HeadCacheTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path directory() const { return folder_.path() / "heads"; }
  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(directory()))
      if (entry.path().filename() != "lock") found.push_back(entry.path());
    return found;
  }
  [[nodiscard]] ByteCount size() const {
    ByteCount size;
    for (const fs::path& file : files())
      size += ByteCount(static_cast<std::int64_t>(fs::file_size(file)));
    return size;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(HeadCacheTest, WhatWasKeptIsThereInTheNextRun) {
  const TitleDocuments documents = manifest("<MPD/>");
  {
    HeadCache cache(directory(), roomy);
    cache.keep(title(1), documents, a_day);
    cache.keep(title(1), identity_of(documents), segment(1), filled(1000, 7), a_day);
  }
  HeadCache cache(directory(), roomy);
  EXPECT_EQ(cache.documents(title(1)), documents);
  EXPECT_EQ(cache.segment(title(1), identity_of(documents), segment(1)), filled(1000, 7));
  EXPECT_FALSE(cache.documents(title(2)));
  EXPECT_FALSE(cache.segment(title(1), identity_of(documents), segment(2)));
}

TEST_F(HeadCacheTest, WhatMayNotBeKeptIsNot) {
  {
    HeadCache cache(directory(), roomy);
    cache.keep(title(1), manifest("a"), {.may_keep = false});
    cache.keep(title(1), 1, segment(1), filled(10, 1), {.may_keep = false});
    cache.keep(title(1), 1, segment(2), filled(10, 1), {.fresh_for = 0s});
  }
  EXPECT_FALSE(fs::exists(directory()));
}

TEST_F(HeadCacheTest, StaleDocumentsAreNotServedButWhatWasFetchedByThemIs) {
  {
    HeadCache cache(directory(), roomy);
    cache.keep(title(1), manifest("a"), {.fresh_for = 0s});
    cache.keep(title(1), identity_of(manifest("a")), segment(1), filled(10, 1), a_day);
  }
  HeadCache cache(directory(), roomy);
  EXPECT_FALSE(cache.documents(title(1)));
  EXPECT_TRUE(cache.segment(title(1), identity_of(manifest("a")), segment(1)));
}

TEST_F(HeadCacheTest, ASegmentOfOtherDocumentsIsRemoved) {
  { HeadCache(directory(), roomy).keep(title(1), 1, segment(1), filled(10, 1), a_day); }
  HeadCache cache(directory(), roomy);
  EXPECT_FALSE(cache.segment(title(1), 2, segment(1)));
  EXPECT_EQ(files().size(), 0U);
}

TEST_F(HeadCacheTest, ADamagedOrForeignFileIsRemovedAndNotServed) {
  {
    HeadCache cache(directory(), roomy);
    cache.keep(title(1), 1, segment(1), filled(1000, 1), a_day);
  }
  ASSERT_EQ(files().size(), 1U);
  const fs::path file = files().front();
  const auto no_entry = [&](const std::string& what) {
    HeadCache cache(directory(), roomy);
    EXPECT_FALSE(cache.segment(title(1), 1, segment(1))) << what;
    EXPECT_FALSE(fs::exists(fs::symlink_status(file))) << what;
  };
  fs::resize_file(file, 500);
  no_entry("cut short");
  std::ofstream(file) << "something else";
  no_entry("no entry");
  fs::create_symlink("/etc/passwd", file);
  no_entry("a link");
}

TEST_F(HeadCacheTest, TheTitleUsedLeastRecentlyGoesFirstAndAsAWhole) {
  constexpr ByteCount small{10'000};
  const auto fill = [&](int number) {
    HeadCache cache(directory(), small);
    cache.keep(title(number), manifest("a"), a_day);
    cache.keep(title(number), 1, segment(1), filled(2000, number), a_day);
    cache.keep(title(number), 1, segment(2), filled(1000, number), a_day);
  };
  fill(1);
  std::this_thread::sleep_for(20ms);  // The clock of a file system may be coarse.
  fill(2);
  std::this_thread::sleep_for(20ms);
  { EXPECT_TRUE(HeadCache(directory(), small).documents(title(1))); }
  std::this_thread::sleep_for(20ms);
  fill(3);
  EXPECT_LE(size(), small);
  HeadCache cache(directory(), small);
  EXPECT_TRUE(cache.segment(title(1), 1, segment(1)));
  EXPECT_FALSE(cache.documents(title(2)));
  EXPECT_FALSE(cache.segment(title(2), 1, segment(2)));
  EXPECT_TRUE(cache.segment(title(3), 1, segment(2)));
}

TEST_F(HeadCacheTest, ASmallerSizeHoldsFromTheStart) {
  {
    HeadCache cache(directory(), roomy);
    for (int number = 0; number < 5; ++number)
      cache.keep(title(number), 1, segment(1), filled(1000, 1), a_day);
  }
  { const HeadCache cache(directory(), ByteCount(2500)); }
  EXPECT_LE(size(), ByteCount(2500));
  EXPECT_EQ(files().size(), 2U);
}

TEST_F(HeadCacheTest, WhatIsLargerThanAllOfItIsNotKept) {
  { HeadCache(directory(), ByteCount(500)).keep(title(1), 1, segment(1), filled(1000, 1), a_day); }
  EXPECT_EQ(files().size(), 0U);
}

TEST_F(HeadCacheTest, WhatCannotBeWrittenIsLostAndNothingElse) {
  std::ofstream(directory()) << "a file where the directory should be";
  HeadCache cache(directory(), roomy);
  cache.keep(title(1), manifest("a"), a_day);
  EXPECT_FALSE(cache.documents(title(1)));
}

/// What stands in a segment of that size, so that a mixture of two is seen.
int fill_of(int number, std::size_t size) {
  return static_cast<int>((static_cast<std::size_t>(number) * 31 + size) % 251);
}

/// Keeps segments of all sizes without end.
[[noreturn]] void keep_on(const fs::path& directory, ByteCount capacity, std::uint64_t seed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Random random(seed);
  HeadCache cache(directory, capacity);
  for (;;) {
    const int number = static_cast<int>(random.below(6));
    const auto bytes = static_cast<std::size_t>(random.below(200'000));
    cache.keep(title(number), 1, segment(number), filled(bytes, fill_of(number, bytes)), a_day);
    std::this_thread::sleep_for(200us);
  }
}

TEST_F(HeadCacheTest, NothingTornIsServedAndNothingIsLeftOfAWriterThatWasKilled) {
  constexpr ByteCount capacity{500'000};
  Random random(1);
  int served = 0;
  int left_over = 0;
  for (int round = 0; round < 500; ++round) {
    // Two at once, of which one dies in the midst of it.
    std::vector<pid_t> writers;
    for (int i = 0; i < 2; ++i) {
      const pid_t writer = fork();
      ASSERT_GE(writer, 0);
      if (writer == 0) keep_on(directory(), capacity, static_cast<std::uint64_t>(2 * round + i));
      writers.push_back(writer);
    }
    std::this_thread::sleep_for(1ms + 1us * random.below(9000));
    for (const pid_t writer : writers) kill(writer, SIGKILL);
    for (const pid_t writer : writers) waitpid(writer, nullptr, 0);
    if (!fs::exists(directory())) continue;
    left_over += static_cast<int>(fs::exists(directory() / "new.tmp"));
    ASSERT_LE(size(), capacity) << "round " << round;
    { const HeadCache cache(directory(), capacity); }  // The next start.
    ASSERT_FALSE(fs::exists(directory() / "new.tmp")) << "round " << round;
    HeadCache cache(directory(), capacity);
    const std::size_t before = files().size();
    std::size_t whole = 0;
    for (int number = 0; number < 6; ++number) {
      const auto bytes = cache.segment(title(number), 1, segment(number));
      if (!bytes) continue;
      ++whole;
      ASSERT_EQ(*bytes, filled(bytes->size(), fill_of(number, bytes->size())));
    }
    ASSERT_EQ(whole, before) << "round " << round;  // Nothing damaged, so nothing was removed.
    served += static_cast<int>(whole);
  }
  EXPECT_GT(served, 100);
  RecordProperty("left_over", left_over);
}

TEST_F(HeadCacheTest, AFullDiskCostsOnlyWhatDoesNotFit) {
  fs::create_directory(directory());
  if (mount("tmpfs", directory().c_str(), "tmpfs", 0, "size=256k") != 0)
    GTEST_SKIP() << "no right to mount a small file system";
  {
    HeadCache cache(directory(), roomy);
    cache.keep(title(1), 1, segment(1), filled(50'000, 1), a_day);
    cache.keep(title(2), 1, segment(2), filled(400'000, 2), a_day);
    cache.keep(title(3), 1, segment(3), filled(50'000, 3), a_day);
  }
  {
    HeadCache cache(directory(), roomy);
    EXPECT_TRUE(cache.segment(title(1), 1, segment(1)));
    EXPECT_FALSE(cache.segment(title(2), 1, segment(2)));
    EXPECT_TRUE(cache.segment(title(3), 1, segment(3)));
    EXPECT_EQ(files().size(), 2U);
  }
  umount(directory().c_str());
}

}  // namespace
}  // namespace rung::player
