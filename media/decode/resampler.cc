#include "media/decode/resampler.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "core/limits.h"

namespace rung::decode {

bool Resampler::fits(const AVFrame& frame) const {
  return context_ && format_ == frame.format && rate_ == frame.sample_rate &&
         channels_ == channels_of(frame);
}

Expected<void> Resampler::configure(const AVFrame& frame) {
  const int channels = channels_of(frame);
  if (frame.sample_rate <= 0 || channels <= 0)
    return failure(ErrorCode::unsupported, "the audio has no sample rate or no channels");
  if (frame.sample_rate > limits::sample_rate || channels > limits::channels)
    return failure(ErrorCode::limit_exceeded, "the audio has too many samples or channels");
  const auto format = static_cast<AVSampleFormat>(frame.format);
#if RUNG_LIBAV_CHANNEL_LAYOUT
  AVChannelLayout stereo{};
  av_channel_layout_default(&stereo, static_cast<int>(sample_channels));
  AVChannelLayout from{};
  // An unspecified order cannot be mixed down; take the usual one for the number of channels.
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
    av_channel_layout_default(&from, channels);
  else if (av_channel_layout_copy(&from, &frame.ch_layout) < 0)
    return failure(ErrorCode::decode, "no memory for the resampler");
  SwrContext* context = nullptr;
  const int allocated = swr_alloc_set_opts2(&context, &stereo, AV_SAMPLE_FMT_FLT, sample_rate,
                                            &from, format, frame.sample_rate, 0, nullptr);
  av_channel_layout_uninit(&from);
  context_.reset(context);
  if (allocated < 0) context_.reset();
#else
  const auto layout = frame.channel_layout != 0 ? static_cast<std::int64_t>(frame.channel_layout)
                                                : av_get_default_channel_layout(channels);
  context_.reset(swr_alloc_set_opts(nullptr, AV_CH_LAYOUT_STEREO, AV_SAMPLE_FMT_FLT, sample_rate,
                                    layout, format, frame.sample_rate, 0, nullptr));
#endif
  if (!context_ || swr_init(context_.get()) < 0) {
    context_.reset();
    return failure(ErrorCode::unsupported, "the audio's format cannot be converted");
  }
  format_ = frame.format;
  rate_ = frame.sample_rate;
  channels_ = channels;
  return {};
}

Expected<Samples> Resampler::convert(const AVFrame& frame, MediaTime pts) {
  if (!fits(frame)) {
    if (auto configured = configure(frame); !configured)
      return tl::unexpected<Error>(std::move(configured.error()));
  }
  const std::int64_t behind = swr_get_delay(context_.get(), sample_rate);
  const std::int64_t room =
      behind + static_cast<std::int64_t>(frame.nb_samples) * sample_rate / frame.sample_rate + 64;
  Samples samples;
  samples.pts = pts - from_ticks(behind, sample_rate);
  samples.interleaved.resize(static_cast<std::size_t>(room) * sample_channels);
  auto* out = reinterpret_cast<std::uint8_t*>(samples.interleaved.data());
  // libswresample declares what it only reads without const at the second level.
  const auto** in = const_cast<const std::uint8_t**>(frame.extended_data);
  const int converted =
      swr_convert(context_.get(), &out, static_cast<int>(room), in, frame.nb_samples);
  if (converted < 0)
    return failure(ErrorCode::decode, "the audio cannot be converted: " + libav_message(converted));
  samples.interleaved.resize(static_cast<std::size_t>(converted) * sample_channels);
  return samples;
}

}  // namespace rung::decode
