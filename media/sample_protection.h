#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "media/presentation.h"

namespace rung::media {

// Common encryption (ISO/IEC 23001-7), as far as it says which key is needed.

/// A key's id as 32 hexadecimal digits in lower case, from those or from a UUID with hyphens; empty
/// where it is neither.
[[nodiscard]] std::string normal_key_id(std::string_view text);

/// Whether the set is protected, and a viewer who has the keys of these ids (as above) lacks one
/// that it states. Where it states none, that is known only when they have no key at all.
[[nodiscard]] bool is_locked(const AdaptationSet& set, const std::set<std::string>& key_ids);

/// The default key id of what is protected in an init segment, as above; empty where nothing is.
/// Fails with unsupported where tracks or sample entries have different ones.
[[nodiscard]] Expected<std::string> default_key_id(std::string_view init);

}  // namespace rung::media
