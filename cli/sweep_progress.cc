#include "cli/sweep_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stop_token>
#include <string>

namespace rung::cli {
namespace {

constexpr auto refresh_every = std::chrono::milliseconds(200);
constexpr std::size_t bar_width = 30;

std::string line_of(std::size_t done, std::size_t sessions, double seconds) {
  const double part = static_cast<double>(done) / static_cast<double>(sessions);
  const std::string bar(static_cast<std::size_t>(part * bar_width), '=');
  std::string line = fmt::format("[{:<{}}] {} of {} sessions", bar, bar_width, done, sessions);
  if (seconds < 1 || done == 0) return line;
  const double rate = static_cast<double>(done) / seconds;
  return line + fmt::format(", {:.0f} a second, {:.0f} s left", rate,
                            static_cast<double>(sessions - done) / rate);
}

}  // namespace

SweepProgress::SweepProgress(std::size_t sessions, bool wanted) : sessions_(sessions) {
  if (!wanted || sessions == 0 || isatty(STDERR_FILENO) == 0 || std::getenv("NO_COLOR") != nullptr)
    return;
  thread_ = std::jthread([this](const std::stop_token& over) {
    const auto begin = std::chrono::steady_clock::now();
    bool drawn = false;
    while (!over.stop_requested()) {
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      // What is done before anybody could read a line needs none.
      if (taken >= refresh_every) {
        fmt::print(stderr, "\r{}\x1b[K", line_of(done_, sessions_, taken.count()));
        std::fflush(stderr);
        drawn = true;
      }
      std::this_thread::sleep_for(refresh_every / 4);
    }
    if (drawn) fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  });
}

}  // namespace rung::cli
