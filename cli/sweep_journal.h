#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "network_sim/scenario.h"
#include "network_sim/sweep.h"

namespace rung::cli {

class Ranks;

/// A number over all that the outcomes of a sweep are functions of: its policies (the files that
/// the names of those from outside Rung lead to included), titles, traces, seeds and options, and
/// Rung's version.
[[nodiscard]] std::uint64_t digest_of(const network_sim::Sweep& sweep);

/// The first of the policies that digest_of() does not tell from another version of itself: a
/// command none of whose words is a file.
[[nodiscard]] std::optional<Error> not_for_journals(const std::vector<std::string>& policies);

/// The sessions of a run that are done, in a file, so that a run that was interrupted can go on. A
/// resource; threads may share it. A line holds a session's number, its outcome and a checksum of
/// both; what a stop has torn off is dropped, and run again.
class SweepJournal {
 public:
  /// Of a run of `sessions` sessions whose sweeps have this digest. With `go_on` it goes on with a
  /// file that is there; without, such a file is refused. Fails on one of another run. Of several
  /// ranks each writes a file of its own, with its number behind the name but for the first one's,
  /// and knows what is in any: every rank must call it, and fails where one does. Nothing for an
  /// empty path.
  [[nodiscard]] static Expected<std::unique_ptr<SweepJournal>> open(const std::string& path,
                                                                    bool go_on,
                                                                    std::uint64_t digest,
                                                                    std::size_t sessions,
                                                                    Ranks& ranks);
  ~SweepJournal();
  SweepJournal(const SweepJournal&) = delete;
  SweepJournal& operator=(const SweepJournal&) = delete;

  /// What an earlier run found; nullptr for a session that is still to be run. The map does not
  /// change any more.
  [[nodiscard]] const network_sim::Outcome* known(std::size_t session) const;
  [[nodiscard]] std::size_t known() const { return known_.size(); }
  /// Writes a session that was run: it is in the file then, whatever becomes of the process.
  void add(std::size_t session, const network_sim::Outcome& outcome);
  /// Fails where anything could not be written.
  [[nodiscard]] Expected<void> flush();

 private:
  SweepJournal(std::string path, std::FILE* file,
               std::map<std::size_t, network_sim::Outcome> known);

  std::string path_;
  std::FILE* file_;
  std::map<std::size_t, network_sim::Outcome> known_;
  std::mutex mutex_;
};

/// Flushes the journals of all ranks; fails on every one where it fails on one. Every rank must
/// call it; of nothing it keeps nothing.
[[nodiscard]] Expected<void> keep(SweepJournal* journal, Ranks& ranks);

}  // namespace rung::cli
