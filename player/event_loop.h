#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "core/id.h"
#include "core/time.h"

namespace rung::player {

/// The loop of one session thread: timers, descriptors that become ready, and tasks posted by other
/// threads, one at a time. Its clock starts at zero when the loop is built and never goes back. A
/// resource; post() and now() may be called from any thread, all else only from the thread that
/// runs the loop.
class EventLoop {
 public:
  using Task = std::function<void()>;
  using TimerId = Id<struct TimerTag>;

  enum class Readiness : std::uint8_t { none = 0, read = 1, write = 2, both = 3 };
  /// Told which of the wanted directions is ready.
  using ReadyTask = std::function<void(Readiness)>;

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  [[nodiscard]] Timestamp now() const;
  void post(Task task);

  /// Runs `task` once, at `at` or as soon after it as the loop runs. Timers that are due run in
  /// order of their times, equal ones in order of their making.
  TimerId call_at(Timestamp at, Task task);
  /// Without effect on a timer that has run.
  void cancel(TimerId timer);

  /// Calls `task` whenever `descriptor` is ready in a direction of `wanted`, until the next watch()
  /// or unwatch() of it. The descriptor stays the caller's; unwatch() must come before its close.
  void watch(int descriptor, Readiness wanted, ReadyTask task);
  void unwatch(int descriptor);

  /// Runs until `done()`, which is asked after every task, or until `until`. Where that is past,
  /// some of what is ready is still run.
  void run_until(Timestamp until, const std::function<bool()>& done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Lets a stop wake the loop, which asks for it as its `done`.
class WakeOnStop {
 public:
  WakeOnStop(EventLoop& loop, const std::stop_token& stop) : callback_(stop, Wake{&loop}) {}

 private:
  struct Wake {
    EventLoop* loop;
    void operator()() const {
      loop->post([] {});
    }
  };
  std::stop_callback<Wake> callback_;
};

}  // namespace rung::player
