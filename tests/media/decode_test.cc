#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

#include "core/random.h"
#include "media/decode/decoder.h"
#include "media/decode/demuxer.h"
#include "media/decode/frame.h"
#include "media/decode/resampler.h"
#include "tests/support/encoded_title.h"

namespace rung::decode {
namespace {

using media::TrackKind;
using test::EncodedTitle;
using Bytes = std::vector<std::byte>;

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

struct Decoded {
  std::vector<Picture> pictures;
  std::size_t sound_frames = 0;
  std::int64_t errors = 0;
  bool opened = false;
};

/// Everything that can be had out of `bytes`, whatever they are.
Decoded decode_all(const Bytes& bytes) {
  Decoded decoded;
  MemorySource source(bytes);
  auto demuxer = Demuxer::open(source);
  if (!demuxer) return decoded;
  decoded.opened = true;
  std::array<std::unique_ptr<Decoder>, media::track_kinds> decoders;
  Resampler resampler;
  const auto take = [&](TrackKind kind) {
    Decoder& decoder = *decoders[static_cast<std::size_t>(kind)];
    while (FramePtr frame = decoder.receive()) {
      const MediaTime pts{Duration(frame->pts)};
      if (kind == TrackKind::audio) {
        if (const auto samples = resampler.convert(*frame, pts))
          decoded.sound_frames += samples->frames();
      } else {
        decoded.pictures.emplace_back(std::move(frame), pts, Duration{});
      }
    }
    decoded.errors = decoder.errors();
  };
  for (;;) {
    auto packet = (*demuxer)->next();
    if (!packet || !*packet) break;
    auto& decoder = decoders[static_cast<std::size_t>((*packet)->kind)];
    if (!decoder) {
      auto created = Decoder::create((*packet)->kind, (*demuxer)->parameters((*packet)->kind));
      if (!created) break;
      decoder = std::move(*created);
    }
    std::optional<MediaTime> pts;
    if ((*packet)->pts) pts = MediaTime(*(*packet)->pts);
    decoder->send(**packet, pts);
    take((*packet)->kind);
  }
  for (const TrackKind kind : {TrackKind::video, TrackKind::audio}) {
    if (!decoders[static_cast<std::size_t>(kind)]) continue;
    decoders[static_cast<std::size_t>(kind)]->drain();
    take(kind);
  }
  return decoded;
}

class DecodeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    av_log_set_level(AV_LOG_QUIET);
    dash_ = std::make_unique<EncodedTitle>(EncodedTitle::Packaging::dash, 2);
    transport_ = std::make_unique<EncodedTitle>(EncodedTitle::Packaging::transport_stream, 2);
  }
  static void TearDownTestSuite() {
    dash_.reset();
    transport_.reset();
  }
  static Bytes dash_segment(TrackKind kind, RepresentationIndex representation,
                            SegmentNumber segment) {
    return joined(dash_->init(kind, representation), dash_->segment(kind, representation, segment));
  }

  static inline std::unique_ptr<EncodedTitle> dash_;
  static inline std::unique_ptr<EncodedTitle> transport_;
};

TEST_F(DecodeTest, EveryPictureOfAFragmentComesOutAtItsTime) {
  for (const SegmentNumber segment : {0, 1}) {
    const Decoded decoded = decode_all(dash_segment(TrackKind::video, 1, segment));
    ASSERT_EQ(decoded.pictures.size(), std::size_t{EncodedTitle::pictures_per_segment});
    for (std::size_t i = 0; i < decoded.pictures.size(); ++i) {
      const auto number =
          static_cast<std::int64_t>(i) + segment * EncodedTitle::pictures_per_segment;
      const Duration expected = from_ticks(number, EncodedTitle::pictures_per_second);
      EXPECT_LE(std::abs((decoded.pictures[i].pts().time_since_epoch() - expected).count()), 1000)
          << "picture " << i << " of segment " << segment;
    }
    EXPECT_EQ(decoded.pictures.front().height(), 360);
    EXPECT_EQ(decoded.pictures.front().layout(), PixelLayout::yuv420p);
    EXPECT_EQ(decoded.pictures.front().color_matrix(), ColorMatrix::bt601);
    EXPECT_EQ(decoded.pictures.front().color_range(), ColorRange::limited);
    EXPECT_NEAR(decoded.pictures.front().aspect_ratio(), 16.0 / 9, 1e-9);
  }
}

TEST_F(DecodeTest, SoundOfAFragmentComesOutWhole) {
  const Decoded decoded = decode_all(dash_segment(TrackKind::audio, 0, 0));
  EXPECT_NEAR(static_cast<double>(decoded.sound_frames), 1.0 * sample_rate, 3 * 1024);
}

