#include "cli/encoding_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace rung::cli {

EncodingProgress::EncodingProgress(Visibility visibility)
    : shown_(visibility == Visibility::when_watched && isatty(STDERR_FILENO) == 1),
      coloured_(std::getenv("NO_COLOR") == nullptr) {}

EncodingProgress::~EncodingProgress() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void EncodingProgress::show(const package::PackageProgress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (!shown_ || (drawn_ && now - last_ < std::chrono::milliseconds(200))) return;
  if (!drawn_) first_ = now;
  drawn_ = true;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - first_).count();
  std::string line;
  if (progress.expected_pictures > 0) {
    const double part = std::min(1.0, static_cast<double>(progress.pictures) /
                                          static_cast<double>(progress.expected_pictures));
    constexpr int bar_width = 30;
    const auto full = static_cast<std::size_t>(part * bar_width);
    const std::string bar(full, '=');
    const std::string left = seconds > 2 && part > .02
                                 ? fmt::format("  {:.0f} s left", seconds / part - seconds)
                                 : std::string();
    line = fmt::format("encoding [{}{}{}{}] {:3.0f} %{}", coloured_ ? "\x1b[32m" : "", bar,
                       coloured_ ? "\x1b[0m" : "", std::string(bar_width - full, ' '), part * 100,
                       left);
  } else {
    line = fmt::format("encoding, {} pictures so far", progress.pictures);
  }
  fmt::print(stderr, "\r{}\x1b[K", line);
  std::fflush(stderr);
}

}  // namespace rung::cli
