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
#include "cli/title_directory.h"
#include "core/limits.h"
#include "media/ladder.h"
#include "media/simulator_titles.h"
#include "media/track_selection.h"

namespace rung::cli {
namespace {

using media::Track;
using media::TrackKind;
using network_sim::SimulatedTitle;

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

/// The texts of the files `stem` with `first`, `first` + 1, ... as far as there are such ones.
Expected<std::vector<std::string>> read_numbered(const std::filesystem::path& folder,
                                                 const std::string& stem, std::size_t first) {
  std::vector<std::string> texts;
  while (texts.size() <= limits::representations) {
    const std::filesystem::path file = folder / (stem + std::to_string(first + texts.size()));
    if (!std::filesystem::exists(file)) break;
    auto text = read_file(file.string(), limits::manifest_size);
    if (!text) return tl::unexpected(text.error());
    texts.push_back(*std::move(text));
  }
  return texts;
}

/// `count` segments of a list of one a segment, from the start again and again; none of none.
template <typename T>
void repeat(std::vector<T>& list, SegmentNumber count) {
  const std::size_t known = list.size();
  if (known == 0) return;
  list.resize(static_cast<std::size_t>(count));
  for (std::size_t i = known; i < list.size(); ++i) list[i] = list[i - known];
}

/// The same of a track.
void repeat(media::Ladder::TrackLadder& track, SegmentNumber count) {
  if (track.segment_count == count) return;
  track.segment_count = count;
  track.last_segment_duration = track.segment_duration;
  for (media::Ladder::Rung& rung : track.rungs) {
    repeat(rung.sizes, count);
    for (std::vector<double>* measured : {&rung.ssim, &rung.psnr, &rung.vmaf})
      repeat(*measured, count);
  }
}

Expected<void> apply(const TitleCut& cut, media::Ladder::TrackLadder& track) {
  if (cut.length) {
    const SegmentNumber count =
        (*cut.length + track.segment_duration - Duration(1)) / track.segment_duration;
    if (count > limits::listed_segments)
      return failure(
          ErrorCode::limit_exceeded,
          "that length takes more than " + std::to_string(limits::listed_segments) + " segments");
    repeat(track, count);
  } else if (cut.most_segments && track.segment_count > *cut.most_segments) {
    repeat(track, *cut.most_segments);
  }
  return {};
}

Expected<SimulatedTitle> title_of(Expected<media::Ladder> ladder, const std::string& path,
                                  const TitleCut& cut) {
  if (!ladder) return tl::unexpected(ladder.error());
  for (media::Ladder::TrackLadder* track :
       {&ladder->video, ladder->audio ? &*ladder->audio : nullptr})
    if (track != nullptr)
      if (const auto applied = apply(cut, *track); !applied)
        return failure(applied.error().code, applied.error().message, path);
  auto tracks = media::tracks_of(*ladder);
  if (!tracks) return tl::unexpected(tracks.error());
  return SimulatedTitle{.name = path, .known = *tracks, .actual = *std::move(tracks)};
}

}  // namespace

Expected<SimulatedTitle> load_simulated_title(const std::string& path, const TitleCut& cut) {
  if (std::filesystem::is_directory(path)) {
    const auto files = read_numbered(path, "video_size_", 0);
    if (!files) return tl::unexpected(files.error());
    const auto vmaf = read_numbered(path, "video", 1);
    if (!vmaf) return tl::unexpected(vmaf.error());
    return title_of(media::parse_pensieve_sizes(*files, *vmaf, path), path, cut);
  }
  const auto text = read_file(path, limits::manifest_size);
  if (!text) return tl::unexpected(text.error());
  const auto first = text->find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (*text)[first] != '{') {
    if (cut.length)
      return failure(ErrorCode::invalid_argument,
                     "a manifest has its own length; --length is for titles in numbers", path);
    return load_manifest(path, *text);
  }
  return title_of(media::is_sabre_movie(*text) ? media::parse_sabre_movie(*text, path)
                                               : media::parse_ladder(*text, path),
                  path, cut);
}

}  // namespace rung::cli
