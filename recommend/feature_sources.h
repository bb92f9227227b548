#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "recommend/choice_model.h"
#include "recommend/ials.h"
#include "recommend/moment_counts.h"
#include "recommend/plays.h"
#include "recommend/popularity.h"
#include "recommend/session_neighbours.h"
#include "recommend/sparse_rows.h"
#include "recommend/transition_counts.h"

namespace rung::recommend {

/// All that is counted and computed from a log of plays, and what it says in a situation. A value.
struct FeatureSources {
  Popularity popularity;
  TransitionCounts transitions;
  SparseRows ease;  ///< What ease_weights found.
  TitleFactors ials;
  Sessions sessions;
  MomentCounts moments;

  [[nodiscard]] static FeatureSources train(const Plays& plays, std::uint64_t seed);

  [[nodiscard]] std::size_t titles() const { return popularity.counts().size(); }
  /// The features of all titles after `history` (oldest first, each below `titles()`) at a moment,
  /// whose device is one of `moments`; those outside `wanted` are zero. Titles of the history are
  /// excluded, and those that were never played.
  [[nodiscard]] FeatureTable features(std::span<const TitleIndex> history,
                                      const Moment& moment = {},
                                      const FeatureMask& wanted = all_features()) const;

  friend bool operator==(const FeatureSources&, const FeatureSources&) = default;
};

}  // namespace rung::recommend
