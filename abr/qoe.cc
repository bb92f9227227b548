#include "abr/qoe.h"

#include <array>
#include <cmath>

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

}  // namespace

std::string_view to_string(QoeModel model) {
  switch (model) {
    case QoeModel::lin:
      return "lin";
    case QoeModel::log:
      return "log";
    case QoeModel::hd:
      return "hd";
  }
  RUNG_CHECK(false);
}

std::optional<QoeModel> parse_qoe_model(std::string_view text) {
  for (const QoeModel model : {QoeModel::lin, QoeModel::log, QoeModel::hd})
    if (text == to_string(model)) return model;
  return std::nullopt;
}

Qoe Qoe::of(QoeModel model) {
  const double penalty = model == QoeModel::lin ? 4.3 : model == QoeModel::log ? 2.66 : 8;
  return {.model = model, .rebuffer_penalty = penalty, .startup_penalty = penalty};
}

double Qoe::quality(std::span<const BitRate> ladder, RepresentationIndex representation) const {
  const BitRate rate = ladder[representation];
  switch (model) {
    case QoeModel::lin:
      return static_cast<double>(rate.bits_per_second()) / 1e6;
    case QoeModel::log:
      return std::log(static_cast<double>(rate.bits_per_second()) /
                      static_cast<double>(ladder.front().bits_per_second()));
    case QoeModel::hd:
      return hd_score(rate);
  }
  RUNG_CHECK(false);
}

}  // namespace rung::abr
