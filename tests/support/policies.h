#pragma once

#include <algorithm>
#include <optional>

#include "abr/policy.h"
#include "abr/throughput_estimator.h"

namespace rung::test {

/// Always the same rung, and never gives up.
class OneRung : public abr::Policy {
 public:
  explicit OneRung(RepresentationIndex rung) : rung_(rung) {}
  abr::Decision choose(const abr::DecisionContext& context) override {
    const RepresentationIndex top = context.track.ladder(context.segment).size() - 1;
    return {.representation = std::min(rung_, top), .reason = abr::Reason::fixed};
  }
  std::optional<RepresentationIndex> reconsider(const abr::TransferContext&) override {
    return std::nullopt;
  }

 private:
  RepresentationIndex rung_;
};

/// The best rung that the forecast carries; gives late transfers up.
class BestCarried : public abr::Policy {
 public:
  abr::Decision choose(const abr::DecisionContext& context) override {
    const auto ladder = context.track.ladder(context.segment);
    RepresentationIndex best = 0;
    for (RepresentationIndex i = 1; i < ladder.size(); ++i)
      if (context.forecast && ladder[i] <= context.forecast->throughput) best = i;
    return {.representation = best, .reason = abr::Reason::throughput};
  }
};

/// The same from outside, so that its first choice counts as well.
class BestCarriedFromOutside : public BestCarried {
 public:
  abr::Decision choose(const abr::DecisionContext& context) override {
    abr::Decision decision = BestCarried::choose(context);
    decision.reason = abr::Reason::external;
    return decision;
  }
};

/// The throughput of the last transfer.
class LastThroughput : public abr::ThroughputEstimator {
 public:
  void observe(const abr::TransferSample& sample) override {
    forecast_ = {.throughput = std::max(abr::throughput(sample), BitRate::bits_per_second(1)),
                 .latency = sample.first_byte - sample.requested};
    known_ = true;
  }
  std::optional<abr::Forecast> forecast() const override {
    return known_ ? std::optional(forecast_) : std::nullopt;
  }

 private:
  abr::Forecast forecast_;
  bool known_ = false;
};

}  // namespace rung::test