TEST_F(DecodeTest, TransportStreamsCarryPicturesAndSound) {
  const Decoded decoded = decode_all(transport_->segment(TrackKind::video, 0, 1));
  EXPECT_EQ(decoded.pictures.size(), std::size_t{EncodedTitle::pictures_per_segment});
  EXPECT_EQ(decoded.pictures.front().height(), 180);
  EXPECT_NEAR(static_cast<double>(decoded.sound_frames), 1.0 * sample_rate, 20 * 1024);
  for (std::size_t i = 1; i < decoded.pictures.size(); ++i)
    EXPECT_NEAR(to_seconds(decoded.pictures[i].pts() - decoded.pictures[i - 1].pts()), 0.04, 1e-3);
}

TEST_F(DecodeTest, DocumentsThatPoseAsSegmentsOpenNothing) {
  const std::string_view impostors[] = {
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
      "ffconcat version 1.0\nfile /etc/passwd\n",
      "<?xml version=\"1.0\"?><MPD><Period><BaseURL>file:///etc/passwd</BaseURL></Period></MPD>",
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
      "GIF89a",
      "G",
      ""};
  for (const std::string_view impostor : impostors) {
    const Bytes bytes = bytes_of(impostor);
    MemorySource source(bytes);
    const auto demuxer = Demuxer::open(source);
    ASSERT_FALSE(demuxer.has_value()) << impostor;
    EXPECT_EQ(demuxer.error().code, ErrorCode::malformed);
  }
}

TEST_F(DecodeTest, ContainersAreRecognisedByTheirFirstBytes) {
  EXPECT_EQ(recognise_container(dash_->init(TrackKind::video, 0)), Container::iso_bmff);
  EXPECT_EQ(recognise_container(dash_->segment(TrackKind::video, 0, 0)), Container::iso_bmff);
  EXPECT_EQ(recognise_container(transport_->segment(TrackKind::video, 0, 0)), Container::mpeg_ts);
  EXPECT_EQ(recognise_container(bytes_of("\xff\xf1\x50\x80")), Container::aac);
  EXPECT_EQ(recognise_container(bytes_of("\xff\xfb\x90\x64")), Container::mp3);
  EXPECT_EQ(recognise_container(bytes_of(std::string_view("ID3\x04\0\0\0\0\0\2..\xff\xf1", 14))),
            Container::aac);
}

TEST_F(DecodeTest, AnId3TagWithoutEndIsRefused) {
  Bytes bytes = bytes_of(std::string_view("ID3\x04\0\0\x7f\x7f\x7f\x7f", 10));
  bytes.resize(1024 * 1024);
  MemorySource source(bytes);
  const auto demuxer = Demuxer::open(source);
  ASSERT_FALSE(demuxer.has_value());
  EXPECT_EQ(demuxer.error().code, ErrorCode::limit_exceeded);
}

