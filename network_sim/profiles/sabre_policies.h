#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "abr/policy.h"

// The policies of Sabre (Spiteri, Sitaraman, Sparacio, "From theory to practice: improving bitrate
// adaptation in the DASH reference player", MMSys 2018; source at commit 09b03bb) with the default
// flags of its command line, in the arithmetic that decides their ties: doubles, milliseconds,
// kbit/s, bits, in that order of operations. Each brings its estimator with it.

namespace rung::network_sim {

/// What Sabre keeps beside its rules: exponentially weighted throughput and latency, half-lives 3 s
/// and 8 s (for latency the same in segments), the more cautious one of each.
class SabreHistory {
 public:
  void push(double transfer_ms, double throughput, double latency_ms, double segment_ms);
  [[nodiscard]] bool empty() const { return transferred_ == 0; }
  [[nodiscard]] double throughput() const { return throughput_; }  ///< kbit/s
  [[nodiscard]] double latency() const { return latency_; }        ///< ms

 private:
  static constexpr std::array<double, 2> half_lives{3000, 8000};  // ms

  std::array<double, half_lives.size()> throughputs_{};
  std::array<double, half_lives.size()> latencies_{};
  double transferred_ = 0;  ///< ms
  double transfers_ = 0;
  double throughput_ = 0;
  double latency_ = 0;
};

/// A situation in Sabre's units.
struct SabreSituation {
  const media::Track& track;
  std::span<const BitRate> ladder;
  double segment = 0;  ///< Number.
  double segments = 0;
  double segment_ms = 0;
  double level_ms = 0;
  double capacity_ms = 0;
  const SabreHistory& history;

  [[nodiscard]] double kbps(std::size_t rung) const {
    return static_cast<double>(ladder[rung].bits_per_second()) / 1000;
  }
  /// The highest that a segment's duration carries at this throughput.
  [[nodiscard]] std::size_t within(double throughput) const;
};

/// A running transfer in Sabre's units.
struct SabreProgress {
  std::size_t rung = 0;
  double size = 0;        ///< bits
  double downloaded = 0;  ///< bits
  double time_ms = 0;
  double first_bit_ms = 0;
};

/// One of Sabre's rules. `report` calls are as its main loop makes them.
class SabreRule {
 public:
  struct Choice {
    std::size_t rung = 0;
    double delay_ms = 0;
  };
  SabreRule() = default;
  SabreRule(const SabreRule&) = delete;
  SabreRule& operator=(const SabreRule&) = delete;
  virtual ~SabreRule() = default;

  [[nodiscard]] virtual Choice choose(const SabreSituation& now) = 0;
  /// The rung to give the transfer up for, if at all; `now.level_ms` is that of now.
  [[nodiscard]] virtual std::optional<std::size_t> check_abandon(const SabreSituation& now,
                                                                 const SabreProgress& progress) = 0;
  /// The buffer was full for so long.
  virtual void report_delay(double delay_ms);
  /// A segment arrived; the level is that with it.
  virtual void report_arrival(const SabreSituation& now, std::size_t rung, double time_ms);
  virtual void report_abandonment(const SabreSituation& now, std::size_t rung,
                                  std::size_t abandoned_to);
};

/// Runs a rule inside a session: the first segment is the lowest, and what a transfer is given up
/// for is forgotten at once, as in Sabre (a variable of its main loop is spelt in two ways).
class SabrePolicy final : public abr::Policy {
 public:
  explicit SabrePolicy(std::unique_ptr<SabreRule> rule);

  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& context) override;
  [[nodiscard]] std::optional<RepresentationIndex> reconsider(
      const abr::TransferContext& context) override;
  void observe(const abr::TransferSample& sample) override;

 private:
  [[nodiscard]] SabreSituation situation(const abr::DecisionContext& context) const;

  std::unique_ptr<SabreRule> rule_;
  SabreHistory history_;
  const media::Track* track_ = nullptr;  ///< That of the last choice.
  SegmentNumber segment_ = 0;            ///< Of the last choice, as are the next four.
  std::size_t rung_ = 0;
  Timestamp chosen_at_{};
  double chosen_level_ms_ = 0;
  double capacity_ms_ = 0;
  Timestamp ended_at_{};  ///< The last transfer.
  std::optional<Timestamp> abandoned_request_;
};

/// throughput, bola, bola-e, dynamic or dynamicdash; nullptr for any other name.
[[nodiscard]] std::unique_ptr<abr::Policy> make_sabre_policy(std::string_view name);
[[nodiscard]] std::span<const std::string_view> sabre_policy_names();

}  // namespace rung::network_sim
