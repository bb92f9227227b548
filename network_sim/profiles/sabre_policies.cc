#include "network_sim/profiles/sabre_policies.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/check.h"

namespace rung::network_sim {

namespace {

using Choice = SabreRule::Choice;

constexpr double low_buffer_safety = 0.5;
constexpr double low_buffer_safety_at_first = 0.9;

/// Each rung's ln of its bitrate, so that the lowest is `lowest`.
double utility(const SabreSituation& now, std::size_t rung, double lowest) {
  return now.logs[rung] + (lowest - now.logs[0]);
}

/// A rung whose next higher one does not fit into what surely arrives before the buffer is empty.
std::optional<std::size_t> insufficient(const SabreSituation& now, double& safety,
                                        std::size_t chosen) {
  const double safe_size = safety * (now.level_ms - now.latency_ms) * now.throughput;
  safety = std::max(safety * low_buffer_safety_at_first, low_buffer_safety);
  for (std::size_t rung = 0; rung < chosen; ++rung)
    if (now.kbps[rung + 1] * now.segment_ms > safe_size) return rung;
  return std::nullopt;
}

/// The rung with the highest score of BOLA's, the lowest of equal ones.
std::size_t best_by_buffer(const SabreSituation& now, double vp, double gp, double lowest,
                           double level) {
  std::size_t rung = 0;
  double best = 0;
  for (std::size_t i = 0; i < now.kbps.size(); ++i) {
    const double score = (vp * (utility(now, i, lowest) + gp) - level) / now.kbps[i];
    if (i > 0 && score <= best) continue;
    rung = i;
    best = score;
  }
  return rung;
}

/// The rungs below that of a transfer as BOLA scores them: by what a segment is worth there, less
/// the level, for each bit that is still to come.
class LowerRungs {
 public:
  /// `worth` is that of a rung.
  template <typename Worth>
  void prepare(const SabreSituation& now, const SabreProgress& progress, double vp,
               const Worth& worth) {
    if (size_ == progress.size && vp_ == vp && rungs_.size() == progress.rung) return;
    size_ = progress.size;
    vp_ = vp;
    rungs_.clear();
    for (std::size_t i = 0; i < progress.rung; ++i) {
      const double size = progress.size * now.kbps[i] / now.kbps[progress.rung];
      rungs_.push_back({.size = size, .inverse = 1 / size, .worth = worth(i)});
    }
    own_worth_ = worth(progress.rung);
  }
  /// Of the transfer's own rung.
  [[nodiscard]] double own_worth() const { return own_worth_; }
  /// The best one whose segment is smaller than what is `left` and that scores above `score`.
  [[nodiscard]] std::optional<std::size_t> better(double level, double left, double score) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < rungs_.size() && rungs_[i].size < left; ++i) {
      // The score itself, to its last bit, only where this may be above the best one.
      const double about = (rungs_[i].worth - level) * rungs_[i].inverse;
      if (about + std::abs(about) * 1e-12 < score) continue;
      const double other = (rungs_[i].worth - level) / rungs_[i].size;
      if (other <= score) continue;
      score = other;
      best = i;
    }
    return best;
  }

 private:
  struct Rung {
    double size = 0;  ///< Of the segment there, in bits.
    double inverse = 0;
    double worth = 0;
  };
  std::vector<Rung> rungs_;
  double own_worth_ = 0;
  double size_ = 0;
  double vp_ = 0;
};

class ThroughputRule final : public SabreRule {
 public:
  explicit ThroughputRule(const SabreOptions& options)
      : insufficient_buffer_(options.insufficient_buffer) {}

  Choice choose(const SabreSituation& now) override {
    const std::size_t rung = now.within(now.throughput * safety_factor);
    if (!insufficient_buffer_) return {.rung = rung};
    return {.rung = insufficient(now, low_buffer_safety_, rung).value_or(rung)};
  }

  std::optional<std::size_t> check_abandon(const SabreSituation& now,
                                           const SabreProgress& progress) override {
    constexpr double grace_ms = 500;
    constexpr double multiplier = 1.8;
    const double transfer_ms = progress.time_ms - progress.first_bit_ms;
    if (progress.time_ms < grace_ms || transfer_ms <= 0) return std::nullopt;
    const double throughput = progress.downloaded / transfer_ms;
    const double left = progress.size - progress.downloaded;
    if (progress.time_ms + left / throughput <= multiplier * now.segment_ms) return std::nullopt;
    const std::size_t rung = now.within(throughput * safety_factor);
    const double estimated = progress.size * now.kbps[rung] / now.kbps[progress.rung];
    if (rung >= progress.rung || estimated >= left) return std::nullopt;
    return rung;
  }

