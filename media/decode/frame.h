#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.h"
#include "media/decode/libav.h"

namespace rung::decode {

/// How the samples of a picture lie in memory. `other` must go through PictureConverter before it
/// is shown.
enum class PixelLayout : std::uint8_t { yuv420p, nv12, other };

/// The matrix from YUV to RGB (ITU-T H.273 table 4). What a stream does not state follows from its
/// height, as players do: BT.709 from 720 lines on.
enum class ColorMatrix : std::uint8_t { bt601, bt709 };
enum class ColorRange : std::uint8_t { limited, full };

/// A decoded picture. A value that can be moved; the samples are shared with the decoder and never
/// written.
class Picture {
 public:
  Picture() = default;
  Picture(FramePtr frame, MediaTime pts, Duration duration);

  /// False for a default-constructed or moved-from picture.
  [[nodiscard]] bool holds_frame() const { return frame_ != nullptr; }
  [[nodiscard]] MediaTime pts() const { return pts_; }
  /// Zero where the stream does not tell.
  [[nodiscard]] Duration duration() const { return duration_; }
  [[nodiscard]] int width() const { return frame_->width; }
  [[nodiscard]] int height() const { return frame_->height; }
  /// Width to height as it must be shown.
  [[nodiscard]] double aspect_ratio() const;
  [[nodiscard]] PixelLayout layout() const;
  [[nodiscard]] ColorMatrix color_matrix() const;
  [[nodiscard]] ColorRange color_range() const;
  [[nodiscard]] const std::uint8_t* plane(std::size_t index) const { return frame_->data[index]; }
  [[nodiscard]] int stride(std::size_t index) const { return frame_->linesize[index]; }
  [[nodiscard]] const AVFrame& frame() const { return *frame_; }

 private:
  FramePtr frame_;
  MediaTime pts_{};
  Duration duration_{};
};

/// The one format that audio is played in.
inline constexpr int sample_rate = 48'000;
inline constexpr std::size_t sample_channels = 2;

/// Decoded audio: interleaved stereo at `sample_rate`. A value.
struct Samples {
  MediaTime pts{};
  std::vector<float> interleaved;

  [[nodiscard]] std::size_t frames() const { return interleaved.size() / sample_channels; }
};

/// Turns pictures of any layout into yuv420p of the same size, with limited range and BT.709. A
/// resource.
class PictureConverter {
 public:
  PictureConverter() = default;
  PictureConverter(const PictureConverter&) = delete;
  PictureConverter& operator=(const PictureConverter&) = delete;

  /// A picture that holds no frame when libswscale cannot convert it.
  [[nodiscard]] Picture convert(const Picture& picture);

 private:
  SwsPtr scaler_;
};

}  // namespace rung::decode
