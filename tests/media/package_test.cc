#include "media/package/packager.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "media/chunk_walk.h"
#include "media/ladder.h"
#include "media/package/demo_marker.h"
#include "media/package/demo_source.h"
#include "media/package/file_source.h"
#include "media/package/manifests.h"
#include "tests/media/packages.h"

namespace rung::package {
namespace {

using ::testing::HasSubstr;

std::map<std::string, std::string> files_below(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file())
      files[fs::relative(entry.path(), directory).string()] = read(entry.path());
  return files;
}

/// A three-second title, packaged once for all tests that only look at it.
class PackagedDemo : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = std::make_unique<TemporaryDirectory>();
    auto written = write_package(*small_demo(3), small_options(), directory(), {});
    ASSERT_TRUE(written) << to_string(written.error());
    package_ = std::make_unique<Package>(std::move(*written));
  }
  static void TearDownTestSuite() {
    package_.reset();
    root_.reset();
  }
  static fs::path directory() { return *root_ / "title"; }
  static const Package& package() { return *package_; }

 private:
  static inline std::unique_ptr<TemporaryDirectory> root_;
  static inline std::unique_ptr<Package> package_;
};

/// What one frame of a segment turned out to be.
struct DecodedFrame {
  double time = 0;
  bool key = false;
  std::optional<DemoMarker> marker;
  std::int64_t samples = 0;
};
struct DecodedSegment {
  std::vector<DecodedFrame> frames;
  double first_packet_time = 0;
  int idr_packets = 0;
  bool starts_with_key = false;
};

struct Memory {
  std::string bytes;
  std::size_t at = 0;
};

/// Decodes an init segment and what follows from memory, with nothing else at hand.
DecodedSegment decode(const std::string& bytes) {
  DecodedSegment result;
  Memory memory{bytes, 0};
  auto* buffer = static_cast<unsigned char*>(av_malloc(4096));
  AVIOContext* input = avio_alloc_context(
      buffer, 4096, 0, &memory,
      [](void* opaque, std::uint8_t* to, int size) {
        auto& from = *static_cast<Memory*>(opaque);
        const std::size_t count =
            std::min(static_cast<std::size_t>(size), from.bytes.size() - from.at);
        if (count == 0) return AVERROR_EOF;
        std::copy_n(from.bytes.begin() + static_cast<std::ptrdiff_t>(from.at), count, to);
        from.at += count;
        return static_cast<int>(count);
      },
      nullptr, nullptr);
  AVFormatContext* container = avformat_alloc_context();
  container->pb = input;
  EXPECT_EQ(avformat_open_input(&container, "", av_find_input_format("mp4"), nullptr), 0);
  if (container == nullptr) return result;
  const AVStream& stream = *container->streams[0];
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  const CodecContextPtr decoder(avcodec_alloc_context3(codec));
  avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  EXPECT_EQ(avcodec_open2(decoder.get(), codec, nullptr), 0);
  const PacketPtr packet = make_packet();
  const FramePtr frame = make_frame();
  const double unit = av_q2d(stream.time_base);
  const auto take_frames = [&] {
    while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
      DecodedFrame decoded{.time = static_cast<double>(frame->pts) * unit,
                           .key = frame->key_frame != 0,
                           .marker = std::nullopt,
                           .samples = frame->nb_samples};
      if (frame->width > 0)
        decoded.marker =
            read_demo_marker({frame->data[0], frame->width, frame->height, frame->linesize[0]});
      result.frames.push_back(decoded);
    }
  };
  bool first = true;
  while (av_read_frame(container, packet.get()) == 0) {
    const bool key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    if (first) {
      result.starts_with_key = key;
      result.first_packet_time = static_cast<double>(packet->pts) * unit;
    }
    first = false;
    result.idr_packets += key ? 1 : 0;
    EXPECT_EQ(avcodec_send_packet(decoder.get(), packet.get()), 0);
    av_packet_unref(packet.get());
    take_frames();
  }
  avcodec_send_packet(decoder.get(), nullptr);
  take_frames();
  avformat_close_input(&container);
  av_freep(&input->buffer);
  avio_context_free(&input);
  return result;
}

