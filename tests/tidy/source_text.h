#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung::tidy {

/// One line of a C++ file, split into what the compiler sees and what people read.
struct Line {
  std::string whole;
  /// Without comments; the contents of strings and characters are replaced by nothing.
  std::string code;
  /// The words of its comment, without the slashes or stars.
  std::string comment;
  /// A part of it lies in a raw string: a document, whose lines are as long as they are.
  bool quotes_document = false;
};

/// A file of the project as its lines. A value.
struct SourceText {
  /// From the root of the project, with forward slashes.
  std::string path;
  std::vector<Line> lines;
};

/// Splits `text` into lines, and each line of a .h or .cc file into code and comment. Raw strings
/// are known with and without a delimiter. In other files everything is `whole`.
SourceText read_source(std::string path, std::string_view text);

bool is_header(std::string_view path);
bool is_cxx(std::string_view path);

}  // namespace rung::tidy
