#include "media/package/demo_scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rung::package {

namespace {

constexpr double turn = 2 * std::numbers::pi;

/// Red, green, blue from 0 to 255.
struct Rgb {
  double r, g, b;
};

Rgb mix(Rgb a, Rgb b, double weight) {
  return {a.r + (b.r - a.r) * weight, a.g + (b.g - a.g) * weight, a.b + (b.b - a.b) * weight};
}

/// BT.709, limited range (ITU-R BT.709-6 section 3).
YuvColour yuv(Rgb c) {
  const double y = .2126 * c.r + .7152 * c.g + .0722 * c.b;
  const auto level = [](double value, double low, double high) {
    return static_cast<int>(std::lround(std::clamp(value, low, high)));
  };
  return {level(16 + y * 219 / 255, 16, 235), level(128 + (c.b - y) / 1.8556 * 224 / 255, 16, 240),
          level(128 + (c.r - y) / 1.5748 * 224 / 255, 16, 240)};
}

double smooth(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

/// The colours of one hour of the day; `at` is its place in the title from 0 to 1.
struct Hour {
  double at;
  Rgb zenith, horizon, far, near, cloud;
  double stars;
};

constexpr std::array<Hour, 7> hours{{
    {0.00, {58, 78, 140}, {255, 180, 150}, {190, 140, 165}, {38, 40, 66}, {255, 205, 190}, .25},
    {0.16, {62, 132, 210}, {255, 226, 186}, {168, 178, 205}, {30, 58, 66}, {255, 240, 226}, 0},
    {0.36, {38, 122, 214}, {186, 224, 246}, {140, 176, 212}, {22, 66, 58}, {255, 255, 255}, 0},
    {0.56, {56, 96, 180}, {255, 205, 140}, {176, 140, 160}, {40, 48, 54}, {255, 214, 176}, 0},
    {0.68, {60, 44, 110}, {255, 122, 72}, {150, 72, 98}, {32, 20, 40}, {255, 140, 110}, .2},
    {0.82, {14, 18, 52}, {70, 62, 120}, {44, 44, 92}, {10, 12, 28}, {84, 80, 130}, .9},
    {1.00, {8, 14, 44}, {44, 70, 120}, {30, 44, 86}, {6, 10, 24}, {58, 76, 122}, 1},
}};

Hour hour_at(double place) {
  const auto* const next = std::ranges::upper_bound(hours, place, {}, &Hour::at);
  if (next == hours.begin()) return hours.front();
  if (next == hours.end()) return hours.back();
  const Hour& a = *(next - 1);
  const Hour& b = *next;
  const double weight = smooth((place - a.at) / (b.at - a.at));
  return {place,
          mix(a.zenith, b.zenith, weight),
          mix(a.horizon, b.horizon, weight),
          mix(a.far, b.far, weight),
          mix(a.near, b.near, weight),
          mix(a.cloud, b.cloud, weight),
          a.stars + (b.stars - a.stars) * weight};
}

std::uint8_t byte(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

/// One step of blending: alpha from 0 to 256.
int blended(int from, int to, int alpha) { return from + (((to - from) * alpha) >> 8); }

/// A whole row at once, each sample with its own alpha.
void blend_row(std::uint8_t* __restrict samples, const std::int16_t* __restrict alpha, int target,
               int count) {
  for (int x = 0; x < count; ++x)
    samples[x] = static_cast<std::uint8_t>(samples[x] + (((target - samples[x]) * alpha[x]) >> 8));
}

/// Draws a round or tapered sprite: `cover(x, y)` from 0 to 1 and `colour(x, y)` by sample.
template <typename Cover, typename Colour>
void draw_sprite(AVFrame& picture, int left, int top, int right, int bottom, Cover cover,
                 Colour colour) {
  left = std::max(0, left) & ~1;
  top = std::max(0, top) & ~1;
  right = std::min(picture.width, right);
  bottom = std::min(picture.height, bottom);
  for (int y = top; y < bottom; ++y) {
    std::uint8_t* luma = picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0];
    std::uint8_t* u = picture.data[1] + static_cast<std::ptrdiff_t>(y / 2) * picture.linesize[1];
    std::uint8_t* v = picture.data[2] + static_cast<std::ptrdiff_t>(y / 2) * picture.linesize[2];
    for (int x = left; x < right; ++x) {
      const int alpha = static_cast<int>(cover(x + .5, y + .5) * 256);
      if (alpha <= 0) continue;
      const YuvColour paint = colour(x + .5, y + .5);
      luma[x] = byte(blended(luma[x], paint.y, alpha));
      if (y % 2 != 0 || x % 2 != 0) continue;
      u[x / 2] = byte(blended(u[x / 2], paint.u, alpha));
      v[x / 2] = byte(blended(v[x / 2], paint.v, alpha));
    }
  }
}

}  // namespace

struct DemoScene::Light {
  Hour hour{};
  double sun_x = 0, sun_y = 0;  ///< In samples.
  double sun_radius = 0;
  YuvColour sun{};
  double glow = 0;                 ///< Strength of the halo, 0 to 1.
  std::vector<std::int16_t> halo;  ///< Alpha by squared distance, in steps of `halo_step`.
  double halo_step = 1;
};

struct DemoScene::Rows {
  explicit Rows(int width)
      : y(static_cast<std::size_t>(width)),
        u(static_cast<std::size_t>(width)),
        v(static_cast<std::size_t>(width)),
        alpha(static_cast<std::size_t>(width)) {}
  std::vector<std::uint8_t> y, u, v;
  std::vector<std::int16_t> alpha;