 private:
  static constexpr double safety_factor = 0.9;
  bool insufficient_buffer_;
  double low_buffer_safety_ = low_buffer_safety_at_first;
};

class BolaRule final : public SabreRule {
 public:
  explicit BolaRule(const SabreOptions& options)
      : basic_(options.basic), low_oscillation_(options.low_oscillation), gp_(options.gamma_p) {}

  Choice choose(const SabreSituation& now) override {
    double target = now.capacity_ms;
    if (!basic_) {
      double segments = std::min(now.segment - last_seek_, now.segments - now.segment);
      segments = std::max(segments / 2, 3.0);
      target = std::min(target, segments * now.segment_ms);
    }
    const std::size_t top = now.kbps.size() - 1;
    vp_ = (target - now.segment_ms) / (utility(now, top, 0) + gp_);
    Choice choice{.rung = best_by_buffer(now, vp_, gp_, 0, now.level_ms)};
    if (choice.rung > last_) {
      const std::size_t carried = now.within(now.throughput);
      if (choice.rung > carried) {
        if (last_ > carried) {
          choice.rung = last_;
        } else if (!low_oscillation_) {
          choice.rung = carried + 1;
        } else {
          choice.rung = carried;
          const double full = vp_ * (gp_ + utility(now, carried, 0));
          if (carried != top) choice.delay_ms = std::max(0.0, now.level_ms - full);
        }
      }
    }
    last_ = choice.rung;
    return choice;
  }

  std::optional<std::size_t> check_abandon(const SabreSituation& now,
                                           const SabreProgress& progress) override {
    if (basic_) return std::nullopt;
    const double remain = progress.size - progress.downloaded;
    if (progress.downloaded <= 0 || remain <= 0) return std::nullopt;
    lower_.prepare(now, progress, vp_,
                   [&](std::size_t rung) { return vp_ * (gp_ + utility(now, rung, 0)); });
    const double score = (lower_.own_worth() - now.level_ms) / remain;
    if (score < 0) return std::nullopt;
    const auto abandon_to = lower_.better(now.level_ms, remain, score);
    if (abandon_to) last_ = *abandon_to;
    return abandon_to;
  }

  void report_seek(SegmentNumber to) override { last_seek_ = static_cast<double>(to); }

 private:
  bool basic_;
  bool low_oscillation_;
  double gp_;
  double vp_ = 0;
  double last_seek_ = 0;
  std::size_t last_ = 0;
  LowerRungs lower_;
};

class BolaEnhRule final : public SabreRule {
 public:
  explicit BolaEnhRule(const SabreOptions& options)
      : low_oscillation_(options.low_oscillation),
        insufficient_buffer_(options.insufficient_buffer),
        mmsys18_(options.mmsys18),
        gamma_p_(options.gamma_p) {}

  Choice choose(const SabreSituation& now) override {
    prepare(now);
    if (!steady_) {
      steady_ = true;
      low_buffer_safety_ = low_buffer_safety_at_first;
      const std::size_t rung = now.within(now.throughput);
      placeholder_ = std::max(0.0, least_level(now, rung) - now.level_ms);
      return {.rung = rung};
    }
    std::size_t rung = best_by_buffer(now, vp_, gp_, 1, now.level_ms + placeholder_);
    const std::size_t carried = now.within(now.throughput);
    if (rung > last_ && rung > carried)
      rung = std::max(last_, carried) + (low_oscillation_ ? 0 : 1);

    double delay = now.level_ms + placeholder_ - full_level(now, rung);
    if (delay > 0) {
      const double taken = std::min(delay, placeholder_);
      delay = delay <= placeholder_ ? 0 : delay - placeholder_;
      placeholder_ -= taken;
    } else {
      delay = 0;
    }
    if (rung == now.kbps.size() - 1) delay = 0;
    if (!insufficient_buffer_) return {.rung = rung, .delay_ms = delay};
    if (const auto lower = insufficient(now, low_buffer_safety_, rung)) {
      rung = *lower;
      delay = 0;
      placeholder_ = std::min(std::max(0.0, least_level(now, rung) - now.level_ms), placeholder_);
    }
    return {.rung = rung, .delay_ms = delay};
  }

