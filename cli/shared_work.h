#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/failure_text.h"
#include "cli/outcome_text.h"
#include "cli/ranks.h"
#include "core/expected.h"

namespace rung::cli {

/// What `run` gives for every number below `size`, on `jobs` threads (at least one); with
/// `stop_at_failure` none is begun behind a failure. As the numbers are taken in order, the first
/// failure of all is among those that ran.
template <typename T, typename Run>
std::vector<Expected<T>> run_all(std::size_t size, unsigned jobs, bool stop_at_failure,
                                 const Run& run) {
  std::vector<Expected<T>> outcomes(size);
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    while (!failed) {
      const std::size_t i = next++;  // What is taken is run, whatever fails meanwhile.
      if (i >= outcomes.size()) return;
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

/// The same on all ranks together: each runs every so manieth, and all get all outcomes, but those
/// behind the first failure where that stops the rest. Fails where ranks cannot exchange.
template <typename T, typename Run>
Expected<std::vector<Expected<T>>> run_shared(Ranks& ranks, std::size_t size, unsigned jobs,
                                              bool stop_at_failure, const Run& run) {
  if (ranks.size() == 1) return run_all<T>(size, jobs, stop_at_failure, run);
  const auto own = run_all<T>(ranks.share(size), jobs, stop_at_failure,
                              [&](std::size_t i) { return run(ranks.place(i)); });
  std::vector<std::string> texts;
  for (const Expected<T>& outcome : own) {
    texts.push_back(outcome ? format_outcome(*outcome) : format_failure(outcome.error()));
    if (!outcome && stop_at_failure) break;
  }
  const auto told = ranks.gather(size, std::move(texts));
  if (!told) return tl::unexpected(told.error());
  std::vector<Expected<T>> outcomes;
  outcomes.reserve(size);
  for (const std::string& text : *told) {
    T outcome;
    Error error;
    if (parse_outcome(text, outcome)) {
      outcomes.push_back(std::move(outcome));
      continue;
    }
    if (!parse_failure(text, error))
      return failure(ErrorCode::malformed,
                     "no rank tells what became of session " + std::to_string(outcomes.size()));
    outcomes.push_back(tl::unexpected(std::move(error)));
    if (stop_at_failure) break;
  }
  return outcomes;
}

/// All of them, or the first failure.
template <typename T>
Expected<std::vector<T>> all_or_failure(Expected<std::vector<Expected<T>>> outcomes) {
  if (!outcomes) return tl::unexpected(outcomes.error());
  std::vector<T> made;
  made.reserve(outcomes->size());
  for (Expected<T>& outcome : *outcomes) {
    if (!outcome) return tl::unexpected(outcome.error());
    made.push_back(*std::move(outcome));
  }
  return made;
}

}  // namespace rung::cli
