#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "core/units.h"

namespace rung::cli {

/// The whole file as text; "-" reads the standard input. Fails with not_found or io, and with
/// limit_exceeded when there are more than `limit` bytes.
[[nodiscard]] Expected<std::string> read_file(const std::string& path, ByteCount limit);

/// Who may read a file that is written.
enum class Readers : std::uint8_t {
  as_usual,  ///< Whoever can read any new file of the user.
  owner,
};

/// Puts `contents` into the file in one step: readers see the old file or the new one, whole. The
/// new file lies under a temporary name beside it until it is complete and on the disk. What exists
/// and is no regular file (a device, a pipe, a link) is written to in its place.
[[nodiscard]] Expected<void> write_file(const std::string& path, std::string_view contents,
                                        Readers readers = Readers::as_usual);

}  // namespace rung::cli
