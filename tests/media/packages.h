#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "media/package/demo_source.h"
#include "media/package/packager.h"

// Small packages for tests, and what to read of them.

namespace rung::package {

namespace fs = std::filesystem;

/// A directory that is gone after the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (fs::temp_directory_path() / "rung-package-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_))
      names.push_back(entry.path().filename().string());
    return names;
  }

 private:
  fs::path path_;
};

inline std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline const std::vector<Rung>& small_ladder() {
  static const std::vector<Rung> ladder{{100_kbps, 256, 144}, {300_kbps, 384, 216}};
  return ladder;
}

inline PackageOptions small_options() {
  return {.segment_duration = std::chrono::seconds(1), .ladder = small_ladder()};
}

inline std::unique_ptr<DemoSource> small_demo(int seconds, std::uint64_t seed = 1) {
  return std::move(*DemoSource::create({.seconds = seconds, .seed = seed, .size = {384, 216}}));
}

inline std::vector<std::string> all_matches(const std::string& text, const std::string& pattern) {
  std::vector<std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match)
    found.push_back((*match)[1]);
  return found;
}

}  // namespace rung::package
