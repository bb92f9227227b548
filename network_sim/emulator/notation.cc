#include "network_sim/emulator/notation.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <system_error>

namespace rung::emulator {

std::string decimal(Duration duration) {
  return fmt::format("{}.{:09}", duration.count() / 1'000'000'000,
                     duration.count() % 1'000'000'000);
}

std::string iso_duration(Duration duration) { return "PT" + decimal(duration) + "S"; }

std::string iso_instant(Duration since_1970) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_1970);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(since_1970 - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(seconds.count())), rest.count());
}

std::optional<std::int64_t> number_at(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::int64_t most = 10'000'000'000'000;
  if (error != std::errc() || value < 0 || value > most) return std::nullopt;
  return value;
}

std::size_t in_query(std::string_view target, std::string_view text) {
  return target.find(text, std::min(target.find('?'), target.size()));
}

std::optional<std::int64_t> query_number(std::string_view target, std::string_view name) {
  const std::size_t at = in_query(target, name);
  if (at == std::string_view::npos) return std::nullopt;
  return number_at(target.substr(at + name.size()));
}

}  // namespace rung::emulator
