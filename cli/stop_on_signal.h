#pragma once

#include <signal.h>

#include <stop_token>
#include <thread>

namespace rung::cli {

/// The exit status of a program that a signal ended, as shells count it (128 + SIGINT).
inline constexpr int interrupted_status = 130;

/// Turns the signals that end a program into a stop, so that everything is left in order; the
/// second one ends it at once. Blocks them for all threads that are made while it lives. A
/// resource.
class StopOnSignal {
 public:
  StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  [[nodiscard]] bool stopped() const { return source_.stop_requested(); }

 private:
  void wait(const std::stop_token& over);

  sigset_t signals_{};
  sigset_t earlier_{};
  void (*earlier_pipe_)(int) = nullptr;
  std::stop_source source_;
  std::jthread thread_;
};

}  // namespace rung::cli