TEST_F(PackagedDemo, MakesEverySegmentOneClosedGopThatDecodesAlone) {
  for (const PackagedTrack& track : package().video) {
    ASSERT_EQ(track.segments.size(), 3U);
    const fs::path folder = directory() / track.id;
    const std::string init = read(folder / "init.mp4");
    for (std::size_t i = 0; i < track.segments.size(); ++i) {
      SCOPED_TRACE(track.id + " segment " + std::to_string(i + 1));
      const DecodedSegment segment =
          decode(init + read(folder / ("seg-" + std::to_string(i + 1) + ".m4s")));
      EXPECT_TRUE(segment.starts_with_key);
      EXPECT_EQ(segment.idr_packets, 1);
      ASSERT_EQ(segment.frames.size(), 24U);
      EXPECT_TRUE(segment.frames.front().key);
      // All pictures of the second, in order, none of another segment.
      for (std::size_t n = 0; n < segment.frames.size(); ++n)
        EXPECT_NEAR(segment.frames[n].time, static_cast<double>(i) + static_cast<double>(n) / 24.0,
                    1e-6);
    }
  }
}

TEST_F(PackagedDemo, CarriesAMarkThatTellsRungAndPicture) {
  for (std::size_t rung = 0; rung < package().video.size(); ++rung) {
    const fs::path folder = directory() / package().video[rung].id;
    const DecodedSegment segment = decode(read(folder / "init.mp4") + read(folder / "seg-2.m4s"));
    for (std::size_t n = 0; n < segment.frames.size(); ++n) {
      SCOPED_TRACE(package().video[rung].id + " picture " + std::to_string(24 + n));
      ASSERT_TRUE(segment.frames[n].marker.has_value());
      EXPECT_EQ(segment.frames[n].marker->rung, rung);
      EXPECT_EQ(segment.frames[n].marker->picture, 24 + n);
    }
  }
}

TEST_F(PackagedDemo, CutsTheSoundAtTheNearestFrameAndKeepsItsLength) {
  ASSERT_EQ(package().audio.size(), 1U);
  const PackagedTrack& track = package().audio.front();
  const std::string init = read(directory() / track.id / "init.mp4");
  ASSERT_EQ(track.segments.size(), 3U);
  std::int64_t next = 0;
  for (std::size_t i = 0; i < track.segments.size(); ++i) {
    const PackagedSegment& segment = track.segments[i];
    EXPECT_EQ(segment.start, next);
    next = segment.start + segment.duration;
    EXPECT_LE(std::abs(segment.start - static_cast<std::int64_t>(i) * sound_rate), 512);
    const DecodedSegment decoded =
        decode(init + read(directory() / track.id / ("seg-" + std::to_string(i + 1) + ".m4s")));
    EXPECT_NEAR(decoded.first_packet_time, static_cast<double>(segment.start) / sound_rate, 1e-6);
    std::int64_t samples = 0;
    for (const DecodedFrame& frame : decoded.frames) samples += frame.samples;
    EXPECT_EQ(samples, segment.duration);
  }
  EXPECT_LE(std::abs(next - 3 * sound_rate), 512);
}

TEST_F(PackagedDemo, NamesTheSameExistingFilesInBothManifests) {
  const std::string mpd = read(directory() / "manifest.mpd");
  const std::string master = read(directory() / "master.m3u8");
  std::vector<std::string> dash_ids = all_matches(mpd, "Representation id=\"([^\"]+)\"");
  std::vector<std::string> hls_ids = all_matches(master, "(?:\n|URI=\")([^\n\"#]+)/index.m3u8");
  std::ranges::sort(dash_ids);
  std::ranges::sort(hls_ids);
  EXPECT_EQ(dash_ids, hls_ids);
  EXPECT_EQ(dash_ids.size(), 3U);
  EXPECT_THAT(mpd, HasSubstr("initialization=\"$RepresentationID$/init.mp4\""));
  EXPECT_THAT(mpd, HasSubstr("media=\"$RepresentationID$/seg-$Number$.m4s\""));
  for (const std::string& id : hls_ids) {
    const std::string playlist = read(directory() / id / "index.m3u8");
    EXPECT_THAT(playlist, HasSubstr("#EXT-X-MAP:URI=\"init.mp4\""));
    const std::vector<std::string> segments = all_matches(playlist, "\n(seg-[0-9]+\\.m4s)");
    EXPECT_THAT(segments, ::testing::ElementsAre("seg-1.m4s", "seg-2.m4s", "seg-3.m4s"));
    for (const std::string& name : segments) EXPECT_TRUE(fs::exists(directory() / id / name));
    double sum = 0;
    for (const std::string& duration : all_matches(playlist, "#EXTINF:([0-9.]+),"))
      sum += std::stod(duration);
    EXPECT_NEAR(sum, 3, id.substr(0, 5) == "video" ? 1e-9 : 512.0 / sound_rate);
  }
  EXPECT_THAT(mpd, HasSubstr("mediaPresentationDuration=\"PT3S\""));
}

