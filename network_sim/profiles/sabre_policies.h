#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "abr/policy.h"
#include "core/time.h"
#include "network_sim/profiles/sabre_ledger.h"
#include "network_sim/profiles/sabre_options.h"

// The policies of Sabre (Spiteri, Sitaraman, Sparacio, "From theory to practice: improving bitrate
// adaptation in the DASH reference player", MMSys 2018; source at commit 09b03bb), in the
// arithmetic that decides their ties: doubles, milliseconds, kbit/s, bits, in that order of
// operations. Each brings its estimator with it.

namespace rung::network_sim {

/// A situation in Sabre's units.
struct SabreSituation {
  std::span<const double> kbps;  ///< By representation, like the next one.
  std::span<const double> logs;  ///< ln of it.
  double segment = 0;            ///< Number.
  double segments = 0;
  double segment_ms = 0;
  double level_ms = 0;
  double capacity_ms = 0;
  double throughput = 0;  ///< kbit/s
  double latency_ms = 0;

  /// The highest that a segment's duration carries at this throughput.
  [[nodiscard]] std::size_t within(double throughput) const;
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
  /// A segment arrived, `replacing` one of the buffer or not; the level is that with it.
  virtual void report_arrival(const SabreSituation& now, std::size_t rung, double time_ms,
                              bool replacing);
  /// The transfer of a segment was given up; none for one that was to replace another.
  virtual void report_abandonment(const SabreSituation& now, std::size_t rung,
                                  std::optional<std::size_t> abandoned_to);
  virtual void report_seek(SegmentNumber to);
};

/// The rule that the options name.
[[nodiscard]] std::unique_ptr<SabreRule> make_sabre_rule(const SabreOptions& options);

/// Runs a rule inside a session: the first segment is the lowest, and what a transfer is given up
/// for is forgotten at once, as in Sabre (a variable of its main loop is spelt in two ways).
class SabrePolicy final : public abr::Policy {
 public:
  /// `seek_to` is where the viewer goes if they go elsewhere.
  SabrePolicy(const SabreOptions& options, std::shared_ptr<SabreLedger> ledger, MediaTime seek_to);

  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& context) override;
  [[nodiscard]] std::optional<RepresentationIndex> reconsider(
      const abr::TransferContext& context) override;
  void observe(const abr::TransferSample& sample) override;
  void on_seek() override;

 private:
  [[nodiscard]] SabreSituation situation(double level_ms) const;
  /// Lets the transfer that was just asked for go on in the ledger until it is complete or given
  /// up: nothing else moves the link there. Then that is when reconsider() is to be asked.
  [[nodiscard]] FineDuration foresee();
  /// Which segment of the buffer to fetch once more in this representation, counted from its end.
  [[nodiscard]] std::optional<int> to_replace(std::size_t rung) const;

  SabreOptions options_;
  std::unique_ptr<SabreRule> rule_;
  std::shared_ptr<SabreLedger> ledger_;
  Duration seek_to_;
  std::optional<int> replaced_;
  std::optional<std::size_t> abandon_to_;  ///< What the running transfer will be given up for,
  FineDuration abandon_after_{};           ///< so long after its request.
  std::optional<Timestamp> abandoned_request_;
};

}  // namespace rung::network_sim
