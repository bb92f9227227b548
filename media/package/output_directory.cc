#include "media/package/output_directory.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace rung::package {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view partial_infix = ".partial-";

tl::unexpected<Error> io_failure(std::string action, const std::error_code& error,
                                 const fs::path& path) {
  return failure(ErrorCode::io, std::move(action) + ": " + error.message(), path.string());
}

std::error_code last_error() { return {errno, std::generic_category()}; }

/// "/a/b/" and "b/." name the same directory as "/a/b" and "b", but have no file name.
fs::path without_trailing_slash(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  if (normal.has_filename() && normal.filename() != ".") return normal;
  return fs::absolute(normal).lexically_normal().parent_path();
}

/// Removes what processes that no longer exist have left beside the target.
void sweep_leftovers(const fs::path& parent, const std::string& prefix) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    pid_t process = 0;
    const auto [end, error] =
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), process);
    if (error != std::errc() || end != name.data() + name.size() || process <= 0) continue;
    if (kill(process, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

Expected<void> check_target(const fs::path& target, Overwrite overwrite) {
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status))
    return failure(ErrorCode::io, "exists and is not a directory", target.string());
  if (overwrite == Overwrite::anything) return {};
  const bool empty = fs::is_empty(target, error);
  if (error) return io_failure("cannot be read", error, target);
  if (empty || fs::exists(target / package_mark, error)) return {};
  return failure(ErrorCode::invalid_argument,
                 "holds files that are not an earlier package; --force replaces it all the same",
                 target.string());
}

}  // namespace

Expected<std::unique_ptr<OutputDirectory>> OutputDirectory::create(fs::path target,
                                                                   Overwrite overwrite) {
  target = without_trailing_slash(target);
  const Expected<void> allowed = check_target(target, overwrite);
  if (!allowed) return tl::unexpected(allowed.error());
  std::error_code error;
  const fs::path parent = fs::absolute(target).parent_path();
  fs::create_directories(parent, error);
  if (error) return io_failure("cannot create the folder", error, parent);
  const std::string prefix = target.filename().string() + std::string(partial_infix);
  sweep_leftovers(parent, prefix);
  const fs::path partial = parent / (prefix + std::to_string(getpid()));
  if (!fs::create_directory(partial, error)) {
    if (!error) error = std::make_error_code(std::errc::file_exists);
    return io_failure("cannot create the folder", error, partial);
  }
  return std::unique_ptr<OutputDirectory>(new OutputDirectory(fs::absolute(target), partial));
}

OutputDirectory::~OutputDirectory() {
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

Expected<void> OutputDirectory::write(const std::string& name,
                                      std::span<const std::byte> bytes) const {
  const fs::path path = partial_ / name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return io_failure("cannot create the folder", error, path.parent_path());
  std::FILE* file = std::fopen(path.c_str(), "wbx");
  if (file == nullptr) return io_failure("cannot create the file", last_error(), path);
  const std::size_t written = std::fwrite(bytes.data(), 1, bytes.size(), file);
  const int write_error = errno;
  if (std::fclose(file) != 0) return io_failure("cannot write", last_error(), path);
  if (written != bytes.size())
    return io_failure("cannot write", {write_error, std::generic_category()}, path);
  return {};
}

Expected<void> OutputDirectory::write(const std::string& name, std::string_view text) const {
  return write(name, std::as_bytes(std::span(text)));
}

Expected<void> OutputDirectory::commit() {
  // The old package and the new one change places, so that there is never none.
  if (renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0)
    return {};
  if (errno != ENOENT && errno != EINVAL && errno != ENOSYS)
    return io_failure("cannot be replaced", last_error(), target_);
  std::error_code error;
  if (errno != ENOENT) {  // A file system that cannot exchange.
    fs::remove_all(target_, error);
    if (error) return io_failure("cannot be replaced", error, target_);
  }
  fs::rename(partial_, target_, error);
  if (error) return io_failure("cannot be created", error, target_);
  return {};
}

}  // namespace rung::package
