#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "media/package/libav.h"

/// Rounded lettering of constant stroke width, drawn from lines and arcs at any size, so that
/// pictures carry text without a font file. Knows digits, a few signs and the letters that the
/// demo title needs; other characters leave a gap.
namespace rung::package {

/// How much of every sample a text covers, 0 to 255.
struct TextMask {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> coverage;  ///< Row by row.
};

/// `size` is the height of a digit in samples; `weight` the width of the stroke as a part of it.
/// The mask has a rim of `size` / 4 around the text for soft shadows.
[[nodiscard]] TextMask render_text(std::string_view text, double size, double weight);

/// A blurred copy of the same size, for the shadow behind light text.
[[nodiscard]] TextMask soften(const TextMask& mask, int radius);

struct YuvColour {
  int y = 16;
  int u = 128;
  int v = 128;
};

/// Blends the colour into a yuv420p picture where the mask covers it, with its upper left corner
/// at (left, top), which may lie outside. `strength` from 0 to 256.
void blend_mask(AVFrame& picture, const TextMask& mask, int left, int top, YuvColour colour,
                int strength);

}  // namespace rung::package
