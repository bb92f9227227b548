#include "player/head_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/checksum.h"
#include "core/limits.h"
#include "player/wall_clock.h"

namespace rung::player {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_name = "new.tmp";
constexpr std::string_view lock_name = "lock";
constexpr std::string_view entry_suffix = ".head";
/// Entries that wait to be written, and their content.
constexpr std::size_t most_waiting = 256;
constexpr ByteCount most_waiting_size{64 * 1000 * 1000};
/// Another program writes one entry at a time.
constexpr Duration lock_patience = std::chrono::seconds(1);
constexpr Duration lock_wait = std::chrono::milliseconds(5);

/// A POSIX file descriptor that closes itself. A resource.
class FileDescriptor {
 public:
  FileDescriptor(const fs::path& path, int flags)
      : number_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, static_cast<mode_t>(0600))) {}
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }

 private:
  int number_;
};

/// The right to write in the directory; the system takes it back when the program ends. A resource.
class Lock {
 public:
  explicit Lock(const fs::path& directory) : file_(directory / lock_name, O_RDWR | O_CREAT) {
    for (Duration waited{}; file_.open() && waited <= lock_patience; waited += lock_wait) {
      held_ = ::flock(file_.number(), LOCK_EX | LOCK_NB) == 0;
      if (held_ || (errno != EWOULDBLOCK && errno != EINTR)) return;
      std::this_thread::sleep_for(lock_wait);
    }
  }
  [[nodiscard]] bool held() const { return held_; }

 private:
  FileDescriptor file_;
  bool held_ = false;
};

bool write_whole(const fs::path& path, std::string_view bytes) {
  const FileDescriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  while (file.open() && !bytes.empty()) {
    const ssize_t put = ::write(file.number(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return file.open();
}

/// All of an open regular file; nothing where it is longer than an entry can be.
std::optional<std::string> read_whole(const FileDescriptor& file) {
  struct stat status {};
  constexpr std::int64_t longest = limits::segment_size.bytes() + limits::presentation_size.bytes();
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > longest)
    return std::nullopt;
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = ::read(file.number(), bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string hashed(std::string_view text) { return fmt::format("{:016x}", checksum(text)); }

/// The files of one title.
struct Files {
  fs::file_time_type used = fs::file_time_type::min();
  ByteCount size;
  std::vector<fs::path> paths;
};

/// Entries by the hash of their title.
std::map<std::string, Files> files_in(const fs::path& directory) {
  std::map<std::string, Files> titles;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.ends_with(entry_suffix)) continue;
    std::error_code gone;
    const auto size = fs::file_size(at->path(), gone);
    const auto time = fs::last_write_time(at->path(), gone);
    if (gone) continue;
    Files& title = titles[name.substr(0, name.find('-'))];
    title.used = std::max(title.used, time);
    title.size += ByteCount(static_cast<std::int64_t>(size));
    title.paths.push_back(at->path());
  }
  return titles;
}

}  // namespace

HeadCache::HeadCache(fs::path directory, ByteCount capacity)
    : directory_(std::move(directory)), capacity_(capacity) {
  writer_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

HeadCache::~HeadCache() = default;

void HeadCache::keep(const std::string& title, const TitleDocuments& documents,
                     const Freshness& freshness) {
  if (!freshness.may_keep) return;
  enqueue({.title = title,
           .resource = {},
           .identity = identity_of(documents),
           .fresh_until = since_1970() + freshness.fresh_for,
           .content = write_documents(documents)});
}

void HeadCache::keep(const std::string& title, std::uint64_t identity,
                     const media::Resource& segment, std::span<const std::byte> bytes,
                     const Freshness& freshness) {
  if (!freshness.may_keep || freshness.fresh_for <= Duration::zero()) return;
  enqueue({.title = title,
           .resource = name_of(segment),
           .identity = identity,
           .fresh_until = since_1970() + freshness.fresh_for,
           .content = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())});
}

std::optional<TitleDocuments> HeadCache::documents(const std::string& title) {
  const auto entry = read(title, {});
  if (!entry) return std::nullopt;
  const FileDescriptor file(path_of(title, {}), O_RDONLY);
  if (file.open()) ::futimens(file.number(), nullptr);  // Used now.
  // Stale ones stay: what was fetched by them counts where the ones that come anew are the same.
  const Duration left = entry->fresh_until - since_1970();
  if (left <= Duration::zero() || left > Freshness::longest) return std::nullopt;
  return read_documents(entry->content);
}

std::optional<std::vector<std::byte>> HeadCache::segment(const std::string& title,
                                                         std::uint64_t identity,
                                                         const media::Resource& segment) {
  const std::string name = name_of(segment);
  const auto entry = read(title, name);
  if (!entry) return std::nullopt;
  const Duration left = entry->fresh_until - since_1970();
  if (entry->identity != identity || left <= Duration::zero() || left > Freshness::longest) {
    std::error_code ignored;
    fs::remove(path_of(title, name), ignored);
    return std::nullopt;
  }
  const auto bytes = std::as_bytes(std::span(entry->content));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

fs::path HeadCache::path_of(const std::string& title, const std::string& resource) const {
  return directory_ / (hashed(title) + '-' + hashed(resource) + std::string(entry_suffix));
}

std::optional<HeadEntry> HeadCache::read(const std::string& title,
                                         const std::string& resource) const {
  const fs::path path = path_of(title, resource);
  const FileDescriptor file(path, O_RDONLY | O_NONBLOCK);
  if (!file.open() && errno != ELOOP) return std::nullopt;
  if (file.open())
    if (const auto bytes = read_whole(file))
      if (auto entry = read_entry(*bytes);
          entry && entry->title == title && entry->resource == resource)
        return entry;
  std::error_code ignored;
  fs::remove(path, ignored);
  return std::nullopt;
}

void HeadCache::enqueue(HeadEntry entry) {
  const ByteCount size(static_cast<std::int64_t>(entry.content.size()));
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting || waiting_size_ + size > most_waiting_size) return;
    waiting_size_ += size;
    waiting_.push_back(std::move(entry));
  }
  changed_.notify_one();
}

