#pragma once

#include <optional>

#include "abr/policy.h"

namespace rung::abr {

/// PANDA of Li, Zhu, Gahm, Pan, Hu, Begen, Oran, "Probe and adapt: rate adaptation for HTTP video
/// streaming at scale", IEEE JSAC 32(4), 2014, section V: the share of the link is probed like a
/// TCP window, x += kappa T (w - max(0, x - x' + w)), x' the last throughput and T the time between
/// two requests, kappa = 0.14 / s, w = 300 kbit/s; smoothed, y -= alpha T (y - x), alpha = 0.2 / s;
/// mapped to bandwidths with a dead zone, up within 0.85 y, down above y; and a segment is asked
/// for r d / y + beta (B - B_min) after the one before, beta = 0.2, B_min = 26 s.
///
/// Where we differ: B_min is at most the capacity less two of the longest segments; kappa T and
/// alpha T are at most 1, so that a transfer of minutes does not make the estimate swing; a wait
/// never outlasts the buffer; transfers of less than 16 kB are not throughputs; x and y start at
/// the first throughput.
class PandaPolicy final : public Policy {
 public:
  [[nodiscard]] Decision choose(const DecisionContext& context) override;
  void observe(const TransferSample& sample) override;
  void on_seek() override { planned_ = Duration::zero(); }

 private:
  /// Takes in the sample that came since the last time.
  void probe(Timestamp now);

  std::optional<TransferSample> sample_;
  std::optional<double> probed_;  ///< x, in bit/s; set together with smoothed_.
  double smoothed_ = 0;           ///< y, in bit/s.
  Duration planned_{};            ///< From the last request to the next one.
};

}  // namespace rung::abr
