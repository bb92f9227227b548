#include "network_sim/profiles/sabre_policies.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/check.h"

namespace rung::network_sim {

namespace {

using Choice = SabreRule::Choice;

constexpr double gamma_p = 5;  // s in Sabre's help; its BOLA adds it to utilities as it is.
constexpr double low_buffer_safety = 0.5;
constexpr double low_buffer_safety_at_first = 0.9;

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

/// Each rung's ln of its bitrate, so that the lowest is `lowest`.
double utility(const SabreSituation& now, std::size_t rung, double lowest) {
  return std::log(now.kbps(rung)) + (lowest - std::log(now.kbps(0)));
}

/// A rung whose next higher one does not fit into what surely arrives before the buffer is empty.
std::optional<std::size_t> insufficient(const SabreSituation& now, double& safety,
                                        std::size_t chosen) {
  const double safe_size =
      safety * (now.level_ms - now.history.latency()) * now.history.throughput();
  safety = std::max(safety * low_buffer_safety_at_first, low_buffer_safety);
  for (std::size_t rung = 0; rung < chosen; ++rung)
    if (now.kbps(rung + 1) * now.segment_ms > safe_size) return rung;
  return std::nullopt;
}

class ThroughputRule final : public SabreRule {
 public:
  Choice choose(const SabreSituation& now) override {
    const std::size_t rung = now.within(now.history.throughput() * safety_factor);
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
    const double estimated = progress.size * now.kbps(rung) / now.kbps(progress.rung);
    if (rung >= progress.rung || estimated >= left) return std::nullopt;
    return rung;
  }

 private:
  static constexpr double safety_factor = 0.9;
  double low_buffer_safety_ = low_buffer_safety_at_first;
};

class BolaRule final : public SabreRule {
 public:
  Choice choose(const SabreSituation& now) override {
    double segments = std::min(now.segment, now.segments - now.segment);
    segments = std::max(segments / 2, 3.0);
    const double target = std::min(now.capacity_ms, segments * now.segment_ms);
    vp_ = (target - now.segment_ms) / (utility(now, now.ladder.size() - 1, 0) + gamma_p);

    std::size_t rung = 0;
    double best = 0;
    for (std::size_t i = 0; i < now.ladder.size(); ++i) {
      const double score = (vp_ * (utility(now, i, 0) + gamma_p) - now.level_ms) / now.kbps(i);
      if (i > 0 && score <= best) continue;
      rung = i;
      best = score;
    }
    if (rung > last_) {
      const std::size_t carried = now.within(now.history.throughput());
      if (rung > carried) rung = last_ > carried ? last_ : carried + 1;
    }
    last_ = rung;
    return {.rung = rung};
  }

  std::optional<std::size_t> check_abandon(const SabreSituation& now,
                                           const SabreProgress& progress) override {
    const double remain = progress.size - progress.downloaded;
    if (progress.downloaded <= 0 || remain <= 0) return std::nullopt;
    double score = (vp_ * (gamma_p + utility(now, progress.rung, 0)) - now.level_ms) / remain;
    if (score < 0) return std::nullopt;
    std::optional<std::size_t> abandon_to;
    for (std::size_t i = 0; i < progress.rung; ++i) {
      const double size = progress.size * now.kbps(i) / now.kbps(progress.rung);
      const double other = (vp_ * (gamma_p + utility(now, i, 0)) - now.level_ms) / size;
      if (size >= remain || other <= score) continue;
      score = other;
      abandon_to = i;
    }
    if (abandon_to) last_ = *abandon_to;
    return abandon_to;
  }

 private:
  double vp_ = 0;
  std::size_t last_ = 0;
};

class BolaEnhRule final : public SabreRule {
 public:
  Choice choose(const SabreSituation& now) override {
    prepare(now);
    if (!steady_) {
      steady_ = true;
      const std::size_t rung = now.within(now.history.throughput());
      placeholder_ = std::max(0.0, least_level(now, rung) - now.level_ms);
      return {.rung = rung};
    }
    std::size_t rung = 0;
    double best = 0;
    for (std::size_t i = 0; i < now.ladder.size(); ++i) {
      const double score =
          (vp_ * (utility(now, i, 1) + gp_) - (now.level_ms + placeholder_)) / now.kbps(i);
      if (i > 0 && score <= best) continue;
      rung = i;
      best = score;
    }
    const std::size_t carried = now.within(now.history.throughput());
    if (rung > last_ && rung > carried) rung = std::max(last_, carried) + 1;

    double delay = now.level_ms + placeholder_ - full_level(now, rung);
    if (delay > 0) {
      const double taken = std::min(delay, placeholder_);
      delay = delay <= placeholder_ ? 0 : delay - placeholder_;
      placeholder_ -= taken;
    } else {
      delay = 0;
    }
    if (rung == now.ladder.size() - 1) delay = 0;
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
    std::optional<std::size_t> abandon_to;
    double score = (vp_ * (gp_ + utility(now, progress.rung, 1)) - level) / size;
    for (std::size_t i = 0; i < progress.rung; ++i) {
      const double other_size = progress.size * now.kbps(i) / now.kbps(progress.rung);
      const double other = (vp_ * (gp_ + utility(now, i, 1)) - level) / other_size;
      if (other_size >= size || other <= score) continue;
      score = other;
      abandon_to = i;
    }
    return abandon_to;
  }