void HeadCache::run(const std::stop_token& stop) {
  std::error_code error;
  if (fs::is_directory(directory_, error))
    if (const Lock lock(directory_); lock.held()) make_room({}, {});
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
    if (waiting_.empty()) return;
    const HeadEntry entry = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_size_ -= ByteCount(static_cast<std::int64_t>(entry.content.size()));
    lock.unlock();
    const bool locked = write(entry);
    lock.lock();
    if (!locked) {
      waiting_.clear();
      waiting_size_ = {};
    }
  }
}

bool HeadCache::write(const HeadEntry& entry) {
  std::error_code error;
  if (fs::create_directories(directory_, error))
    fs::permissions(directory_, fs::perms::owner_all, error);  // It is nobody else's concern.
  const Lock lock(directory_);
  if (!lock.held()) return false;
  const std::string bytes = write_entry(entry);
  const ByteCount size(static_cast<std::int64_t>(bytes.size()));
  if (size > capacity_) return true;
  make_room(size, entry.title);
  const fs::path temporary = directory_ / temporary_name;
  if (write_whole(temporary, bytes))
    fs::rename(temporary, path_of(entry.title, entry.resource), error);
  else
    fs::remove(temporary, error);
  return true;
}

void HeadCache::make_room(ByteCount more, const std::string& title) const {
  std::error_code ignored;
  fs::remove(directory_ / temporary_name, ignored);
  const auto titles = files_in(directory_);
  ByteCount size = more;
  std::vector<const std::pair<const std::string, Files>*> by_use;
  for (const auto& one : titles) {
    size += one.second.size;
    by_use.push_back(&one);
  }
  const std::string own = hashed(title);
  std::ranges::sort(
      by_use, {}, [&](const auto* one) { return std::pair(one->first == own, one->second.used); });
  for (const auto* one : by_use) {
    if (size <= capacity_) return;
    for (const fs::path& path : one->second.paths) fs::remove(path, ignored);
    size -= one->second.size;
  }
}

}  // namespace rung::player
