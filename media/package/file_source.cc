#include "media/package/file_source.h"

#include <fmt/format.h>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <new>
#include <string_view>
#include <utility>

#include "media/package/stream_reader.h"

namespace rung::package {

namespace {

constexpr int largest_side = 8192;
constexpr double longest_title = 24 * 3600;  ///< In seconds.
/// Sound may be this far from its time stamp before silence is put in or samples are left out.
constexpr std::int64_t sound_tolerance = sound_rate / 20;

int even(double value) { return std::max(16, 2 * static_cast<int>(std::lround(value / 2))); }

/// The file's rate where it is plausible, at most 60 pictures a second.
AVRational constant_rate(AVFormatContext* container, AVStream* stream) {
  for (const AVRational rate :
       {av_guess_frame_rate(container, stream, nullptr), stream->avg_frame_rate}) {
    if (rate.num <= 0 || rate.den <= 0 || av_q2d(rate) < 1 || av_q2d(rate) > 60.5) continue;
    AVRational reduced{};
    av_reduce(&reduced.num, &reduced.den, rate.num, rate.den, 60'060);
    return reduced;
  }
  const bool fast = stream->avg_frame_rate.den > 0 && av_q2d(stream->avg_frame_rate) > 60;
  return fast ? AVRational{60, 1} : AVRational{30, 1};
}

int quarter_turns(const AVStream& stream) {
  const auto* matrix = reinterpret_cast<const std::int32_t*>(
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
  if (matrix == nullptr) return 0;
  // libav counts anticlockwise.
  const double degrees = -av_display_rotation_get(matrix);
  if (std::isnan(degrees)) return 0;
  return (static_cast<int>(std::lround(degrees / 90)) % 4 + 4) % 4;
}

/// One plane turned clockwise by `turns` quarters.
void turn_plane(const AVFrame& from, AVFrame& to, int plane, int turns) {
  const int half = plane == 0 ? 0 : 1;
  const int width = to.width >> half;
  const int height = to.height >> half;
  const int from_width = from.width >> half;
  const int from_height = from.height >> half;
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = to.data[plane] + static_cast<std::ptrdiff_t>(y) * to.linesize[plane];
    for (int x = 0; x < width; ++x) {
      int source_x = x;
      int source_y = y;
      if (turns == 1) {
        source_x = y;
        source_y = from_height - 1 - x;
      } else if (turns == 2) {
        source_x = from_width - 1 - x;
        source_y = from_height - 1 - y;
      } else if (turns == 3) {
        source_x = from_width - 1 - y;
        source_y = x;
      }
      row[x] =
          from.data[plane][static_cast<std::ptrdiff_t>(source_y) * from.linesize[plane] + source_x];
    }
  }
}

FramePtr turned(FramePtr picture, int turns) {
  if (turns == 0) return picture;
  const bool sideways = turns % 2 == 1;
  FramePtr result = make_picture(sideways ? picture->height : picture->width,
                                 sideways ? picture->width : picture->height);
  for (const int plane : {0, 1, 2}) turn_plane(*picture, *result, plane, turns);
  return result;
}

/// The sound behind the first `count` samples; null when none is left.
FramePtr without_first(FramePtr sound, std::int64_t count) {
  if (count <= 0) return sound;
  const auto left = sound->nb_samples - count;
  if (left <= 0) return nullptr;
  FramePtr rest = make_sound(static_cast<int>(left));
  av_samples_copy(rest->extended_data, sound->extended_data, 0, static_cast<int>(count),
                  static_cast<int>(left), sound_channels, AV_SAMPLE_FMT_FLTP);
  return rest;
}

/// The coefficients of a picture's colours; where it does not say, by its size, as usual.
int colour_space(const AVFrame& picture) {
  switch (picture.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return picture.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  }
}

bool full_range(const AVFrame& picture) {
  if (picture.color_range != AVCOL_RANGE_UNSPECIFIED)
    return picture.color_range == AVCOL_RANGE_JPEG;
  const AVPixFmtDescriptor* format =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  return format != nullptr && ((format->flags & AV_PIX_FMT_FLAG_RGB) != 0 ||
                               std::string_view(format->name).substr(0, 4) == "yuvj");
}

}  // namespace

FileSource::FileSource() = default;
FileSource::~FileSource() = default;

Expected<std::unique_ptr<FileSource>> FileSource::create(const std::string& path) {
  std::unique_ptr<FileSource> source(new FileSource());
  const Expected<void> opened = source->open(path);
  if (!opened) return tl::unexpected(opened.error());
  return source;
}

Expected<void> FileSource::open(const std::string& path) {
  path_ = path;
  av_log_set_level(AV_LOG_FATAL);
  auto video = StreamReader::open(path, AVMEDIA_TYPE_VIDEO);
  if (!video) return tl::unexpected(video.error());
  if (*video == nullptr) return failure(ErrorCode::unsupported, "has no video", path);
  video_ = std::move(*video);
  auto sound = StreamReader::open(path, AVMEDIA_TYPE_AUDIO);
  if (!sound) return tl::unexpected(sound.error());
  sound_ = std::move(*sound);

  const Expected<void> first = take_next();
  if (!first) return first;
  if (next_ == nullptr) return failure(ErrorCode::decode, "no picture could be decoded", path);
  origin_ = next_time_;
  next_time_ = 0;
  quarter_turns_ = quarter_turns(video_->stream());
  auto& container = const_cast<AVFormatContext&>(video_->container());
  auto& stream = const_cast<AVStream&>(video_->stream());
  AVRational aspect = av_guess_sample_aspect_ratio(&container, &stream, next_.get());
  if (aspect.num <= 0 || aspect.den <= 0) aspect = {1, 1};
  PictureSize size{even(next_->width * std::max(1.0, av_q2d(aspect))),
                   even(next_->height * std::max(1.0, 1 / av_q2d(aspect)))};
  if (quarter_turns_ % 2 == 1) std::swap(size.width, size.height);
  if (size.width > largest_side || size.height > largest_side)
    return failure(
        ErrorCode::unsupported,
        fmt::format("pictures of {}x{} are larger than {}", size.width, size.height, largest_side),
        path);
  format_.name = std::filesystem::path(path).stem().string();
  format_.size = size;
  format_.frame_rate = constant_rate(&container, &stream);
  format_.has_sound = sound_ != nullptr;
  if (container.duration > 0) format_.duration = std::chrono::microseconds(container.duration);
  return {};
}

Expected<std::unique_ptr<FileSource>> FileSource::create_sound(const std::string& path) {
  std::unique_ptr<FileSource> source(new FileSource());
  const Expected<void> opened = source->open_sound(path);
  if (!opened) return tl::unexpected(opened.error());
  return source;
}

Expected<void> FileSource::open_sound(const std::string& path) {
  path_ = path;
  av_log_set_level(AV_LOG_FATAL);
  auto sound = StreamReader::open(path, AVMEDIA_TYPE_AUDIO);
  if (!sound) return tl::unexpected(sound.error());
  if (*sound == nullptr) return failure(ErrorCode::unsupported, "has no sound", path);
  sound_ = std::move(*sound);
  format_.name = std::filesystem::path(path).stem().string();
  format_.has_sound = true;
  const auto video = StreamReader::open(path, AVMEDIA_TYPE_VIDEO);
  if (!video || *video == nullptr) return {};
  const Expected<FramePtr> first = (*video)->next();
  if (first && *first != nullptr) origin_ = (*video)->time(**first, 0);
  return {};
}

Expected<void> FileSource::take_next() {
  Expected<FramePtr> frame = video_->next();
  if (!frame) return tl::unexpected(frame.error());
  next_ = std::move(*frame);
  if (next_ == nullptr) return {};
  next_time_ = video_->time(*next_, current_end_ + origin_) - origin_;
  return {};
}

Expected<FramePtr> FileSource::next_picture() {
  if (video_ == nullptr) return FramePtr();
  const double step = 1 / av_q2d(format_.frame_rate);
  const double now = static_cast<double>(next_picture_) * step;
  while (next_ != nullptr && (current_ == nullptr || next_time_ <= now + step / 2)) {
    const double told = video_->duration(*next_);
    current_end_ = next_time_ + (told > 0 && told < 10 ? told : step);
    FramePtr shown = std::move(next_);
    const Expected<void> taken = take_next();
    if (!taken) return tl::unexpected(taken.error());
    // Pictures that a later one replaces before they are shown need no conversion.
    if (next_ != nullptr && next_time_ <= now + step / 2) continue;
    Expected<FramePtr> converted = convert(*shown);
    if (!converted) return converted;
    current_ = std::move(*converted);
  }
  if (now > longest_title || next_time_ > longest_title)
    return failure(ErrorCode::limit_exceeded, "lasts longer than a day", path_);
  if (next_ == nullptr && now + step / 2 >= current_end_ && next_picture_ > 0) return FramePtr();
  ++next_picture_;
  FramePtr copy(av_frame_clone(current_.get()));
  if (copy == nullptr) throw std::bad_alloc();
  return copy;
}

Expected<FramePtr> FileSource::convert(const AVFrame& decoded) {
  PictureSize size = format_.size;
  if (quarter_turns_ % 2 == 1) std::swap(size.width, size.height);
  const auto format = static_cast<AVPixelFormat>(decoded.format);
  scaler_.reset(sws_getCachedContext(scaler_.release(), decoded.width, decoded.height, format,
                                     size.width, size.height, AV_PIX_FMT_YUV420P,
                                     SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr,
                                     nullptr, nullptr));
  if (scaler_ == nullptr)
    return failure(ErrorCode::unsupported, "pictures of this kind cannot be converted", path_);
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(colour_space(decoded)),
                           full_range(decoded) ? 1 : 0, sws_getCoefficients(SWS_CS_ITU709), 0, 0,
                           1 << 16, 1 << 16);
  FramePtr picture = make_picture(size.width, size.height);
  sws_scale(scaler_.get(), decoded.data, decoded.linesize, 0, decoded.height, picture->data,
            picture->linesize);
  return turned(std::move(picture), quarter_turns_);
}

Expected<FramePtr> FileSource::next_sound() {
  if (held_sound_ == nullptr) {
    const Expected<void> taken = take_sound();
    if (!taken) return tl::unexpected(taken.error());
    if (held_sound_ == nullptr) return FramePtr();
  }
  const std::int64_t early = held_due_ - next_sample_;
  if (early > 0) {
    // The file is silent until the held samples are due.
    const auto count = static_cast<int>(std::min<std::int64_t>(early, sound_rate));
    FramePtr silence = make_sound(count);
    av_samples_set_silence(silence->extended_data, 0, count, sound_channels, AV_SAMPLE_FMT_FLTP);
    next_sample_ += count;
    return silence;
  }
  next_sample_ += held_sound_->nb_samples;
  return std::move(held_sound_);
}

Expected<void> FileSource::take_sound() {
  while (held_sound_ == nullptr && !sound_ended_) {
    const Expected<FramePtr> decoded = sound_->next();
    if (!decoded) return tl::unexpected(decoded.error());
    sound_ended_ = *decoded == nullptr;
    std::int64_t due = next_sample_;
    if (*decoded != nullptr) {
      const double expected = static_cast<double>(next_sample_) / sound_rate;
      const double time = sound_->time(**decoded, expected + origin_) - origin_;
      if (std::abs(time) > longest_title)
        return failure(ErrorCode::limit_exceeded, "lasts longer than a day", path_);
      const std::int64_t delay =
          resampler_ == nullptr ? 0 : swr_get_delay(resampler_.get(), sound_rate);
      due = std::llround(time * sound_rate) - delay;
    }
    Expected<FramePtr> resampled = resample(decoded->get());
    if (!resampled) return tl::unexpected(resampled.error());
    if (*resampled == nullptr) continue;
    const std::int64_t tolerance = sound_begun_ ? sound_tolerance : 0;
    sound_begun_ = true;
    if (std::abs(due - next_sample_) <= tolerance) due = next_sample_;
    held_due_ = std::max(due, next_sample_);
    held_sound_ = without_first(std::move(*resampled), next_sample_ - due);
  }
  return {};
}

Expected<FramePtr> FileSource::resample(const AVFrame* decoded) {
  const bool changed =
      decoded != nullptr &&
      (resampler_input_ == nullptr || resampler_input_->sample_rate != decoded->sample_rate ||
       resampler_input_->format != decoded->format ||
       av_channel_layout_compare(&resampler_input_->ch_layout, &decoded->ch_layout) != 0);
  if (changed) {
    resampler_input_.reset(av_frame_clone(decoded));
    if (resampler_input_ == nullptr) throw std::bad_alloc();
    AVChannelLayout stereo{};
    av_channel_layout_default(&stereo, sound_channels);
    SwrContext* made = nullptr;
    int error = swr_alloc_set_opts2(
        &made, &stereo, AV_SAMPLE_FMT_FLTP, sound_rate, &resampler_input_->ch_layout,
        static_cast<AVSampleFormat>(decoded->format), decoded->sample_rate, 0, nullptr);
    resampler_.reset(made);
    if (error >= 0) error = swr_init(made);
    if (error < 0)
      return failure(ErrorCode::unsupported, "sound of this kind cannot be converted", path_);
  }
  if (resampler_ == nullptr) return FramePtr();
  const int given = decoded == nullptr ? 0 : decoded->nb_samples;
  const int room = swr_get_out_samples(resampler_.get(), given);
  if (room <= 0) return FramePtr();
  FramePtr sound = make_sound(room);
  const auto** input =
      decoded == nullptr ? nullptr : const_cast<const std::uint8_t**>(decoded->extended_data);
  const int made = swr_convert(resampler_.get(), sound->extended_data, room, input, given);
  if (made < 0) return failure(ErrorCode::decode, "sound cannot be converted", path_);
  if (made == 0) return FramePtr();
  sound->nb_samples = made;
  return sound;
}

}  // namespace rung::package