  void report_delay(double delay_ms) override { placeholder_ += delay_ms; }

  void report_arrival(const SabreSituation& now, std::size_t rung, double time_ms) override {
    prepare(now);
    last_ = rung;
    const double level_was = now.level_ms + time_ms;
    placeholder_ = std::min(placeholder_, std::max(0.0, full_level(now, rung) - level_was));
    if (now.level_ms > 0) placeholder_ = std::max(placeholder_, least_level(now, rung) - level_was);
  }

  void report_abandonment(const SabreSituation& now, std::size_t rung,
                          std::size_t abandoned_to) override {
    prepare(now);
    last_ = rung;
    const double wanted = abandoned_to > 0 ? least_level(now, abandoned_to) : minimum_buffer_ms;
    placeholder_ = std::min(placeholder_, std::max(0.0, wanted - now.level_ms));
  }

 private:
  static constexpr double minimum_buffer_ms = 10000;
  static constexpr double minimum_buffer_per_level_ms = 2000;

  void prepare(const SabreSituation& now) {
    const double least =
        minimum_buffer_ms + minimum_buffer_per_level_ms * static_cast<double>(now.ladder.size());
    const double buffer = std::max(least, now.capacity_ms);
    gp_ = (utility(now, now.ladder.size() - 1, 1) - 1) / (buffer / minimum_buffer_ms - 1);
    vp_ = minimum_buffer_ms / gp_;
  }
  /// From which on the rung is preferred to all below it.
  [[nodiscard]] double least_level(const SabreSituation& now, std::size_t rung) const {
    const double rate = now.kbps(rung);
    const double worth = utility(now, rung, 1);
    double level = 0;
    for (std::size_t i = 0; i < rung; ++i) {
      const double b = now.kbps(i);
      const double u = utility(now, i, 1);
      if (u < worth) level = std::max(level, vp_ * (gp_ + (rate * u - b * worth) / (rate - b)));
    }
    return level;
  }
  [[nodiscard]] double full_level(const SabreSituation& now, std::size_t rung) const {
    return vp_ * (utility(now, rung, 1) + gp_);
  }

  double gp_ = 0;
  double vp_ = 0;
  bool steady_ = false;
  double low_buffer_safety_ = low_buffer_safety_at_first;
  double placeholder_ = 0;  ///< ms
  std::size_t last_ = 0;
};

class DynamicRule final : public SabreRule {
 public:
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

 private:
  BolaRule bola_;
  ThroughputRule throughput_;
  bool is_bola_ = false;
};

class DynamicDashRule final : public SabreRule {
 public:
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
  void report_arrival(const SabreSituation& now, std::size_t rung, double time_ms) override {
    bola_.report_arrival(now, rung, time_ms);
  }
  void report_abandonment(const SabreSituation& now, std::size_t rung,
                          std::size_t abandoned_to) override {
    bola_.report_abandonment(now, rung, abandoned_to);
  }

