#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "media/package/demo_scene.h"
#include "media/package/demo_sound.h"
#include "media/package/title_source.h"

namespace rung::package {

struct DemoOptions {
  int seconds = 60;  ///< From 1 to 3600.
  std::uint64_t seed = 1;
  AVRational frame_rate{24, 1};
  /// Of the pictures before they are scaled to the rungs; the largest rung's.
  PictureSize size{1920, 1080};
  std::string name = "Rung demo: the lake";
  int semitones = 0;  ///< By so much the sound is higher.
  /// The part of a day that it shows, from 0 to 1.
  double day_from = 0;
  double day_to = 1;
};

/// The demo title: computed pictures and sound (DemoScene, DemoSound), on every rung labelled with
/// its own height and rate, a time code, a clock hand that jumps with the tick in the sound, and
/// the mark of demo_marker.h.
class DemoSource final : public TitleSource {
 public:
  /// Fails (invalid_argument) on options out of range.
  [[nodiscard]] static Expected<std::unique_ptr<DemoSource>> create(const DemoOptions& options);

  [[nodiscard]] const TitleFormat& format() const override { return format_; }
  [[nodiscard]] Expected<FramePtr> next_picture() override;
  [[nodiscard]] Expected<FramePtr> next_sound() override;
  void label(AVFrame& picture, const Rung& rung, std::size_t rung_index,
             std::int64_t picture_number) const override;

 private:
  /// The lettering of one rung, drawn once.
  struct Lettering {
    struct Text {
      TextMask letters;
      TextMask shadow;
    };
    Text rung;
    std::array<Text, 10> digits;
    Text colon;
  };

  DemoSource(const DemoOptions& options, std::int64_t pictures, std::int64_t samples);
  /// Made at the first use of a rung.
  [[nodiscard]] std::shared_ptr<const Lettering> lettering(int height, const Rung& rung,
                                                           std::size_t rung_index) const;
  void draw_clock(AVFrame& picture, std::int64_t picture_number) const;

  DemoOptions options_;
  TitleFormat format_;
  DemoScene scene_;
  DemoSound sound_;
  std::int64_t pictures_;
  std::int64_t samples_;
  std::int64_t next_picture_ = 0;
  std::int64_t next_sample_ = 0;
  mutable std::mutex lettering_mutex_;
  mutable std::map<std::size_t, std::shared_ptr<const Lettering>> lettering_;
};

}  // namespace rung::package
