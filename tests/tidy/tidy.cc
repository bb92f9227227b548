/// rung_tidy ROOT: reads the files of the project and prints each place that breaks a rule of the
/// house. Ends with 0 where there is none, 1 where there is one, 2 where it cannot read.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/checks.h"

namespace {

namespace fs = std::filesystem;
using rung::tidy::Finding;
using rung::tidy::SourceText;

constexpr auto endings = std::to_array<std::string_view>(
    {".cc", ".h", ".md", ".txt", ".cmake", ".sh", ".json", ".csv", ".1", ".bash", ".in"});

/// Folders without sources of the project, and inputs of fuzz targets, which are what they are.
bool is_skipped(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "build" || name == "corpus" || (name.starts_with('.') && name != ".ci");
}

bool is_read(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == "run" ||
         std::ranges::any_of(endings, [&](std::string_view end) { return name.ends_with(end); });
}

std::vector<SourceText> read_project(const fs::path& root) {
  std::vector<SourceText> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::end(entry); ++entry) {
    if (entry->is_directory()) {
      if (is_skipped(entry->path())) {
        entry.disable_recursion_pending();
      }
      continue;
    }
    if (!is_read(entry->path())) {
      continue;
    }
    std::ifstream input(entry->path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(input)), {});
    files.push_back(rung::tidy::read_source(fs::relative(*entry, root).generic_string(), text));
  }
  std::ranges::sort(files, {}, &SourceText::path);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !fs::is_regular_file(fs::path(argv[1]) / "CMakeLists.txt")) {
    std::cerr << "usage: rung_tidy ROOT\n";
    return 2;
  }
  const std::vector<SourceText> files = read_project(argv[1]);
  std::vector<Finding> findings = rung::tidy::check_project(files);
  for (const SourceText& file : files) {
    std::ranges::move(rung::tidy::check_file(file), std::back_inserter(findings));
  }
  findings = rung::tidy::without_exceptions(std::move(findings));
  for (const Finding& finding : findings) {
    std::cout << finding.path;
    if (finding.line != 0) {
      std::cout << ':' << finding.line;
    }
    std::cout << ": " << finding.message << " [" << finding.rule << "]\n";
  }
  std::cout << files.size() << " files, " << findings.size() << " findings\n";
  return findings.empty() ? 0 : 1;
}
