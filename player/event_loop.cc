#include "player/event_loop.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

// Asio, after <utility>.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "core/check.h"

namespace rung::player {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Readiness = EventLoop::Readiness;

bool includes(Readiness set, Readiness direction) {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(direction)) != 0;
}

/// Tasks that one run_until() runs after its time, so that a busy link cannot hold it for ever.
constexpr int max_late_tasks = 64;

/// OpenSSL writes without MSG_NOSIGNAL; a peer that hung up must not end the program. Blocked for
/// the loop's thread only, the program's own handling stays as it is.
void block_broken_pipe_signal() {
  thread_local bool blocked = false;
  if (blocked) return;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  blocked = true;
}

}  // namespace

class EventLoop::Impl {
 public:
  Impl() : work_(context_.get_executor()), origin_(Clock::now()) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    // The descriptors are not ours to close.
    for (const auto& [number, watch] : watches_) watch->descriptor.release();
  }

  Timestamp now() const {
    return Timestamp(std::chrono::duration_cast<Duration>(Clock::now() - origin_));
  }

  void post(Task task) { asio::post(context_, std::move(task)); }

  TimerId call_at(Timestamp at, Task task) {
    last_timer_ = last_timer_.next();
    timers_.emplace(std::pair(at, last_timer_), std::move(task));
    due_.emplace(last_timer_, at);
    return last_timer_;
  }

  void cancel(TimerId timer) {
    const auto due = due_.find(timer);
    if (due == due_.end()) return;
    timers_.erase(std::pair(due->second, timer));
    due_.erase(due);
  }

  void watch(int descriptor, Readiness wanted, ReadyTask task) {
    auto found = watches_.find(descriptor);
    if (found == watches_.end()) {
      // What throws here, for want of a descriptor, must leave nothing behind.
      auto made = std::make_shared<Watch>(context_);
      made->descriptor.assign(descriptor);
      found = watches_.emplace(descriptor, std::move(made)).first;
    }
    const std::shared_ptr<Watch>& watch = found->second;
    watch->wanted = wanted;
    watch->task = std::make_shared<const ReadyTask>(std::move(task));
    arm(watch);
  }

  void unwatch(int descriptor) {
    const auto found = watches_.find(descriptor);
    if (found == watches_.end()) return;
    found->second->wanted = Readiness::none;
    found->second->descriptor.release();
    watches_.erase(found);
  }

  void run_until(Timestamp until, const std::function<bool()>& done) {
    block_broken_pipe_signal();
    int late_tasks = 0;
    while (!done()) {
      if (run_due_timer()) continue;
      if (now() >= until) {
        if (late_tasks++ == max_late_tasks || context_.poll_one() == 0) return;
        continue;
      }
      const Timestamp next =
          timers_.empty() ? until : std::min(until, timers_.begin()->first.first);
      if (next == Timestamp::max()) {
        context_.run_one();
      } else {
        context_.run_one_until(origin_ + next.time_since_epoch());
      }
    }
  }

 private:
  struct Watch {
    explicit Watch(asio::io_context& context) : descriptor(context) {}
    asio::posix::stream_descriptor descriptor;
    Readiness wanted = Readiness::none;
    std::shared_ptr<const ReadyTask> task;
    bool waits_to_read = false;
    bool waits_to_write = false;
  };

  bool run_due_timer() {
    const auto first = timers_.begin();
    if (first == timers_.end() || first->first.first > now()) return false;
    const Task task = std::move(first->second);
    due_.erase(first->first.second);
    timers_.erase(first);
    task();
    return true;
  }

  void arm(const std::shared_ptr<Watch>& watch) {
    using Wait = asio::posix::stream_descriptor;
    if (includes(watch->wanted, Readiness::read) && !watch->waits_to_read) {
      watch->waits_to_read = true;
      watch->descriptor.async_wait(Wait::wait_read, [this, watch](boost::system::error_code error) {
        watch->waits_to_read = false;
        ready(watch, Readiness::read, error);
      });
    }
    if (includes(watch->wanted, Readiness::write) && !watch->waits_to_write) {
      watch->waits_to_write = true;
      watch->descriptor.async_wait(Wait::wait_write,
                                   [this, watch](boost::system::error_code error) {
                                     watch->waits_to_write = false;
                                     ready(watch, Readiness::write, error);
                                   });
    }
  }

  void ready(const std::shared_ptr<Watch>& watch, Readiness direction,
             boost::system::error_code error) {
    if (error || !includes(watch->wanted, direction)) return;
    const std::shared_ptr<const ReadyTask> task = watch->task;
    (*task)(direction);
    arm(watch);
  }

  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Clock::time_point origin_;
  std::map<std::pair<Timestamp, TimerId>, Task> timers_;
  std::map<TimerId, Timestamp> due_;
  TimerId last_timer_;
  std::map<int, std::shared_ptr<Watch>> watches_;
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;

Timestamp EventLoop::now() const { return impl_->now(); }
void EventLoop::post(Task task) { impl_->post(std::move(task)); }
EventLoop::TimerId EventLoop::call_at(Timestamp at, Task task) {
  return impl_->call_at(at, std::move(task));
}
void EventLoop::cancel(TimerId timer) { impl_->cancel(timer); }
void EventLoop::watch(int descriptor, Readiness wanted, ReadyTask task) {
  impl_->watch(descriptor, wanted, std::move(task));
}
void EventLoop::unwatch(int descriptor) { impl_->unwatch(descriptor); }
void EventLoop::run_until(Timestamp until, const std::function<bool()>& done) {
  impl_->run_until(until, done);
}

}  // namespace rung::player
