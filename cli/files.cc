#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace rung::cli {
namespace {

/// A POSIX file descriptor that closes itself. A resource.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number, bool owned = true) : number_(number), owned_(owned) {}
  ~FileDescriptor() {
    if (owned_ && number_ >= 0) ::close(number_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
  bool owned_;
};

tl::unexpected<Error> system_failure(const char* what, const std::string& path) {
  const int number = errno;
  const bool missing = number == ENOENT || number == ENOTDIR;
  return failure(missing ? ErrorCode::not_found : ErrorCode::io,
                 std::string(what) + ": " + std::strerror(number), path);
}

/// False, with errno set, when not all could be written.
bool write_all(int descriptor, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t put = ::write(descriptor, contents.data(), contents.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    contents.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

Expected<void> write_in_place(const std::string& path, std::string_view contents) {
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(0666)));
  if (file.number() < 0 || !write_all(file.number(), contents))
    return system_failure("cannot be written", path);
  return {};
}

}  // namespace

Expected<std::string> read_file(const std::string& path, ByteCount limit) {
  const bool standard_input = path == "-";
  const FileDescriptor file(
      standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC), !standard_input);
  if (file.number() < 0) return system_failure("cannot be opened", path);
  struct stat status {};
  if (::fstat(file.number(), &status) == 0 && S_ISDIR(status.st_mode))
    return failure(ErrorCode::io, "is a directory", path);
  std::string contents;
  std::vector<char> buffer(std::size_t{64} * 1024);
  for (;;) {
    const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("cannot be read", path);
    if (got == 0) return contents;
    contents.append(buffer.data(), static_cast<std::size_t>(got));
    if (contents.size() > static_cast<std::size_t>(limit.bytes()))
      return failure(ErrorCode::limit_exceeded,
                     "is larger than the limit of " + std::to_string(limit.bytes()) + " bytes",
                     path);
  }
}

Expected<void> write_file(const std::string& path, std::string_view contents, Readers readers) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return write_in_place(path, contents);
  std::string temporary = path + ".XXXXXX";
  const FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.number() < 0) return system_failure("cannot be written", path);
  const auto give_up = [&](const char* what) {
    const auto error = system_failure(what, path);
    ::unlink(temporary.c_str());
    return error;
  };
  if (!write_all(file.number(), contents)) return give_up("cannot be written");
  // mkostemp makes the file private; a result is as readable as any new file of the user.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (readers == Readers::as_usual &&
      ::fchmod(file.number(), static_cast<mode_t>(0666) & ~mask) != 0)
    return give_up("cannot be written");
  if (::fsync(file.number()) != 0) return give_up("cannot be written");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return give_up("cannot be replaced");
  return {};
}

}  // namespace rung::cli
