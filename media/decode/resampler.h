#pragma once

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/frame.h"
#include "media/decode/libav.h"

namespace rung::decode {

/// Brings decoded audio of any rate, layout and sample format into the one that is played. A
/// resource.
class Resampler {
 public:
  Resampler() = default;
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  /// The audio of `frame`, which begins at `pts`. A few samples may stay behind for the next call.
  /// Fails with `unsupported` for a format that libswresample does not know, `limit_exceeded`
  /// beyond core/limits.h.
  [[nodiscard]] Expected<Samples> convert(const AVFrame& frame, MediaTime pts);
  /// Forgets the samples that stayed behind.
  void reset() { context_.reset(); }

 private:
  [[nodiscard]] bool fits(const AVFrame& frame) const;
  [[nodiscard]] Expected<void> configure(const AVFrame& frame);

  SwrPtr context_;
  int format_ = -1;
  int rate_ = 0;
  int channels_ = 0;
};

}  // namespace rung::decode
