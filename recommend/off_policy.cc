#include "recommend/off_policy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include "core/catalogue_limits.h"
#include "core/check.h"

namespace rung::recommend {
namespace {

constexpr std::uint32_t folds = 5;
/// Decisions by which the means of the model are drawn to what they are drawn to.
constexpr std::array strengths{1.0, 10.0, 100.0, 1000.0};

struct Tally {
  double count = 0;
  double sum = 0;
  void add(double reward) {
    ++count;
    sum += reward;
  }
  /// The mean, drawn to `base` by `strength` decisions.
  [[nodiscard]] double drawn_to(double base, double strength) const {
    return (sum + strength * base) / (count + strength);
  }
};

/// Weights of titles at places.
using Masses = std::map<std::pair<std::uint32_t, std::uint32_t>, double>;

std::uint64_t cell_key(std::uint32_t place, std::uint32_t title) {
  return std::uint64_t{place} << 32 | title;
}

/// The mean reward of a title at a place; linear in the rewards.
class RewardModel {
 public:
  /// Of all decisions that are not in the fold `without`.
  RewardModel(const LoggedDecisions& log, std::uint32_t without, double strength)
      : strength_(strength), titles_(log.titles.size()), places_(log.places.size()) {
    for (const LoggedDecision& decision : log.decisions) {
      if (decision.cluster % folds == without) continue;
      all_.add(decision.reward);
      titles_[decision.title].add(decision.reward);
      places_[decision.place].add(decision.reward);
      cells_[cell_key(decision.place, decision.title)].add(decision.reward);
    }
    mean_ = all_.count > 0 ? all_.sum / all_.count : 0;
  }

  [[nodiscard]] double operator()(std::uint32_t place, std::uint32_t title) const {
    const double base = places_[place].drawn_to(mean_, strength_) +
                        of_title(title).drawn_to(mean_, strength_) - mean_;
    return of_cell(place, title).drawn_to(base, strength_);
  }
  [[nodiscard]] double strength() const { return strength_; }
  [[nodiscard]] bool has(std::uint32_t place, std::uint32_t title) const {
    return cells_.contains(cell_key(place, title));
  }

  /// How much the reward of each decision counts in the sum of the model over titles at places,
  /// each weighed with its `mass`.
  [[nodiscard]] std::vector<double> leverage(const LoggedDecisions& log, const Masses& mass) const {
    std::unordered_map<std::uint64_t, double> by_cell;
    std::vector<double> by_title(titles_.size());
    std::vector<double> by_place(places_.size());
    double by_all = 0;
    const auto freed = [this](const Tally& tally) { return strength_ / (tally.count + strength_); };
    for (const auto& [where, weight] : mass) {
      const auto [place, title] = where;
      const Tally& cell = of_cell(place, title);
      if (cell.count > 0) by_cell[cell_key(place, title)] = weight / (cell.count + strength_);
      const double to_base = weight * freed(cell);
      by_place[place] += to_base / (places_[place].count + strength_);
      if (title != unknown_title) by_title[title] += to_base / (of_title(title).count + strength_);
      by_all += to_base * (freed(places_[place]) + freed(of_title(title)) - 1);
    }
    std::vector<double> all;
    for (const LoggedDecision& decision : log.decisions) {
      const auto cell = by_cell.find(cell_key(decision.place, decision.title));
      all.push_back((cell == by_cell.end() ? 0 : cell->second) + by_place[decision.place] +
                    by_title[decision.title] + by_all / all_.count);
    }
    return all;
  }

 private:
  [[nodiscard]] const Tally& of_title(std::uint32_t title) const {
    return title == unknown_title ? nothing_ : titles_[title];
  }
  [[nodiscard]] const Tally& of_cell(std::uint32_t place, std::uint32_t title) const {
    const auto found = cells_.find(cell_key(place, title));
    return found == cells_.end() ? nothing_ : found->second;
  }

  double strength_;
  std::vector<Tally> titles_;
  std::vector<Tally> places_;
  std::unordered_map<std::uint64_t, Tally> cells_;
  Tally all_;
  Tally nothing_;
  double mean_ = 0;
};

/// One model for each fold that it does not know.
std::vector<RewardModel> models_without_folds(const LoggedDecisions& log) {
  std::vector<RewardModel> best;
  double least = std::numeric_limits<double>::infinity();
  for (const double strength : strengths) {
    std::vector<RewardModel> models;
    for (std::uint32_t fold = 0; fold < folds; ++fold) models.emplace_back(log, fold, strength);
    double squares = 0;
    for (const LoggedDecision& decision : log.decisions) {
      const double error =
          decision.reward - models[decision.cluster % folds](decision.place, decision.title);
      squares += error * error;
    }
    if (squares >= least) continue;
    least = squares;
    best = std::move(models);
  }
  return best;
}

double probability_of(const std::vector<TitleShare>& distribution, std::uint32_t title) {
  const auto found = std::ranges::lower_bound(distribution, title, {}, &TitleShare::title);
  return found == distribution.end() || found->title != title ? 0 : found->probability;
}

/// Decisions for which a policy says the same at the same place.
struct Situation {
  std::uint32_t place = 0;
  std::uint32_t distribution = 0;
  friend auto operator<=>(const Situation&, const Situation&) = default;
};

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// How far estimates can be trusted that stand on so many independent decisions.
class Trust {
 public:
  Trust(const LoggedDecisions& log, double effective) : log_(log) {
    const double independent = std::min(static_cast<double>(log.clusters), effective);
    degrees_ = static_cast<std::size_t>(std::max(independent - 1, 1.0));
  }

