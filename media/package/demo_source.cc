#include "media/package/demo_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "media/package/demo_marker.h"

namespace rung::package {

namespace {

constexpr YuvColour white{235, 128, 128};
constexpr YuvColour black{16, 128, 128};
constexpr int block_samples = 4800;

/// Text in the lower rungs is a larger part of the picture, so that it stays legible.
double letter_size(int height) { return std::max(height / 15.0, 13.0); }

}  // namespace

Expected<std::unique_ptr<DemoSource>> DemoSource::create(const DemoOptions& options) {
  if (options.seconds < 1 || options.seconds > 3600)
    return failure(ErrorCode::invalid_argument, "the demo title lasts from 1 to 3600 seconds");
  const double rate = av_q2d(options.frame_rate);
  if (!(rate >= 1 && rate <= 60))
    return failure(ErrorCode::invalid_argument,
                   "the demo title has from 1 to 60 pictures a second");
  const PictureSize size = options.size;
  if (size.height < 36 || size.height > 4320 || size.width < size.height || size.width > 8192 ||
      size.width % 2 != 0 || size.height % 2 != 0)
    return failure(ErrorCode::invalid_argument,
                   fmt::format("the demo title cannot be drawn at {}x{}", size.width, size.height));
  const auto pictures =
      std::int64_t{options.seconds} * options.frame_rate.num / options.frame_rate.den;
  return std::unique_ptr<DemoSource>(
      new DemoSource(options, pictures, std::int64_t{options.seconds} * sound_rate));
}

DemoSource::DemoSource(const DemoOptions& options, std::int64_t pictures, std::int64_t samples)
    : options_(options),
      format_{.name = options.name,
              .size = options.size,
              .frame_rate = options.frame_rate,
              .has_sound = true,
              .duration = std::chrono::seconds(options.seconds)},
      scene_(options.size, options.seed),
      sound_(samples, options.semitones),
      pictures_(pictures),
      samples_(samples) {}

Expected<FramePtr> DemoSource::next_picture() {
  if (next_picture_ >= pictures_) return FramePtr();
  const double seconds = static_cast<double>(next_picture_) / av_q2d(options_.frame_rate);
  ++next_picture_;
  const double day = options_.seconds / (options_.day_to - options_.day_from);
  return scene_.render(options_.day_from * day + seconds, day);
}

Expected<FramePtr> DemoSource::next_sound() {
  const auto count =
      static_cast<int>(std::min<std::int64_t>(block_samples, samples_ - next_sample_));
  if (count <= 0) return FramePtr();
  FramePtr sound = sound_.render(next_sample_, count);
  next_sample_ += count;
  return sound;
}

std::shared_ptr<const DemoSource::Lettering> DemoSource::lettering(int height, const Rung& rung,
                                                                   std::size_t rung_index) const {
  const std::lock_guard lock(lettering_mutex_);
  std::shared_ptr<const Lettering>& known = lettering_[rung_index];
  if (known != nullptr) return known;
  const double size = letter_size(height);
  const auto text = [&](std::string_view words) {
    TextMask letters = render_text(words, size, .17);
    TextMask shadow = soften(letters, std::max(1, static_cast<int>(size / 11)));
    return Lettering::Text{std::move(letters), std::move(shadow)};
  };
  auto made = std::make_shared<Lettering>();
  made->rung = text(fmt::format("{}p  {}", height, kilobits(rung.bandwidth)));
  for (std::size_t digit = 0; digit < made->digits.size(); ++digit)
    made->digits[digit] = text(std::to_string(digit));
  made->colon = text(":");
  known = std::move(made);
  return known;
}

void DemoSource::label(AVFrame& picture, const Rung& rung, std::size_t rung_index,
                       std::int64_t picture_number) const {
  const auto letters = lettering(picture.height, rung, rung_index);
  const double size = letter_size(picture.height);
  const auto draw = [&](const Lettering::Text& text, int left, int top) {
    const int drop = std::max(1, static_cast<int>(size / 24));
    blend_mask(picture, text.shadow, left + drop, top + drop, black, 210);
    blend_mask(picture, text.letters, left, top, white, 256);
  };
  const auto edge = static_cast<int>(size * .55);
  draw(letters->rung, edge, edge);

  const double rate = av_q2d(options_.frame_rate);
  const auto second = static_cast<std::int64_t>(static_cast<double>(picture_number) / rate);
  const auto frame = picture_number - std::llround(std::ceil(static_cast<double>(second) * rate));
  const std::string code = fmt::format("{:02}:{:02}:{:02}", second / 60 % 100, second % 60, frame);
  int left = edge;
  const int top = picture.height - edge - letters->colon.letters.height;
  const auto rim = static_cast<int>(size / 2);
  for (const char sign : code) {
    const Lettering::Text& text =
        sign == ':' ? letters->colon : letters->digits[static_cast<std::size_t>(sign - '0')];
    draw(text, left, top);
    left += text.letters.width - rim;
  }
  draw_clock(picture, picture_number);
  draw_demo_marker(picture, {rung_index % 16, static_cast<std::uint8_t>(picture_number % 256)});
}

void DemoSource::draw_clock(AVFrame& picture, std::int64_t picture_number) const {
  // A ring in the upper right corner: it fills once a second and flashes with the tick.
  const double seconds = static_cast<double>(picture_number) / av_q2d(options_.frame_rate);
  const double part = seconds - std::floor(seconds);
  const double flash = std::exp(-part * 7);
  const double radius = letter_size(picture.height) * .62;
  const double cx = picture.width - letter_size(picture.height) * 1.5;
  const double cy = letter_size(picture.height) * 1.5;
  const auto reach = static_cast<int>(std::ceil(radius * 1.9));
  TextMask ring{2 * reach, 2 * reach, {}};
  ring.coverage.resize(static_cast<std::size_t>(4 * reach * reach));
  TextMask shade = ring;
  const double thick = radius * .15;
  for (int y = 0; y < ring.height; ++y) {
    for (int x = 0; x < ring.width; ++x) {
      const double dx = x + .5 - reach;
      const double dy = y + .5 - reach;
      const double away = std::hypot(dx, dy);
      double angle = std::atan2(dx, -dy) / (2 * std::numbers::pi);
      if (angle < 0) angle += 1;
      const double track = std::clamp(thick - std::abs(away - radius) + .5, 0.0, 1.0);
      const double dot = std::clamp(radius * (.28 + .3 * flash) - away + .5, 0.0, 1.0);
      const double lit = angle <= part ? 1 : .32;
      const auto index = static_cast<std::size_t>(y * ring.width + x);
      ring.coverage[index] = static_cast<std::uint8_t>(255 * std::max(track * lit, dot));
      shade.coverage[index] = static_cast<std::uint8_t>(
          110 * std::clamp(1 - (away - radius * 1.1) / (radius * .6), 0.0, 1.0));
    }
  }
  const auto left = static_cast<int>(std::lround(cx)) - reach;
  const auto top = static_cast<int>(std::lround(cy)) - reach;
  blend_mask(picture, shade, left, top, black, 256);
  blend_mask(picture, ring, left, top, white, 256);
}

}  // namespace rung::package
