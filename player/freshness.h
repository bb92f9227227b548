#pragma once

#include <chrono>
#include <string_view>

#include "core/time.h"

namespace rung::player {

/// What a server allows of keeping its answer (RFC 9111), as far as Rung makes use of it. A value.
struct Freshness {
  /// Longer than this nothing is kept, whatever the server allows.
  static constexpr Duration longest = std::chrono::hours(24);

  bool may_keep = true;
  Duration fresh_for = longest;  ///< Until then it may be used without asking anew.

  friend bool operator==(const Freshness&, const Freshness&) = default;
};

/// From the values of Cache-Control and Age. Where the first one is empty, `expires` tells whether
/// there was anything else that speaks of it (Expires, Pragma): that is not weighed, the answer is
/// taken to be stale.
[[nodiscard]] Freshness freshness_of(std::string_view cache_control, std::string_view age,
                                     bool expires);
/// How old the value of Age says that an answer is; at most Freshness::longest, none where it is no
/// number.
[[nodiscard]] Duration age_of(std::string_view age);
/// Of two answers that are used together.
[[nodiscard]] Freshness both(const Freshness& one, const Freshness& other);

}  // namespace rung::player
