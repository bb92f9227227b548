#include "cli/simulate_viewing.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "cli/ranks.h"
#include "cli/shared_work.h"
#include "core/check.h"
#include "evaluation/statistics.h"
#include "prefetch/budget.h"

namespace rung::cli {

namespace {

using network_sim::SimulatedTitle;
using network_sim::Viewing;
using network_sim::ViewingMode;
using network_sim::ViewingOutcome;

constexpr Duration instant = std::chrono::milliseconds(100);

/// A policy that fetches nothing is what the others are compared with, named or not.
constexpr std::string_view without = "none";
constexpr std::string_view with_all_known = "oracle";

double megabytes(ByteCount size) { return static_cast<double>(size.bytes()) / 1e6; }

/// Of one mode: viewings, and the outcomes by policy, then viewing.
struct ModeRun {
  std::vector<Viewing> viewings;
  std::vector<std::string> policies;
  std::vector<std::vector<ViewingOutcome>> outcomes;

  [[nodiscard]] const std::vector<ViewingOutcome>& of(std::string_view policy) const {
    const auto at = std::ranges::find(policies, policy) - policies.begin();
    return outcomes[static_cast<std::size_t>(at)];
  }
};

Expected<ModeRun> run_mode(const ViewingSweep& sweep, ViewingMode mode, unsigned jobs,
                           Ranks& ranks) {
  ModeRun run;
  run.policies = sweep.prefetch_policies;
  if (std::ranges::find(run.policies, without) == run.policies.end())
    run.policies.emplace_back(without);

  std::vector<SimulatedTitle> songs;
  if (mode == ViewingMode::music) songs.assign(4, network_sim::song());
  const std::span<const SimulatedTitle> titles = songs.empty() ? sweep.titles : songs;
  Duration shortest = Duration::max();
  for (const SimulatedTitle& title : titles) {
    const auto& track = title.known.video ? title.known.video : title.known.audio;
    shortest = std::min(shortest, track->end().time_since_epoch());
  }
  const std::size_t count = sweep.links.size() * sweep.seeds.size();
  for (std::size_t i = 0; i < count; ++i)
    run.viewings.push_back(network_sim::draw_viewing(
        {.mode = mode,
         .titles = titles.size(),
         .title_length = shortest,
         .misstated = sweep.misstated,
         // Every trace has viewers of its own.
         .seed = sweep.seeds[i % sweep.seeds.size()] * 1'000'003 + i / sweep.seeds.size()}));

  session::SessionOptions session = sweep.session;
  if (!sweep.buffer_given) session.buffer_capacity = network_sim::buffer_capacity_of(mode);
  const auto all = all_or_failure(run_shared<ViewingOutcome>(
      ranks, count * run.policies.size(), jobs, true, [&](std::size_t job) {
        const std::size_t viewing = job % count;
        return network_sim::simulate_viewing(
            {.link = sweep.links[viewing / sweep.seeds.size()],
             .titles = titles,
             .viewing = run.viewings[viewing],
             .session = session,
             .policy = sweep.policy,
             .estimator = sweep.estimator,
             .default_rtt = sweep.default_rtt,
             .prefetch = {.metered = sweep.metered,
                          .budget =
                              sweep.metered ? prefetch::metered_budget : prefetch::BudgetLimits{},
                          .buffer_capacity = session.buffer_capacity}},
            run.policies[job / count]);
      }));
  if (!all) return tl::unexpected(all.error());
  for (auto from = all->begin(); from != all->end(); from += static_cast<std::ptrdiff_t>(count))
    run.outcomes.emplace_back(from, from + static_cast<std::ptrdiff_t>(count));
  return run;
}

double sum_of_startups(const std::vector<ViewingOutcome>& outcomes) {
  double sum = 0;
  for (const ViewingOutcome& outcome : outcomes)
    for (const Duration startup : outcome.startups) sum += to_seconds(startup);
  return sum;
}

ByteCount all_received(const std::vector<ViewingOutcome>& outcomes) {
  ByteCount sum;
  for (const ViewingOutcome& outcome : outcomes) sum += outcome.received;
  return sum;
}

double rebuffering_percent(const session::SessionReport& report) {
  const Duration watched = report.played + report.stalled;
  return watched > Duration::zero() ? 100 * to_seconds(report.stalled) / to_seconds(watched) : 0;
}

double more_percent(double ours, double base) { return base > 0 ? 100 * (ours / base - 1) : 0; }

template <typename Measure>
ViewingSummary::Difference compare(const std::vector<ViewingOutcome>& ours,
                                   const std::vector<ViewingOutcome>& base, std::size_t seeds,
                                   const Measure& measure) {
  std::vector<evaluation::PairedDifference> differences;
  for (std::size_t i = 0; i < ours.size(); ++i)
    differences.push_back({measure(ours[i], base[i]), i / seeds});
  const auto found = evaluation::cluster_bootstrap(differences, {.resamples = 2000});
  return {found.mean, found.low, found.high};
}

/// How true the told probabilities were: of every candidate of every visit.
void score_probabilities(const std::vector<Viewing>& viewings, ViewingSummary& summary) {
  std::vector<std::pair<double, bool>> told;
  double brier = 0;
  double log_loss = 0;
  std::size_t choices = 0;
  for (const Viewing& viewing : viewings)
    for (const Viewing::Visit& visit : viewing.visits) {
      if (visit.candidates.empty()) continue;
      ++choices;
      for (std::size_t i = 0; i < visit.candidates.size(); ++i) {
        const double p = visit.candidates[i].probability;
        const bool taken = i == visit.next;
        told.emplace_back(p, taken);
        brier += (p - (taken ? 1 : 0)) * (p - (taken ? 1 : 0));
        if (taken) log_loss -= std::log(std::max(p, 1e-12));
      }
    }
  summary.brier = brier / static_cast<double>(choices);
  summary.log_loss = log_loss / static_cast<double>(choices);
  std::ranges::sort(told);
  constexpr std::size_t bins = 15;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    double stated = 0;
    double happened = 0;
    for (std::size_t i = bin * told.size() / bins; i < (bin + 1) * told.size() / bins; ++i) {
      stated += told[i].first;
      happened += told[i].second ? 1 : 0;
    }
    summary.ece += std::abs(stated - happened) / static_cast<double>(told.size());
  }
}

ViewingSummary summarize(const ModeRun& run, ViewingMode mode, const std::string& policy,
                         std::size_t seeds) {
  const auto& ours = run.of(policy);
  const auto& base = run.of(without);
  ViewingSummary summary{.mode = mode, .policy = policy, .viewings = ours.size()};
  std::vector<double> startups;
  ByteCount prefetched;
  ByteCount used;
  std::size_t at_once = 0;
  for (const ViewingOutcome& outcome : ours) {
    for (const Duration startup : outcome.startups) {
      startups.push_back(to_seconds(startup));
      if (startup < instant) ++at_once;
    }
    prefetched += outcome.prefetches.received + outcome.prefetches.discarded;
    used += outcome.used;
  }
  std::ranges::sort(startups);
  RUNG_CHECK(!startups.empty());
  summary.decisions = startups.size();
  const auto decisions = static_cast<double>(startups.size());
  const double total = sum_of_startups(ours);
  const double saved = sum_of_startups(base) - total;
  summary.startup_mean_s = total / decisions;
  summary.startup_p50_s = evaluation::quantile(startups, 0.5);
  summary.startup_p95_s = evaluation::quantile(startups, 0.95);
  summary.instant_share = static_cast<double>(at_once) / decisions;
  summary.saved_s = saved / decisions;
  summary.megabytes = megabytes(prefetched) / decisions;
  if (prefetched > ByteCount()) {
    summary.saved_s_per_megabyte = saved / megabytes(prefetched);
    summary.waste_share = 1 - megabytes(used) / megabytes(prefetched);
  }
  summary.extra_bytes_share = megabytes(all_received(ours)) / megabytes(all_received(base)) - 1;
  if (std::ranges::find(run.policies, with_all_known) != run.policies.end())
    if (const double best = sum_of_startups(base) - sum_of_startups(run.of(with_all_known));
        best > 0)
      summary.of_oracle = saved / best;
  summary.rebuffering_points = compare(ours, base, seeds, [](const auto& a, const auto& b) {
    return rebuffering_percent(a.running) - rebuffering_percent(b.running);
  });
  summary.bitrate_percent = compare(ours, base, seeds, [](const auto& a, const auto& b) {
    return more_percent(a.running.mean_kbps, b.running.mean_kbps);
  });
  summary.seen_percent = compare(ours, base, seeds, [](const auto& a, const auto& b) {
    return more_percent(a.seen_kbps, b.seen_kbps);
  });
  summary.switches = compare(ours, base, seeds, [](const auto& a, const auto& b) {
    return static_cast<double>(a.running.switches - b.running.switches);
  });
  score_probabilities(run.viewings, summary);
  return summary;
}

/// In the order in which they are written.
nlohmann::ordered_json json_of(const ViewingSummary& summary) {
  const auto interval = [](const ViewingSummary::Difference& difference) {
    return nlohmann::ordered_json::array({difference.low, difference.high});
  };
  return {{"mode", network_sim::to_string(summary.mode)},
          {"prefetch", summary.policy},
          {"viewings", summary.viewings},
          {"decisions", summary.decisions},
          {"startup_mean_s", summary.startup_mean_s},
          {"startup_p50_s", summary.startup_p50_s},
          {"startup_p95_s", summary.startup_p95_s},
          {"instant_share", summary.instant_share},
          {"saved_s", summary.saved_s},
          {"of_oracle", summary.of_oracle},
          {"megabytes", summary.megabytes},
          {"saved_s_per_megabyte", summary.saved_s_per_megabyte},
          {"waste_share", summary.waste_share},
          {"extra_bytes_share", summary.extra_bytes_share},
          {"rebuffering_points", summary.rebuffering_points.mean},
          {"rebuffering_points_95", interval(summary.rebuffering_points)},
          {"bitrate_percent", summary.bitrate_percent.mean},
          {"bitrate_percent_95", interval(summary.bitrate_percent)},
          {"seen_percent", summary.seen_percent.mean},
          {"seen_percent_95", interval(summary.seen_percent)},
          {"switches", summary.switches.mean},
          {"switches_95", interval(summary.switches)},
          {"ece", summary.ece},
          {"brier", summary.brier},
          {"log_loss", summary.log_loss}};
}

}  // namespace

