#include "cli/demo_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "cli/files.h"
#include "media/package/artwork.h"
#include "media/package/demo_source.h"
#include "media/package/manifests.h"

namespace rung::cli {
namespace {

namespace fs = std::filesystem;

struct DemoTitle {
  const char* id;
  const char* name;
  const char* text;
  const char* series;  ///< Null for none.
  int episode;
  const char* genre;
  double day_from;
  double day_to;
  int plays;
  const char* added;
};

constexpr DemoTitle demo_titles[] = {
    {"tides-1", "Low Water", "The boats wait for the sea.", "Tides", 1, "series", 0.02, 0.30, 420,
     "2026-01-05"},
    {"tides-2", "The Harbour", "A light on the far shore.", "Tides", 2, "series", 0.30, 0.62, 360,
     "2026-01-12"},
    {"tides-3", "High Water", "Nobody sleeps that night.", "Tides", 3, "series", 0.62, 0.98, 310,
     "2026-01-19"},
    {"first-light", "First Light", "A morning, as it comes.", nullptr, 0, "landscape", 0.00, 0.16,
     150, "2026-02-01"},
    {"noon", "Noon", "Nothing moves but the clouds.", nullptr, 0, "landscape", 0.25, 0.45, 90,
     "2025-11-02"},
    {"balloons", "Balloons", "Seven of them, and the wind.", nullptr, 0, "family", 0.40, 0.60, 520,
     "2025-08-14"},
    {"golden-hour", "Golden Hour", "The ridge just before the sun goes.", nullptr, 0, "landscape",
     0.60, 0.76, 240, "2026-02-09"},
    {"night-watch", "Night Watch", "Stars over the water.", nullptr, 0, "night", 0.80, 1.00, 60,
     "2026-02-14"},
};

/// Bytes of the first `head` of a track.
ByteCount head_of(const package::PackagedTrack& track, Duration head, Duration segment) {
  ByteCount size;
  Duration covered{};
  for (const auto& one : track.segments) {
    if (covered >= head) break;
    size += one.size;
    covered += segment;
  }
  return size;
}

}  // namespace

std::vector<package::Rung> demo_catalogue_ladder() {
  return *package::parse_ladder("300k:384x216,900k:640x360,2000k:1280x720");
}

Expected<void> write_demo_catalogue(const DemoCatalogueOptions& options, const fs::path& directory,
                                    const package::ProgressObserver& observer) {
  std::error_code failed;
  if (fs::exists(directory, failed) && !fs::is_empty(directory, failed) &&
      !fs::exists(directory / catalogue_file, failed) &&
      options.package.overwrite != package::Overwrite::anything)
    return failure(ErrorCode::invalid_argument,
                   "exists and is no earlier catalogue; name another directory, or --force",
                   directory.string());
  fs::create_directories(directory, failed);
  if (failed)
    return failure(ErrorCode::io, "cannot be made: " + failed.message(), directory.string());
  // While there is no feed nobody takes it for whole.
  fs::remove(directory / catalogue_file, failed);

  const auto& top = *std::ranges::max_element(options.package.ladder, {}, &package::Rung::height);
  nlohmann::ordered_json feed{
      {"rung_catalogue", 1}, {"name", "Rung demo"}, {"titles", nlohmann::ordered_json::array()}};
  const std::int64_t each = std::int64_t{options.seconds} * options.frame_rate.num;
  const auto all = each * static_cast<std::int64_t>(std::size(demo_titles));
  std::int64_t before = 0;
  std::uint64_t seed = options.seed;
  for (const DemoTitle& title : demo_titles) {
    const auto source = package::DemoSource::create({.seconds = options.seconds,
                                                     .seed = seed,
                                                     .frame_rate = options.frame_rate,
                                                     .size = {top.width, top.height},
                                                     .name = title.name,
                                                     .day_from = title.day_from,
                                                     .day_to = title.day_to});
    if (!source) return tl::unexpected<Error>(source.error());
    const fs::path folder = directory / title.id;
    const auto made = package::write_package(
        **source, options.package, folder, [&](const package::PackageProgress& progress) {
          return observer({.pictures = before + progress.pictures, .expected_pictures = all});
        });
    if (!made) return tl::unexpected<Error>(made.error());
    before += each;
    constexpr package::PictureSize size{640, 360};
    const auto artwork = package::demo_artwork(seed, (title.day_from + title.day_to) / 2, size);
    if (!artwork) return tl::unexpected<Error>(artwork.error());
    if (auto written = write_file((folder / "artwork.jpg").string(), *artwork); !written)
      return written;
    ++seed;
    nlohmann::ordered_json entry{{"id", title.id},
                                 {"kind", title.series != nullptr ? "episode" : "film"},
                                 {"name", title.name},
                                 {"text", title.text},
                                 {"genres", {title.genre}},
                                 {"people", {"Rung"}},
                                 {"artwork", fmt::format("{}/artwork.jpg", title.id)},
                                 {"manifest", fmt::format("{}/manifest.mpd", title.id)},
                                 {"added", title.added},
                                 {"plays", title.plays},
                                 {"seconds", options.seconds}};
    if (title.series != nullptr) {
      entry["series"] = title.series;
      entry["season"] = 1;
      entry["episode"] = title.episode;
    }
    entry["manifest_bytes"] = fs::file_size(folder / "manifest.mpd", failed);
    constexpr Duration head = std::chrono::seconds(6);
    ByteCount bytes =
        head_of(made->video[made->video.size() / 2], head, package::segment_duration(*made));
    if (!made->audio.empty())
      bytes += head_of(made->audio.front(), head, package::segment_duration(*made));
    entry["head_bytes"] = bytes.bytes();
    feed["titles"].push_back(std::move(entry));
  }
  return write_file((directory / catalogue_file).string(), feed.dump(1) + "\n");
}

}  // namespace rung::cli