  std::optional<std::size_t> check_abandon(const SabreSituation& now,
                                           const SabreProgress& progress) override {
    prepare(now);
    const double remain = progress.size - progress.downloaded;
    if (progress.downloaded <= 0 || remain <= 0) return std::nullopt;
    // Giving up costs another latency.
    const double level = std::max(0.0, now.level_ms + placeholder_ - progress.first_bit_ms);
    const double throughput = progress.downloaded / (progress.time_ms - progress.first_bit_ms);
    const double size = remain - progress.first_bit_ms * throughput;
    if (size <= 0) return std::nullopt;
    lower_.prepare(now, progress, vp_,
                   [&](std::size_t rung) { return vp_ * (gp_ + utility(now, rung, 1)); });
    return lower_.better(level, size, (lower_.own_worth() - level) / size);
  }

  void report_delay(double delay_ms) override { placeholder_ += delay_ms; }

  void report_arrival(const SabreSituation& now, std::size_t rung, double time_ms,
                      bool replacing) override {
    prepare(now);
    last_ = rung;
    if (replacing) {
      placeholder_ += now.segment_ms;
      return;
    }
    const double level_was = now.level_ms + time_ms;
    placeholder_ = std::min(placeholder_, std::max(0.0, full_level(now, rung) - level_was));
    if (now.level_ms > 0) placeholder_ = std::max(placeholder_, least_level(now, rung) - level_was);
  }

  void report_abandonment(const SabreSituation& now, std::size_t rung,
                          std::optional<std::size_t> abandoned_to) override {
    prepare(now);
    last_ = rung;
    if (!abandoned_to) return;
    const double wanted = *abandoned_to > 0 ? least_level(now, *abandoned_to) : minimum_buffer_ms;
    placeholder_ = std::min(placeholder_, std::max(0.0, wanted - now.level_ms));
  }

  void report_seek(SegmentNumber /*to*/) override { steady_ = false; }

 private:
  static constexpr double minimum_buffer_ms = 10000;
  static constexpr double minimum_buffer_per_level_ms = 2000;

  /// Of what stays the same for the whole session.
  void prepare(const SabreSituation& now) {
    if (vp_ != 0) return;
    const double highest = utility(now, now.kbps.size() - 1, 1);
    if (!insufficient_buffer_) {
      gp_ = gamma_p_ - (mmsys18_ ? 1 - now.logs[0] : 1);
      vp_ = (now.capacity_ms - now.segment_ms) / (highest + gp_);
      return;
    }
    const double least =
        minimum_buffer_ms + minimum_buffer_per_level_ms * static_cast<double>(now.kbps.size());
    const double buffer = std::max(least, now.capacity_ms);
    gp_ = (highest - 1) / (buffer / minimum_buffer_ms - 1);
    vp_ = minimum_buffer_ms / gp_;
  }
  /// From which on the rung is preferred to all below it.
  [[nodiscard]] double least_level(const SabreSituation& now, std::size_t rung) const {
    const double rate = now.kbps[rung];
    const double worth = utility(now, rung, 1);
    double level = 0;
    for (std::size_t i = 0; i < rung; ++i) {
      const double b = now.kbps[i];
      const double u = utility(now, i, 1);
      if (u < worth) level = std::max(level, vp_ * (gp_ + (rate * u - b * worth) / (rate - b)));
    }
    return level;
  }
  [[nodiscard]] double full_level(const SabreSituation& now, std::size_t rung) const {
    return vp_ * (utility(now, rung, 1) + gp_);
  }

  bool low_oscillation_;
  bool insufficient_buffer_;
  bool mmsys18_;
  double gamma_p_;
  double gp_ = 0;
  double vp_ = 0;
  bool steady_ = false;
  double low_buffer_safety_ = low_buffer_safety_at_first;
  double placeholder_ = 0;  ///< ms
  std::size_t last_ = 0;
  LowerRungs lower_;
};

/// Neither this rule nor the next one tells BOLA of a seek.
class DynamicRule final : public SabreRule {
 public:
  explicit DynamicRule(const SabreOptions& options) : bola_(options), throughput_(options) {}

