#include "cli/stop_on_signal.h"

#include <unistd.h>

#include <csignal>

namespace rung::cli {

StopOnSignal::StopOnSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals_, &earlier_);
  // A reader of the output that has gone is told of at the end, when everything else is in order.
  earlier_pipe_ = std::signal(SIGPIPE, SIG_IGN);
  thread_ = std::jthread([this](const std::stop_token& over) { wait(over); });
}

StopOnSignal::~StopOnSignal() {
  thread_.request_stop();
  thread_.join();
  std::signal(SIGPIPE, earlier_pipe_);
  pthread_sigmask(SIG_SETMASK, &earlier_, nullptr);
}

void StopOnSignal::wait(const std::stop_token& over) {
  const timespec patience{0, 100'000'000};
  while (!over.stop_requested()) {
    if (sigtimedwait(&signals_, nullptr, &patience) < 0) continue;
    if (source_.stop_requested()) _exit(interrupted_status);
    source_.request_stop();
  }
}

}  // namespace rung::cli