TEST_F(DecodeTest, TruncatedSegmentsGiveWhatCameWhole) {
  const Bytes whole = dash_segment(TrackKind::video, 0, 0);
  std::size_t before = 0;
  for (const double share : {0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999}) {
    const auto size = static_cast<std::size_t>(static_cast<double>(whole.size()) * share);
    const Decoded decoded =
        decode_all(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_GE(decoded.pictures.size(), before);
    EXPECT_LT(decoded.pictures.size(), std::size_t{EncodedTitle::pictures_per_segment});
    before = decoded.pictures.size();
  }
  EXPECT_GT(before, std::size_t{EncodedTitle::pictures_per_segment} / 2);
}

TEST_F(DecodeTest, DamagedSegmentsNeitherCrashNorHang) {
  Random random(7);
  for (const Bytes& whole :
       {dash_segment(TrackKind::video, 0, 0), dash_segment(TrackKind::audio, 0, 0),
        transport_->segment(TrackKind::video, 0, 0)}) {
    for (int round = 0; round < 12; ++round) {
      Bytes damaged = whole;
      // Half of the rounds hit the headers, half anything.
      const std::size_t reach =
          round % 2 == 0 ? std::min<std::size_t>(4096, damaged.size()) : damaged.size();
      for (int hit = 0; hit < 1 + round * 4; ++hit)
        damaged[random.below(reach)] = static_cast<std::byte>(random.below(256));
      const Decoded decoded = decode_all(damaged);
      EXPECT_LE(decoded.pictures.size(), 10 * std::size_t{EncodedTitle::pictures_per_segment});
    }
  }
}

TEST_F(DecodeTest, AnotherTracksParametersNeedAnotherDecoder) {
  const Bytes low = dash_segment(TrackKind::video, 0, 0);
  const Bytes high = dash_segment(TrackKind::video, 1, 0);
  MemorySource low_source(low);
  MemorySource high_source(high);
  auto low_demuxer = Demuxer::open(low_source).value();
  auto high_demuxer = Demuxer::open(high_source).value();
  ASSERT_TRUE(low_demuxer->next().has_value());
  ASSERT_TRUE(high_demuxer->next().has_value());
  EXPECT_TRUE(low_demuxer->announces(TrackKind::video));
  EXPECT_FALSE(low_demuxer->announces(TrackKind::audio));
  const auto decoder =
      Decoder::create(TrackKind::video, low_demuxer->parameters(TrackKind::video)).value();
  EXPECT_TRUE(decoder->fits(low_demuxer->parameters(TrackKind::video)));
  EXPECT_FALSE(decoder->fits(high_demuxer->parameters(TrackKind::video)));
}

TEST_F(DecodeTest, PicturesBeyondTheLimitAreRefused) {
  const ParametersPtr parameters(avcodec_parameters_alloc());
  parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  parameters->codec_id = AV_CODEC_ID_H264;
  parameters->width = 60'000;
  parameters->height = 60'000;
  const auto decoder = Decoder::create(TrackKind::video, *parameters);
  ASSERT_FALSE(decoder.has_value());
  EXPECT_EQ(decoder.error().code, ErrorCode::limit_exceeded);
}

TEST_F(DecodeTest, CodecsOutsideTheListAreRefused) {
  const ParametersPtr parameters(avcodec_parameters_alloc());
  parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  parameters->codec_id = AV_CODEC_ID_GIF;
  parameters->width = 16;
  parameters->height = 16;
  const auto decoder = Decoder::create(TrackKind::video, *parameters);
  ASSERT_FALSE(decoder.has_value());
  EXPECT_EQ(decoder.error().code, ErrorCode::unsupported);
}

FramePtr video_frame(AVPixelFormat format, int width, int height) {
  FramePtr frame(av_frame_alloc());
  frame->format = format;
  frame->width = width;
  frame->height = height;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  return frame;
}

TEST(PictureConverter, BringsFullRangeRedToLimitedRange) {
  FramePtr red = video_frame(AV_PIX_FMT_GBRP, 64, 36);
  for (const int plane : {0, 1, 2}) {
    const auto size = static_cast<std::size_t>(red->linesize[plane]) * 36;
    std::memset(red->data[plane], plane == 2 ? 255 : 0, size);
  }
  const Picture picture(std::move(red), MediaTime(Duration(5)), Duration(7));
  EXPECT_EQ(picture.layout(), PixelLayout::other);
  PictureConverter converter;
  const Picture converted = converter.convert(picture);
  ASSERT_TRUE(converted.holds_frame());
  EXPECT_EQ(converted.layout(), PixelLayout::yuv420p);
  EXPECT_EQ(converted.pts(), picture.pts());
  // BT.709 limited range red (ITU-R BT.709 section 3): 63, 102, 240.
  EXPECT_NEAR(*converted.plane(0), 63, 2);
  EXPECT_NEAR(*converted.plane(1), 102, 2);
  EXPECT_NEAR(*converted.plane(2), 240, 2);
}

FramePtr tone(int rate, int frames) {
  FramePtr frame(av_frame_alloc());
  frame->format = AV_SAMPLE_FMT_S16;
  frame->sample_rate = rate;
  frame->nb_samples = frames;
#if RUNG_LIBAV_CHANNEL_LAYOUT
  av_channel_layout_default(&frame->ch_layout, 1);
#else
  frame->channels = 1;
  frame->channel_layout = AV_CH_LAYOUT_MONO;
#endif
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  auto* samples = reinterpret_cast<std::int16_t*>(frame->data[0]);
  for (int i = 0; i < frames; ++i)
    samples[i] = static_cast<std::int16_t>(16000 * std::sin(2 * 3.14159265 * 440 * i / rate));
  return frame;
}

TEST(Resampler, MonoAtAnotherRateBecomesStereoWithoutLosingTime) {
  Resampler resampler;
  std::size_t frames = 0;
  MediaTime end{};
  constexpr int rounds = 100;
  for (int i = 0; i < rounds; ++i) {
    const MediaTime pts(from_ticks(i * 1024, 44'100));
    const auto samples = resampler.convert(*tone(44'100, 1024), pts);
    ASSERT_TRUE(samples.has_value());
    // What comes out goes on where the last ended, whatever stayed behind.
    EXPECT_NEAR(to_seconds(samples->pts - end), 0, 1e-3);
    end = samples->pts + from_ticks(static_cast<std::int64_t>(samples->frames()), sample_rate);
    frames += samples->frames();
    for (std::size_t n = 0; n < samples->frames(); ++n)
      ASSERT_EQ(samples->interleaved[2 * n], samples->interleaved[2 * n + 1]);
  }
  EXPECT_NEAR(static_cast<double>(frames), rounds * 1024 * 48'000.0 / 44'100, 64);
}

TEST(Resampler, AbsurdRatesAreRefused) {
  FramePtr frame = tone(48'000, 64);
  Resampler resampler;
  frame->sample_rate = 0;
  EXPECT_FALSE(resampler.convert(*frame, MediaTime{}).has_value());
  frame->sample_rate = 2'000'000'000;
  EXPECT_FALSE(resampler.convert(*frame, MediaTime{}).has_value());
}

}  // namespace
}  // namespace rung::decode
