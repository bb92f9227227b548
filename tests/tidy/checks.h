#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_text.h"

namespace rung::tidy {

struct Finding {
  std::string_view rule;
  std::string path;
  /// From one; zero where the whole file is meant.
  std::size_t line = 0;
  std::string message;

  bool operator==(const Finding&) const = default;
};

/// What one file shows by itself.
std::vector<Finding> check_file(const SourceText& file);

/// What only shows when all files are seen: headers without a test, sources that are never built.
std::vector<Finding> check_project(const std::vector<SourceText>& files);

/// `findings` without those that exceptions() accepts, and a finding for each unused exception.
std::vector<Finding> without_exceptions(std::vector<Finding> findings);

}  // namespace rung::tidy
