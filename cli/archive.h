#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/expected.h"
#include "core/units.h"

namespace rung::cli {

/// What an archive may hold, unpacked, and how many files.
inline constexpr ByteCount most_archived{1024LL * 1024 * 1024};
inline constexpr std::size_t most_archived_files = 100'000;

/// Whether the name ends as that of an archive: .tar, .tar.gz, .tgz, .tar.xz, .txz, .tar.zst, .zip.
[[nodiscard]] bool is_archive(const std::string& path);

/// The regular files of an archive by their paths in it. Nothing is unpacked to the disk. Fails
/// with not_found or malformed, with limit_exceeded beyond most_archived or most_archived_files,
/// and with unsupported where Rung was built without libarchive.
[[nodiscard]] Expected<std::map<std::string, std::string>> read_archive(const std::string& path);

}  // namespace rung::cli
