#include "evaluation/evaluation.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/check.h"

namespace rung::evaluation {
namespace {

using Scores = std::span<const SessionScore>;
using Session = std::tuple<std::string_view, std::string_view, std::uint64_t>;

Session session_of(const SessionScore& score) { return {score.title, score.trace, score.seed}; }

/// The cluster of every session of a policy, numbered in order of appearance.
std::vector<std::size_t> clusters_of(Scores sessions, const Suite& suite) {
  std::map<std::string, std::size_t> numbers;
  std::vector<std::size_t> clusters;
  for (const SessionScore& session : sessions)
    clusters.push_back(
        numbers.try_emplace(log_of(session.trace, suite.log_separator), numbers.size())
            .first->second);
  return clusters;
}

std::size_t failed(Scores sessions) {
  return static_cast<std::size_t>(std::ranges::count(sessions, false, &SessionScore::played_out));
}

PolicySummary summarize(Scores sessions, const std::vector<std::size_t>& clusters,
                        const Suite& suite) {
  PolicySummary summary{.policy = sessions.front().policy, .failed = failed(sessions)};
  std::vector<PairedDifference> scores;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const SessionScore& session = sessions[i];
    scores.push_back({.value = session.qoe, .cluster = clusters[i]});
    summary.sorted_qoe.push_back(session.qoe);
    summary.sorted_stalled_s.push_back(session.stalled_s);
    summary.sorted_kbps.push_back(session.mean_kbps);
    summary.startup_s += session.startup_s;
    summary.stalled_s += session.stalled_s;
    summary.mean_kbps += session.mean_kbps;
    summary.switches += session.switches;
  }
  const auto count = static_cast<double>(sessions.size());
  for (double* sum :
       {&summary.startup_s, &summary.stalled_s, &summary.mean_kbps, &summary.switches})
    *sum /= count;
  for (std::vector<double>* values :
       {&summary.sorted_qoe, &summary.sorted_stalled_s, &summary.sorted_kbps})
    std::ranges::sort(*values);
  summary.qoe_median = quantile(summary.sorted_qoe, 0.5);
  summary.qoe = cluster_bootstrap(scores, suite.bootstrap);
  return summary;
}

void hold_against(std::span<const SessionBounds> bounds, Scores sessions, PolicySummary& summary) {
  double regrets = 0;
  double shares = 0;
  std::size_t known = 0;
  std::size_t comparable = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (!bounds[i].optimum) continue;
    ++known;
    regrets += *bounds[i].optimum - sessions[i].qoe;
    const double range = *bounds[i].optimum - bounds[i].lowest;
    if (range <= 0) continue;
    ++comparable;
    shares += (sessions[i].qoe - bounds[i].lowest) / range;
  }
  if (known > 0) summary.regret = regrets / static_cast<double>(known);
  if (comparable > 0) summary.normalized = shares / static_cast<double>(comparable);
}

/// `before[i]` is what `sessions[i]` is compared with.
Comparison compare(Scores sessions, const std::vector<const SessionScore*>& before,
                   const std::vector<std::size_t>& clusters, const Suite& suite,
                   std::string against) {
  Comparison made{.policy = sessions.front().policy,
                  .against = std::move(against),
                  .sessions = sessions.size(),
                  .failed = failed(sessions)};
  std::vector<PairedDifference> differences;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const SessionScore& now = sessions[i];
    const SessionScore& then = *before[i];
    differences.push_back({.value = now.qoe - then.qoe, .cluster = clusters[i]});
    if (now.fingerprint != then.fingerprint || now.qoe != then.qoe ||
        now.played_out != then.played_out)
      ++made.changed;
    if (!then.played_out) ++made.failed_before;
  }
  made.difference = cluster_bootstrap(differences, suite.bootstrap);
  return made;
}

/// Sets what depends on all comparisons with one baseline, and returns with how many logs each can
/// have a verdict on its scores. Those without a change are no hypotheses.
std::size_t judge(std::vector<Comparison>& comparisons, const Suite& suite) {
  std::vector<double> p_values;
  std::vector<double> smallest;
  for (const Comparison& comparison : comparisons) {
    if (comparison.changed == 0) continue;
    const MeanDifference& found = comparison.difference;
    p_values.push_back(found.p_value);
    smallest.push_back(smallest_p_value(found.clusters, found.differing));
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  const std::vector<double> smallest_adjusted = holm_adjusted(smallest);
  const double significance = 1 - suite.bootstrap.confidence;
  const double strictest =
      significance / static_cast<double>(std::max(p_values.size(), std::size_t{1}));
  std::size_t next = 0;
  for (Comparison& comparison : comparisons) {
    if (comparison.changed == 0) {
      comparison.verdict = Verdict::unchanged;
      continue;
    }
    comparison.adjusted_p = adjusted[next];
    const bool possible = smallest_adjusted[next++] <= significance;
    const MeanDifference& found = comparison.difference;
    comparison.detectable =
        minimum_detectable_effect(found.standard_error, found.clusters, strictest, suite.power);
    if (comparison.failed > comparison.failed_before)
      comparison.verdict = Verdict::worse;
    else if (comparison.adjusted_p <= significance)
      comparison.verdict = found.mean > 0 ? Verdict::better : Verdict::worse;
    comparison.undecidable =
        !possible && found.differing > 0 && comparison.verdict == Verdict::no_evidence;
    if (comparison.undecidable) comparison.detectable = std::numeric_limits<double>::infinity();
  }
  return p_values.empty() ? 0 : fewest_clusters(strictest);
}

/// For every session of one policy the recorded one; empty where the record knows none of them.
Expected<std::vector<const SessionScore*>> matched(
    Scores sessions,
    const std::map<std::string_view, std::map<Session, const SessionScore*>>& record) {
  std::vector<const SessionScore*> before;
  const auto policy = record.find(sessions.front().policy);
  if (policy == record.end()) return before;
  for (const SessionScore& session : sessions) {
    const auto found = policy->second.find(session_of(session));
    if (found == policy->second.end())
      return failure(ErrorCode::invalid_argument,
                     "the baseline file lacks " + session.policy + " on " + session.trace + ", " +
                         session.title + ", seed " + std::to_string(session.seed) +
                         "; write it anew");
    before.push_back(found->second);
  }
  if (policy->second.size() != before.size())
    return failure(ErrorCode::invalid_argument,
                   "the baseline file has " + std::to_string(policy->second.size()) +
                       " sessions of " + sessions.front().policy + ", the suite " +
                       std::to_string(before.size()) + "; write it anew");
  return before;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::unchanged:
      return "unchanged";
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::no_evidence:
      return "no evidence";
  }
  RUNG_CHECK(false);
}

