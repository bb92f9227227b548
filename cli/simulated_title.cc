#include "cli/simulated_title.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/files.h"
#include "core/limits.h"
#include "media/ladder.h"
#include "media/presentation_loader.h"
#include "media/simulator_titles.h"
#include "media/track_selection.h"

namespace rung::cli {
namespace {

using media::Resource;
using media::Track;
using media::TrackKind;
using network_sim::SimulatedTitle;

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

/// The directory of a manifest, and what of it the manifest refers to.
class TitleDirectory {
 public:
  explicit TitleDirectory(const std::string& manifest)
      : directory_(std::filesystem::path(manifest).parent_path()) {}

  /// The file that a URL below `origin` stands for; refused where it lies elsewhere.
  [[nodiscard]] Expected<std::string> file_of(const std::string& url) const {
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

  [[nodiscard]] Expected<ByteCount> size_of(const Resource& resource) const {
    auto file = file_of(resource.url);
    if (!file) return tl::unexpected(file.error());
    std::error_code error;
    const auto bytes = std::filesystem::file_size(*file, error);
    if (error) return failure(ErrorCode::not_found, error.message(), *file);
    const auto whole = static_cast<std::int64_t>(bytes);
    if (!resource.range) return ByteCount(whole);
    if (resource.range->first > whole - resource.range->length.bytes())
      return failure(ErrorCode::malformed, "is shorter than a byte range of the manifest", *file);
    return resource.range->length;
  }

  /// `error` with the path of the file where it tells a URL below `origin`.
  [[nodiscard]] Error located(Error error) const {
    if (error.where.starts_with(origin))
      error.where =
          (directory_ / percent_decoded(std::string_view(error.where).substr(origin.size())))
              .string();
    return error;
  }

  [[nodiscard]] Expected<std::string> read(const Resource& resource) const {
    const auto size = size_of(resource);
    if (!size) return tl::unexpected(size.error());
    const auto file = file_of(resource.url);
    if (!file) return tl::unexpected(file.error());
    auto text = read_file(*file, limits::text_file_size);
    if (!text || !resource.range) return text;
    return text->substr(static_cast<std::size_t>(resource.range->first),
                        static_cast<std::size_t>(size->bytes()));
  }

 private:
  std::filesystem::path directory_;
};

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

/// The track with the sizes of its files.
Expected<Track> measured(const media::TrackSelection& selection, TrackKind kind,
                         const TitleDirectory& directory) {
  const Track& track = *selection.tracks().of(kind);
  if (track.segment_count() > limits::listed_segments)
    return failure(ErrorCode::limit_exceeded,
                   "there are more than " + std::to_string(limits::listed_segments) + " segments");
  std::vector<Track::Part> parts = track.parts();
  for (Track::Part& part : parts) part.sizes.clear();
  for (SegmentNumber segment = 0; segment < track.segment_count(); ++segment) {
    std::vector<ByteCount>& sizes = parts[track.place(segment).part].sizes;
    for (RepresentationIndex rung = 0; rung < track.ladder(segment).size(); ++rung) {
      const auto size = directory.size_of(selection.resource_of(kind, segment, rung));
      if (!size) return tl::unexpected(size.error());
      sizes.push_back(*size);
    }
  }
  return Track::create(std::move(parts));
}

Expected<SimulatedTitle> load_manifest(const std::string& path, std::string_view text) {
  const TitleDirectory directory(path);
  const auto selection = load_selection(path, text, directory);
  if (!selection) return tl::unexpected(directory.located(selection.error()));
  SimulatedTitle title{.name = path, .known = selection->tracks(), .actual = {}};
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    if (!selection->tracks().of(kind)) continue;
    auto track = measured(*selection, kind, directory);
    if (!track) return tl::unexpected(track.error());
    (kind == TrackKind::video ? title.actual.video : title.actual.audio) = *std::move(track);
  }
  const TrackKind main = title.actual.video ? TrackKind::video : TrackKind::audio;
  if (const auto init = selection->init_of(main, 0, 0)) {
    const auto size = directory.size_of(*init);
    if (!size) return tl::unexpected(size.error());
    title.init_size = *size;
  }
  return title;
}

/// The texts of video_size_0, video_size_1, ... as far as there are such files.
Expected<std::vector<std::string>> read_size_files(const std::filesystem::path& folder) {
  std::vector<std::string> texts;
  while (texts.size() <= limits::representations) {
    const std::filesystem::path file = folder / ("video_size_" + std::to_string(texts.size()));
    if (!std::filesystem::exists(file)) break;
    auto text = read_file(file.string(), limits::manifest_size);
    if (!text) return tl::unexpected(text.error());
    texts.push_back(*std::move(text));
  }
  return texts;
}

/// The first `most` segments of a track.
void cut(media::Ladder::TrackLadder& track, SegmentNumber most) {
  if (track.segment_count <= most) return;
  track.segment_count = most;
  track.last_segment_duration = track.segment_duration;
  for (media::Ladder::Rung& rung : track.rungs)
    if (!rung.sizes.empty()) rung.sizes.resize(static_cast<std::size_t>(most));
}

Expected<SimulatedTitle> title_of(Expected<media::Ladder> ladder, const std::string& path,
                                  std::optional<SegmentNumber> most_segments) {
  if (!ladder) return tl::unexpected(ladder.error());
  if (most_segments) {
    cut(ladder->video, *most_segments);
    if (ladder->audio) cut(*ladder->audio, *most_segments);
  }
  auto tracks = media::tracks_of(*ladder);
  if (!tracks) return tl::unexpected(tracks.error());
  return SimulatedTitle{.name = path, .known = *tracks, .actual = *std::move(tracks)};
}

}  // namespace

Expected<SimulatedTitle> load_simulated_title(const std::string& path,
                                              std::optional<SegmentNumber> most_segments) {
  if (std::filesystem::is_directory(path)) {
    const auto files = read_size_files(path);
    if (!files) return tl::unexpected(files.error());
    return title_of(media::parse_pensieve_sizes(*files, path), path, most_segments);
  }
  const auto text = read_file(path, limits::manifest_size);
  if (!text) return tl::unexpected(text.error());
  const auto first = text->find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (*text)[first] != '{') return load_manifest(path, *text);
  return title_of(media::is_sabre_movie(*text) ? media::parse_sabre_movie(*text, path)
                                               : media::parse_ladder(*text, path),
                  path, most_segments);
}

}  // namespace rung::cli