  [[nodiscard]] int width() const { return static_cast<int>(y.size()); }
  void fill(YuvColour colour) {
    std::ranges::fill(y, byte(colour.y));
    std::ranges::fill(u, byte(colour.u));
    std::ranges::fill(v, byte(colour.v));
  }
  void blend(YuvColour colour) {
    blend_row(y.data(), alpha.data(), colour.y, width());
    blend_row(u.data(), alpha.data(), colour.u, width());
    blend_row(v.data(), alpha.data(), colour.v, width());
  }
};

const std::uint8_t* DemoScene::Tile::row(int y, double shift) const {
  const int wrapped = static_cast<int>(std::fmod(shift, period));
  const std::ptrdiff_t line = y % height;
  return samples.data() + line * stride + (wrapped < 0 ? wrapped + period : wrapped);
}

DemoScene::DemoScene(PictureSize size, std::uint64_t seed) : size_(size) {
  Random random(seed);
  const double h = size.height;
  const int period = size.width + size.height;
  shore_ = static_cast<int>(h * .74) & ~1;
  clouds_ = make_tile(random, period, shore_, 5, 7, 5);
  surface_ = make_tile(random, period, size.height, 48, 18, 4);
  ripples_ = make_tile(random, period, size.height, 14, 60, 3);
  grain_ = make_tile(random, period, 256, period / 1.5, 256 / 1.5, 1);
  ridges_.push_back({make_profile(random, .34 * h, .55, 0), .008, .74 * h, .86, 12});
  ridges_.push_back({make_profile(random, .26 * h, .5, 0), .018, .74 * h, .6, 18});
  ridges_.push_back({make_profile(random, .15 * h, .45, .022 * h), .038, .74 * h, .34, 16});
  ridges_.push_back({make_profile(random, .055 * h, .4, .05 * h), .075, .745 * h, .12, 14});
  ridges_.push_back({make_profile(random, .05 * h, .4, .13 * h), .26, 1.01 * h, 0, 9});
  for (int i = 0; i < 260; ++i) {
    const auto x = static_cast<int>(random.uniform() * size.width);
    const auto y = static_cast<int>(random.uniform() * random.uniform() * .6 * h);
    stars_.push_back({x, y, .25 + .75 * random.uniform(), random.uniform()});
  }
}

DemoScene::Tile DemoScene::make_tile(Random& random, int period, int height, double cells_x,
                                     double cells_y, int octaves) const {
  Tile tile{.period = period, .height = height, .stride = period + size_.width, .samples = {}};
  std::vector<float> sum(static_cast<std::size_t>(period) * static_cast<std::size_t>(height));
  float amplitude = 1;
  float total = 0;
  for (int octave = 0; octave < octaves; ++octave, cells_x *= 2, cells_y *= 2, amplitude *= .5F) {
    const int columns = std::max(1, static_cast<int>(cells_x));
    const int rows = std::max(1, static_cast<int>(cells_y));
    std::vector<float> lattice(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    for (float& value : lattice) value = static_cast<float>(random.uniform());
    const auto at = [&](int column, int row) {
      return lattice[static_cast<std::size_t>((row % rows) * columns + column % columns)];
    };
    for (int y = 0; y < height; ++y) {
      const double gy = static_cast<double>(y) * rows / height;
      const auto wy = static_cast<float>(smooth(gy - std::floor(gy)));
      const int row = static_cast<int>(gy);
      for (int x = 0; x < period; ++x) {
        const double gx = static_cast<double>(x) * columns / period;
        const auto wx = static_cast<float>(smooth(gx - std::floor(gx)));
        const int column = static_cast<int>(gx);
        const float upper = at(column, row) + (at(column + 1, row) - at(column, row)) * wx;
        const float lower =
            at(column, row + 1) + (at(column + 1, row + 1) - at(column, row + 1)) * wx;
        sum[static_cast<std::size_t>(y * period + x)] += amplitude * (upper + (lower - upper) * wy);
      }
    }
    total += amplitude;
  }
  tile.samples.resize(static_cast<std::size_t>(tile.stride) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < tile.stride; ++x)
      tile.samples[static_cast<std::size_t>(y * tile.stride + x)] = static_cast<std::uint8_t>(
          sum[static_cast<std::size_t>(y * period + x % period)] / total * 255);
  return tile;
}

std::vector<float> DemoScene::make_profile(Random& random, double height, double roughness,
                                           double trees) const {
  const int length = 4 * size_.width;
  std::vector<float> profile(static_cast<std::size_t>(length));
  double amplitude = height;
  double total = 0;
  for (int cells = 10; cells < length / 4; cells *= 2, amplitude *= roughness) {
    std::vector<double> lattice(static_cast<std::size_t>(cells));
    for (double& value : lattice) value = random.uniform();
    for (int x = 0; x < length; ++x) {
      const double place = static_cast<double>(x) * cells / length;
      const auto cell = static_cast<std::size_t>(place);
      const double weight = smooth(place - std::floor(place));
      const double left = lattice[cell];
      const double right = lattice[(cell + 1) % lattice.size()];
      profile[static_cast<std::size_t>(x)] +=
          static_cast<float>(amplitude * (left + (right - left) * weight));
    }
    total += amplitude;
  }
  for (float& value : profile) value *= static_cast<float>(height / total * 1.5);
  if (trees <= 0) return profile;
  // Firs: narrow triangles with notched edges, taller ones here and there.
  const std::vector<float> ground = profile;
  for (double at = 0; at < length; at += trees * (.12 + .3 * random.uniform())) {
    const double tall = trees * (.45 + .55 * random.uniform() * random.uniform() + .2);
    const double half_width = tall * (.2 + .06 * random.uniform());
    const auto root = static_cast<int>(at);
    const float base = ground[static_cast<std::size_t>(root)];
    for (int dx = -static_cast<int>(half_width); dx <= static_cast<int>(half_width); ++dx) {
      const double side = std::abs(dx) / half_width;
      const double notch = .07 * std::abs(std::sin(side * turn * 2));
      const auto top = static_cast<float>(base + tall * std::max(0.0, 1 - side - notch));
      float& value = profile[static_cast<std::size_t>((root + dx + length) % length)];
      value = std::max(value, top);
    }
  }
  return profile;
}

std::vector<float> DemoScene::edge_of(const Ridge& ridge, double seconds) const {
  const double shift = ridge.speed * size_.height * seconds;
  const auto whole = static_cast<std::size_t>(shift);
  const auto part = static_cast<float>(shift - std::floor(shift));
  const std::size_t length = ridge.profile.size();
  std::vector<float> edge(static_cast<std::size_t>(size_.width));
  for (std::size_t x = 0; x < edge.size(); ++x) {
    const float here = ridge.profile[(x + whole) % length];
    const float next = ridge.profile[(x + whole + 1) % length];
    edge[x] = static_cast<float>(ridge.foot) - here - (next - here) * part;
  }
  return edge;
}

void DemoScene::draw_sky(Rows& rows, const Light& light, int y, double seconds) const {
  const double place = static_cast<double>(y) / shore_;
  rows.fill(yuv(mix(light.hour.zenith, light.hour.horizon, std::pow(place, 1.35))));
  // The halo: alpha by squared distance from the sun.
  const double dy = y + .5 - light.sun_y;
  const std::size_t last = light.halo.size() - 1;
  for (int x = 0; x < size_.width; ++x) {
    const double dx = x + .5 - light.sun_x;
    const auto step = static_cast<std::size_t>((dx * dx + dy * dy) / light.halo_step);
    rows.alpha[static_cast<std::size_t>(x)] = light.halo[std::min(step, last)];
  }
  rows.blend(light.sun);
  // Clouds: the part of the noise above a threshold, thin towards the zenith.
  const int thick = static_cast<int>(256 * smooth(place * 3) * (1 - .5 * smooth(place * 2 - 1)));
  const std::uint8_t* noise = clouds_.row(y, seconds * .02 * size_.height);
  for (int x = 0; x < size_.width; ++x) {
    const int density = std::clamp((noise[x] - 118) * 5, 0, 200);
    rows.alpha[static_cast<std::size_t>(x)] = static_cast<std::int16_t>((density * thick) >> 8);
  }
  rows.blend(yuv(light.hour.cloud));
}

void DemoScene::draw_ridge(Rows& rows, const Light& light, const Ridge& ridge,
                           const std::vector<float>& edge, int y, double seconds) const {
  // Mist gathers at the foot.
  const double height = ridge.foot - y;
  const double mist = ridge.haze * .55 * smooth(1 - height / (.16 * size_.height));
  const Rgb base = mix(light.hour.near, light.hour.far, ridge.haze);
  const YuvColour colour = yuv(mix(base, light.hour.horizon, mist));
  const auto row = static_cast<float>(y) + .5F;
  for (std::size_t x = 0; x < edge.size(); ++x)
    rows.alpha[x] =
        static_cast<std::int16_t>(std::clamp((row - edge[x] + .5F) * 256.0F, 0.0F, 256.0F));
  rows.blend(colour);
  const std::uint8_t* texture = surface_.row(y, seconds * ridge.speed * size_.height);
  const int strength = static_cast<int>(ridge.texture * (1 - mist) * (.35 + colour.y / 160.0));
  for (int x = 0; x < size_.width; ++x) {
    const auto column = static_cast<std::size_t>(x);
    const int shade = ((texture[x] - 128) * strength * rows.alpha[column]) >> 14;
    rows.y[column] = byte(rows.y[column] + shade);
  }
}

void DemoScene::draw_water(Rows& rows, const AVFrame& picture, const Light& light, int y,
                           double seconds) const {
  const double depth = static_cast<double>(y - shore_) / (size_.height - shore_);
  const double wave = .5 + 5.5 * depth;
  const double phase = depth * 46 + 3 / (depth + .12);
  const int mirrored = std::clamp(static_cast<int>(shore_ - 2 - (y - shore_) * 1.9 +
                                                   wave * std::sin(phase * 2.2 + seconds * 1.7)),
                                  0, shore_ - 1);
  const double sway = wave * size_.height / 1080.0 * 1.6 * std::sin(phase * 3.1 - seconds * 2.3);
  const auto shift = static_cast<int>(std::lround(sway));
  const std::uint8_t* luma =
      picture.data[0] + static_cast<std::ptrdiff_t>(mirrored) * picture.linesize[0];
  const std::uint8_t* u =
      picture.data[1] + static_cast<std::ptrdiff_t>(mirrored / 2) * picture.linesize[1];
  const std::uint8_t* v =
      picture.data[2] + static_cast<std::ptrdiff_t>(mirrored / 2) * picture.linesize[2];
  const std::uint8_t* ripple = ripples_.row(y, seconds * (.03 + .05 * depth) * size_.height);
  const std::uint8_t* counter = ripples_.row(y + 31, 9000 - seconds * .04 * size_.height);
  const YuvColour tint = yuv(mix(light.hour.near, light.hour.zenith, .55));
  const int alpha = 64 + static_cast<int>(80 * depth);
  const int glint = static_cast<int>(light.glow * 90);
  for (int x = 0; x < size_.width; ++x) {
    const auto column = static_cast<std::size_t>(x);
    const int bend = (ripple[x] + counter[x] - 256) / 16;
    const int from = std::clamp(x + shift + bend, 0, size_.width - 1);
    const int swell = (ripple[x] + counter[x] - 256) / 7;
    const double dx = (x - light.sun_x) / (size_.height * (.05 + .22 * depth));
    const int spark = swell > 5 ? static_cast<int>(glint * (swell - 5) / 8 / (1 + dx * dx)) : 0;
    rows.y[column] = byte(blended(luma[from], tint.y, alpha) + swell / 2 + spark);
    rows.u[column] = byte(blended(u[from / 2], tint.u, alpha));
    rows.v[column] = byte(blended(v[from / 2], tint.v, alpha));
  }
}

void DemoScene::store(AVFrame& picture, Rows& rows, int y, double seconds) const {
  // A little film grain; it also keeps smooth skies from showing bands.
  const auto frame = static_cast<int>(std::lround(seconds * 60));
  const std::uint8_t* grain = grain_.row(y + frame * 37, frame * 211.0);
  std::uint8_t* luma = picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0];
  for (int x = 0; x < size_.width; ++x)
    luma[x] = static_cast<std::uint8_t>(
        std::clamp(rows.y[static_cast<std::size_t>(x)] + ((grain[x] - 128) >> 6), 16, 235));
  if (y % 2 != 0) return;
  std::uint8_t* u = picture.data[1] + static_cast<std::ptrdiff_t>(y / 2) * picture.linesize[1];
  std::uint8_t* v = picture.data[2] + static_cast<std::ptrdiff_t>(y / 2) * picture.linesize[2];
  for (int x = 0; x < size_.width / 2; ++x) {
    const auto left = static_cast<std::size_t>(2 * x);
    u[x] = static_cast<std::uint8_t>((rows.u[left] + rows.u[left + 1] + 1) / 2);
    v[x] = static_cast<std::uint8_t>((rows.v[left] + rows.v[left + 1] + 1) / 2);
  }
}

void DemoScene::draw_stars(AVFrame& picture, const Light& light, const std::vector<float>& skyline,
                           double seconds) const {
  if (light.hour.stars <= 0) return;
  const double radius = std::max(.7, size_.height / 900.0);
  for (const Star& star : stars_) {
    if (static_cast<float>(star.y) > skyline[static_cast<std::size_t>(star.x)] - 2) continue;
    const double twinkle =
        .7 + .3 * std::sin(turn * (seconds * (.3 + star.twinkle) + star.twinkle * 7));
    const double strength = light.hour.stars * star.brightness * twinkle;
    const int reach = static_cast<int>(radius) + 2;
    draw_sprite(
        picture, star.x - reach, star.y - reach, star.x + reach, star.y + reach,
        [&](double x, double y) {
          const double away = std::hypot(x - star.x, y - star.y);
          return strength * std::clamp(radius * (.6 + star.brightness) - away + .5, 0.0, 1.0);
        },
        [](double, double) {
          return YuvColour{232, 130, 126};
        });
  }
}

void DemoScene::draw_balloons(AVFrame& picture, const Light& light, double seconds) const {
  struct Balloon {
    double start, height, size, speed;
    std::array<Rgb, 2> stripes;
  };
  static constexpr std::array<Balloon, 3> balloons{{
      {.42, .30, .085, .016, {{{222, 64, 58}, {250, 214, 130}}}},
      {1.18, .22, .055, .011, {{{38, 128, 150}, {242, 240, 226}}}},
      {1.62, .40, .036, .008, {{{120, 74, 150}, {246, 170, 96}}}},
  }};
  const double h = size_.height;
  const double dim = .45 + .55 * (1 - light.hour.stars);
  for (const Balloon& balloon : balloons) {
    const double radius = balloon.size * h;
    const double cx = (balloon.start + balloon.speed * seconds) * h;
    const double cy = (balloon.height + .012 * std::sin(seconds * .5 + balloon.start * 9)) * h;
    const auto shape = [&](double x,
                           double y) {  // Below zero inside; a sphere drawn out to a neck.
      const double below = std::max(0.0, y - cy) / radius;
      const double narrow = 1 - .42 * below * below;
      const double body =
          std::hypot((x - cx) / std::max(.2, narrow), y < cy ? y - cy : (y - cy) * .8) - radius;
      const double basket = std::max(std::abs(x - cx) - radius * .16,
                                     std::abs(y - cy - radius * 1.62) - radius * .12);
      const double ropes = std::max(std::abs(std::abs(x - cx) - radius * .14) - radius * .018,
                                    std::abs(y - cy - radius * 1.35) - radius * .2);
      return std::min({body, basket, ropes});
    };
    draw_sprite(
        picture, static_cast<int>(cx - radius - 2), static_cast<int>(cy - radius - 2),
        static_cast<int>(cx + radius + 2), static_cast<int>(cy + radius * 1.8 + 2),
        [&](double x, double y) { return std::clamp(.5 - shape(x, y), 0.0, 1.0); },
        [&](double x, double y) {
          if (y > cy + radius * 1.2) return yuv({74 * dim, 50 * dim, 36 * dim});
          const double across = std::clamp((x - cx) / radius, -1.0, 1.0);
          const double gore = std::asin(across) * 3.2 + 20;
          const Rgb cloth = balloon.stripes[static_cast<std::size_t>(gore) % 2];
          const double side = light.sun_x < cx ? -across : across;
          const double lit = dim * (.74 + .26 * side - .16 * (y - cy) / radius);
          return yuv({cloth.r * lit, cloth.g * lit, cloth.b * lit});
        });
  }
}

void DemoScene::draw_birds(AVFrame& picture, const Light& light, double seconds) const {
  const double h = size_.height;
  const YuvColour ink = yuv(mix(light.hour.near, light.hour.far, .25));
  for (int i = 0; i < 7; ++i) {
    const double rank = i % 2 == 0 ? i / 2 : -(i + 1) / 2;
    const double x0 = std::fmod((2.4 - seconds * .05 + std::abs(rank) * .035) * h + 40 * h,
                                size_.width + .6 * h) -
                      .3 * h;
    const double y0 = (.17 + .02 * rank + .012 * std::sin(seconds * .7 + i)) * h;
    const double span = .016 * h;
    const double beat = std::sin(turn * (seconds * 1.6 + i * .37));
    const double thick = std::max(.8, h * .0016);
    draw_sprite(
        picture, static_cast<int>(x0 - span - 2), static_cast<int>(y0 - span - 2),
        static_cast<int>(x0 + span + 2), static_cast<int>(y0 + span + 2),
        [&](double x, double y) {
          const double out = std::abs(x - x0) / span;
          if (out > 1) return 0.0;
          const double wing = y0 + span * beat * .55 * (out - 1.1 * out * out) - span * .1 * out;
          return std::clamp(thick * (1.15 - out) + .5 - std::abs(y - wing), 0.0, 1.0);
        },
        [&](double, double) { return ink; });
  }
}

FramePtr DemoScene::render(double seconds, double length) const {
  const double h = size_.height;
  const double w = size_.width;
  Light light;
  const double place = std::clamp(seconds / length, 0.0, 1.0);
  light.hour = hour_at(place);
  // One disc: the sun until it has set, then the moon.
  constexpr double sunset = .76;
  const bool night = place > sunset;
  const double way = night ? (place - sunset) / (1 - sunset) : place / sunset;
  light.sun_x = w * (night ? .2 + .35 * way : .14 + .7 * way);
  light.sun_y = night ? h * (.62 - .42 * smooth(way)) : h * (.62 - .5 * std::sin(way * turn / 2));
  light.sun_radius = h * (night ? .032 : .042);
  const double low = smooth((light.sun_y / h - .2) / .4);
  light.sun = night ? yuv({236, 238, 226}) : yuv(mix({255, 250, 224}, {255, 206, 120}, low));
  light.glow = night ? .45 : .75 + .25 * low;
  const double reach = h * (night ? .5 : .75 + .25 * low);
  constexpr int steps = 4096;
  light.halo_step = reach * reach / steps;
  light.halo.resize(steps + 1);
  for (int i = 0; i <= steps; ++i) {
    const double away = std::sqrt(i * light.halo_step);
    const double disc = std::clamp(light.sun_radius - away + .5, 0.0, 1.0);
    const double fade = 1 - away / reach;
    const double halo =
        light.glow * (.34 * fade * fade + .5 * std::exp(-away / light.sun_radius * .9));
    light.halo[static_cast<std::size_t>(i)] =
        static_cast<std::int16_t>(256 * std::clamp(std::max(disc, halo * (1 - disc)), 0.0, 1.0));
  }
  light.halo.back() = 0;

  FramePtr picture = make_picture(size_.width, size_.height);
  Rows rows(size_.width);
  std::vector<std::vector<float>> edges;
  for (const Ridge& ridge : ridges_) edges.push_back(edge_of(ridge, seconds));
  const auto highest = [&](std::size_t i) { return *std::ranges::min_element(edges[i]); };
  const auto lowest = [&](std::size_t i) { return *std::ranges::max_element(edges[i]); };
  std::vector<float> tops;
  std::vector<float> bottoms;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    tops.push_back(highest(i) - 1);
    bottoms.push_back(lowest(i) + 1);
  }
  const std::size_t front = ridges_.size() - 1;
  for (int y = 0; y < shore_; ++y) {
    // Start behind the nearest layer that fills the whole row.
    std::size_t first = 0;
    for (std::size_t i = 0; i < front; ++i)
      if (static_cast<float>(y) > bottoms[i]) first = i;
    const bool open = static_cast<float>(y) <= bottoms[first];
    if (open) draw_sky(rows, light, y, seconds);
    for (std::size_t i = open ? 0 : first; i < front; ++i)
      if (static_cast<float>(y) >= tops[i])
        draw_ridge(rows, light, ridges_[i], edges[i], y, seconds);
    store(*picture, rows, y, seconds);
  }
  std::vector<float> skyline = edges.front();
  for (const std::vector<float>& edge : edges)
    std::ranges::transform(edge, skyline, skyline.begin(),
                           [](float a, float b) { return std::min(a, b); });
  draw_stars(*picture, light, skyline, seconds);
  draw_balloons(*picture, light, seconds);
  draw_birds(*picture, light, seconds);
  for (int y = shore_; y < size_.height; ++y) {
    draw_water(rows, *picture, light, y, seconds);
    if (static_cast<float>(y) >= tops[front])
      draw_ridge(rows, light, ridges_[front], edges[front], y, seconds);
    store(*picture, rows, y, seconds);
  }
  return picture;
}

}  // namespace rung::package
