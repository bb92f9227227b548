#include "cli/archive.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#if RUNG_ARCHIVES
#include <archive.h>
#include <archive_entry.h>
#endif

namespace rung::cli {

bool is_archive(const std::string& path) {
  constexpr std::array<std::string_view, 7> endings{".tar",    ".tgz",    ".txz",    ".zip",
                                                    ".tar.gz", ".tar.xz", ".tar.zst"};
  return std::ranges::any_of(endings,
                             [&](std::string_view ending) { return path.ends_with(ending); });
}

#if RUNG_ARCHIVES

namespace {

struct Closes {
  void operator()(::archive* opened) const { ::archive_read_free(opened); }
};
using Archive = std::unique_ptr<::archive, Closes>;

std::string complaint(const Archive& opened) {
  const char* const text = ::archive_error_string(opened.get());
  return text != nullptr ? text : "the archive cannot be read";
}

/// Appends what the entry at hand holds to `text`, and takes it off `left`.
Expected<void> read_entry(const Archive& opened, std::string& text, std::int64_t& left) {
  std::array<char, 64 * 1024> part{};
  while (true) {
    const auto got = ::archive_read_data(opened.get(), part.data(), part.size());
    if (got < 0) return failure(ErrorCode::malformed, complaint(opened));
    if (got == 0) return {};
    left -= got;
    if (left < 0)
      return failure(ErrorCode::limit_exceeded, "the archive holds more than 1 GiB; unpack it");
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Expected<std::map<std::string, std::string>> read_archive(const std::string& path) {
  const Archive opened(::archive_read_new());
  if (!opened) return failure(ErrorCode::io, "no memory for an archive", path);
  ::archive_read_support_filter_all(opened.get());
  ::archive_read_support_format_tar(opened.get());
  ::archive_read_support_format_zip(opened.get());
  constexpr std::size_t block = 64 * 1024;
  if (::archive_read_open_filename(opened.get(), path.c_str(), block) != ARCHIVE_OK)
    return failure(ErrorCode::malformed, complaint(opened), path);
  std::map<std::string, std::string> files;
  std::int64_t left = most_archived.bytes();
  ::archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  while ((status = ::archive_read_next_header(opened.get(), &entry)) == ARCHIVE_OK ||
         status == ARCHIVE_WARN) {
    if (::archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* const name = ::archive_entry_pathname(entry);
    if (name == nullptr) continue;
    if (files.size() == most_archived_files)
      return failure(ErrorCode::limit_exceeded, "the archive holds more than 100000 files", path);
    if (auto read = read_entry(opened, files[name], left); !read) {
      read.error().where = path;
      return tl::unexpected(read.error());
    }
  }
  if (status != ARCHIVE_EOF) return failure(ErrorCode::malformed, complaint(opened), path);
  return files;
}

#else

Expected<std::map<std::string, std::string>> read_archive(const std::string& path) {
  return failure(ErrorCode::unsupported,
                 "this rung was built without libarchive; unpack the archive and name the folder",
                 path);
}

#endif

}  // namespace rung::cli
