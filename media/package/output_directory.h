#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/expected.h"

namespace rung::package {

/// The file by which an earlier package is known.
inline constexpr std::string_view package_mark = "package.json";

/// What may be replaced at the place where a package shall lie.
enum class Overwrite { earlier_package, anything };

/// A directory that appears whole or not at all. Files are written beside the target, in
/// "<target>.partial-<process id>"; commit() puts that in the target's place with one rename. What
/// is not committed is removed. Leftovers of killed processes are swept at the next create(). A
/// resource; write() may be called from several threads.
class OutputDirectory {
 public:
  /// Fails when the target is a file, or a directory that `overwrite` does not allow to replace:
  /// with `earlier_package` it must be empty or hold `package_mark`.
  [[nodiscard]] static Expected<std::unique_ptr<OutputDirectory>> create(
      std::filesystem::path target, Overwrite overwrite);
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;
  ~OutputDirectory();

  /// Creates the file (and the folders of `name`, which is relative) with these bytes.
  [[nodiscard]] Expected<void> write(const std::string& name,
                                     std::span<const std::byte> bytes) const;
  [[nodiscard]] Expected<void> write(const std::string& name, std::string_view text) const;
  [[nodiscard]] Expected<void> commit();

 private:
  OutputDirectory(std::filesystem::path target, std::filesystem::path partial)
      : target_(std::move(target)), partial_(std::move(partial)) {}

  std::filesystem::path target_;
  std::filesystem::path partial_;
};

}  // namespace rung::package
