#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "recommend/plays.h"
#include "recommend/sparse_rows.h"

namespace rung::recommend {

/// The sequences of viewers whom another one may be compared with. A value.
struct Sessions {
  /// Where a title was played.
  struct Occurrence {
    std::uint32_t session = 0;
    std::uint32_t place = 0;  ///< In `titles`.
    friend bool operator==(const Occurrence&, const Occurrence&) = default;
  };

  std::vector<std::uint32_t> starts = {0};  ///< Where each session begins, and the end.
  std::vector<TitleIndex> titles;           ///< Of one session after the other, oldest first.
  /// By title, those of title t from listed[t] to listed[t + 1], in the order of their sessions.
  std::vector<std::uint32_t> listed = {0};
  std::vector<Occurrence> occurrences;
  std::vector<float> norms;  ///< By session: one over the fourth root of its length.

  static constexpr std::size_t most = 100'000;

  /// Of the `most` viewers who played last, who played last coming last, the latest
  /// limits::regressed_plays plays.
  [[nodiscard]] static Sessions of(const Plays& plays);

  [[nodiscard]] std::size_t size() const { return starts.size() - 1; }
  /// Whether starts ascend to the end of the titles, and these lie below `count`.
  [[nodiscard]] bool consistent(std::size_t count) const;
  /// Computes `listed`, `occurrences` and `norms` anew, for sessions that were read. They must be
  /// consistent.
  void list_titles(std::size_t count);

  friend bool operator==(const Sessions&, const Sessions&) = default;
};

/// What the sessions most like `history` (oldest first) played about when they played what they
/// have in common with it: vector multiplication session-based k nearest neighbours (Ludewig and
/// Jannach, "Evaluation of session-based recommendation algorithms", UMUAI 2018, section 3.2.2),
/// with a distribution that sums to less than 1. Titles of the history are left out.
///
/// Of the latest 50 titles of the history, each step back counting 0.95 times, the rarer ones count
/// more (by the logarithm of the inverse share of sessions). A session is as near as the sum of
/// those that it has, over the fourth root of its length; of each title its 1000 latest occurrences
/// are looked at. The 100 nearest vote for the 200 plays before and behind the latest title that
/// they share with the history, each step away counting 0.95 times.
[[nodiscard]] SparseSums neighbour_shares(const Sessions& sessions,
                                          std::span<const TitleIndex> history);

}  // namespace rung::recommend
