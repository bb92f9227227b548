#pragma once

#include <string>
#include <string_view>

namespace rung::emulator {

/// The MPD patch (ISO/IEC 23009-1, 5th edition, section 5.15) that makes `after` of `before`, two
/// states of one well-formed MPD. Elements of one name are told apart by their @id where all of
/// them have one and stay in their order, else by their number.
[[nodiscard]] std::string mpd_changes(std::string_view before, std::string_view after);

}  // namespace rung::emulator
