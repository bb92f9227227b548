#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/units.h"

namespace rung::emulator {

/// A regular file below the served directory, open for reading. Immutable.
class ServedFile {
 public:
  ServedFile(int descriptor, ByteCount size, std::chrono::system_clock::time_point modified,
             std::string content_type);
  ~ServedFile();
  ServedFile(const ServedFile&) = delete;
  ServedFile& operator=(const ServedFile&) = delete;

  [[nodiscard]] ByteCount size() const { return size_; }
  [[nodiscard]] const std::string& content_type() const { return content_type_; }
  /// For the header fields of the same names.
  [[nodiscard]] std::string etag() const;
  [[nodiscard]] std::string last_modified() const;
  /// How many bytes were read at `offset`; 0 when the file has become shorter or cannot be read.
  [[nodiscard]] std::size_t read(std::int64_t offset, std::span<char> into) const;

 private:
  int descriptor_;
  ByteCount size_;
  std::chrono::system_clock::time_point modified_;
  std::string content_type_;
};

enum class Refusal {
  bad_target,  ///< Not a path: 400.
  forbidden,   ///< Leads, or tries to lead, out of the served directory: 403.
  not_found,   ///< 404.
};

struct Lookup {
  std::unique_ptr<ServedFile> file;  ///< Empty when refused.
  Refusal refusal = Refusal::not_found;
};

/// The file that a request target names below `root`, which must be canonical. The query is passed
/// over, percent escapes are decoded once; a component `..`, however it is written, is refused, and
/// so is a symbolic link that leads out of `root`. A directory stands for its index.html.
[[nodiscard]] Lookup find_served_file(const std::filesystem::path& root, std::string_view target);

/// The text behind its percent escapes; nullopt where one is malformed or stands for a zero byte.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

/// By the extension of the name; application/octet-stream for unknown ones.
[[nodiscard]] std::string_view content_type_of(const std::filesystem::path& path);

/// The bytes [begin, end) of a file.
struct ByteRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class RangeKind {
  whole,          ///< No usable range: answer 200 with everything.
  part,           ///< 206
  unsatisfiable,  ///< 416
};

struct RangeChoice {
  RangeKind kind = RangeKind::whole;
  ByteRange bytes;
};

/// What a Range field asks of a file of `size` bytes (RFC 9110 section 14.2). Several ranges and
/// malformed ones are passed over, as the RFC allows.
[[nodiscard]] RangeChoice choose_range(std::string_view field, ByteCount size);

/// The instant, in seconds since 1970, as headers write it (RFC 9110 section 5.6.7).
[[nodiscard]] std::string http_date(std::time_t seconds);

}  // namespace rung::emulator
