#include "cli/outcome_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <system_error>

#include "core/time.h"
#include "core/units.h"
#include "network_sim/shared_link.h"
#include "session/session_report.h"

namespace rung::cli {
namespace {

using network_sim::BottleneckOutcome;
using network_sim::Outcome;
using network_sim::ViewingOutcome;

/// That a simulator prints of a session.
constexpr std::size_t most_totals = 100;
/// Titles that a viewer sees one after the other.
constexpr std::size_t most_startups = 100'000;
/// Between sessions of one outcome.
constexpr char separator = ';';

/// Takes the next cell of a line; false where there is none or it is no number of that kind.
template <typename T>
bool take(std::string_view& line, T& into) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + space, into);
  if (error != std::errc() || end != line.data() + space || space == 0) return false;
  line.remove_prefix(std::min(space + 1, line.size()));
  return true;
}

bool take(std::string_view& line, Duration& into) {
  Duration::rep count = 0;
  if (!take(line, count)) return false;
  into = Duration(count);
  return true;
}

bool take(std::string_view& line, ByteCount& into) {
  std::int64_t bytes = 0;
  if (!take(line, bytes)) return false;
  into = ByteCount(bytes);
  return true;
}

/// Takes what stands before the next separator, or all.
std::string_view take_part(std::string_view& line) {
  const std::size_t size = std::min(line.find(separator), line.size());
  const std::string_view part = line.substr(0, size);
  line.remove_prefix(std::min(size + 1, line.size()));
  return part;
}

}  // namespace

std::string format_outcome(const Outcome& outcome) {
  // Names every field, so that a new one does not compile here.
  const auto& [end, elapsed, startup, played, stalled, seeking, paused, stalls, latency, segments,
               kbps, switches, qoe, qoe_per_segment, measure, received, discarded, upgrades,
               replaced, abandonments, failures, fallbacks, losses, corrected, observations] =
      outcome.report;
  std::string text = fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}",
      static_cast<int>(end), elapsed.count(), startup.count(), played.count(), stalled.count(),
      seeking.count(), paused.count(), stalls, latency ? 1 : 0,
      latency.value_or(Duration()).count(), segments, kbps, switches, qoe, qoe_per_segment, measure,
      received.bytes(), discarded.bytes(), upgrades, replaced.bytes(), abandonments, failures,
      fallbacks, losses, corrected.count(), observations, outcome.fingerprint);
  for (const double total : outcome.totals) text += fmt::format(" {}", total);
  return text;
}

bool parse_outcome(std::string_view line, Outcome& into) {
  into = {};
  session::SessionReport& report = into.report;
  int end = 0;
  int live = 0;
  Duration latency{};
  const bool good =
      take(line, end) && take(line, report.elapsed) && take(line, report.startup_delay) &&
      take(line, report.played) && take(line, report.stalled) && take(line, report.seeking) &&
      take(line, report.paused) && take(line, report.stall_count) && take(line, live) &&
      take(line, latency) && take(line, report.segments) && take(line, report.mean_kbps) &&
      take(line, report.switches) && take(line, report.qoe_sum) &&
      take(line, report.qoe_per_segment) && take(line, report.mean_measure) &&
      take(line, report.received) && take(line, report.discarded) && take(line, report.upgrades) &&
      take(line, report.replaced) && take(line, report.abandonments) &&
      take(line, report.failures) && take(line, report.fallbacks) && take(line, report.losses) &&
      take(line, report.corrected) && take(line, report.observations) &&
      take(line, into.fingerprint);
  if (!good || end < 0 || end > static_cast<int>(session::EndReason::time_limit)) return false;
  while (!line.empty())
    if (into.totals.size() == most_totals || !take(line, into.totals.emplace_back())) return false;
  report.end = static_cast<session::EndReason>(end);
  if (live != 0) report.latency = latency;
  return true;
}

std::string format_outcome(const BottleneckOutcome& outcome) {
  const auto& [sessions, instability, jain, unfairness] = outcome;
  std::string text = fmt::format("{} {}", jain, unfairness);
  for (const double value : instability) text += fmt::format(" {}", value);
  for (const Outcome& session : sessions) text += separator + format_outcome(session);
  return text;
}

bool parse_outcome(std::string_view line, BottleneckOutcome& into) {
  into = {};
  std::string_view shared = take_part(line);
  if (!take(shared, into.jain) || !take(shared, into.unfairness)) return false;
  constexpr std::size_t most = network_sim::SharedLink::max_transfers;
  while (!shared.empty())
    if (into.instability.size() == most || !take(shared, into.instability.emplace_back()))
      return false;
  while (!line.empty())
    if (into.sessions.size() == most ||
        !parse_outcome(take_part(line), into.sessions.emplace_back()))
      return false;
  return into.sessions.size() == into.instability.size();
}

std::string format_outcome(const ViewingOutcome& outcome) {
  const auto& [startups, running, seen_kbps, received, prefetches, used] = outcome;
  const auto& [prefetched, discarded, transfers, cancelled, failures] = prefetches;
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {}", received.bytes(), used.bytes(), prefetched.bytes(),
                  discarded.bytes(), transfers, cancelled, failures, seen_kbps);
  for (const Duration startup : startups)
    fmt::format_to(std::back_inserter(text), " {}", startup.count());
  return text + separator + format_outcome(Outcome{.report = running});
}

bool parse_outcome(std::string_view line, ViewingOutcome& into) {
  into = {};
  std::string_view numbers = take_part(line);
  prefetch::PrefetchReport& prefetches = into.prefetches;
  if (!take(numbers, into.received) || !take(numbers, into.used) ||
      !take(numbers, prefetches.received) || !take(numbers, prefetches.discarded) ||
      !take(numbers, prefetches.transfers) || !take(numbers, prefetches.cancelled) ||
      !take(numbers, prefetches.failures) || !take(numbers, into.seen_kbps))
    return false;
  while (!numbers.empty())
    if (into.startups.size() == most_startups || !take(numbers, into.startups.emplace_back()))
      return false;
  Outcome first;
  if (!parse_outcome(line, first)) return false;
  into.running = first.report;
  return true;
}

}  // namespace rung::cli
