#pragma once

#include <string>
#include <string_view>

namespace rung::evaluation {

/// `text` as the content of an XML or HTML element or of a quoted attribute. XML 1.0 has no way to
/// write most control characters; they become '?'.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace rung::evaluation