  /// Of the mean of `influence`, whose own mean counts for nothing.
  [[nodiscard]] double standard_error(std::span<const double> influence) const {
    if (log_.clusters < 2) return std::numeric_limits<double>::infinity();
    const double mean = mean_of(influence);
    std::vector<double> sums(log_.clusters);
    for (std::size_t at = 0; at < influence.size(); ++at)
      sums[log_.decisions[at].cluster] += influence[at] - mean;
    double squares = 0;
    for (const double sum : sums) squares += sum * sum;
    const auto clusters = static_cast<double>(log_.clusters);
    return std::sqrt(squares * clusters / (clusters - 1)) / static_cast<double>(influence.size());
  }
  [[nodiscard]] ValueEstimate of(std::string_view method, double value,
                                 std::span<const double> influence) const {
    return {method, value, standard_error(influence), degrees_};
  }

 private:
  const LoggedDecisions& log_;
  std::size_t degrees_ = 1;
};

/// Weights of decisions, none beyond the bound, and what there is to say of them.
std::vector<double> weigh(const LoggedDecisions& log, const TargetPolicy& policy,
                          OffPolicyReport& report) {
  std::vector<double> weights;
  weights.reserve(log.decisions.size());
  double sum = 0;
  double squares = 0;
  for (std::size_t at = 0; at < log.decisions.size(); ++at) {
    const LoggedDecision& decision = log.decisions[at];
    const double weight =
        probability_of(policy.distributions[policy.of[at]], decision.title) / decision.propensity;
    report.largest_weight = std::max(report.largest_weight, weight);
    if (weight > report.weight_bound) ++report.cut;
    weights.push_back(std::min(weight, report.weight_bound));
    sum += weights.back();
    squares += weights.back() * weights.back();
  }
  report.mean_weight = sum / static_cast<double>(log.decisions.size());
  report.effective_decisions = squares > 0 ? sum * sum / squares : 0;
  return weights;
}

/// What models of the rewards say of a policy.
class Foreseen {
 public:
  Foreseen(const LoggedDecisions& log, const TargetPolicy& policy)
      : log_(log), without_(models_without_folds(log)), whole_(log, folds, without_[0].strength()) {
    std::map<Situation, std::size_t> numbers;
    const double share = 1 / static_cast<double>(log.decisions.size());
    std::vector<double> shares;
    for (std::size_t at = 0; at < log.decisions.size(); ++at) {
      const Situation situation{log.decisions[at].place, policy.of[at]};
      const auto [found, added] = numbers.try_emplace(situation, numbers.size());
      if (added) shares.push_back(0);
      shares[found->second] += share;
      situation_of_.push_back(found->second);
    }
    foreseen_.resize(numbers.size());
    for (const auto& [situation, number] : numbers)
      for (const TitleShare& each : policy.distributions[situation.distribution]) {
        if (each.probability == 0) continue;
        const double mass = shares[number] * each.probability;
        mass_[{situation.place, each.title}] += mass;
        if (!whole_.has(situation.place, each.title))
          unsupported_[{situation.place, each.title}] += mass;
        for (std::uint32_t fold = 0; fold < folds; ++fold)
          foreseen_[number][fold] += each.probability * without_[fold](situation.place, each.title);
        foreseen_[number][folds] += each.probability * whole_(situation.place, each.title);
      }
  }

  /// Of what the policy shows instead of the decision.
  [[nodiscard]] double of_policy(std::size_t at) const {
    return foreseen_[situation_of_[at]][folds];
  }
  [[nodiscard]] double of_policy_without_fold(std::size_t at) const {
    return foreseen_[situation_of_[at]][fold_of(at)];
  }
  /// The reward of the decision less what was foreseen of it.
  [[nodiscard]] double surprise(std::size_t at) const { return surprise(whole_, at); }
  [[nodiscard]] double surprise_without_fold(std::size_t at) const {
    return surprise(without_[fold_of(at)], at);
  }
  [[nodiscard]] std::vector<double> leverage() const { return whole_.leverage(log_, mass_); }
  /// The same of what the log never shows alone.
  [[nodiscard]] std::vector<double> unsupported_leverage() const {
    return whole_.leverage(log_, unsupported_);
  }
  [[nodiscard]] double unsupported() const {
    double sum = 0;
    for (const auto& [where, mass] : unsupported_) sum += mass;
    return sum;
  }

