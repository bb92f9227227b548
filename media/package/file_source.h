#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "media/package/title_source.h"

namespace rung::package {

class StreamReader;

/// A title from a media file that libav can read. Pictures are brought to square pixels, upright,
/// BT.709 and a constant rate (the file's own up to 60 a second: pictures are repeated or left out,
/// nearest in time); sound to 48 kHz stereo, held to its time stamps, and counted from the first
/// picture on.
class FileSource final : public TitleSource {
 public:
  /// Fails when the file cannot be opened or has no video that this FFmpeg can decode.
  [[nodiscard]] static Expected<std::unique_ptr<FileSource>> create(const std::string& path);
  /// The sound of a file alone: no pictures. Where the file has pictures, too, the sound counts
  /// from the first of them on. Fails where the file has no sound that this FFmpeg can decode.
  [[nodiscard]] static Expected<std::unique_ptr<FileSource>> create_sound(const std::string& path);
  ~FileSource() override;

  [[nodiscard]] const TitleFormat& format() const override { return format_; }
  [[nodiscard]] Expected<FramePtr> next_picture() override;
  [[nodiscard]] Expected<FramePtr> next_sound() override;
  /// A file's pictures carry no labels.
  void label(AVFrame&, const Rung&, std::size_t, std::int64_t) const override {}

 private:
  FileSource();
  [[nodiscard]] Expected<void> open(const std::string& path);
  [[nodiscard]] Expected<void> open_sound(const std::string& path);
  [[nodiscard]] Expected<void> take_next();
  [[nodiscard]] Expected<void> take_sound();
  [[nodiscard]] Expected<FramePtr> convert(const AVFrame& decoded);
  [[nodiscard]] Expected<FramePtr> resample(const AVFrame* decoded);

  TitleFormat format_;
  std::string path_;
  std::unique_ptr<StreamReader> video_;  ///< Null where only the sound is wanted.
  std::unique_ptr<StreamReader> sound_;  ///< Null without sound.

  double origin_ = 0;      ///< Time stamp of the first picture, in seconds.
  int quarter_turns_ = 0;  ///< Clockwise, to stand upright.
  SwsPtr scaler_;
  FramePtr current_;        ///< The converted picture that is shown until next_ is due.
  FramePtr next_;           ///< Decoded; null at the end.
  double current_end_ = 0;  ///< Where the last picture ends, counted from the origin.
  double next_time_ = 0;
  std::int64_t next_picture_ = 0;

  SwrPtr resampler_;
  FramePtr resampler_input_;  ///< A frame of the form that the resampler was made for.
  std::int64_t next_sample_ = 0;
  FramePtr held_sound_;        ///< Waits until the silence before it has been given out.
  std::int64_t held_due_ = 0;  ///< Its first sample's place, counted from the origin.
  bool sound_begun_ = false;
  bool sound_ended_ = false;
};

}  // namespace rung::package