TEST_F(PackagedDemo, DeclaresABandwidthThatNoSegmentExceeds) {
  for (const auto* tracks : {&package().video, &package().audio}) {
    for (const PackagedTrack& track : *tracks) {
      const double declared = static_cast<double>(declared_bandwidth(track).bits_per_second());
      for (std::size_t i = 0; i < track.segments.size(); ++i) {
        const PackagedSegment& segment = track.segments[i];
        const fs::path file = directory() / track.id / ("seg-" + std::to_string(i + 1) + ".m4s");
        EXPECT_EQ(static_cast<std::int64_t>(fs::file_size(file)), segment.size.bytes());
        const double seconds = static_cast<double>(segment.duration) / track.timescale;
        EXPECT_LE(static_cast<double>(segment.size.bytes()) * 8 / seconds, declared);
      }
      EXPECT_LE(average_bandwidth(track), declared_bandwidth(track));
      // Constrained: a one-second segment holds at most the rate of a second and a full buffer.
      EXPECT_LE(declared, 2.2 * static_cast<double>(track.target.bits_per_second()));
    }
  }
}

TEST_F(PackagedDemo, TellsTheSimulatorTheExactSizes) {
  const auto parsed = media::parse_ladder(read(directory() / "ladder.json"), "ladder.json");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_TRUE(media::tracks_of(*parsed));
  const auto ladder = nlohmann::json::parse(read(directory() / "ladder.json"));
  ASSERT_EQ(ladder["representations"].size(), package().video.size());
  for (std::size_t rung = 0; rung < package().video.size(); ++rung) {
    const PackagedTrack& track = package().video[rung];
    EXPECT_EQ(ladder["representations"][rung]["bandwidth_kbps"].get<std::int64_t>() * 1000,
              declared_bandwidth(track).bits_per_second());
    for (std::size_t i = 0; i < track.segments.size(); ++i)
      EXPECT_EQ(ladder["representations"][rung]["sizes_bytes"][i], track.segments[i].size.bytes());
  }
}

TEST(Package, IsTheSameToTheByteWhateverTheThreads) {
  const TemporaryDirectory root;
  PackageOptions options = small_options();
  ASSERT_TRUE(write_package(*small_demo(2), options, root / "a", {}));
  options.threads = 1;
  ASSERT_TRUE(write_package(*small_demo(2), options, root / "b", {}));
  const auto first = files_below(root / "a");
  EXPECT_EQ(first, files_below(root / "b"));
  EXPECT_EQ(first.count("package.json"), 1U);
  ASSERT_TRUE(write_package(*small_demo(2, 7), options, root / "c", {}));
  EXPECT_NE(first, files_below(root / "c"));
}

TEST(Package, LeavesNothingBehindWhenStopped) {
  const TemporaryDirectory root;
  const auto stopped = write_package(
      *small_demo(3), small_options(), root / "title", [](const PackageProgress& progress) {
        return progress.pictures < 30 ? Proceed::go_on : Proceed::stop;
      });
  ASSERT_FALSE(stopped);
  EXPECT_THAT(root.entries(), ::testing::IsEmpty());
}

TEST(Package, CutsSegmentsIntoChunksOfTheSamePictures) {
  const TemporaryDirectory root;
  PackageOptions options = small_options();
  options.chunk_duration = std::chrono::milliseconds(250);
  const auto written = write_package(*small_demo(2), options, root / "title", {});
  ASSERT_TRUE(written) << to_string(written.error());
  for (const std::string& id : {written->video.front().id, written->audio.front().id}) {
    const std::string init = read(root / "title" / id / "init.mp4");
    const std::string segment = read(root / "title" / id / "seg-2.m4s");
    const auto timing = media::parse_fragment_timing(init);
    ASSERT_TRUE(timing) << id;
    const auto chunks = media::ChunkWalk(*timing).take(std::as_bytes(std::span(segment)));
    ASSERT_EQ(chunks.size(), 4U) << id;
    for (std::size_t i = 0; i < chunks.size(); ++i)
      EXPECT_NEAR(to_seconds(chunks[i].media), 0.25 * static_cast<double>(i + 1), 0.03) << id;
    EXPECT_EQ(chunks.back().end, static_cast<std::int64_t>(segment.size())) << id;
    if (id.starts_with("video")) {
      EXPECT_EQ(decode(init + segment).frames.size(), 24U);
    }
  }
  options.chunk_duration = std::chrono::seconds(2);
  EXPECT_FALSE(write_package(*small_demo(2), options, root / "other", {})) << "beyond a segment";
}

