#include "abr/qoe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "core/check.h"

namespace rung::abr {
namespace {

struct HdScore {
  BitRate from;
  double score;
};
/// Pensieve's ladder (there HD_REWARD); between its bandwidths the score of the next lower one.
constexpr auto hd_scores = std::to_array<HdScore>(
    {{750_kbps, 2}, {1200_kbps, 3}, {1850_kbps, 12}, {2850_kbps, 15}, {4300_kbps, 20}});

double hd_score(BitRate rate) {
  double score = 1;
  for (const HdScore& entry : hd_scores)
    if (rate >= entry.from) score = entry.score;
  return score;
}

/// A segment that is equal to its source.
constexpr double most_decibels = 60;

double decibels(double ssim) {
  return ssim >= 1 ? most_decibels : std::min(-10 * std::log10(1 - ssim), most_decibels);
}

}  // namespace

std::string_view to_string(QoeModel model) {
  switch (model) {
    case QoeModel::lin:
      return "lin";
    case QoeModel::log:
      return "log";
    case QoeModel::hd:
      return "hd";
    case QoeModel::ssim:
      return "ssim";
    case QoeModel::vmaf:
      return "vmaf";
  }
  RUNG_CHECK(false);
}

std::optional<QoeModel> parse_qoe_model(std::string_view text) {
  for (const QoeModel model : qoe_models)
    if (text == to_string(model)) return model;
  return std::nullopt;
}

Qoe Qoe::of(QoeModel model) {
  switch (model) {
    case QoeModel::lin:
      return {};
    case QoeModel::log:
      return {.model = model, .rebuffer_penalty = 2.66, .startup_penalty = 2.66};
    case QoeModel::hd:
      return {.model = model, .rebuffer_penalty = 8, .startup_penalty = 8};
    case QoeModel::ssim:
      return {.model = model, .rebuffer_penalty = 100, .startup_penalty = 0};
    case QoeModel::vmaf:
      return {.model = model,
              .switch_penalty = vmaf_fall_penalty / vmaf_weight,
              .rebuffer_penalty = 28.7959,
              .startup_penalty = 0};
  }
  RUNG_CHECK(false);
}

Expected<void> Qoe::check(const media::Track& track) const {
  if (!measured()) return {};
  for (const media::Track::Part& part : track.parts())
    if ((model == QoeModel::ssim ? part.ssim : part.vmaf).empty())
      return failure(ErrorCode::invalid_argument,
                     "the QoE model " + std::string(to_string(model)) +
                         " needs a title that tells how every segment looks in every "
                         "representation: a ladder with \"" +
                         std::string(to_string(model)) + "\" (docs/simulate.md)");
  return {};
}

double Qoe::quality(const media::Track& track, SegmentNumber segment,
                    RepresentationIndex representation) const {
  const media::Track::Place at = track.place(segment);
  const media::Track::Part& part = track.parts()[at.part];
  const BitRate rate = part.bandwidths[representation];
  const std::size_t index =
      static_cast<std::size_t>(at.index) * part.bandwidths.size() + representation;
  switch (model) {
    case QoeModel::lin:
      return static_cast<double>(rate.bits_per_second()) / 1e6;
    case QoeModel::log:
      return std::log(static_cast<double>(rate.bits_per_second()) /
                      static_cast<double>(part.bandwidths.front().bits_per_second()));
    case QoeModel::hd:
      return hd_score(rate);
    case QoeModel::ssim:
      return decibels(part.ssim[index]);
    case QoeModel::vmaf:
      return vmaf_weight * part.vmaf[index];
  }
  RUNG_CHECK(false);
}

}  // namespace rung::abr
