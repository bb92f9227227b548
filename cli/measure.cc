#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/report_error.h"
#include "cli/title_directory.h"
#include "core/limits.h"
#include "media/ladder.h"
#include "media/measure/picture_comparison.h"
#include "media/measure/segment_quality.h"

// `rung measure`: how good every segment of a title on disk looks, as a ladder for the simulator.

namespace rung::cli {
namespace {

using media::Ladder;
using media::TrackKind;

struct MeasureFlags {
  std::string title;
  std::string reference;
  std::string out = "-";
  std::string vmaf = "auto";
};

/// Segments of a ladder may differ by no more than this.
constexpr Duration tolerance = std::chrono::milliseconds(1);

std::string manifest_of(const std::string& title) {
  if (!std::filesystem::is_directory(title)) return title;
  return (std::filesystem::path(title) / "manifest.mpd").string();
}

/// The track without representations. A ladder has one length of segments and one period.
Expected<Ladder::TrackLadder> outline_of(const media::Track& track, const std::string& path) {
  if (track.parts().size() != 1)
    return failure(ErrorCode::unsupported, "has several periods, and a ladder has one", path);
  const SegmentNumber count = track.segment_count();
  if (count > limits::listed_segments)
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("has more than {} segments", limits::listed_segments), path);
  for (SegmentNumber i = 0; i + 1 < count; ++i)
    if (std::chrono::abs(track.duration(i) - track.duration(0)) > tolerance)
      return failure(ErrorCode::unsupported,
                     fmt::format("segment {} is not as long as the first one", i), path);
  return Ladder::TrackLadder{.segment_duration = track.duration(0),
                             .last_segment_duration = track.duration(count - 1),
                             .segment_count = count,
                             .rungs = {}};
}

/// A title on disk.
struct Title {
  TitleDirectory directory;
  media::TrackSelection selection;
};

Expected<Ladder::TrackLadder> sizes_of(const Title& title, TrackKind kind,
                                       const std::string& path) {
  const media::Track& track = *title.selection.tracks().of(kind);
  auto ladder = outline_of(track, path);
  if (!ladder) return ladder;
  const media::Track::Part& part = track.parts().front();
  for (RepresentationIndex rung = 0; rung < part.bandwidths.size(); ++rung) {
    Ladder::Rung made{.bandwidth = part.bandwidths[rung],
                      .height = rung < part.heights.size() ? part.heights[rung] : 0,
                      .sizes = {}};
    for (SegmentNumber segment = 0; segment < track.segment_count(); ++segment) {
      const auto size = title.directory.size_of(title.selection.resource_of(kind, segment, rung));
      if (!size) return tl::unexpected(size.error());
      made.sizes.push_back(*size);
    }
    ladder->rungs.push_back(std::move(made));
  }
  return ladder;
}

Expected<std::vector<std::byte>> segment_bytes(const Title& title, SegmentNumber segment,
                                               RepresentationIndex rung) {
  std::string text;
  if (const auto init = title.selection.init_of(TrackKind::video, segment, rung)) {
    auto read = title.directory.read(*init);
    if (!read) return tl::unexpected(read.error());
    text = *std::move(read);
  }
  const auto media =
      title.directory.read(title.selection.resource_of(TrackKind::video, segment, rung));
  if (!media) return tl::unexpected(media.error());
  text += *media;
  std::vector<std::byte> bytes(text.size());
  std::ranges::transform(text, bytes.begin(),
                         [](char letter) { return static_cast<std::byte>(letter); });
  return bytes;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// To whole parts of one: no more digits than mean anything.
std::vector<double> rounded(std::vector<double> values, double parts) {
  for (double& value : values) value = std::round(value * parts) / parts;
  return values;
}

Expected<Ladder> measure(const MeasureFlags& flags) {
  const bool with_vmaf = flags.vmaf != "never" && measure::can_measure_vmaf();
  if (flags.vmaf == "always" && !with_vmaf)
    return failure(ErrorCode::unsupported,
                   "FFmpeg's libavfilter was built without its filter libvmaf here; install one "
                   "that has it, or take --vmaf auto for SSIM and PSNR alone",
                   "--vmaf");
  const std::string path = manifest_of(flags.title);
  const auto text = read_file(path, limits::manifest_size);
  if (!text) return tl::unexpected(text.error());
  const TitleDirectory directory(path);
  auto selection = load_selection(path, *text, directory);
  if (!selection) return tl::unexpected(directory.located(selection.error()));
  const Title title{directory, *std::move(selection)};
  const media::Tracks& tracks = title.selection.tracks();
  if (!tracks.video) return failure(ErrorCode::unsupported, "has no video to measure", path);
  Ladder ladder{.title = path, .video = {}, .audio = std::nullopt};
  auto video = sizes_of(title, TrackKind::video, path);
  if (!video) return tl::unexpected(video.error());
  ladder.video = *std::move(video);
  if (tracks.audio) {
    auto audio = sizes_of(title, TrackKind::audio, path);
    if (!audio) return tl::unexpected(audio.error());
    ladder.audio = *std::move(audio);
  }
  for (RepresentationIndex rung = 0; rung < ladder.video.rungs.size(); ++rung) {
    Ladder::Rung& made = ladder.video.rungs[rung];
    auto quality = measure::measure_segments(
        *tracks.video, [&](SegmentNumber segment) { return segment_bytes(title, segment, rung); },
        flags.reference, with_vmaf);
    if (!quality) return tl::unexpected(directory.located(quality.error()));
    fmt::print(stderr, "{:>6} kbit/s  SSIM {:.4f}  PSNR {:.2f} dB{}\n",
               made.bandwidth.bits_per_second() / 1000, mean(quality->ssim), mean(quality->psnr),
               with_vmaf ? fmt::format("  VMAF {:.2f}", mean(quality->vmaf)) : "");
    made.ssim = rounded(std::move(quality->ssim), 1e6);
    made.psnr = rounded(std::move(quality->psnr), 1e4);
    made.vmaf = rounded(std::move(quality->vmaf), 1e4);
  }
  return ladder;
}

int run(const MeasureFlags& flags) {
  const auto ladder = measure(flags);
  if (!ladder) return report_error(ladder.error());
  const std::string json = media::to_json(*ladder);
  if (flags.out == "-") {
    std::fwrite(json.data(), 1, json.size(), stdout);  // main() tells when it is lost.
    return 0;
  }
  const auto written = write_file(flags.out, json);
  return written ? 0 : report_error(written.error());
}

}  // namespace

void add_measure_command(CLI::App& app, int& status) {
  auto flags = std::make_shared<MeasureFlags>();
  CLI::App* command = app.add_subcommand(
      "measure", "Measure how good each segment of a title looks, for the simulator");
  command
      ->add_option("TITLE", flags->title,
                   "DASH or HLS manifest with its files beside it, or what `rung package` wrote")
      ->required()
      ->type_name("");
  command
      ->add_option("--reference", flags->reference, "The media file that the title was made from")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--vmaf", flags->vmaf,
                   "Measure VMAF as well: where FFmpeg has its filter (auto), always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command->add_option("-o,--output", flags->out, "Ladder to write, - for the standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command->callback([flags, &status] { status = run(*flags); });
}

}  // namespace rung::cli
