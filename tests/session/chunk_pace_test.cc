#include "session/chunk_pace.h"

#include <gtest/gtest.h>

namespace rung::session {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp at(Duration since_start) { return Timestamp(since_start); }

TEST(ChunkPace, CountsTheTimeBetweenChunksAlone) {
  ChunkPace pace;
  pace.came(at(1s), false);
  pace.came(at(1s + 200ms), true);
  pace.completed(1);
  pace.came(at(2s), false);
  pace.came(at(2s + 100ms), true);
  pace.came(at(2s + 300ms), true);
  pace.completed(1);
  EXPECT_EQ(pace.idle(at(1s), at(2s + 300ms)), 800ms);
}

TEST(ChunkPace, TakesNoChunkForQuickerThanAnyLink) {
  ChunkPace pace;
  pace.came(at(1s), false);
  pace.completed(3);
  EXPECT_EQ(pace.idle(at(1s), at(2s)), 997ms);
  EXPECT_EQ(pace.idle(at(1s), at(1s + 2ms)), 0ms);
}

TEST(ChunkPace, KnowsOfNoPausesWhereNoChunkIsWhole) {
  ChunkPace pace;
  pace.came(at(1s), false);
  EXPECT_EQ(pace.idle(at(1s), at(5s)), 0ms);
}

}  // namespace
}  // namespace rung::session
