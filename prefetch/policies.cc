#include "prefetch/policies.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "prefetch/planner.h"
#include "prefetch/shadow_price.h"
#include "prefetch/title_ladder.h"

namespace rung::prefetch {

namespace {

/// Titles that the rules by rank fetch.
constexpr std::size_t top = 5;

constexpr std::array<std::string_view, 9> names{"none",    "next-episode", "media3",
                                                "popular", "fixed",        "uncalibrated",
                                                "dashlet", "rung",         "oracle"};

/// The title's next step, where the running title does not need the link.
void add_step(const View& view, std::size_t title, Stage last, std::vector<Wish>& wishes) {
  const auto step = next_step(view, title, last);
  if (step && std::isfinite(shadow_price(view, *step))) wishes.push_back(*step);
}

class None final : public Policy {
 public:
  std::vector<Wish> wishes(const View&) override { return {}; }
};

/// The title behind the running one, with its head.
class NextEpisode final : public Policy {
 public:
  std::vector<Wish> wishes(const View& view) override {
    std::vector<Wish> found;
    for (std::size_t i = 0; i < view.candidates.size(); ++i)
      if (view.candidates[i].distance == 1) add_step(view, i, Stage::full_head, found);
    return found;
  }
};

/// As Media3's DefaultPreloadManager is told to in its documentation: media of the next title and
/// of the one before, the manifests of those within four places.
class Neighbours final : public Policy {
 public:
  std::vector<Wish> wishes(const View& view) override {
    constexpr int manifests = 4;
    std::vector<Wish> found;
    for (int away = 1; away <= manifests; ++away)
      for (std::size_t i = 0; i < view.candidates.size(); ++i)
        if (std::abs(view.candidates[i].distance) == away)
          add_step(view, i, away == 1 ? Stage::full_head : Stage::manifest, found);
    return found;
  }
};

/// The thin heads of the first few titles by a number of each.
class TopTitles final : public Policy {
 public:
  explicit TopTitles(double Candidate::*rank) : rank_(rank) {}
  std::vector<Wish> wishes(const View& view) override {
    std::vector<std::size_t> order(view.candidates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return view.candidates[a].*rank_ > view.candidates[b].*rank_;
    });
    order.resize(std::min(order.size(), top));
    std::vector<Wish> found;
    for (const std::size_t title : order) add_step(view, title, Stage::thin_head, found);
    return found;
  }

 private:
  double Candidate::*rank_;
};

/// The planner, told scores in place of probabilities: every candidate's share of the best one's.
class Uncalibrated final : public Policy {
 public:
  explicit Uncalibrated(LeavesWithin leaves) : planner_(std::move(leaves)) {}
  std::vector<Wish> wishes(const View& view) override {
    std::vector<Candidate> told(view.candidates.begin(), view.candidates.end());
    double best = 0;
    for (const Candidate& candidate : told) best = std::max(best, candidate.probability);
    if (best > 0)
      for (Candidate& candidate : told) candidate.probability /= best;
    View scores = view;
    scores.candidates = told;
    return planner_.wishes(scores);
  }

 private:
  Planner planner_;
};

/// After Dashlet (Li et al., NSDI 2023): by the chance that a title is on screen within the
/// horizon, that is its probability times that of leaving the running one by then; heads in that
/// order, down to a least chance.
class Dashlet final : public Policy {
 public:
  explicit Dashlet(LeavesWithin leaves) : leaves_(std::move(leaves)) {}
  std::vector<Wish> wishes(const View& view) override {
    constexpr Duration horizon = std::chrono::seconds(25);
    constexpr double least = 0.02;
    const double leaving = leaves_ ? leaves_(view.position, horizon) : 1;
    std::vector<std::pair<double, std::size_t>> chances;
    for (std::size_t i = 0; i < view.candidates.size(); ++i)
      if (const double chance = view.candidates[i].probability * leaving; chance >= least)
        chances.emplace_back(-chance, i);
    std::ranges::sort(chances);
    std::vector<Wish> found;
    for (const auto& [chance, title] : chances) add_step(view, title, Stage::full_head, found);
    return found;
  }

 private:
  LeavesWithin leaves_;
};

/// Knows where the viewer goes.
class Oracle final : public Policy {
 public:
  explicit Oracle(std::optional<std::size_t> next) : next_(next) {}
  std::vector<Wish> wishes(const View& view) override {
    std::vector<Wish> found;
    if (next_) add_step(view, *next_, Stage::further, found);
    return found;
  }

 private:
  std::optional<std::size_t> next_;
};

}  // namespace

Expected<std::unique_ptr<Policy>> make_policy(std::string_view name, PolicyKnowledge knowledge) {
  if (name == "none") return std::make_unique<None>();
  if (name == "next-episode") return std::make_unique<NextEpisode>();
  if (name == "media3") return std::make_unique<Neighbours>();
  if (name == "popular") return std::make_unique<TopTitles>(&Candidate::popularity);
  if (name == "fixed") return std::make_unique<TopTitles>(&Candidate::probability);
  if (name == "uncalibrated") return std::make_unique<Uncalibrated>(std::move(knowledge.leaves));
  if (name == "dashlet") return std::make_unique<Dashlet>(std::move(knowledge.leaves));
  if (name == "rung") return std::make_unique<Planner>(std::move(knowledge.leaves));
  if (name == "oracle") return std::make_unique<Oracle>(knowledge.next);
  std::string known;
  for (const std::string_view each : names)
    known += (known.empty() ? "" : ", ") + std::string(each);
  return failure(ErrorCode::not_found, "is no prefetch policy; there are " + known,
                 std::string(name));
}

std::span<const std::string_view> policy_names() { return names; }

}  // namespace rung::prefetch
