#include "cli/shared_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <thread>

namespace rung::cli {
namespace {

TEST(SharedWork, TellsTheFirstFailureWhateverTheThreadsDo) {
  // Both threads meet in the first two, and then take the next ones at once.
  for (int round = 0; round < 500; ++round) {
    std::atomic<int> arrived = 0;
    const auto outcomes = run_all<int>(4, 2, true, [&](std::size_t i) -> Expected<int> {
      if (i > 1) return failure(ErrorCode::io, "no more");
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
      return 1;
    });
    ASSERT_EQ(outcomes[0], 1);
    ASSERT_EQ(outcomes[1], 1);
    ASSERT_FALSE(outcomes[2]) << "was left out in round " << round;
  }
}

}  // namespace
}  // namespace rung::cli
