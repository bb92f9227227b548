#pragma once

#include <span>

#include "recommend/plays.h"
#include "recommend/sparse_rows.h"

namespace rung::recommend {

/// What each title says for each other one when all titles of a history are weighed together: the
/// weights of EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019,
/// equation 8), one row for each title of `plays`.
///
/// G counts how many viewers played both titles, P is the inverse of G + lambda I, and the weight
/// of title i for title j is -P(i,j) / P(j,j). We differ from the paper: only the
/// limits::regressed_titles most played titles have rows and columns (the lower index where plays
/// are equal), of each viewer only the latest limits::regressed_plays plays count, a row keeps its
/// 256 largest weights above zero, and lambda is 200 and 1/10000 of G's trace, so that the inverse
/// is sound in single precision whatever the plays.
[[nodiscard]] SparseRows ease_weights(const Plays& plays);

/// The sums of the weights of the latest 200 titles of `history` (oldest first), each step back
/// counting 0.98 times, over the sum of all and a tenth: a distribution that sums to less than 1.
[[nodiscard]] SparseSums ease_shares(const SparseRows& weights,
                                     std::span<const TitleIndex> history);

}  // namespace rung::recommend
