#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/expected.h"
#include "recommend/plays.h"
#include "recommend/recommender.h"

namespace rung::recommend {

/// How well one method foresaw the last play of every viewer.
struct MethodScores {
  std::string method;
  double ndcg_at_10 = 0;      ///< Mean of 1/log2(1 + rank), ranks from 1; zero beyond ten.
  double ndcg_error = 0;      ///< Standard error of that mean over the viewers.
  double hit_rate_at_10 = 0;  ///< Share of the viewers whose title was among the first ten.
  double log_loss = 0;        ///< Mean of -ln p of what was played, "other" included.
  double brier = 0;           ///< Mean of the summed squared differences over all options.
  double ece_at_10 = 0;  ///< |mean p - share of hits| over 15 bins of equal size of the top ten.

  friend bool operator==(const MethodScores&, const MethodScores&) = default;
};

struct Evaluation {
  std::size_t viewers = 0;  ///< Who were asked about.
  std::size_t titles = 0;
  std::size_t plays = 0;  ///< That were trained on.
  std::size_t other = 0;  ///< Last plays of titles that nobody played before or the viewer had.
  std::vector<MethodScores> methods;  ///< The recommender first, then its baselines.

  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

/// Leave-one-out: the last play of every viewer with two plays or more is kept away, the rest is
/// trained on, and each method says what comes last. Every baseline gets the same care as the
/// recommender: its own logit over its own features, with popularity for what it does not know,
/// fitted on the same choices. Fails with malformed where no viewer has two plays.
[[nodiscard]] Expected<Evaluation> evaluate_next_title(const Plays& plays,
                                                       const TrainingOptions& options = {});

}  // namespace rung::recommend
