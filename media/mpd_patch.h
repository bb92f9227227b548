#pragma once

#include <string>
#include <string_view>

#include "core/expected.h"

namespace rung::media {

/// `mpd` as an MPD patch (ISO/IEC 23009-1, 5th edition, section 5.15) changes it: add, replace and
/// remove, in their order, where their selectors point (RFC 5261). Of XPath it reads absolute
/// paths of element names, each with predicates [2] or [@id='7'], that may end in @name or text().
/// Namespaces are taken by their elements' local names, as everywhere in an MPD.
///
/// Fails with malformed where the patch is none, is for another MPD (Patch@mpdId, also where that
/// has no id) or another state of it (Patch@originalPublishTime), where a selector does not point
/// at one node, or where the result does not state Patch@publishTime; with unsupported where a
/// selector is another XPath; with limit_exceeded where the work or the result has no measure.
/// `url` is where the patch came from, for messages.
[[nodiscard]] Expected<std::string> patched_mpd(std::string_view mpd, std::string_view patch,
                                                const std::string& url);

}  // namespace rung::media
