#include "cli/judge_policy.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <vector>

#include "cli/files.h"
#include "cli/json_writer.h"
#include "cli/report_error.h"
#include "core/limits.h"
#include "evaluation/statistics.h"
#include "recommend/logged_decisions.h"
#include "recommend/off_policy.h"

namespace rung::cli {
namespace {

using recommend::LoggedDecisions;
using recommend::OffPolicyReport;
using recommend::ValueEstimate;

/// Of the mean weight from 1, in standard errors and as a share: beyond both propensities and
/// rewards are hardly of one policy.
constexpr double errors_apart = 4;
constexpr double share_apart = 0.02;

Expected<recommend::TargetPolicy> read_target(const JudgeFlags& flags, const LoggedDecisions& log) {
  if (flags.target == "uniform") return recommend::uniform_policy(log);
  if (flags.target == "usual") {
    auto policy = recommend::usual_policy(log);
    if (!policy) {
      policy.error().where = flags.log;
      policy.error().message += "; name a policy with --target";
    }
    return policy;
  }
  const auto text = read_file(flags.target, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  return recommend::parse_policy(*text, flags.target, log);
}

/// How far the interval of an estimate reaches to both sides.
double reach(const JudgeFlags& flags, const ValueEstimate& estimate) {
  return evaluation::student_quantile((1 + flags.confidence) / 2, estimate.degrees) *
         estimate.standard_error;
}

/// What to be careful about, as sentences.
std::vector<std::string> warnings_of(const OffPolicyReport& report) {
  std::vector<std::string> warnings;
  if (report.unsupported > 0)
    warnings.push_back(fmt::format(
        "{:.2f} % of what the policy shows was never shown there: ips, snips and dr know nothing "
        "of it, and dm guesses",
        report.unsupported * 100));
  if (report.cut > 0)
    warnings.push_back(
        fmt::format("{} weights beyond {:.1f} count as that, which draws the estimates to what "
                    "was logged",
                    report.cut, report.weight_bound));
  const double apart = std::abs(report.mean_weight - 1) - report.unsupported;
  if (report.cut == 0 && apart > share_apart && apart > errors_apart * report.mean_weight_error)
    warnings.push_back(
        fmt::format("the mean weight is {:.3f} and not near 1: the propensities are not those "
                    "with which titles were shown",
                    report.mean_weight));
  if (report.least_reward == report.largest_reward)
    warnings.emplace_back("all decisions brought the same, so nothing can be told apart by them");
  if (report.clusters < 2)
    warnings.emplace_back("all decisions depend on each other, so there are no intervals");
  return warnings;
}

void print_json(const JudgeFlags& flags, const LoggedDecisions& log,
                const OffPolicyReport& report) {
  JsonWriter json(stdout);
  json.begin_object();
  json.member("target", flags.target);
  json.member("decisions", report.decisions);
  json.member("certain", log.certain);
  json.member("cluster", to_string(log.cluster_kind));
  json.member("clusters", report.clusters);
  json.member("effective_decisions", report.effective_decisions);
  json.member("mean_weight", report.mean_weight);
  json.member("largest_weight", report.largest_weight);
  json.member("weight_bound", report.weight_bound);
  json.member("weights_cut", report.cut);
  json.member("unsupported", report.unsupported);
  json.member("confidence", flags.confidence);
  const auto write = [&](const ValueEstimate& estimate) {
    json.begin_object();
    json.member("method", estimate.method);
    json.member("value", estimate.value);
    if (report.clusters > 1) {
      json.member("standard_error", estimate.standard_error);
      json.member("low", estimate.value - reach(flags, estimate));
      json.member("high", estimate.value + reach(flags, estimate));
    }
    json.end_object();
  };
  json.key("logged");
  write(report.logged);
  json.key("estimates");
  json.begin_array();
  for (const ValueEstimate& estimate : report.estimates) write(estimate);
  json.end_array();
  json.key("warnings");
  json.begin_array();
  for (const std::string& warning : warnings_of(report)) json.value(warning);
  json.end_array();
  json.end_object();
}

void print_table(const JudgeFlags& flags, const LoggedDecisions& log,
                 const OffPolicyReport& report) {
  fmt::print("The policy {} by {} decisions that were left to chance ({} were not), in {} {}{}.\n",
             flags.target, report.decisions, log.certain, report.clusters,
             to_string(log.cluster_kind), report.clusters == 1 ? "" : "s");
  fmt::print(
      "Weights: {:.1f} effective decisions, mean {:.3f}, largest {:.1f}, {} beyond {:.1f}.\n",
      report.effective_decisions, report.mean_weight, report.largest_weight, report.cut,
      report.weight_bound);
  fmt::print("{:<7} {:>11} {:>11}   {:g} % interval\n", "method", "reward", "+-",
             flags.confidence * 100);
  const auto line = [&flags](const ValueEstimate& estimate) {
    if (std::isnan(estimate.value)) {
      fmt::print("{:<7} {:>11} {:>11}\n", estimate.method, "-", "-");
      return;
    }
    fmt::print("{:<7} {:>11.6g} {:>11.4g}   {:.6g} to {:.6g}\n", estimate.method, estimate.value,
               estimate.standard_error, estimate.value - reach(flags, estimate),
               estimate.value + reach(flags, estimate));
  };
  line(report.logged);
  for (const ValueEstimate& estimate : report.estimates) line(estimate);
}

}  // namespace

int judge_policy(const JudgeFlags& flags) {
  const auto text = read_file(flags.log, limits::text_file_size);
  if (!text) return report_error(text.error());
  const auto log = recommend::parse_decisions(*text, flags.log, {.row = flags.row});
  if (!log) return report_error(log.error());
  const auto target = read_target(flags, *log);
  if (!target) return report_error(target.error());
  if (auto able = recommend::judgeable(*log, *target); !able) {
    able.error().where = flags.log;
    return report_error(able.error());
  }
  const OffPolicyReport report =
      recommend::evaluate_policy(*log, *target, {.largest_weight = flags.largest_weight});
  if (flags.json) {
    print_json(flags, *log, report);
    return 0;
  }
  print_table(flags, *log, report);
  for (const std::string& warning : warnings_of(report))
    std::fprintf(stderr, "rung: %s: %s\n", flags.log.c_str(), warning.c_str());
  return 0;
}

}  // namespace rung::cli
