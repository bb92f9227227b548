#include "cli/bottleneck_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include "abr/policy_factory.h"
#include "cli/simulation_table.h"
#include "session/session_report.h"

namespace rung::cli {
namespace {

using network_sim::BottleneckOutcome;
using network_sim::Outcome;
using network_sim::Sweep;

std::vector<std::vector<Column>> rows(const Sweep& sweep,
                                      const std::vector<BottleneckOutcome>& runs) {
  std::vector<std::vector<Column>> all;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const BottleneckOutcome& run = runs[i];
    const auto policies =
        network_sim::policies_of(sweep.policies[sweep.place(i).policy], run.sessions.size());
    for (std::size_t k = 0; k < run.sessions.size(); ++k) {
      const std::string_view estimator =
          sweep.estimator ? *sweep.estimator : abr::default_estimator_of(policies[k]);
      std::vector<Column>& row =
          all.emplace_back(session_columns(sweep, i, run.sessions[k], estimator));
      row.push_back({"session", fmt::format("{}", k)});
      row.push_back({"session_policy", policies[k], ColumnType::text});
      row.push_back(real_column("begins_s", to_seconds(sweep.stagger) * static_cast<double>(k)));
      row.push_back(real_column("instability", run.instability[k]));
      row.push_back(real_column("jain", run.jain));
      row.push_back(real_column("unfairness", run.unfairness));
    }
  }
  return all;
}

/// The mean of `of` over the runs of one mix.
template <typename Of>
double mean(const std::vector<BottleneckOutcome>& runs, std::size_t begin, std::size_t end,
            const Of& of) {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) sum += of(runs[i]);
  return sum / static_cast<double>(end - begin);
}

}  // namespace

std::string bottleneck_csv(const Sweep& sweep, const std::vector<BottleneckOutcome>& runs) {
  return columns_csv(rows(sweep, runs));
}

std::string bottleneck_json_lines(const Sweep& sweep, const std::vector<BottleneckOutcome>& runs) {
  return columns_json_lines(rows(sweep, runs));
}

std::string bottleneck_table(const Sweep& sweep, const std::vector<BottleneckOutcome>& runs) {
  const std::size_t each = runs.size() / sweep.policies.size();
  std::size_t widest = 10;
  for (const std::string& policy : sweep.policies) widest = std::max(widest, policy.size() + 4);
  std::string text = fmt::format(
      "{} runs a mix, {} sessions on the link of each, one begins {:g} s after the other. Means; "
      "Jain's index and unfairness over the sessions' mean bitrates.\n"
      "{:<{}} {:>9} {:>9} {:>11} {:>10} {:>10} {:>9} {:>16} {:>7}\n",
      each, sweep.sessions, to_seconds(sweep.stagger), "policy", widest, "mean_kbps", "stall_s",
      "startup_s", "switches", "jain", "unfair", "instability", "failed");
  for (std::size_t policy = 0; policy < sweep.policies.size(); ++policy) {
    const std::size_t begin = policy * each;
    const std::size_t end = begin + each;
    const auto policies = network_sim::policies_of(sweep.policies[policy], sweep.sessions);
    const auto count = static_cast<double>(sweep.sessions);
    const auto over_sessions = [&](const auto& of) {
      return mean(runs, begin, end, [&](const BottleneckOutcome& run) {
        double sum = 0;
        for (std::size_t k = 0; k < run.sessions.size(); ++k) sum += of(run, k);
        return sum / count;
      });
    };
    const auto line = [&](const std::string& name, const auto& over, double runs_of,
                          const std::string& jain, const std::string& unfair) {
      const double failed = over([](const BottleneckOutcome& run, std::size_t k) {
        return run.sessions[k].report.end == session::EndReason::played_out ? 0.0 : 1.0;
      });
      fmt::format_to(
          std::back_inserter(text),
          "{:<{}} {:>9.0f} {:>9.2f} {:>11.2f} {:>10.1f} {:>10} {:>9} {:>16.4f} {:>7.0f}\n", name,
          widest, over([](const BottleneckOutcome& run, std::size_t k) {
            return run.sessions[k].report.mean_kbps;
          }),
          over([](const BottleneckOutcome& run, std::size_t k) {
            return to_seconds(run.sessions[k].report.stalled);
          }),
          over([](const BottleneckOutcome& run, std::size_t k) {
            return to_seconds(run.sessions[k].report.startup_delay);
          }),
          over([](const BottleneckOutcome& run, std::size_t k) {
            return static_cast<double>(run.sessions[k].report.switches);
          }),
          jain, unfair,
          over([](const BottleneckOutcome& run, std::size_t k) { return run.instability[k]; }),
          failed * runs_of);
    };
    line(sweep.policies[policy], over_sessions, static_cast<double>(each) * count,
         fmt::format("{:.4f}",
                     mean(runs, begin, end, [](const BottleneckOutcome& run) { return run.jain; })),
         fmt::format("{:.4f}", mean(runs, begin, end,
                                    [](const BottleneckOutcome& run) { return run.unfairness; })));
    for (std::size_t k = 0; k < sweep.sessions; ++k)
      line(
          fmt::format("  {} {}", k, policies[k]),
          [&](const auto& of) {
            return mean(runs, begin, end, [&](const BottleneckOutcome& run) { return of(run, k); });
          },
          static_cast<double>(each), "", "");
  }
  return text;
}

}  // namespace rung::cli
