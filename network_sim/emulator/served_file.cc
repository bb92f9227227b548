#include "network_sim/emulator/served_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <system_error>
#include <utility>

namespace rung::emulator {
namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& root, const fs::path& path) {
  const auto [end, rest] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

bool has_dots(const fs::path& path) {
  return std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

std::unique_ptr<ServedFile> open_file(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return nullptr;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return nullptr;
  }
  const auto modified = std::chrono::system_clock::time_point(
      std::chrono::seconds(status.st_mtim.tv_sec) +
      std::chrono::microseconds(status.st_mtim.tv_nsec / 1000));
  return std::make_unique<ServedFile>(descriptor, ByteCount(status.st_size), modified,
                                      std::string(content_type_of(path)));
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

ServedFile::ServedFile(int descriptor, ByteCount size,
                       std::chrono::system_clock::time_point modified, std::string content_type)
    : descriptor_(descriptor),
      size_(size),
      modified_(modified),
      content_type_(std::move(content_type)) {}

ServedFile::~ServedFile() { ::close(descriptor_); }

std::string ServedFile::etag() const {
  return '"' + std::to_string(size_.bytes()) + '-' +
         std::to_string(modified_.time_since_epoch().count()) + '"';
}

std::string ServedFile::last_modified() const {
  return http_date(std::chrono::system_clock::to_time_t(modified_));
}

std::size_t ServedFile::read(std::int64_t offset, std::span<char> into) const {
  const ssize_t got = ::pread(descriptor_, into.data(), into.size(), offset);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

Lookup find_served_file(const fs::path& root, std::string_view target) {
  target = target.substr(0, target.find_first_of("?#"));
  if (target.empty() || target.front() != '/') return {.file = {}, .refusal = Refusal::bad_target};
  const auto decoded = percent_decoded(target);
  if (!decoded) return {.file = {}, .refusal = Refusal::bad_target};
  const fs::path below = fs::path(*decoded).relative_path();
  if (has_dots(below)) return {.file = {}, .refusal = Refusal::forbidden};
  std::error_code error;
  fs::path path = fs::canonical(root / below, error);
  if (error) return {};
  if (fs::is_directory(path, error)) {
    path = fs::canonical(path / "index.html", error);
    if (error) return {};
  }
  // Links are followed by now: what lies elsewhere was reached through one that leads out.
  if (!lies_below(root, path)) return {.file = {}, .refusal = Refusal::forbidden};
  return {.file = open_file(path), .refusal = Refusal::not_found};
}

std::string_view content_type_of(const fs::path& path) {
  struct Type {
    std::string_view extension;
    std::string_view name;
  };
  static constexpr std::array<Type, 25> types{{
      {".mpd", "application/dash+xml"},
      {".mpp", "application/dash-patch+xml"},
      {".m3u8", "application/vnd.apple.mpegurl"},
      {".m4s", "video/iso.segment"},
      {".mp4", "video/mp4"},
      {".cmfv", "video/mp4"},
      {".cmfa", "audio/mp4"},
      {".m4v", "video/mp4"},
      {".m4a", "audio/mp4"},
      {".ts", "video/mp2t"},
      {".aac", "audio/aac"},
      {".mp3", "audio/mpeg"},
      {".webm", "video/webm"},
      {".vtt", "text/vtt; charset=utf-8"},
      {".json", "application/json"},
      {".xml", "application/xml"},
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".jpg", "image/jpeg"},
      {".png", "image/png"},
      {".svg", "image/svg+xml"},
      {".ico", "image/x-icon"},
  }};
  std::string extension = path.extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto* const found = std::ranges::find(types, extension, &Type::extension);
  return found == types.end() ? "application/octet-stream" : found->name;
}

RangeChoice choose_range(std::string_view field, ByteCount size) {
  constexpr std::string_view unit = "bytes=";
  const std::int64_t length = size.bytes();
  if (!field.starts_with(unit)) return {};
  field.remove_prefix(unit.size());
  const std::size_t dash = field.find('-');
  if (dash == std::string_view::npos || field.find(',') != std::string_view::npos) return {};
  const std::string_view first_text = field.substr(0, dash);
  const std::string_view last_text = field.substr(dash + 1);
  const auto last = whole_number(last_text);
  if (first_text.empty()) {  // the last so many bytes
    if (!last) return {};
    if (*last == 0 || length == 0) return {.kind = RangeKind::unsatisfiable, .bytes = {}};
    return {.kind = RangeKind::part,
            .bytes = {.begin = std::max<std::int64_t>(0, length - *last), .end = length}};
  }
  const auto first = whole_number(first_text);
  if (!first || (!last && !last_text.empty()) || (last && *last < *first)) return {};
  if (*first >= length) return {.kind = RangeKind::unsatisfiable, .bytes = {}};
  const std::int64_t end = last && *last < length ? *last + 1 : length;
  return {.kind = RangeKind::part, .bytes = {.begin = *first, .end = end}};
}

std::string http_date(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t length =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), length};
}

}  // namespace rung::emulator
