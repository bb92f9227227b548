#include "cli/title_directory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/files.h"
#include "core/limits.h"
#include "media/presentation_loader.h"

namespace rung::cli {
namespace {

using media::Resource;

/// The origin that the manifest's directory stands for while its references are resolved.
constexpr std::string_view origin = "http://title.invalid/";

std::optional<int> hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return std::nullopt;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (high && low) {
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

}  // namespace

Expected<std::string> TitleDirectory::file_of(const std::string& url) const {
  if (!url.starts_with(origin))
    return failure(ErrorCode::unsupported,
                   "lies outside the manifest's directory, so its size cannot be measured", url);
  const std::string_view rest = std::string_view(url).substr(origin.size());
  const std::filesystem::path path(percent_decoded(rest.substr(0, rest.find_first_of("?#"))));
  if (path.is_absolute() || path.string().find('\0') != std::string::npos ||
      std::ranges::find(path, "..") != path.end())
    return failure(ErrorCode::refused, "leads out of the manifest's directory", path.string());
  return (directory_ / path).string();
}

Expected<ByteCount> TitleDirectory::size_of(const Resource& resource) const {
  auto file = file_of(resource.url);
  if (!file) return tl::unexpected(file.error());
  std::error_code error;
  const auto bytes = std::filesystem::file_size(*file, error);
  if (error) return failure(ErrorCode::not_found, error.message(), *file);
  const auto whole = static_cast<std::int64_t>(bytes);
  if (!resource.range) return ByteCount(whole);
  const bool to_end = resource.range->length == ByteCount{};
  if (to_end && resource.range->first < whole) return ByteCount(whole - resource.range->first);
  if (to_end || resource.range->first > whole - resource.range->length.bytes())
    return failure(ErrorCode::malformed, "is shorter than a byte range of the manifest", *file);
  return resource.range->length;
}

Error TitleDirectory::located(Error error) const {
  if (error.where.starts_with(origin))
    error.where =
        (directory_ / percent_decoded(std::string_view(error.where).substr(origin.size())))
            .string();
  return error;
}

Expected<std::string> TitleDirectory::read(const Resource& resource) const {
  const auto size = size_of(resource);
  if (!size) return tl::unexpected(size.error());
  const auto file = file_of(resource.url);
  if (!file) return tl::unexpected(file.error());
  auto text = read_file(*file, limits::text_file_size);
  if (!text || !resource.range) return text;
  return text->substr(static_cast<std::size_t>(resource.range->first),
                      static_cast<std::size_t>(size->bytes()));
}

Expected<media::TrackSelection> load_selection(const std::string& path, std::string_view text,
                                               const TitleDirectory& directory) {
  const std::string url = std::string(origin) + std::filesystem::path(path).filename().string();
  auto loader = media::PresentationLoader::create(text, url, {});
  if (!loader) return tl::unexpected(loader.error());
  while (const auto document = loader->next_document()) {
    const auto bytes = directory.read(*document);
    if (!bytes) return tl::unexpected(bytes.error());
    if (const auto supplied = loader->supply(*document, *bytes, document->url); !supplied)
      return tl::unexpected(supplied.error());
  }
  auto presentation = std::move(*loader).finish();
  if (!presentation) return tl::unexpected(presentation.error());
  return media::TrackSelection::create(
      std::make_shared<const media::Presentation>(*std::move(presentation)), {});
}

}  // namespace rung::cli
