#include "abr/pensieve_network.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/check.h"

namespace rung::abr {

namespace {

struct Shape {
  std::size_t in;
  std::size_t out;
};

constexpr std::size_t hidden_inputs = 6 * PensieveNetwork::width;
constexpr std::array<Shape, 8> shapes{{{1, 128},
                                       {1, 128},
                                       {8, 128},
                                       {8, 128},
                                       {6, 128},
                                       {1, 128},
                                       {hidden_inputs, 128},
                                       {128, PensieveNetwork::representations}}};
constexpr std::size_t hidden_layer = 6;
constexpr std::size_t output_layer = 7;

constexpr double level_unit = 10;  ///< Seconds; of transfers, too.
constexpr std::int64_t most_left = 48;

/// More than any such network has, so that a claim in a manifest cannot make us reserve much.
constexpr std::size_t most_parameters = 1'000'000;

std::vector<float> floats_of(std::string_view bytes) {
  std::vector<float> values(bytes.size() / 4);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint32_t word = 0;
    for (std::size_t byte = 0; byte < 4; ++byte)
      word |= std::uint32_t{static_cast<unsigned char>(bytes[4 * i + byte])} << (8 * byte);
    values[i] = std::bit_cast<float>(word);
  }
  return values;
}

std::string shape_text(std::size_t entry) {
  const Shape& shape = shapes[entry / 2];
  return entry % 2 == 0 ? "[" + std::to_string(shape.in) + ", " + std::to_string(shape.out) + "]"
                        : "[" + std::to_string(shape.out) + "]";
}

/// Whether a JSON value is the shape that entry number `entry` must have.
bool fits(const nlohmann::json& shape, std::size_t entry) {
  const auto [in, out] = shapes[entry / 2];
  return entry % 2 == 0 ? shape == nlohmann::json{in, out} : shape == nlohmann::json{out};
}

/// Four numbers in a register; every machine that GCC and clang build for has or imitates them,
/// with the same results.
constexpr std::size_t lanes = 4;
using Lanes = float __attribute__((vector_size(lanes * sizeof(float))));

Lanes load(const float* from) {
  Lanes values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

/// relu(inputs * weights + biases) for `width` outputs. Inputs of zero, which is what relu leaves
/// of half of them, cost nothing. The outputs are made in blocks whose sums stay in registers.
void dense(std::span<const float> inputs, const float* weights, const float* biases, float* out) {
  constexpr std::size_t width = PensieveNetwork::width;
  std::array<std::uint32_t, hidden_inputs> rows{};
  std::array<float, hidden_inputs> values{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    rows[count] = static_cast<std::uint32_t>(i * width);
    values[count] = inputs[i];
    count += inputs[i] != 0 ? std::size_t{1} : 0;
  }
  for (std::size_t first = 0; first < width; first += 8 * lanes) {
    const float* const begin = weights + first;
    Lanes a = load(biases + first);
    Lanes b = load(biases + first + lanes);
    Lanes c = load(biases + first + 2 * lanes);
    Lanes d = load(biases + first + 3 * lanes);
    Lanes e = load(biases + first + 4 * lanes);
    Lanes f = load(biases + first + 5 * lanes);
    Lanes g = load(biases + first + 6 * lanes);
    Lanes h = load(biases + first + 7 * lanes);
    for (std::size_t i = 0; i < count; ++i) {
      const float* const row = begin + rows[i];
      const float value = values[i];
      a += value * load(row);
      b += value * load(row + lanes);
      c += value * load(row + 2 * lanes);
      d += value * load(row + 3 * lanes);
      e += value * load(row + 4 * lanes);
      f += value * load(row + 5 * lanes);
      g += value * load(row + 6 * lanes);
      h += value * load(row + 7 * lanes);
    }
    const std::array<Lanes, 8> sums{a, b, c, d, e, f, g, h};
    std::memcpy(out + first, sums.data(), sizeof sums);
  }
  for (std::size_t k = 0; k < width; ++k) out[k] = std::max(out[k], 0.0F);
}

}  // namespace

void PensieveState::advance(const Observation& observation) {
  for (auto& row : values_) std::rotate(row.begin(), row.begin() + 1, row.end());
  revise(observation);
}

void PensieveState::revise(const Observation& observation) {
  const double milliseconds =
      static_cast<double>(std::max(observation.transfer, Duration(1)).count()) / 1e6;
  const auto put = [this](std::size_t row, double value) {
    values_[row].back() = static_cast<float>(value);
  };
  put(0, observation.quality);
  put(1, to_seconds(observation.buffer_level) / level_unit);
  put(2, static_cast<double>(observation.size.bytes()) / milliseconds / 1000);
  put(3, milliseconds / 1000 / level_unit);
  for (std::size_t i = 0; i < representations; ++i)
    values_[4][i] =
        static_cast<float>(static_cast<double>(observation.next_sizes[i].bytes()) / 1e6);
  put(5, static_cast<double>(std::clamp<std::int64_t>(observation.segments_left, 0, most_left)) /
             most_left);
}

Expected<PensieveNetwork> PensieveNetwork::create(std::string_view manifest,
                                                  std::string_view parameters,
                                                  const std::string& name) {
  const auto wrong = [&](const std::string& message) {
    return failure(ErrorCode::malformed, message, name);
  };
  if (parameters.size() % 4 != 0 || parameters.size() / 4 > most_parameters)
    return wrong("the parameters are not float32 numbers, at most a million");
  const nlohmann::json json = nlohmann::json::parse(manifest, nullptr, false);
  if (!json.is_object() || !json.contains("order") || !json["order"].is_array())
    return wrong("the manifest must be a JSON object with the member \"order\"");
  const nlohmann::json& order = json["order"];
  if (order.size() != 2 * layers)
    return wrong("the manifest must list 16 parameters, not " + std::to_string(order.size()));
  PensieveNetwork network;
  network.parameters_ = floats_of(parameters);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const nlohmann::json& entry = order[i];
    const std::string which = "entry " + std::to_string(i) + " of the manifest ";
    if (!entry.is_object() || !entry.contains("shape") || !fits(entry["shape"], i))
      return wrong(which + "must have the shape " + shape_text(i));
    const auto offset = entry.find("offset_floats");
    if (offset == entry.end() || !offset->is_number_unsigned())
      return wrong(which + "must have a whole number offset_floats");
    const Shape& shape = shapes[i / 2];
    const std::size_t count = i % 2 == 0 ? shape.in * shape.out : shape.out;
    const auto begin = offset->get<std::uint64_t>();
    if (begin > network.parameters_.size() || count > network.parameters_.size() - begin)
      return wrong(which + "ends behind the " + std::to_string(network.parameters_.size()) +
                   " parameters");
    (i % 2 == 0 ? network.weights_ : network.biases_)[i / 2] = begin;
  }
  if (!std::ranges::all_of(network.parameters_, [](float value) { return std::isfinite(value); }))
    return wrong("a parameter is not finite");
  return network;
}

std::array<double, PensieveNetwork::representations> PensieveNetwork::probabilities(
    const PensieveState& state) const {
  std::array<float, hidden_inputs> features{};
  const auto layer = [&](std::size_t index, std::span<const float> inputs) {
    dense(inputs, weights(index), biases(index), features.data() + index * width);
  };
  layer(0, state.row(0).last<1>());
  layer(1, state.row(1).last<1>());
  layer(2, state.row(2));
  layer(3, state.row(3));
  layer(4, state.row(4).first<representations>());
  layer(5, state.row(4).last<1>());
  std::array<float, width> hidden{};
  dense(features, weights(hidden_layer), biases(hidden_layer), hidden.data());
  std::array<double, representations> out{};
  std::copy_n(biases(output_layer), representations, out.begin());
  const float* row = weights(output_layer);
  for (std::size_t i = 0; i < width; ++i, row += representations)
    for (std::size_t k = 0; k < representations; ++k) out[k] += double{hidden[i]} * double{row[k]};
  const double highest = *std::ranges::max_element(out);
  double sum = 0;
  for (double& value : out) sum += value = std::exp(value - highest);
  for (double& value : out) value /= sum;
  return out;
}

}  // namespace rung::abr