  Choice choose(const SabreSituation& now) override {
    constexpr double threshold_ms = 10000;
    const Choice by_buffer = bola_.choose(now);
    const Choice by_throughput = throughput_.choose(now);
    if (is_bola_) {
      if (now.level_ms < threshold_ms && by_buffer.rung < by_throughput.rung) is_bola_ = false;
    } else if (now.level_ms > threshold_ms && by_buffer.rung >= by_throughput.rung) {
      is_bola_ = true;
    }
    return is_bola_ ? by_buffer : by_throughput;
  }
  std::optional<std::size_t> check_abandon(const SabreSituation& now,
                                           const SabreProgress& progress) override {
    return throughput_.check_abandon(now, progress);
  }
  void report_arrival(const SabreSituation& /*now*/, std::size_t /*rung*/, double /*time_ms*/,
                      bool replacing) override {
    if (replacing) is_bola_ = false;
  }
  void report_abandonment(const SabreSituation& /*now*/, std::size_t /*rung*/,
                          std::optional<std::size_t> abandoned_to) override {
    if (!abandoned_to) is_bola_ = false;
  }

 private:
  BolaRule bola_;
  ThroughputRule throughput_;
  bool is_bola_ = false;
};

class DynamicDashRule final : public SabreRule {
 public:
  explicit DynamicDashRule(const SabreOptions& options) : bola_(options), throughput_(options) {}

  Choice choose(const SabreSituation& now) override {
    constexpr double low_ms = 5000;
    constexpr double high_ms = 10000;
    if (is_bola_ && now.level_ms < low_ms) {
      is_bola_ = false;
    } else if (!is_bola_ && now.level_ms > high_ms) {
      is_bola_ = true;
    }
    return is_bola_ ? bola_.choose(now) : throughput_.choose(now);
  }
  std::optional<std::size_t> check_abandon(const SabreSituation& now,
                                           const SabreProgress& progress) override {
    return is_bola_ ? bola_.check_abandon(now, progress) : throughput_.check_abandon(now, progress);
  }
  void report_delay(double delay_ms) override { bola_.report_delay(delay_ms); }
  void report_arrival(const SabreSituation& now, std::size_t rung, double time_ms,
                      bool replacing) override {
    bola_.report_arrival(now, rung, time_ms, replacing);
  }
  void report_abandonment(const SabreSituation& now, std::size_t rung,
                          std::optional<std::size_t> abandoned_to) override {
    bola_.report_abandonment(now, rung, abandoned_to);
  }

 private:
  BolaEnhRule bola_;
  ThroughputRule throughput_;
  bool is_bola_ = false;
};

}  // namespace

std::size_t SabreSituation::within(double wanted) const {
  std::size_t rung = 0;
  while (rung + 1 < kbps.size() && latency_ms + segment_ms * kbps[rung + 1] / wanted <= segment_ms)
    ++rung;
  return rung;
}

void SabreRule::report_delay(double) {}
void SabreRule::report_arrival(const SabreSituation&, std::size_t, double, bool) {}
void SabreRule::report_abandonment(const SabreSituation&, std::size_t, std::optional<std::size_t>) {
}
void SabreRule::report_seek(SegmentNumber) {}

std::unique_ptr<SabreRule> make_sabre_rule(const SabreOptions& options) {
  if (options.policy == "throughput") return std::make_unique<ThroughputRule>(options);
  if (options.policy == "bola") return std::make_unique<BolaRule>(options);
  if (options.policy == "bola-e") return std::make_unique<BolaEnhRule>(options);
  if (options.policy == "dynamic") return std::make_unique<DynamicRule>(options);
  RUNG_CHECK(options.policy == "dynamicdash");
  return std::make_unique<DynamicDashRule>(options);
}

SabrePolicy::SabrePolicy(const SabreOptions& options, std::shared_ptr<SabreLedger> ledger,
                         MediaTime seek_to)
    : options_(options),
      rule_(make_sabre_rule(options)),
      ledger_(std::move(ledger)),
      seek_to_(seek_to.time_since_epoch()) {
  RUNG_CHECK(ledger_);
}

