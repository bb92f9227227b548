#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "media/package/libav.h"
#include "media/package/rung.h"
#include "media/package/vector_font.h"

namespace rung::package {

/// The pictures of the demo title: a lake below wooded mountains, past which the viewer glides
/// from dawn through day and sunset into a night with stars. Everything is computed, nothing is
/// loaded; a picture is a function of size, seed and time. A value.
class DemoScene {
 public:
  /// `size` is even on both sides.
  DemoScene(PictureSize size, std::uint64_t seed);

  /// The picture at `seconds` into a title that lasts `length` seconds.
  [[nodiscard]] FramePtr render(double seconds, double length) const;

 private:
  /// A tile of noise that repeats in x; rows are a picture's width longer than the period, so that
  /// any shift reads one contiguous row.
  struct Tile {
    int period = 0;
    int height = 0;
    int stride = 0;
    std::vector<std::uint8_t> samples;
    [[nodiscard]] const std::uint8_t* row(int y, double shift) const;
  };
  /// A mountain ridge or a row of trees: where its upper edge lies, by column, and how it looks.
  struct Ridge {
    std::vector<float> profile;  ///< Height of the edge above the ridge's foot, in samples.
    double speed = 0;            ///< Picture heights a second to the left.
    double foot = 0;             ///< In samples from the top of the picture.
    double haze = 0;             ///< 0 in the foreground, 1 as pale as the horizon.
    int texture = 0;             ///< Strength of its surface.
  };
  struct Star {
    int x, y;
    double brightness, twinkle;
  };
  struct Light;  ///< The colours of an instant.
  struct Rows;   ///< One row of samples in work.

  [[nodiscard]] Tile make_tile(Random& random, int period, int height, double cells_x,
                               double cells_y, int octaves) const;
  [[nodiscard]] std::vector<float> make_profile(Random& random, double height, double roughness,
                                                double trees) const;
  void draw_sky(Rows& rows, const Light& light, int y, double seconds) const;
  void draw_ridge(Rows& rows, const Light& light, const Ridge& ridge,
                  const std::vector<float>& edge, int y, double seconds) const;
  void draw_water(Rows& rows, const AVFrame& picture, const Light& light, int y,
                  double seconds) const;
  /// `skyline` is the lowest row of the sky, by column.
  void draw_stars(AVFrame& picture, const Light& light, const std::vector<float>& skyline,
                  double seconds) const;
  void draw_balloons(AVFrame& picture, const Light& light, double seconds) const;
  void draw_birds(AVFrame& picture, const Light& light, double seconds) const;
  void store(AVFrame& picture, Rows& rows, int y, double seconds) const;
  [[nodiscard]] std::vector<float> edge_of(const Ridge& ridge, double seconds) const;

  PictureSize size_;
  int shore_ = 0;  ///< First row of water.
  Tile clouds_;
  Tile surface_;
  Tile ripples_;
  Tile grain_;
  std::vector<Ridge> ridges_;  ///< Far to near; the last one stands in the foreground.
  std::vector<Star> stars_;
};

}  // namespace rung::package
