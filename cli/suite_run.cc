#include "cli/suite_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "cli/files.h"
#include "cli/timelines.h"
#include "core/limits.h"
#include "core/time.h"
#include "network_sim/fingerprint.h"
#include "network_sim/scenario.h"
#include "network_sim/sweep.h"
#include "session/session_report.h"
#include "session/timeline.h"

namespace rung::cli {
namespace {

using evaluation::SessionBounds;
using evaluation::SessionScore;
using network_sim::Outcome;
using network_sim::Sweep;

SessionScore score_of(const Sweep& sweep, std::size_t index, const Outcome& outcome) {
  const Sweep::Place at = sweep.place(index);
  const session::SessionReport& report = outcome.report;
  return {.policy = {},
          .title = sweep.titles[at.title].name,
          .trace = sweep.links[at.link].trace().name(),
          .seed = sweep.seeds[at.seed],
          .played_out = report.end == session::EndReason::played_out,
          .qoe = report.qoe_per_segment,
          .startup_s = to_seconds(report.startup_delay),
          .stalled_s = to_seconds(report.stalled),
          .mean_kbps = report.mean_kbps,
          .switches = static_cast<double>(report.switches),
          .fingerprint = outcome.fingerprint};
}

}  // namespace

SuiteRun::SuiteRun(evaluation::Suite suite, Run run)
    : suite_(std::move(suite)), run_(std::move(run)) {
  std::map<std::string, std::size_t> sessions;
  std::map<std::string, std::size_t> networks;
  for (const evaluation::GridSetting& setting : evaluation::settings_of(suite_.grid)) {
    const std::string& network = setting.network_name;
    places_.push_back(
        {.session = sessions.try_emplace(setting.session_name, sessions.size()).first->second,
         .network = networks.try_emplace(network, networks.size()).first->second,
         .trace_prefix = network.empty() ? "" : network + '/'});
  }
  session_settings_ = sessions.size();
  network_settings_ = networks.size();
}

Expected<SuiteRun> SuiteRun::load(const std::string& path, bool regret,
                                  const std::shared_ptr<plugin::PolicySource>& source) {
  const auto text = read_file(path, limits::manifest_size);
  if (!text) return tl::unexpected(text.error());
  auto suite = evaluation::parse_suite(*text, path);
  if (!suite) return tl::unexpected(suite.error());
  suite->regret = suite->regret || regret;
  std::vector<SweepSettings> settings;
  for (const evaluation::GridSetting& setting : evaluation::settings_of(suite->grid))
    settings.push_back(sweep_settings(suite->grid, setting));
  auto run = make_run(settings, beside(path, suite->grid.titles), beside(path, suite->grid.traces),
                      path, evaluation::most_suite_sessions, source);
  if (!run) return tl::unexpected(run.error());
  for (const network_sim::LinkCapacity& link : run->sweep.links)
    if (const std::string& name = link.trace().name();
        name.find_first_of("\t\r\n") != std::string::npos)
      return failure(ErrorCode::invalid_argument,
                     "the file's name has a tab or a line end; a baseline cannot name it", name);
  return SuiteRun(*std::move(suite), *std::move(run));
}

std::size_t SuiteRun::settings_without_estimator() const {
  return run_.settings.size() / std::max<std::size_t>(1, suite_.grid.estimators.size());
}

std::size_t SuiteRun::sessions() const {
  // The oracle runs with one seed, the lowest representation with all.
  const std::size_t seeds = run_.sweep.seeds.size();
  const std::size_t bounded =
      suite_.regret ? settings_without_estimator() * each() / seeds * (1 + seeds) : 0;
  return run_.sessions() + bounded;
}

std::uint64_t SuiteRun::digest() {
  network_sim::Fingerprint digest;
  digest.add(digest_of_all(run_));
  digest.add(suite_.regret ? 1 : 0);
  return digest.value();
}

Expected<std::vector<SessionScore>> SuiteRun::scores(unsigned jobs, SweepObservers& observers) {
  Sweep& sweep = run_.sweep;
  std::vector<SessionScore> scores(run_.sessions());
  for (std::size_t number = 0; number < run_.settings.size(); ++number) {
    run_.settings[number].put_into(sweep);
    const auto outcomes = run_sweep(sweep, jobs, observers);
    if (!outcomes) return tl::unexpected(outcomes.error());
    observers.first_in_journal += outcomes->size();
    const Place& place = places_[number];
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      const std::size_t variant = i / each() * session_settings_ + place.session;
      SessionScore score = score_of(sweep, i, (*outcomes)[i]);
      score.policy = suite_.variants[variant];
      score.trace.insert(0, place.trace_prefix);
      scores[(variant * network_settings_ + place.network) * each() + i % each()] =
          std::move(score);
    }
  }
  return scores;
}