 private:
  BolaEnhRule bola_;
  ThroughputRule throughput_;
  bool is_bola_ = false;
};

constexpr std::array<std::string_view, 5> names{"throughput", "bola", "bola-e", "dynamic",
                                                "dynamicdash"};

}  // namespace

void SabreHistory::push(double transfer_ms, double throughput, double latency_ms,
                        double segment_ms) {
  transferred_ += transfer_ms;
  transfers_ += 1;
  for (std::size_t i = 0; i < half_lives.size(); ++i) {
    double alpha = std::pow(0.5, transfer_ms / half_lives[i]);
    throughputs_[i] = alpha * throughputs_[i] + (1 - alpha) * throughput;
    const double segments = half_lives[i] / segment_ms;
    alpha = std::pow(0.5, 1 / segments);
    latencies_[i] = alpha * latencies_[i] + (1 - alpha) * latency_ms;

    const double t = throughputs_[i] / (1 - std::pow(0.5, transferred_ / half_lives[i]));
    throughput_ = i == 0 ? t : std::min(throughput_, t);
    const double l = latencies_[i] / (1 - std::pow(0.5, transfers_ / segments));
    latency_ = i == 0 ? l : std::max(latency_, l);
  }
}

std::size_t SabreSituation::within(double throughput) const {
  std::size_t rung = 0;
  while (rung + 1 < ladder.size() &&
         history.latency() + segment_ms * kbps(rung + 1) / throughput <= segment_ms)
    ++rung;
  return rung;
}

void SabreRule::report_delay(double) {}
void SabreRule::report_arrival(const SabreSituation&, std::size_t, double) {}
void SabreRule::report_abandonment(const SabreSituation&, std::size_t, std::size_t) {}

SabrePolicy::SabrePolicy(std::unique_ptr<SabreRule> rule) : rule_(std::move(rule)) {
  RUNG_CHECK(rule_);
}

SabreSituation SabrePolicy::situation(const abr::DecisionContext& context) const {
  return {.track = context.track,
          .ladder = context.track.ladder(context.segment),
          .segment = static_cast<double>(context.segment),
          .segments = static_cast<double>(context.track.segment_count()),
          .segment_ms = milliseconds(context.track.duration(0)),
          .level_ms = milliseconds(context.buffer_level),
          .capacity_ms = milliseconds(context.buffer_capacity),
          .history = history_};
}

abr::Decision SabrePolicy::choose(const abr::DecisionContext& context) {
  const SabreSituation now = situation(context);
  track_ = &context.track;
  segment_ = context.segment;
  rung_ = 0;
  chosen_at_ = context.now;
  chosen_level_ms_ = now.level_ms;
  capacity_ms_ = now.capacity_ms;
  if (history_.empty()) return {.reason = abr::Reason::startup_unknown};
  if (context.now > ended_at_) rule_->report_delay(milliseconds(context.now - ended_at_));
  const Choice choice = rule_->choose(now);
  rung_ = choice.rung;
  return {.representation = choice.rung,
          .not_before = choice.delay_ms > 0
                            ? context.now + Duration(std::llround(choice.delay_ms * 1e6))
                            : Timestamp::min(),
          .reason = abr::Reason::buffer};
}

std::optional<RepresentationIndex> SabrePolicy::reconsider(const abr::TransferContext& context) {
  if (!context.first_byte) return std::nullopt;
  const SabreSituation now = situation(context.decision);
  const Timestamp at = context.decision.now;
  const SabreProgress progress{
      .rung = context.representation,
      .size = 8 * static_cast<double>(context.expected.bytes()),
      .downloaded = 8 * (static_cast<double>(context.received.bytes()) + context.of_next_byte),
      .time_ms = milliseconds(at - context.requested),
      .first_bit_ms = milliseconds(*context.first_byte - context.requested)};
  const auto abandon_to = rule_->check_abandon(now, progress);
  if (!abandon_to) return std::nullopt;
  rule_->report_abandonment(now, progress.rung, *abandon_to);
  abandoned_request_ = context.requested;
  ended_at_ = at;
  return abandon_to;
}

void SabrePolicy::observe(const abr::TransferSample& sample) {
  if (abandoned_request_ == sample.requested) return;  // It was reported when it was given up.
  RUNG_CHECK(track_ != nullptr);
  const double time_ms = milliseconds(sample.completed - sample.requested);
  const double transfer_ms = milliseconds(sample.completed - sample.first_byte);
  const double segment_ms = milliseconds(track_->duration(0));
  ended_at_ = sample.completed;
  if (!history_.empty()) {
    const double before = chosen_level_ms_ - milliseconds(sample.requested - chosen_at_);
    rule_->report_arrival({.track = *track_,
                           .ladder = track_->ladder(segment_),
                           .segment = static_cast<double>(segment_),
                           .segments = static_cast<double>(track_->segment_count()),
                           .segment_ms = segment_ms,
                           .level_ms = std::max(0.0, before - time_ms) + segment_ms,
                           .capacity_ms = capacity_ms_,
                           .history = history_},
                          rung_, time_ms);
  }
  history_.push(transfer_ms, 8 * static_cast<double>(sample.size.bytes()) / transfer_ms,
                milliseconds(sample.first_byte - sample.requested), segment_ms);
}

std::unique_ptr<abr::Policy> make_sabre_policy(std::string_view name) {
  std::unique_ptr<SabreRule> rule;
  if (name == "throughput") rule = std::make_unique<ThroughputRule>();
  if (name == "bola") rule = std::make_unique<BolaRule>();
  if (name == "bola-e") rule = std::make_unique<BolaEnhRule>();
  if (name == "dynamic") rule = std::make_unique<DynamicRule>();
  if (name == "dynamicdash") rule = std::make_unique<DynamicDashRule>();
  if (!rule) return nullptr;
  return std::make_unique<SabrePolicy>(std::move(rule));
}

std::span<const std::string_view> sabre_policy_names() { return names; }

}  // namespace rung::network_sim