SabreSituation SabrePolicy::situation(double level_ms) const {
  return {.kbps = ledger_->kbps(),
          .logs = ledger_->logs(),
          .segment = static_cast<double>(ledger_->next()),
          .segments = static_cast<double>(ledger_->segments()),
          .segment_ms = ledger_->segment_ms(),
          .level_ms = level_ms,
          .capacity_ms = ledger_->capacity_ms(),
          .throughput = ledger_->history().throughput(),
          .latency_ms = ledger_->history().latency()};
}

std::optional<int> SabrePolicy::to_replace(std::size_t rung) const {
  using Replacement = SabreOptions::Replacement;
  const auto size = static_cast<int>(ledger_->buffer().size());
  const auto lower = [&](int place) {
    return ledger_->buffer()[static_cast<std::size_t>(place)] < rung;
  };
  // Neither the segment that is shown nor the one behind it.
  const auto first =
      static_cast<int>(std::ceil(1.5 + ledger_->played_of_first() / ledger_->segment_ms()));
  if (options_.replacement == Replacement::left) {
    for (int place = first; place < size; ++place)
      if (lower(place)) return place - size;
  } else if (options_.replacement == Replacement::right) {
    for (int place = size - 1; place >= first; --place)
      if (lower(place)) return place - size;
  }
  return std::nullopt;
}

abr::Decision SabrePolicy::choose(const abr::DecisionContext& context) {
  replaced_.reset();
  if (!ledger_->begun()) {
    ledger_->request(0, std::nullopt);
    return {.reason = abr::Reason::startup_unknown};
  }
  RUNG_CHECK(ledger_->next() == context.segment);
  if (const double full = ledger_->make_room(); full > 0) rule_->report_delay(full);
  const Choice choice = rule_->choose(situation(ledger_->level()));
  abr::Decision decision{.representation = choice.rung, .reason = abr::Reason::buffer};
  replaced_ = to_replace(choice.rung);
  if (replaced_) {
    decision.replaces = context.segment + *replaced_;
  } else if (choice.delay_ms > 0) {
    ledger_->wait(choice.delay_ms);
    decision.not_before = context.now + Duration(std::llround(choice.delay_ms * 1e6));
  }
  ledger_->request(choice.rung, replaced_);
  decision.first_look = foresee();
  return decision;
}

FineDuration SabrePolicy::foresee() {
  abandon_to_.reset();
  const std::size_t rung = ledger_->progress().rung;
  if (!ledger_->abandonment() || rung == 0) return FineDuration::max();
  const double level = ledger_->level();
  SabreSituation now = situation(level);
  while (!abandon_to_ && ledger_->go_on()) {
    now.level_ms = std::max(0.0, level - ledger_->progress().time_ms);
    if (!replaced_)
      abandon_to_ = rule_->check_abandon(now, ledger_->progress());
    else if (now.level_ms + now.segment_ms * *replaced_ <= 0)
      abandon_to_ = rung - 1;  // What is replaced is lower.
  }
  if (!abandon_to_) return FineDuration::max();
  abandon_after_ = std::chrono::duration<double, std::milli>(ledger_->progress().time_ms);
  return abandon_after_;
}

std::optional<RepresentationIndex> SabrePolicy::reconsider(const abr::TransferContext& context) {
  if (!abandon_to_ || context.decision.now - context.requested < abandon_after_)
    return std::nullopt;
  const std::size_t abandon_to = *std::exchange(abandon_to_, {});
  ledger_->conclude(true);
  rule_->report_abandonment(situation(ledger_->level()), ledger_->progress().rung,
                            replaced_ ? std::nullopt : std::optional(abandon_to));
  ledger_->learn(true);
  abandoned_request_ = context.requested;
  return abandon_to;
}

void SabrePolicy::observe(const abr::TransferSample& sample) {
  if (abandoned_request_ == sample.requested) return;  // It was reported when it was given up.
  const bool first = !ledger_->begun();
  ledger_->conclude(false);
  const SabreProgress& progress = ledger_->progress();
  if (!first)
    rule_->report_arrival(situation(ledger_->level()), progress.rung, progress.time_ms,
                          replaced_.has_value());
  ledger_->learn(false);
}

void SabrePolicy::on_seek() {
  const auto to = static_cast<double>(seek_to_.count()) / 1e6;
  const auto segment = static_cast<SegmentNumber>(std::floor(to / ledger_->segment_ms()));
  ledger_->seek(segment);
  rule_->report_seek(segment);
}

}  // namespace rung::network_sim
