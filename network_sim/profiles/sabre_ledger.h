#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "core/id.h"
#include "core/time.h"
#include "media/track.h"
#include "network_sim/link_capacity.h"
#include "network_sim/profiles/sabre_options.h"

namespace rung::network_sim {

/// What Sabre prints when a session is over, in the order of its lines; names are those of the
/// lines, with '_' between words.
inline constexpr std::array<std::string_view, 24> sabre_totals{"buffer_size",
                                                               "total_played_utility",
                                                               "time_average_played_utility",
                                                               "total_played_bitrate",
                                                               "time_average_played_bitrate",
                                                               "total_play_time",
                                                               "total_play_time_chunks",
                                                               "total_rebuffer",
                                                               "rebuffer_ratio",
                                                               "time_average_rebuffer",
                                                               "total_rebuffer_events",
                                                               "time_average_rebuffer_events",
                                                               "total_bitrate_change",
                                                               "time_average_bitrate_change",
                                                               "total_log_bitrate_change",
                                                               "time_average_log_bitrate_change",
                                                               "time_average_score",
                                                               "over_estimate_count",
                                                               "over_estimate",
                                                               "leq_estimate_count",
                                                               "leq_estimate",
                                                               "estimate",
                                                               "rampup_time",
                                                               "total_reaction_time"};

/// Throughput and latency of past transfers as Sabre averages them: by several half-lives or over
/// several windows, the more cautious one of each.
class SabreHistory {
 public:
  SabreHistory(const SabreOptions& options, double segment_ms);

  void push(double transfer_ms, double throughput, double latency_ms);
  [[nodiscard]] double throughput() const { return throughput_; }  ///< kbit/s
  [[nodiscard]] double latency() const { return latency_; }        ///< ms

 private:
  void push_into_windows(double throughput, double latency_ms);

  struct Average {
    double half_life = 0;          ///< ms
    double latency_half_life = 0;  ///< Transfers.
    double throughput = 0;
    double latency = 0;
  };
  std::vector<Average> averages_;
  double transferred_ = 0;  ///< ms
  double transfers_ = 0;
  std::vector<int> windows_;
  std::deque<double> throughputs_;  ///< Of the last transfers, oldest first.
  std::deque<double> latencies_;
  double throughput_ = 0;
  double latency_ = 0;
};

/// A running transfer in Sabre's units.
struct SabreProgress {
  std::size_t rung = 0;
  double size = 0;        ///< bits
  double downloaded = 0;  ///< bits
  double time_ms = 0;
  double first_bit_ms = 0;
};

/// A session as Sabre keeps account of it, in its own arithmetic: doubles, milliseconds, kbit/s and
/// bits, in its order of operations. Sabre's decisions and counts hang on the last bit of its
/// clock where two representations score alike or an estimate is met exactly; our clock counts
/// nanoseconds. So its policies keep this account beside the session (network_sim/profiles/
/// sabre_policies.h), which decides by it and goes its way: whoever holds the ledger tells it what
/// the session does, in order.
class SabreLedger {
 public:
  struct Setup {
    const LinkCapacity& link;  ///< As everything here, must outlive the ledger.
    const media::Track& track;
    Duration default_rtt{};
    Duration buffer_capacity{};
    bool abandonment = true;  ///< Transfers are looked at while they run.
    /// From this representation on a viewer counts as ramped up; none: from what the link sustains.
    std::optional<RepresentationIndex> rampup;
    SabreOptions options;
  };
  explicit SabreLedger(const Setup& setup);

  /// Plays until there is room for a segment; how long that took, at most zero where there is.
  double make_room();
  /// Plays for so long.
  void wait(double ms);
  /// A segment is asked for; `replaced` counts from the end of the buffer: -1 is its last segment.
  void request(RepresentationIndex rung, std::optional<int> replaced);
  /// Lets the transfer go on to where Sabre looks at it next; false where it is complete.
  bool go_on();
  [[nodiscard]] const SabreProgress& progress() const { return progress_; }
  /// Of a transfer that is not given up, the rest; then what it took is played, and its segment, if
  /// it is complete, is in the buffer.
  void conclude(bool given_up);
  /// Learns from the transfer that was concluded.
  void learn(bool given_up);
  /// The viewer goes to a segment, of which nothing is there.
  void seek(SegmentNumber segment);

  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] double level() const;  ///< ms
  [[nodiscard]] const std::deque<std::size_t>& buffer() const { return buffer_; }
  [[nodiscard]] double played_of_first() const { return played_of_first_; }  ///< ms
  [[nodiscard]] SegmentNumber next() const { return next_; }
  [[nodiscard]] SegmentNumber segments() const { return setup_.track.segment_count(); }
  [[nodiscard]] double segment_ms() const { return segment_ms_; }
  [[nodiscard]] double capacity_ms() const { return capacity_ms_; }
  [[nodiscard]] const std::vector<double>& kbps() const { return kbps_; }
  [[nodiscard]] const std::vector<double>& logs() const { return logs_; }
  [[nodiscard]] bool abandonment() const { return setup_.abandonment; }
  [[nodiscard]] const SabreHistory& history() const { return history_; }

  /// The values of sabre_totals, once what is left in the buffer has been played.
  [[nodiscard]] std::vector<double> totals() const;

 private:
  /// A rise of what the link sustains that the viewer has not seen yet.
  struct Rise {
    double at = 0;
    std::size_t rung = 0;
    std::optional<double> seen;
  };

  // The link.
  [[nodiscard]] double bandwidth() const { return bandwidth_; }
  [[nodiscard]] double latency() const;
  void enter_next_piece();
  void pass(double ms);
  double pass_latency();
  double download(double size);
  void download_some(double size, double least_size, double least_ms);
  void delay(double ms);
  // The viewer.
  void play(double ms);
  void rises_to(std::size_t rung, std::size_t before);
  void settle_rises(double now);

  Setup setup_;
  double segment_ms_;
  double capacity_ms_;
  std::vector<double> kbps_;       ///< By representation, like the next two.
  std::vector<double> logs_;       ///< ln of it.
  std::vector<double> utilities_;  ///< The same, the lowest zero.
  SabreHistory history_;

  std::size_t piece_ = 0;
  double bandwidth_ = 0;      ///< kbit/s, of the piece.
  double look_bits_ = 0;      ///< What comes in it from one look at a transfer to the next,
  double look_ms_ = 0;        ///< and how long that takes.
  double to_next_piece_ = 0;  ///< ms
  double link_time_ = 0;      ///< ms
  std::optional<std::size_t> sustainable_;

  bool begun_ = false;
  SegmentNumber next_ = 0;
  std::deque<std::size_t> buffer_;  ///< Representations, the one that is shown first.
  double played_of_first_ = 0;
  SabreProgress progress_;
  std::optional<int> replaced_;
  double next_least_ms_ = 0;  ///< Of the transfer until it is looked at.

  double play_time_ = 0;
  double rebuffer_time_ = 0;
  int rebuffer_events_ = 0;
  double played_utility_ = 0;
  double played_bitrate_ = 0;
  double bitrate_change_ = 0;
  double log_bitrate_change_ = 0;
  std::optional<std::size_t> last_played_;
  double rampup_origin_ = 0;
  std::optional<double> rampup_time_;
  std::deque<Rise> rises_;
  double reaction_time_ = 0;
  int over_count_ = 0;
  double over_ = 0;
  int good_count_ = 0;
  double good_ = 0;
  double estimate_ = 0;
};

}  // namespace rung::network_sim