 private:
  [[nodiscard]] std::uint32_t fold_of(std::size_t at) const {
    return log_.decisions[at].cluster % folds;
  }
  [[nodiscard]] double surprise(const RewardModel& model, std::size_t at) const {
    const LoggedDecision& decision = log_.decisions[at];
    return decision.reward - model(decision.place, decision.title);
  }

  const LoggedDecisions& log_;
  std::vector<RewardModel> without_;
  RewardModel whole_;
  std::vector<std::size_t> situation_of_;
  std::vector<std::array<double, folds + 1>> foreseen_;  ///< By situation and model.
  Masses mass_;         ///< How often the policy shows a title at a place.
  Masses unsupported_;  ///< The part of it that the log never shows.
};

}  // namespace

Expected<void> judgeable(const LoggedDecisions& log, const TargetPolicy& policy) {
  std::set<Situation> known;
  std::size_t titles = 0;
  for (std::size_t at = 0; at < log.decisions.size(); ++at) {
    const Situation situation{log.decisions[at].place, policy.of[at]};
    if (!known.insert(situation).second) continue;
    titles += policy.distributions[situation.distribution].size();
    if (titles > limits::judged_titles)
      return failure(ErrorCode::limit_exceeded,
                     "the policy shows more than 4 million titles in all, counted for each place "
                     "and context of the log; judge fewer places or titles at a time (--row)",
                     {});
  }
  return {};
}

OffPolicyReport evaluate_policy(const LoggedDecisions& log, const TargetPolicy& policy,
                                const OffPolicyOptions& options) {
  const std::size_t count = log.decisions.size();
  RUNG_CHECK(count > 0 && policy.of.size() == count);
  const auto decisions = static_cast<double>(count);
  OffPolicyReport report;
  report.decisions = count;
  report.clusters = log.clusters;
  report.weight_bound = options.largest_weight.value_or(std::sqrt(decisions));
  const std::vector<double> weights = weigh(log, policy, report);
  const Foreseen foreseen(log, policy);
  report.unsupported = foreseen.unsupported();

  const std::vector<double> leverage = foreseen.leverage();
  const std::vector<double> unsupported_leverage = foreseen.unsupported_leverage();
  std::vector<double> rewards(count);
  std::vector<double> ips(count);
  std::vector<double> direct(count);
  std::vector<double> direct_influence(count);
  std::vector<double> doubly(count);
  std::vector<double> doubly_influence(count);
  for (std::size_t at = 0; at < count; ++at) {
    rewards[at] = log.decisions[at].reward;
    ips[at] = weights[at] * rewards[at];
    direct[at] = foreseen.of_policy(at);
    direct_influence[at] = direct[at] + decisions * leverage[at] * foreseen.surprise(at);
    doubly[at] =
        foreseen.of_policy_without_fold(at) + weights[at] * foreseen.surprise_without_fold(at);
    doubly_influence[at] =
        doubly[at] + decisions * unsupported_leverage[at] * foreseen.surprise(at);
  }
  const auto [least, largest] = std::ranges::minmax(rewards);
  report.least_reward = least;
  report.largest_reward = largest;
  const Trust all(log, decisions);
  report.logged = all.of("logged", mean_of(rewards), rewards);
  const ValueEstimate modelled = all.of("dm", mean_of(direct), direct_influence);
  if (report.mean_weight == 0) {
    // Nothing that the policy shows was ever shown.
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    constexpr double unknown = std::numeric_limits<double>::infinity();
    ValueEstimate doubly_robust = modelled;
    doubly_robust.method = "dr";
    report.estimates = {{"ips", none, unknown}, {"snips", none, unknown}, modelled, doubly_robust};
    return report;
  }
  const double normalised = mean_of(ips) / report.mean_weight;
  std::vector<double> snips(count);
  for (std::size_t at = 0; at < count; ++at)
    snips[at] = weights[at] * (rewards[at] - normalised) / report.mean_weight;

  const Trust weighed(log, report.effective_decisions);
  report.mean_weight_error = weighed.standard_error(weights);
  report.estimates = {weighed.of("ips", mean_of(ips), ips), weighed.of("snips", normalised, snips),
                      modelled, weighed.of("dr", mean_of(doubly), doubly_influence)};
  return report;
}

}  // namespace rung::recommend