Expected<std::vector<SessionBounds>> SuiteRun::bounds(unsigned jobs,
                                                      SweepObservers& observers) const {
  std::vector<SessionBounds> bounds;
  if (!suite_.regret) return bounds;
  bounds.resize(session_settings_ * network_settings_ * each());
  Sweep sweep = run_.sweep;
  const std::vector<std::uint64_t> seeds = sweep.seeds;
  const std::size_t settings = settings_without_estimator();
  for (std::size_t number = 0; number < settings; ++number) {
    run_.settings[number].put_into(sweep);
    sweep.policies = {std::string(network_sim::oracle_policy)};
    sweep.seeds = {seeds.front()};  // Nothing fails for the oracle, so it never draws.
    const auto best = run_each(sweep, jobs, observers);
    if (!best) return tl::unexpected(best.error());
    observers.first_in_journal += best->size();
    sweep.policies = {"fixed:lowest"};
    sweep.seeds = seeds;
    const auto lowest = run_sweep(sweep, jobs, observers);
    if (!lowest) return tl::unexpected(lowest.error());
    observers.first_in_journal += lowest->size();
    for (std::size_t i = 0; i < lowest->size(); ++i) {
      const Expected<Outcome>& optimum = (*best)[i / seeds.size()];
      SessionBounds bound{
          .optimum = {}, .lowest = (*lowest)[i].report.qoe_per_segment, .unknown = {}};
      if (optimum)
        bound.optimum = optimum->report.qoe_per_segment;
      else
        bound.unknown = optimum.error().message;
      // The estimator changes slowest, and is the same to both.
      for (std::size_t same = number; same < places_.size(); same += settings)
        bounds[(places_[same].session * network_settings_ + places_[same].network) * each() + i] =
            bound;
    }
  }
  return bounds;
}

Expected<std::vector<evaluation::TimelineGroup>> SuiteRun::timelines(
    std::span<const SessionScore> scores, std::size_t wanted) {
  Sweep& sweep = run_.sweep;
  const std::size_t of_variant = network_settings_ * each();
  const auto baseline = static_cast<std::size_t>(
      std::ranges::find(suite_.variants, suite_.baseline) - suite_.variants.begin());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < of_variant; i += sweep.seeds.size()) order.push_back(i);
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) { return scores[baseline * of_variant + i].qoe; });
  wanted = std::min(wanted, order.size());
  std::vector<evaluation::TimelineGroup> groups;
  for (std::size_t n = 0; n < wanted; ++n) {
    const std::size_t at = order[wanted == 1 ? 0 : n * (order.size() - 1) / (wanted - 1)];
    groups.push_back({.caption = scores[at].title + ", " + scores[at].trace, .sessions = {}});
    std::size_t others = 0;
    for (std::size_t variant = 0; variant < suite_.variants.size(); ++variant) {
      if (variant != baseline && ++others > most_drawn) continue;
      const std::size_t number = static_cast<std::size_t>(
          std::ranges::find_if(places_,
                               [&](const Place& place) {
                                 return place.session == variant % session_settings_ &&
                                        place.network == at / each();
                               }) -
          places_.begin());
      run_.settings[number].put_into(sweep);
      session::Timeline timeline;
      const auto outcome =
          sweep.run(variant / session_settings_ * each() + at % each(), nullptr, &timeline);
      if (!outcome) return tl::unexpected(outcome.error());
      groups.back().sessions.push_back(
          drawn(timeline, suite_.variants[variant],
                fmt::format("QoE {:.3f}", outcome->report.qoe_per_segment)));
    }
  }
  return groups;
}

}  // namespace rung::cli
