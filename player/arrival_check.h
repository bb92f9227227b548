#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "media/box_walk.h"
#include "session/event.h"

namespace rung::player {

/// Follows the bytes of a segment or an init segment while they arrive, in plain, to tell at the
/// end why they cannot be played, as far as that shows without a decoder. A value.
class ArrivalCheck {
 public:
  enum class Of { segment, init };
  struct Defect {
    session::FailureKind kind{};
    std::string message;  ///< For a person.
  };

  /// The next bytes, in order.
  void take(std::span<const std::byte> bytes);
  /// Why what has come cannot be played; nullopt where nothing shows. `content_type` is what the
  /// server calls it.
  [[nodiscard]] std::optional<Defect> defect(Of what, std::string_view content_type) const;

 private:
  media::BoxWalk boxes_;
  std::optional<char> first_;  ///< The first byte.
};

}  // namespace rung::player
