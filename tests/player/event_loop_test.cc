#include "player/event_loop.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

namespace rung::player {
namespace {

using namespace std::chrono_literals;

constexpr auto never = [] { return false; };

TEST(EventLoop, RunsTimersInOrderOfTheirTimes) {
  EventLoop loop;
  std::string order;
  const Timestamp now = loop.now();
  loop.call_at(now + 20ms, [&] { order += 'c'; });
  loop.call_at(now + 10ms, [&] { order += 'a'; });
  loop.call_at(now + 10ms, [&] { order += 'b'; });
  const EventLoop::TimerId cancelled = loop.call_at(now + 15ms, [&] { order += 'x'; });
  loop.cancel(cancelled);
  loop.run_until(now + 10s, [&] { return order.size() == 3; });
  EXPECT_EQ(order, "abc");
  EXPECT_GE(loop.now(), now + 20ms);
  loop.cancel(cancelled);
}

TEST(EventLoop, ReturnsAtItsTime) {
  EventLoop loop;
  const Timestamp until = loop.now() + 20ms;
  loop.run_until(until, never);
  EXPECT_GE(loop.now(), until);
  loop.run_until(Timestamp::min(), never);
}

TEST(EventLoop, RunsPostsOfOtherThreads) {
  EventLoop loop;
  int tasks = 0;
  std::jthread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&] { ++tasks; });
  });
  loop.run_until(Timestamp::max(), [&] { return tasks == 1000; });
  EXPECT_EQ(tasks, 1000);
}

TEST(EventLoop, ABusyLoopStillReturns) {
  EventLoop loop;
  std::function<void()> again = [&] { loop.post(again); };
  loop.post(again);
  loop.run_until(Timestamp::min(), never);
  loop.run_until(loop.now() + 5ms, never);
}

TEST(EventLoop, TellsWhenADescriptorIsReady) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EventLoop loop;
  int reads = 0;
  bool writable = false;
  loop.watch(ends[1], EventLoop::Readiness::write, [&](EventLoop::Readiness) {
    writable = true;
    loop.unwatch(ends[1]);
  });
  loop.watch(ends[0], EventLoop::Readiness::read, [&](EventLoop::Readiness) {
    char byte = 0;
    if (read(ends[0], &byte, 1) == 1) ++reads;
  });
  loop.run_until(Timestamp::max(), [&] { return writable; });
  for (int i = 1; i <= 3; ++i) {
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    loop.run_until(Timestamp::max(), [&] { return reads == i; });
  }
  loop.unwatch(ends[0]);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  loop.run_until(loop.now() + 10ms, never);
  EXPECT_EQ(reads, 3);
  // The descriptors are still ours.
  EXPECT_EQ(close(ends[0]), 0);
  EXPECT_EQ(close(ends[1]), 0);
}

TEST(EventLoop, IsFreedCleanlyWhereNoDescriptorWasLeftForIt) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  {
    EventLoop loop;
    EXPECT_ANY_THROW(loop.watch(0, EventLoop::Readiness::read, [](EventLoop::Readiness) {}));
  }
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace rung::player
