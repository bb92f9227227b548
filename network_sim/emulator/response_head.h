#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace rung::emulator {

/// What the status means (RFC 9110 section 15): "Not Found".
[[nodiscard]] std::string reason_of(int status);

/// The head of a response in the making: its status line, and the fields that all of them have.
class ResponseHead {
 public:
  /// `now` is the time of day, since 1970-01-01.
  ResponseHead(int status, Duration now, std::string_view cache_control = "no-store");

  void add(std::string_view name, std::string_view value);
  /// Further fields of so many bytes in all.
  void flood(std::int64_t bytes);
  [[nodiscard]] std::string done() &&;

 private:
  std::string text_;
};

}  // namespace rung::emulator