TEST(Package, ReplacesAnEarlierPackageButNothingElse) {
  const TemporaryDirectory root;
  const fs::path target = root / "title";
  ASSERT_TRUE(write_package(*small_demo(2), small_options(), target, {}));
  ASSERT_TRUE(write_package(*small_demo(1), small_options(), target, {}));
  EXPECT_FALSE(fs::exists(target / "video-100k" / "seg-2.m4s"));

  const fs::path mine = root / "letters";
  fs::create_directory(mine);
  std::ofstream(mine / "letter.txt") << "dear";
  const auto refused = write_package(*small_demo(1), small_options(), mine, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(read(mine / "letter.txt"), "dear");
  PackageOptions forced = small_options();
  forced.overwrite = Overwrite::anything;
  ASSERT_TRUE(write_package(*small_demo(1), forced, mine, {}));
  EXPECT_FALSE(fs::exists(mine / "letter.txt"));
  EXPECT_THAT(root.entries(), ::testing::UnorderedElementsAre("title", "letters"));
}

TEST(Package, SweepsWhatAKilledProcessLeft) {
  const TemporaryDirectory root;
  // No process has this id: it is above the kernel's limit.
  fs::create_directories(root / "title.partial-4194999" / "video-100k");
  fs::create_directories(root / "title.partial-notes");
  ASSERT_TRUE(write_package(*small_demo(1), small_options(), root / "title", {}));
  EXPECT_THAT(root.entries(), ::testing::UnorderedElementsAre("title", "title.partial-notes"));
}

/// A second of grey pictures, and sound of a length of its own.
class SoundedSource : public TitleSource {
 public:
  explicit SoundedSource(std::int64_t samples) : samples_left_(samples) {}

  [[nodiscard]] const TitleFormat& format() const override { return format_; }
  [[nodiscard]] Expected<FramePtr> next_picture() override {
    if (pictures_left_-- == 0) return FramePtr();
    FramePtr picture = make_picture(format_.size.width, format_.size.height);
    for (int plane = 0; plane < 3; ++plane)
      std::fill_n(picture->data[plane],
                  picture->linesize[plane] * format_.size.height / (plane == 0 ? 1 : 2), 128);
    return picture;
  }
  [[nodiscard]] Expected<FramePtr> next_sound() override {
    const auto count = static_cast<int>(std::min<std::int64_t>(samples_left_, 1000));
    if (count == 0) return FramePtr();
    samples_left_ -= count;
    FramePtr sound = make_sound(count);
    av_samples_set_silence(sound->extended_data, 0, count, sound_channels, AV_SAMPLE_FMT_FLTP);
    return sound;
  }
  void label(AVFrame&, const Rung&, std::size_t, std::int64_t) const override {}

 private:
  TitleFormat format_{.name = "sounded",
                      .size = {64, 36},
                      .frame_rate = {24, 1},
                      .has_sound = true,
                      .duration = std::nullopt};
  int pictures_left_ = 24;
  std::int64_t samples_left_;
};

TEST(Package, TellsThatSoundBehindTheLastPictureIsCut) {
  const TemporaryDirectory directory;
  struct Case {
    std::int64_t samples;
    bool cut;
  };
  for (const Case& given :
       {Case{sound_rate / 2, false}, Case{sound_rate, false},
        Case{sound_rate + sound_rate / 20, false}, Case{2 * sound_rate, true}}) {
    SoundedSource source(given.samples);
    PackageOptions options;
    options.ladder = {{BitRate::bits_per_second(100'000), 64, 36}};
    const auto package = write_package(source, options, directory / "title", {});
    ASSERT_TRUE(package) << to_string(package.error());
    EXPECT_EQ(package->sound_cut, given.cut) << given.samples;
    EXPECT_NE(
        package_json(*package).find(given.cut ? "\"sound_cut\": true" : "\"sound_cut\": false"),
        std::string::npos);
  }
}

TEST(FileSource, RefusesWhatIsNoVideoWithAReason) {
  const TemporaryDirectory root;
  const auto absent = FileSource::create(root / "none.mp4");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  std::ofstream(root / "text.mp4") << "This is a letter and not a film.";
  const auto letter = FileSource::create(root / "text.mp4");
  ASSERT_FALSE(letter);
  EXPECT_THAT(to_string(letter.error()), HasSubstr("text.mp4: cannot be read"));
  std::ofstream(root / "empty.mp4").flush();
  EXPECT_FALSE(FileSource::create(root / "empty.mp4"));
}

TEST(FileSource, PackagesAFileAndDropsRungsAboveItsSize) {
  const TemporaryDirectory root;
  ASSERT_TRUE(write_package(*small_demo(2), small_options(), root / "demo", {}));
  // A rung's init segment and segments, one behind the other, are an ordinary fragmented file.
  {
    const fs::path folder = root / "demo/video-300k";
    std::ofstream(root / "film.mp4", std::ios::binary)
        << read(folder / "init.mp4") << read(folder / "seg-1.m4s") << read(folder / "seg-2.m4s");
  }
  auto source = FileSource::create(root / "film.mp4");
  ASSERT_TRUE(source) << to_string(source.error());
  EXPECT_EQ((*source)->format().size, (PictureSize{384, 216}));
  EXPECT_FALSE((*source)->format().has_sound);
  PackageOptions options = small_options();
  options.ladder.push_back({600_kbps, 640, 360});
  const auto package = write_package(**source, options, root / "film", {});
  ASSERT_TRUE(package) << to_string(package.error());
  EXPECT_EQ(package->pictures, 48);
  EXPECT_EQ(package->video.size(), 2U);
  EXPECT_TRUE(package->audio.empty());
  EXPECT_THAT(package->dropped, ::testing::ElementsAre(Rung{600_kbps, 640, 360}));
  // The demo's marks have come through a second encoding.
  const fs::path folder = root / "film/video-300k";
  const DecodedSegment segment = decode(read(folder / "init.mp4") + read(folder / "seg-2.m4s"));
  ASSERT_EQ(segment.frames.size(), 24U);
  for (std::size_t n = 0; n < segment.frames.size(); ++n)
    EXPECT_EQ(segment.frames[n].marker, (DemoMarker{1, static_cast<std::uint8_t>(24 + n)}));
}

TEST(Ladder, ReadsRungsAndRefusesNonsense) {
  const auto ladder = parse_ladder("4.3M:1920x1080,235k:320x180");
  ASSERT_TRUE(ladder);
  EXPECT_THAT(*ladder,
              ::testing::ElementsAre(Rung{235_kbps, 320, 180}, Rung{4300_kbps, 1920, 1080}));
  for (const char* text : {"", "235k", "235k:320", "235k:321x180", "0k:320x180", "-1k:320x180",
                           "nan:320x180", "235k:320x180,", "235k:320x180,235k:640x360",
                           "235k:320x180x3", "9999999M:320x180", "235k:99999x180"}) {
    SCOPED_TRACE(text);
    const auto refused = parse_ladder(text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Ladder, KeepsTheAspectAndNeverEnlarges) {
  EXPECT_EQ(fit({1000_kbps, 640, 360}, {1440, 1080}), (PictureSize{480, 360}));
  EXPECT_EQ(fit({1000_kbps, 640, 360}, {1920, 800}), (PictureSize{640, 266}));
  EXPECT_EQ(fit({1000_kbps, 640, 360}, {1080, 1920}), (PictureSize{202, 360}));
  const auto fitted = fit_ladder(default_ladder(), {1280, 720});
  EXPECT_EQ(fitted.size(), 5U);
  const auto tiny = fit_ladder(default_ladder(), {160, 90});
  ASSERT_EQ(tiny.size(), 1U);
  EXPECT_EQ(tiny.front().size, (PictureSize{160, 90}));
}

TEST(DemoMarker, SurvivesScalingAndRefusesPlainPictures) {
  const FramePtr picture = make_picture(640, 360);
  std::fill_n(picture->data[0], picture->linesize[0] * 360, std::uint8_t{120});
  const LumaView view{picture->data[0], 640, 360, picture->linesize[0]};
  EXPECT_FALSE(read_demo_marker(view));
  for (std::size_t rung = 0; rung < 16; ++rung) {
    const DemoMarker marker{rung, static_cast<std::uint8_t>(17 * rung + 3)};
    draw_demo_marker(*picture, marker);
    EXPECT_EQ(read_demo_marker(view), marker);
    // The nearest sample of a window of another size, as a screenshot shows it.
    constexpr int width = 1000;
    constexpr int height = 562;
    std::vector<std::uint8_t> window(static_cast<std::size_t>(width * height));
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        window[static_cast<std::size_t>(y * width + x)] =
            view.samples[y * 360 / height * view.stride + x * 640 / width];
    EXPECT_EQ(read_demo_marker({window.data(), width, height, width}), marker);
  }
}

}  // namespace
}  // namespace rung::package
