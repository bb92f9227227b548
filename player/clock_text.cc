#include "player/clock_text.h"

#include <fmt/format.h>

#include <chrono>

namespace rung::player {

std::string clock_text(Duration at) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at).count();
  const char* sign = seconds < 0 ? "-" : "";
  if (seconds < 0) seconds = -seconds;
  if (seconds < 3600) return fmt::format("{}{:02}:{:02}", sign, seconds / 60, seconds % 60);
  return fmt::format("{}{}:{:02}:{:02}", sign, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string speed_text(Speed speed) { return fmt::format("{:g}", speed.percent() / 100.0); }

}  // namespace rung::player
