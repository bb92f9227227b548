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

/// How a set is to be had, the best first.
enum class Access { open, unknown, locked };

/// A protected set is open to a viewer who has the keys of these ids (as above) where it states
/// ids and they have all of them. Where it states none, only the media tells, unless they have no
/// key at all.
[[nodiscard]] Access access_to(const AdaptationSet& set, const std::set<std::string>& key_ids);

/// What the samples are that an init segment describes, as its sample entries name them ("avc1");
/// of protected ones what they are without the protection.
[[nodiscard]] std::vector<std::string> sample_formats(std::string_view init);

/// The default key id of what is protected in an init segment, as above; empty where nothing is.
/// Fails with unsupported where tracks or sample entries have different ones.
[[nodiscard]] Expected<std::string> default_key_id(std::string_view init);

}  // namespace rung::media
