#include "cli/run_sweep.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/ranks.h"
#include "cli/sweep_journal.h"
#include "cli/sweep_progress.h"

namespace rung::cli {

using network_sim::BottleneckOutcome;
using network_sim::Outcome;
using network_sim::Sweep;

unsigned threads_for(unsigned jobs) {
  return jobs > 0 ? jobs : std::max(1U, std::thread::hardware_concurrency());
}

namespace {

/// What `run` gives for every scenario; with `stop_at_failure` none is begun behind a failure.
template <typename T, typename Run>
std::vector<Expected<T>> run_all(std::size_t size, unsigned jobs, bool stop_at_failure,
                                 const Run& run) {
  std::vector<Expected<T>> outcomes(size);
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (std::size_t i = next++; i < outcomes.size() && !failed; i = next++) {
      outcomes[i] = run(i);
      if (!outcomes[i] && stop_at_failure) failed = true;
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < jobs && i < outcomes.size(); ++i) others.emplace_back(work);
  work();
  others.clear();
  return outcomes;
}

/// A session's number and what it came to, as a line.
std::string line_of(std::size_t session, const Expected<Outcome>& outcome) {
  using Json = nlohmann::json;
  std::string line = std::to_string(session) + ' ';
  if (outcome) return line + format_outcome(*outcome) + '\n';
  const Error& error = outcome.error();
  return line +
         Json{static_cast<int>(error.code), error.message, error.where}.dump(
             -1, ' ', false, Json::error_handler_t::replace) +
         '\n';
}

/// Puts what such a line tells in its place; false for one that is damaged.
bool read_line(std::string_view line, std::vector<std::optional<Expected<Outcome>>>& into) {
  std::size_t session = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), session);
  if (error != std::errc() || session >= into.size() || end == line.data() + line.size())
    return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
  if (!line.starts_with('[')) {
    const auto outcome = parse_outcome(line);
    if (outcome) into[session] = *outcome;
    return outcome.has_value();
  }
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_array() || json.size() != 3) return false;
  into[session] = failure(static_cast<ErrorCode>(json[0].get<int>()), json[1].get<std::string>(),
                          json[2].get<std::string>());
  return true;
}

/// As run_all(), each rank every so manieth scenario. Behind the first failure of all there may be
/// scenarios that no rank has run.
template <typename Run>
Expected<std::vector<Expected<Outcome>>> run_all_on(Ranks& ranks, std::size_t size, unsigned jobs,
                                                    bool stop_at_failure, const Run& run) {
  const auto rank = static_cast<std::size_t>(ranks.rank());
  const auto step = static_cast<std::size_t>(ranks.size());
  const std::size_t share = size > rank ? (size - rank - 1) / step + 1 : 0;
  const auto own = run_all<Outcome>(share, jobs, stop_at_failure,
                                    [&](std::size_t i) { return run(rank + i * step); });
  std::string lines;
  for (std::size_t i = 0; i < share; ++i) {
    lines += line_of(rank + i * step, own[i]);
    if (!own[i] && stop_at_failure) break;
  }
  const auto texts = ranks.exchange(lines);
  if (!texts) return tl::unexpected(texts.error());
  std::vector<std::optional<Expected<Outcome>>> told(size);
  for (std::string_view text : *texts)
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size() - 1);
      if (!read_line(text.substr(0, end), told))
        return failure(ErrorCode::malformed, "a rank tells what this one does not understand");
      text.remove_prefix(end + 1);
    }
  std::vector<Expected<Outcome>> outcomes;
  outcomes.reserve(size);
  for (std::optional<Expected<Outcome>>& outcome : told) {
    if (!outcome)
      return failure(ErrorCode::malformed,
                     "no rank tells what became of session " + std::to_string(outcomes.size()));
    outcomes.push_back(*std::move(outcome));
    if (stop_at_failure && !outcomes.back()) break;
  }
  return outcomes;
}

/// All of them, or the first failure.
template <typename T>
Expected<std::vector<T>> all_or_failure(std::vector<Expected<T>> outcomes) {
  std::vector<T> made;
  made.reserve(outcomes.size());
  for (Expected<T>& outcome : outcomes) {
    if (!outcome) return tl::unexpected(outcome.error());
    made.push_back(*std::move(outcome));
  }
  return made;
}

}  // namespace

Expected<std::vector<Outcome>> run_sweep(const Sweep& sweep, unsigned jobs,
                                         const SweepObservers& observers) {
  if (observers.transfers != nullptr) observers.transfers->resize(sweep.size());
  const auto run = [&](std::size_t i) {
    const std::size_t number = observers.first_in_journal + i;
    const Outcome* known = observers.journal ? observers.journal->known(number) : nullptr;
    Expected<Outcome> outcome =
        known ? Expected<Outcome>(*known)
              : sweep.run(i, observers.transfers ? &(*observers.transfers)[i] : nullptr);
    if (!known && observers.journal && outcome) observers.journal->add(number, *outcome);
    if (observers.progress) observers.progress->add(1);
    return outcome;
  };
  if (observers.ranks == nullptr || observers.ranks->size() == 1)
    return all_or_failure(run_all<Outcome>(sweep.size(), jobs, true, run));
  auto outcomes = run_all_on(*observers.ranks, sweep.size(), jobs, true, run);
  if (!outcomes) return tl::unexpected(outcomes.error());
  return all_or_failure(*std::move(outcomes));
}

Expected<std::vector<BottleneckOutcome>> run_bottlenecks(const Sweep& sweep, unsigned jobs) {
  return all_or_failure(run_all<BottleneckOutcome>(
      sweep.size(), jobs, true, [&](std::size_t i) { return run_on_bottleneck(sweep, i); }));
}

Expected<std::vector<Expected<Outcome>>> run_each(const Sweep& sweep, unsigned jobs, Ranks* ranks) {
  const auto run = [&](std::size_t i) { return sweep.run(i); };
  if (ranks == nullptr || ranks->size() == 1)
    return run_all<Outcome>(sweep.size(), jobs, false, run);
  return run_all_on(*ranks, sweep.size(), jobs, false, run);
}

}  // namespace rung::cli
