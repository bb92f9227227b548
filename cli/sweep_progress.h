#pragma once

#include <atomic>
#include <cstddef>
#include <thread>

namespace rung::cli {

/// How many sessions of a run are done, how many a second, and how long the rest takes, in one line
/// on the standard error that is written over again and again. Nothing where no person watches,
/// with NO_COLOR set, or where it is not wanted. Takes itself away at the end. A resource; threads
/// may share it.
class SweepProgress {
 public:
  SweepProgress(std::size_t sessions, bool wanted);

  void add(std::size_t sessions) { done_ += sessions; }

 private:
  std::size_t sessions_;
  std::atomic<std::size_t> done_ = 0;
  std::jthread thread_;  // Last: it ends before what it reads.
};

}  // namespace rung::cli
