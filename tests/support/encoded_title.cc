#include "tests/support/encoded_title.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/check.h"

namespace rung::test {

namespace {

constexpr std::array<int, 2> heights{180, 360};

[[nodiscard]] std::string source(int seconds) {
  const std::string duration = ":duration=" + std::to_string(seconds);
  return "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=640x360:rate=25" + duration +
         " -f lavfi -i sine=frequency=440:sample_rate=48000" + duration +
         " -filter_complex '[0:v]split[a][hi];[a]scale=320:180[lo]'";
}

constexpr const char* encoding =
    " -c:v libx264 -preset ultrafast -bf 2 -g 25 -keyint_min 25 -sc_threshold 0"
    " -pix_fmt yuv420p -c:a aac -b:a 64k";

void run(const std::string& command) { RUNG_CHECK(std::system(command.c_str()) == 0); }

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::byte> bytes;
  bytes.reserve(text.size());
  for (const char character : text) bytes.push_back(static_cast<std::byte>(character));
  return bytes;
}

EncodedTitle::EncodedTitle(Packaging packaging, int seconds)
    : packaging_(packaging), segment_count_(seconds / seconds_per_segment) {
  const std::string into = "cd " + directory_.path().string() + " && " + source(seconds);
  if (packaging == Packaging::dash) {
    run(into + " -map '[lo]' -map '[hi]' -map 1:a" + encoding +
        " -f dash -seg_duration 1 -use_template 1 -use_timeline 0"
        " -init_seg_name 'init-$RepresentationID$.m4s'"
        " -media_seg_name 'seg-$RepresentationID$-$Number$.m4s'"
        " -adaptation_sets 'id=0,streams=v id=1,streams=a' title.mpd");
    return;
  }
  const std::string segmented =
      " -f segment -segment_format mpegts -segment_time 1 -segment_start_number 1 ";
  run(into + " -map '[lo]' -map 1:a" + encoding + segmented + "seg-0-%d.ts -map '[hi]' -map 1:a" +
      encoding + segmented + "seg-1-%d.ts");
}

media::Tracks EncodedTitle::tracks() const {
  media::SegmentTimeline timeline(1, 0, MediaTime{});
  timeline.append({0, seconds_per_segment, segment_count_});
  media::Track::Part video;
  video.timeline = timeline;
  video.bandwidths = {600_kbps, 2000_kbps};
  video.heights.assign(heights.begin(), heights.end());
  video.has_init = packaging_ == Packaging::dash;
  media::Tracks tracks;
  tracks.video = media::Track::create({video}).value();
  if (packaging_ == Packaging::dash) {
    media::Track::Part audio = video;
    audio.bandwidths = {64_kbps};
    audio.heights = {0};
    tracks.audio = media::Track::create({audio}).value();
  }
  return tracks;
}

std::vector<std::byte> EncodedTitle::init(media::TrackKind kind,
                                          RepresentationIndex representation) const {
  if (packaging_ == Packaging::transport_stream) return {};
  const auto stream = kind == media::TrackKind::audio ? heights.size() : representation;
  return read_file(directory_.path() / ("init-" + std::to_string(stream) + ".m4s"));
}

std::vector<std::byte> EncodedTitle::segment(media::TrackKind kind,
                                             RepresentationIndex representation,
                                             SegmentNumber segment) const {
  const auto stream = kind == media::TrackKind::audio ? heights.size() : representation;
  const char* suffix = packaging_ == Packaging::dash ? ".m4s" : ".ts";
  return read_file(directory_.path() /
                   ("seg-" + std::to_string(stream) + "-" + std::to_string(segment + 1) + suffix));
}

}  // namespace rung::test