Expected<std::vector<ViewingSummary>> run_viewing(const ViewingSweep& sweep, unsigned jobs,
                                                  Ranks& ranks) {
  std::vector<ViewingSummary> summaries;
  for (const ViewingMode mode : sweep.modes) {
    const auto run = run_mode(sweep, mode, jobs, ranks);
    if (!run) return tl::unexpected(run.error());
    for (const std::string& policy : sweep.prefetch_policies)
      summaries.push_back(summarize(*run, mode, policy, sweep.seeds.size()));
  }
  return summaries;
}

std::string viewing_table(const std::vector<ViewingSummary>& summaries) {
  std::string text;
  const auto out = std::back_inserter(text);
  std::optional<ViewingMode> mode;
  for (const ViewingSummary& summary : summaries) {
    if (mode != summary.mode) {
      fmt::format_to(out,
                     "{}{}: {} viewers, {} titles after another; told probabilities: ECE {:.4f}, "
                     "Brier {:.3f}, log loss {:.3f}\n",
                     mode ? "\n" : "", network_sim::to_string(summary.mode), summary.viewings,
                     summary.decisions, summary.ece, summary.brier, summary.log_loss);
      fmt::format_to(
          out, "{:<13}{:>8}{:>7}{:>7}{:>9}{:>8}{:>8}{:>8}{:>7}{:>8}  {:<24}{:<24}{:<24}{}\n",
          "prefetch", "mean s", "p50", "p95", "instant", "oracle", "MB", "s/MB", "waste", "extra",
          "rebuffering, points", "bitrate, %", "of what was seen, %", "switches");
      mode = summary.mode;
    }
    const auto difference = [](const ViewingSummary::Difference& found) {
      return fmt::format("{:+.3f} ({:+.3f}, {:+.3f})", found.mean, found.low, found.high);
    };
    fmt::format_to(
        out,
        "{:<13}{:>8.3f}{:>7.3f}{:>7.3f}{:>8.1f}%{:>7.1f}%{:>8.3f}{:>8.3f}{:>6.1f}%{:>7.1f}%  "
        "{:<24}{:<24}{:<24}{}\n",
        summary.policy, summary.startup_mean_s, summary.startup_p50_s, summary.startup_p95_s,
        100 * summary.instant_share, 100 * summary.of_oracle, summary.megabytes,
        summary.saved_s_per_megabyte, 100 * summary.waste_share, 100 * summary.extra_bytes_share,
        difference(summary.rebuffering_points), difference(summary.bitrate_percent),
        difference(summary.seen_percent), difference(summary.switches));
  }
  return text;
}

std::string viewing_csv(const std::vector<ViewingSummary>& summaries) {
  std::string text;
  for (const ViewingSummary& summary : summaries) {
    std::string head;
    std::string row;
    const auto add = [&](const std::string& name, const std::string& value) {
      head += (head.empty() ? "" : ",") + name;
      row += (row.empty() ? "" : ",") + value;
    };
    const auto columns = json_of(summary);
    for (const auto& [name, value] : columns.items()) {
      if (value.is_array()) {
        add(name + "_low", value[0].dump());
        add(name + "_high", value[1].dump());
      } else {
        add(name, value.is_string() ? value.get<std::string>() : value.dump());
      }
    }
    if (text.empty()) text = head + "\n";
    text += row + "\n";
  }
  return text;
}

std::string viewing_json_lines(const std::vector<ViewingSummary>& summaries) {
  std::string text;
  for (const ViewingSummary& summary : summaries) text += json_of(summary).dump() + "\n";
  return text;
}

}  // namespace rung::cli
