#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rung::test {

/// The parameters of a Pensieve network, all zero at first: layers 0 to 5 are what looks at the
/// state, 6 the hidden one, 7 the output.
class PensieveParameters {
 public:
  [[nodiscard]] float& weight(std::size_t layer, std::size_t in, std::size_t out) {
    return values_[begin(layer) + in * shapes[layer][1] + out];
  }
  [[nodiscard]] float& bias(std::size_t layer, std::size_t out) {
    return values_[begin(layer) + shapes[layer][0] * shapes[layer][1] + out];
  }
  /// Calls `change` with each.
  template <typename F>
  void each(F change) {
    for (float& value : values_) change(value);
  }
  /// Little-endian float32.
  [[nodiscard]] std::string bytes() const {
    std::string text;
    for (const float value : values_) {
      const auto word = std::bit_cast<std::uint32_t>(value);
      for (int shift = 0; shift < 32; shift += 8)
        text += static_cast<char>(static_cast<unsigned char>(word >> shift));
    }
    return text;
  }
  [[nodiscard]] static std::string manifest() {
    std::string text = R"({"order": [)";
    for (std::size_t layer = 0; layer < shapes.size(); ++layer) {
      const std::string in = std::to_string(shapes[layer][0]);
      const std::string out = std::to_string(shapes[layer][1]);
      const std::size_t biases = begin(layer) + shapes[layer][0] * shapes[layer][1];
      text += layer == 0 ? "" : ", ";
      text += R"({"name": "W", "shape": [)" + in + ", " + out + R"(], "offset_floats": )" +
              std::to_string(begin(layer)) + R"(}, {"name": "b", "shape": [)" + out +
              R"(], "offset_floats": )" + std::to_string(biases) + "}";
    }
    return text + R"(], "floats": )" + std::to_string(begin(shapes.size())) + "}";
  }

 private:
  static constexpr std::array<std::array<std::size_t, 2>, 8> shapes{
      {{1, 128}, {1, 128}, {8, 128}, {8, 128}, {6, 128}, {1, 128}, {768, 128}, {128, 6}}};
  [[nodiscard]] static constexpr std::size_t begin(std::size_t layer) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < layer; ++i) at += (shapes[i][0] + 1) * shapes[i][1];
    return at;
  }

  std::vector<float> values_ = std::vector<float>(begin(shapes.size()));
};

}  // namespace rung::test
