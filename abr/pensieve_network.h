#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::abr {

/// What Pensieve's network sees: six rows of eight values, the newest last (Mao, Netravali,
/// Alizadeh, "Neural adaptive video streaming with Pensieve", SIGCOMM 2017, figure 4; the values as
/// its published rl_no_training.py scales them).
///
///     0  bandwidth of the last segment / the highest bandwidth
///     1  buffer level / 10 s
///     2  throughput of the transfer in kB/ms
///     3  duration of the transfer / 10 s
///     4  MB of the next segment at each of six representations, in the first six places
///     5  segments left, at most 48, / 48
///
/// All of it is zero when a session begins. A value.
class PensieveState {
 public:
  static constexpr std::size_t rows = 6;
  static constexpr std::size_t length = 8;
  static constexpr std::size_t representations = 6;

  /// What has become known behind one segment.
  struct Observation {
    double quality = 0;  ///< Bandwidth / the highest one.
    Duration buffer_level{};
    ByteCount size;
    Duration transfer{};  ///< Request to last byte; taken as at least a nanosecond.
    std::array<ByteCount, representations> next_sizes{};
    std::int64_t segments_left = 0;
  };
  /// Every row moves one place to the left, its first value around to its end; then the newest
  /// values are put in. (So the last place of row 4 holds what its first one held before, which the
  /// network reads.)
  void advance(const Observation& observation);
  /// Puts the newest values in without moving: a second thought about the same segment.
  void revise(const Observation& observation);

  [[nodiscard]] std::span<const float, length> row(std::size_t index) const {
    return values_[index];
  }
  friend bool operator==(const PensieveState&, const PensieveState&) = default;

 private:
  std::array<std::array<float, length>, rows> values_{};
};

/// The actor of Pensieve's published network: from a state to a probability for each of six
/// representations. A value; never allocates after it was made.
///
///     h0 = relu(newest of row 0 * W + b)        1 -> 128
///     h1 = relu(newest of row 1 * W + b)        1 -> 128
///     h2 = relu(row 2 * W + b)                  8 -> 128
///     h3 = relu(row 3 * W + b)                  8 -> 128
///     h4 = relu(first six of row 4 * W + b)     6 -> 128
///     h5 = relu(last of row 4 * W + b)          1 -> 128
///     softmax(relu([h0 .. h5] * W + b) * W + b) 768 -> 128 -> 6
///
/// The three in the middle are one-dimensional convolutions over one position with eight (six)
/// channels, which is what the published code makes of them; padding leaves one tap of each filter.
/// h5 reads row 4, not the segments left in row 5: so it was trained. Sums are in single precision.
class PensieveNetwork {
 public:
  static constexpr std::size_t width = 128;
  static constexpr std::size_t representations = PensieveState::representations;

  /// From the parameters as little-endian float32 and a JSON manifest of them:
  ///
  ///   {"order": [{"name": "actor/FullyConnected/W", "shape": [1, 128], "offset_floats": 0}, ...],
  ///    "floats": 103174}
  ///
  /// Matrices are row-major (in, out). The sixteen entries come in the order of TensorFlow's
  /// variables: W and b of h0, h1, h2, h3, h4, h5, the hidden layer, the output. Fails (malformed)
  /// with `name` on another number of entries, another shape, a range outside the parameters, or a
  /// parameter that is not finite.
  [[nodiscard]] static Expected<PensieveNetwork> create(std::string_view manifest,
                                                        std::string_view parameters,
                                                        const std::string& name);

  /// They add up to one.
  [[nodiscard]] std::array<double, representations> probabilities(const PensieveState& state) const;

 private:
  static constexpr std::size_t layers = 8;
  PensieveNetwork() = default;
  [[nodiscard]] const float* weights(std::size_t layer) const {
    return parameters_.data() + weights_[layer];
  }
  [[nodiscard]] const float* biases(std::size_t layer) const {
    return parameters_.data() + biases_[layer];
  }

  std::vector<float> parameters_;
  std::array<std::size_t, layers> weights_{};  ///< Where each begins.
  std::array<std::size_t, layers> biases_{};
};

}  // namespace rung::abr
