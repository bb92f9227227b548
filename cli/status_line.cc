#include "cli/status_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <stop_token>
#include <string>

#include "player/clock_text.h"

namespace rung::cli {

namespace {

using player::clock_text;

constexpr auto refresh_every = std::chrono::milliseconds(250);

std::string text_of(const player::PlayerStatus& status) {
  std::string line = fmt::format("{} / {}", clock_text(status.position.time_since_epoch()),
                                 clock_text(status.end.time_since_epoch()));
  if (status.height > 0) line += fmt::format("  {}p", status.height);
  if (status.representation)
    line += fmt::format("  {} kbit/s", status.representation->bits_per_second() / 1000);
  line += fmt::format("  buffer {:.1f} s", to_seconds(status.buffer_level));
  if (status.throughput)
    line += fmt::format("  throughput {:.2f} Mbit/s",
                        static_cast<double>(status.throughput->bits_per_second()) / 1e6);
  return line + fmt::format("  {}", abr::to_string(status.state));
}

}  // namespace

StatusLine::StatusLine(const player::Player& player) {
  if (isatty(STDERR_FILENO) == 0) return;
  thread_ = std::jthread([&player](const std::stop_token& over) {
    while (!over.stop_requested()) {
      fmt::print(stderr, "\r{}\x1b[K", text_of(player.status()));
      std::fflush(stderr);
      std::this_thread::sleep_for(refresh_every);
    }
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  });
}

}  // namespace rung::cli
