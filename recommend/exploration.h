#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace rung::recommend {

/// A title that may stand in a row, and what is known of how readily it is chosen there.
struct RowCandidate {
  std::size_t title = 0;
  double probability = 0;   ///< That it is chosen, as far as the row itself tells nothing of it.
  std::int64_t seen = 0;    ///< How often it was looked at in the row.
  std::int64_t chosen = 0;  ///< And taken; at most `seen`.
};

/// A title at a place of a row, the place being that of the element.
struct PlacedTitle {
  std::size_t title = 0;
  double propensity = 1;  ///< How probable it was that this title would stand here.
  std::size_t usual = 0;  ///< The title that stands here without chance.
  friend bool operator==(const PlacedTitle&, const PlacedTitle&) = default;
};

/// The first `places` titles in the order of how readily they are taken to be chosen: the log-odds
/// of a title are those of its probability counted like twenty looks, and of its own looks.
/// Propensities are 1. Of equal ones the first in `candidates` comes first.
[[nodiscard]] std::vector<PlacedTitle> usual_row(std::span<const RowCandidate> candidates,
                                                 std::size_t places);

/// Thompson sampling (Thompson, Biometrika 25, 1933; Chapelle and Li, NIPS 2011): the log-odds of
/// every title are drawn from a normal distribution around those of usual_row() with the variance
/// 1/a + 1/b of a beta distribution's (Laplace's approximation, a and b at least 1), and titles
/// stand in the order of what was drawn. The propensity of a title at place k is the probability
/// that exactly k others drew more: the integral over its draw of a Poisson-binomial probability,
/// by Simpson's rule, to about 1e-6. It costs places^2 x candidates x 161 multiplications.
[[nodiscard]] std::vector<PlacedTitle> explored_row(std::span<const RowCandidate> candidates,
                                                    std::size_t places, Random& random);

}  // namespace rung::recommend
