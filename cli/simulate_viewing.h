#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "network_sim/link_capacity.h"
#include "network_sim/scenario.h"
#include "network_sim/viewing.h"
#include "session/session_options.h"

namespace rung::cli {

class Ranks;

/// Viewers who go from title to title, over every trace and seed, with every prefetch policy.
struct ViewingSweep {
  std::vector<network_sim::ViewingMode> modes;
  std::vector<std::string> prefetch_policies;
  std::vector<network_sim::LinkCapacity> links;
  std::vector<network_sim::SimulatedTitle> titles;
  std::vector<std::uint64_t> seeds;
  std::string policy;     ///< ABR.
  std::string estimator;  ///< As well.
  session::SessionOptions session;
  bool buffer_given = false;  ///< Otherwise each mode has its own.
  Duration default_rtt{};
  double misstated = 0;
  bool metered = false;
};

/// How one prefetch policy did in one mode. Differences are to `none` for the same viewers on the
/// same links, with 95 % intervals (evaluation/statistics.h), one cluster a trace.
struct ViewingSummary {
  struct Difference {
    double mean = 0;
    double low = 0;
    double high = 0;
  };
  network_sim::ViewingMode mode{};
  std::string policy;
  std::size_t viewings = 0;
  std::size_t decisions = 0;  ///< Titles that followed another one.
  double startup_mean_s = 0;
  double startup_p50_s = 0;
  double startup_p95_s = 0;
  double instant_share = 0;  ///< Started within 100 ms.
  double saved_s = 0;        ///< A decision.
  double megabytes = 0;      ///< Prefetched a decision, used or not.
  double saved_s_per_megabyte = 0;
  double of_oracle = 0;           ///< Share of what the oracle saves; 0 where it did not run.
  double waste_share = 0;         ///< Of the prefetched bytes.
  double extra_bytes_share = 0;   ///< Of all that `none` received.
  Difference rebuffering_points;  ///< Of the first title, in percent of its time.
  Difference bitrate_percent;     ///< As well.
  Difference seen_percent;        ///< The same, of what was shown.
  Difference switches;            ///< As well.
  double ece = 0;                 ///< Of the probabilities that policies were told.
  double brier = 0;
  double log_loss = 0;
};

/// Every mode and policy, in that order. Each rank runs a part, and all get all. Fails as
/// simulate_viewing() does.
[[nodiscard]] Expected<std::vector<ViewingSummary>> run_viewing(const ViewingSweep& sweep,
                                                                unsigned jobs, Ranks& ranks);

[[nodiscard]] std::string viewing_table(const std::vector<ViewingSummary>& summaries);
[[nodiscard]] std::string viewing_csv(const std::vector<ViewingSummary>& summaries);
[[nodiscard]] std::string viewing_json_lines(const std::vector<ViewingSummary>& summaries);

}  // namespace rung::cli
