#include "cli/simulation_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "abr/qoe.h"
#include "cli/csv_field.h"
#include "network_sim/profiles/profile.h"

namespace rung::cli {
namespace {

using network_sim::Outcome;
using network_sim::Sweep;
using session::SessionReport;

/// "qoe_lin" and so on.
std::string qoe_name(const Sweep& sweep) {
  return "qoe_" + std::string(abr::to_string(sweep.session.qoe.model));
}

/// The column of what a measured model is about.
std::optional<std::string> measure_name(const Sweep& sweep) {
  if (!sweep.session.qoe.measured()) return std::nullopt;
  return sweep.session.qoe.model == abr::QoeModel::ssim ? "ssim_db" : "vmaf";
}

/// How far behind what was produced the viewer was at the end. Where all of a title was there when
/// they came: what was joined at and all that was waited since.
Duration latency(const Sweep& sweep, const SessionReport& report) {
  return report.latency.value_or(*sweep.live_delay + report.startup_delay + report.stalled);
}

/// The share of stalls in the time that was watched.
double stall_percent(const SessionReport& report) {
  const Duration watched = report.played + report.stalled;
  return watched > Duration::zero() ? 100 * to_seconds(report.stalled) / to_seconds(watched) : 0;
}

/// All digits that a duration has; never negative here.
std::string exact_seconds(Duration duration) {
  return fmt::format("{}.{:09}", duration.count() / 1'000'000'000,
                     duration.count() % 1'000'000'000);
}

/// How far a session is from the best that was possible, where the sweep has that: the oracle's QoE
/// a segment less its own, and (own - lowest) / (oracle - lowest), where lowest is "fixed:0" or
/// "fixed:lowest".
class Regret {
 public:
  Regret(const Sweep& sweep, const std::vector<Outcome>& outcomes)
      : outcomes_(outcomes), each_(outcomes.size() / sweep.policies.size()) {
    for (std::size_t policy = 0; policy < sweep.policies.size(); ++policy) {
      const std::string_view name = sweep.policies[policy];
      if (name == network_sim::oracle_policy) oracle_ = policy;
      if (name == "fixed" || name == "fixed:0" || name == "fixed:lowest") lowest_ = policy;
    }
  }
  [[nodiscard]] bool known() const { return oracle_.has_value(); }
  [[nodiscard]] bool can_normalize() const { return oracle_ && lowest_; }
  [[nodiscard]] double regret(std::size_t index) const {
    return score(*oracle_, index) - outcomes_[index].report.qoe_per_segment;
  }
  /// None where the lowest representation is as good as it gets.
  [[nodiscard]] std::optional<double> normalized(std::size_t index) const {
    const double lowest = score(*lowest_, index);
    const double range = score(*oracle_, index) - lowest;
    if (range <= 0) return std::nullopt;
    return (outcomes_[index].report.qoe_per_segment - lowest) / range;
  }

 private:
  /// Of another policy on the same title, trace and seed.
  [[nodiscard]] double score(std::size_t policy, std::size_t index) const {
    return outcomes_[policy * each_ + index % each_].report.qoe_per_segment;
  }

  const std::vector<Outcome>& outcomes_;
  std::size_t each_;
  std::optional<std::size_t> oracle_;
  std::optional<std::size_t> lowest_;
};

std::vector<Column> row(const Sweep& sweep, const Regret& regret, std::size_t index,
                        const Outcome& outcome, const SettingColumns& setting) {
  std::vector<Column> columns =
      session_columns(sweep, index, outcome, sweep.estimator_of(sweep.place(index).policy));
  const auto behind_seed = std::ranges::find(columns, "seed", &Column::name) + 1;
  columns.insert(behind_seed, setting.begin(), setting.end());
  if (regret.known()) columns.push_back(real_column("regret", regret.regret(index)));
  if (regret.can_normalize()) {
    const auto normalized = regret.normalized(index);
    columns.push_back(normalized ? real_column("normalized", *normalized)
                                 : Column{"normalized", "null", ColumnType::real});
  }
  return columns;
}

std::vector<std::vector<Column>> rows(const Sweep& sweep, const std::vector<Outcome>& outcomes,
                                      const SettingColumns& setting) {
  const Regret regret(sweep, outcomes);
  std::vector<std::vector<Column>> all;
  all.reserve(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    all.push_back(row(sweep, regret, i, outcomes[i], setting));
  return all;
}

std::string json_text(const std::string& value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

struct Summary {
  double mean = 0;
  double median = 0;
  double deviation = 0;  ///< Standard, of these values as all there are.
};

Summary summary(std::vector<double> values) {
  std::ranges::sort(values);
  double sum = 0;
  for (const double value : values) sum += value;
  const auto count = static_cast<double>(values.size());
  const double mean = sum / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const std::size_t half = values.size() / 2;
  return {.mean = mean,
          .median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2,
          .deviation = std::sqrt(squares / count)};
}

}  // namespace

Column real_column(std::string name, double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return {std::move(name), std::move(text), ColumnType::real};
}

std::vector<Column> session_columns(const Sweep& sweep, std::size_t index, const Outcome& outcome,
                                    std::string_view estimator) {
  const Sweep::Place at = sweep.place(index);
  const SessionReport& report = outcome.report;
  const std::string qoe = qoe_name(sweep);
  const auto number = [](auto value) { return fmt::format("{}", value); };
  const auto seconds = [](const char* name, Duration value) {
    return Column{name, exact_seconds(value), ColumnType::real};
  };
  std::vector<Column> columns{
      {"policy", sweep.policies[at.policy], ColumnType::text},
      {"estimator", std::string(estimator), ColumnType::text},
      {"title", sweep.titles[at.title].name, ColumnType::text},
      {"trace", sweep.links[at.link].trace().name(), ColumnType::text},
      {"seed", number(sweep.seeds[at.seed])},
      {"end", std::string(session::to_string(report.end)), ColumnType::text},
      seconds("elapsed_s", report.elapsed),
      seconds("startup_s", report.startup_delay),
      {"stall_count", number(report.stall_count)},
      seconds("stall_s", report.stalled),
      seconds("played_s", report.played),
      seconds("seeking_s", report.seeking),
      seconds("paused_s", report.paused),
      {"segments", number(report.segments)},
      real_column("mean_kbps", report.mean_kbps),
      {"switches", number(report.switches)},
      real_column(qoe, report.qoe_sum),
      real_column(qoe + "_per_seg", report.qoe_per_segment),
      {"body_bytes", number(report.received.bytes())},
      {"discarded_bytes", number(report.discarded.bytes())},
      {"aborted", number(report.abandonments)},
      {"failures", number(report.failures)},
      {"fallbacks", number(report.fallbacks)},
      {"fingerprint", fmt::format("{:016x}", outcome.fingerprint), ColumnType::text},
  };
  if (sweep.session.upgrade_share > 0) {
    columns.push_back({"upgrades", number(report.upgrades)});
    columns.push_back({"replaced_bytes", number(report.replaced.bytes())});
  }
  if (sweep.profile != nullptr)
    for (std::size_t i = 0; i < sweep.profile->totals.size(); ++i) {
      const std::string name(sweep.profile->totals[i]);
      columns.push_back(i < outcome.totals.size() ? real_column(name, outcome.totals[i])
                                                  : Column{name, "null", ColumnType::real});
    }
  if (sweep.live_delay) {
    const auto behind_played = std::ranges::find(columns, "seeking_s", &Column::name);
    columns.insert(behind_played, seconds("latency_s", latency(sweep, report)));
  }
  if (const auto name = measure_name(sweep)) {
    const auto behind_qoe = std::ranges::find(columns, "body_bytes", &Column::name);
    columns.insert(behind_qoe, {real_column(*name, report.mean_measure),
                                real_column("stall_percent", stall_percent(report))});
  }
  return columns;
}

std::string columns_csv(const std::vector<std::vector<Column>>& rows, bool with_head) {
  std::string text;
  for (const std::vector<Column>& columns : rows) {
    if (with_head && &columns == &rows.front())
      for (const Column& column : columns) {
        text += column.name;
        text += &column == &columns.back() ? '\n' : ',';
      }
    for (const Column& column : columns) {
      text += csv_field(column.value);
      text += &column == &columns.back() ? '\n' : ',';
    }
  }
  return text;
}

std::string columns_json_lines(const std::vector<std::vector<Column>>& rows) {
  std::string text;
  for (const std::vector<Column>& columns : rows) {
    for (const Column& column : columns)
      fmt::format_to(std::back_inserter(text), "{}\"{}\":{}",
                     &column == &columns.front() ? "{" : ",", column.name,
                     column.type == ColumnType::text ? json_text(column.value) : column.value);
    text += "}\n";
  }
  return text;
}

std::string simulation_csv(const Sweep& sweep, const std::vector<Outcome>& outcomes,
                           const SettingColumns& setting, bool with_head) {
  return columns_csv(rows(sweep, outcomes, setting), with_head);
}

std::string simulation_json_lines(const Sweep& sweep, const std::vector<Outcome>& outcomes,
                                  const SettingColumns& setting) {
  return columns_json_lines(rows(sweep, outcomes, setting));
}

std::string simulation_stats(const Sweep& sweep, const std::vector<Outcome>& outcomes,
                             const SettingColumns& setting, bool with_head) {
  const std::vector<std::vector<Column>> all = rows(sweep, outcomes, setting);
  const std::size_t each = all.size() / sweep.policies.size();
  std::vector<std::vector<Column>> stats;
  for (std::size_t policy = 0; policy < sweep.policies.size(); ++policy) {
    const std::span<const std::vector<Column>> sessions(&all[policy * each], each);
    for (std::size_t column = 0; column < all.front().size(); ++column) {
      const Column& what = sessions.front()[column];
      const bool of_setting = std::ranges::find(setting, what.name, &Column::name) != setting.end();
      if ((what.type != ColumnType::whole && what.type != ColumnType::real) ||
          what.name == "seed" || of_setting)
        continue;
      std::vector<double> values;
      for (const std::vector<Column>& session : sessions)
        if (session[column].value != "null") values.push_back(std::stod(session[column].value));
      if (values.empty()) continue;
      const std::size_t count = values.size();
      const Summary found = summary(std::move(values));
      std::vector<Column>& row = stats.emplace_back();
      row = {{"policy", sweep.policies[policy], ColumnType::text},
             {"estimator", std::string(sweep.estimator_of(policy)), ColumnType::text}};
      row.insert(row.end(), setting.begin(), setting.end());
      row.insert(row.end(),
                 {Column{"number", what.name, ColumnType::text},
                  Column{"n", fmt::format("{}", count)}, real_column("median", found.median),
                  real_column("mean", found.mean), real_column("stddev", found.deviation)});
    }
  }
  return columns_csv(stats, with_head);
}

std::string simulation_table(const Sweep& sweep, const std::vector<Outcome>& outcomes) {
  const std::size_t each = outcomes.size() / sweep.policies.size();
  const Regret regret(sweep, outcomes);
  const auto measure = measure_name(sweep);
  std::size_t widest = 6;
  std::size_t widest_estimator = 9;
  for (std::size_t policy = 0; policy < sweep.policies.size(); ++policy) {
    widest = std::max(widest, sweep.policies[policy].size());
    widest_estimator = std::max(widest_estimator, sweep.estimator_of(policy).size());
  }
  std::string text = fmt::format(
      "{} sessions a policy: {} traces x {} titles x {} seeds. Mean / median over them; sums of "
      "stalls.\n"
      "{:<{}}  {:<{}}  {:>15} {:>15} {:>7} {:>9} {:>15} {:>13} {:>17} {:>6}{}{}\n",
      each, sweep.links.size(), sweep.titles.size(), sweep.seeds.size(), "policy", widest,
      "estimator", widest_estimator, "startup_s", "stall_s", "stalls", "sum_s", "mean_kbps",
      "switches", qoe_name(sweep) + "_per_seg", "failed",
      (measure ? fmt::format(" {:>15} {:>13}", *measure, "stall_percent") : "") +
          (sweep.live_delay ? fmt::format(" {:>15}", "latency_s") : ""),
      regret.can_normalize() ? "           regret      normalized"
      : regret.known()       ? "           regret"
                             : "");
  for (std::size_t policy = 0; policy < sweep.policies.size(); ++policy) {
    std::vector<double> startup;
    std::vector<double> stalled;
    std::vector<double> kbps;
    std::vector<double> switches;
    std::vector<double> qoe;
    std::vector<double> measures;
    std::vector<double> stall_shares;
    std::vector<double> latencies;
    std::vector<double> regrets;
    std::vector<double> normalized;
    std::int64_t stalls = 0;
    Duration stall_sum{};
    int failed = 0;
    for (std::size_t i = policy * each; i < (policy + 1) * each; ++i) {
      const SessionReport& report = outcomes[i].report;
      startup.push_back(to_seconds(report.startup_delay));
      stalled.push_back(to_seconds(report.stalled));
      kbps.push_back(report.mean_kbps);
      switches.push_back(report.switches);
      qoe.push_back(report.qoe_per_segment);
      measures.push_back(report.mean_measure);
      stall_shares.push_back(stall_percent(report));
      if (sweep.live_delay) latencies.push_back(to_seconds(latency(sweep, report)));
      if (regret.known()) regrets.push_back(regret.regret(i));
      if (regret.can_normalize())
        if (const auto share = regret.normalized(i)) normalized.push_back(*share);
      stalls += report.stall_count;
      stall_sum += report.stalled;
      if (report.end != session::EndReason::played_out) ++failed;
    }
    const auto pair = [](std::vector<double> values, int places) {
      const Summary found = summary(std::move(values));
      return fmt::format("{:.{}f} / {:.{}f}", found.mean, places, found.median, places);
    };
    fmt::format_to(std::back_inserter(text),
                   "{:<{}}  {:<{}}  {:>15} {:>15} {:>7} {:>9.1f} {:>15} {:>13} {:>17} {:>6}",
                   sweep.policies[policy], widest, sweep.estimator_of(policy), widest_estimator,
                   pair(startup, 2), pair(stalled, 2), stalls, to_seconds(stall_sum), pair(kbps, 0),
                   pair(switches, 1), pair(qoe, 3), failed);
    if (measure)
      text += fmt::format(" {:>15} {:>13.2f}", pair(measures, 2), summary(stall_shares).mean);
    if (sweep.live_delay) text += fmt::format(" {:>15}", pair(latencies, 2));
    if (regret.known()) text += fmt::format(" {:>16}", pair(regrets, 3));
    if (regret.can_normalize())
      text += fmt::format(" {:>15}", normalized.empty() ? "-" : pair(normalized, 3));
    text += '\n';
  }
  return text;
}

}  // namespace rung::cli
