#include <cstddef>
#include <cstdint>
#include <string_view>

#include "session/recorded_session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  (void)rung::session::parse_session_log(text, "fuzz");
  return 0;
}
