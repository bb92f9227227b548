#pragma once

#include <string>

#include "core/expected.h"
#include "core/units.h"

namespace rung::cli {

/// A document that a person named on the command line.
struct Input {
  std::string text;
  std::string url;  ///< Where it came from: after redirects, or the file's path.
};

/// Whether `name` is an http or https URL; anything else is a file path.
[[nodiscard]] bool is_url(const std::string& name);

/// Reads the file or fetches the URL, at most `limit` of it.
[[nodiscard]] Expected<Input> load_input(const std::string& name, ByteCount limit);

}  // namespace rung::cli
