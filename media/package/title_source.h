#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/expected.h"
#include "core/time.h"
#include "media/package/libav.h"
#include "media/package/rung.h"

namespace rung::package {

/// What a title offers before the first picture is taken.
struct TitleFormat {
  std::string name;
  PictureSize size;         ///< In square pixels; even.
  AVRational frame_rate{};  ///< Constant, pictures a second.
  bool has_sound = false;
  std::optional<Duration> duration;  ///< For progress only, where it is known.
};

/// A title before it is encoded: pictures at a constant rate, and sound. A resource.
class TitleSource {
 public:
  TitleSource() = default;
  TitleSource(const TitleSource&) = delete;
  TitleSource& operator=(const TitleSource&) = delete;
  virtual ~TitleSource() = default;

  [[nodiscard]] virtual const TitleFormat& format() const = 0;
  /// The next picture (yuv420p, BT.709, limited range, `format().size`); null behind the last one.
  [[nodiscard]] virtual Expected<FramePtr> next_picture() = 0;
  /// The next samples (planar float, stereo, `sound_rate`), as many as are at hand; null behind the
  /// last ones. Called only when the title has sound.
  [[nodiscard]] virtual Expected<FramePtr> next_sound() = 0;
  /// Draws what differs from rung to rung into a picture that has been scaled to that rung.
  /// Called from several threads at once.
  virtual void label(AVFrame& picture, const Rung& rung, std::size_t rung_index,
                     std::int64_t picture_number) const = 0;
};

}  // namespace rung::package