bool Evaluation::passed() const {
  return std::ranges::find(deciding(), Verdict::worse, &Comparison::verdict) == deciding().end();
}

Expected<Evaluation> evaluate(const Suite& suite, Scores scores, std::optional<Scores> recorded,
                              std::span<const SessionBounds> bounds) {
  RUNG_CHECK(!suite.variants.empty() && !scores.empty() &&
             scores.size() % suite.variants.size() == 0);
  const std::size_t each = scores.size() / suite.variants.size();
  const auto of_policy = [&](std::size_t policy) { return scores.subspan(policy * each, each); };
  const std::vector<std::size_t> clusters = clusters_of(of_policy(0), suite);
  const std::size_t settings = bounds.size() / each;
  RUNG_CHECK(bounds.empty() || (settings > 0 && bounds.size() == settings * each &&
                                suite.variants.size() % settings == 0));

  Evaluation made{.logs = *std::ranges::max_element(clusters) + 1, .with_record = !!recorded};
  std::set<std::string_view> traces;
  std::set<std::string_view> titles;
  std::set<std::uint64_t> seeds;
  for (const SessionScore& session : of_policy(0)) {
    traces.insert(session.trace);
    titles.insert(session.title);
    seeds.insert(session.seed);
  }
  made.traces = traces.size();
  made.titles = titles.size();
  made.seeds = seeds.size();

  made.with_bounds = !bounds.empty();
  made.bounds = bounds.size();
  for (std::size_t i = 0; i < bounds.size(); ++i)
    if (bounds[i].optimum)
      ++made.bounds_known;
    else if (made.bounds_unknown.empty())
      made.bounds_unknown =
          scores[i % each].title + ", " + scores[i % each].trace + ": " + bounds[i].unknown;

  const auto baseline = std::ranges::find(suite.variants, suite.baseline);
  RUNG_CHECK(baseline != suite.variants.end());
  std::vector<const SessionScore*> of_baseline;
  for (const SessionScore& session :
       of_policy(static_cast<std::size_t>(baseline - suite.variants.begin())))
    of_baseline.push_back(&session);

  std::map<std::string_view, std::map<Session, const SessionScore*>> record;
  if (recorded)
    for (const SessionScore& session : *recorded)
      if (!record[session.policy].try_emplace(session_of(session), &session).second)
        return failure(ErrorCode::invalid_argument,
                       "the baseline file has a session of " + session.policy + " twice");

  for (std::size_t policy = 0; policy < suite.variants.size(); ++policy) {
    const Scores sessions = of_policy(policy);
    for (std::size_t i = 0; i < each; ++i)
      RUNG_CHECK(session_of(sessions[i]) == session_of(scores[i]));
    made.summaries.push_back(summarize(sessions, clusters, suite));
    if (made.with_bounds)
      hold_against(bounds.subspan(policy % settings * each, each), sessions, made.summaries.back());
    if (suite.variants[policy] != suite.baseline)
      made.against_policy.push_back(
          compare(sessions, of_baseline, clusters, suite, suite.baseline));
    if (!recorded) continue;
    const auto before = matched(sessions, record);
    if (!before) return tl::unexpected(before.error());
    if (before->empty())
      made.unrecorded.push_back(suite.variants[policy]);
    else
      made.against_record.push_back(compare(sessions, *before, clusters, suite, "baseline file"));
  }
  // Nothing would be compared, and everything pass.
  if (recorded && made.against_record.empty())
    return failure(ErrorCode::invalid_argument,
                   "the baseline file knows none of the policies, of which the first is \"" +
                       suite.variants.front() + "\"; write it anew");
  const std::size_t for_policies = judge(made.against_policy, suite);
  const std::size_t for_record = judge(made.against_record, suite);
  made.logs_needed = made.with_record ? for_record : for_policies;
  return made;
}

}  // namespace rung::evaluation
