#pragma once

#include <cstdint>

namespace rung::player {

/// What a viewer makes known of a title with a key.
enum class TitleSign : std::uint8_t {
  like,
  not_for_me,
  save,  ///< For later; the second time no longer.
};

}  // namespace rung::player
