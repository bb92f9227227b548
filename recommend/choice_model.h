#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace rung::recommend {

/// What speaks for a title. Every feature is a logarithm of a ratio, so that weights near one are
/// natural, and grows with its evidence.
enum class Feature : std::uint8_t {
  popularity,         ///< Plays of the title over all time.
  recent_popularity,  ///< Plays of the title lately.
  following,          ///< It comes right after the last title.
  forward,            ///< It comes soon after the latest titles.
  together,           ///< It is watched about the same time as the latest titles.
  ease,               ///< The whole history speaks for it, what titles share counted once.
  ials,               ///< Viewers with such a history play it.
  neighbours,         ///< Who played what is most like the history played it about then.
  hour,               ///< It is played at this hour of the day.
  device,             ///< It is played on this device.
};
inline constexpr std::size_t feature_count = 10;

/// "popularity", "recent-popularity", "following", "forward", "together", "ease", "ials",
/// "neighbours", "hour", "device".
[[nodiscard]] std::string_view to_string(Feature feature);

/// A set of features.
using FeatureMask = std::array<bool, feature_count>;
[[nodiscard]] FeatureMask mask_of(std::initializer_list<Feature> features);
[[nodiscard]] constexpr FeatureMask all_features() {
  FeatureMask mask{};
  mask.fill(true);
  return mask;
}
/// What the history and the plays of others say.
[[nodiscard]] FeatureMask lasting_features();
/// What the moment says.
[[nodiscard]] FeatureMask moment_features();

/// The features of every title for one situation, one column of `titles()` numbers a feature, and
/// the titles that cannot be chosen (the viewer has seen them). A value.
class FeatureTable {
 public:
  explicit FeatureTable(std::size_t titles)
      : titles_(titles), numbers_(titles * feature_count), excluded_(titles) {}

  [[nodiscard]] std::size_t titles() const { return titles_; }
  [[nodiscard]] std::span<float> column(Feature feature) {
    return std::span(numbers_).subspan(static_cast<std::size_t>(feature) * titles_, titles_);
  }
  [[nodiscard]] std::span<const float> column(Feature feature) const {
    return std::span(numbers_).subspan(static_cast<std::size_t>(feature) * titles_, titles_);
  }
  void exclude(std::size_t title) { excluded_[title] = 1; }
  [[nodiscard]] bool excluded(std::size_t title) const { return excluded_[title] != 0; }

 private:
  std::size_t titles_;
  std::vector<float> numbers_;
  std::vector<std::uint8_t> excluded_;
};

/// The probability of each title, zero for the excluded ones, and of "other": a title that is not
/// in the table, or one that was seen before. All of them sum to 1.
struct ChoiceProbabilities {
  std::vector<float> titles;
  double other = 0;
};

/// A multinomial logit over features (McFadden, "Conditional logit analysis of qualitative choice
/// behavior", 1974): a title's utility is the weighted sum of its features, that of "other" a
/// constant, and probabilities are proportional to exp(utility). Weights are not negative, so more
/// evidence never makes a title less probable. A value.
struct ChoiceModel {
  std::array<double, feature_count> weights{};
  double other = 0;

  /// The features that have a weight.
  [[nodiscard]] FeatureMask weighed() const;
  [[nodiscard]] std::vector<float> utilities(const FeatureTable& table) const;
  [[nodiscard]] ChoiceProbabilities probabilities(const FeatureTable& table) const;

  friend bool operator==(const ChoiceModel&, const ChoiceModel&) = default;
};

/// Gathers choices that were made and finds the weights under which they are most probable.
///
/// Of each situation it keeps the chosen title, the titles that a plain sum of features ranks
/// first, and a sample of the rest that stands for all of it, at most 2048 in all: the likelihood
/// of a sample of alternatives (McFadden, "Modelling the choice of residential location", 1978,
/// section 5).
class ChoiceFit {
 public:
  explicit ChoiceFit(std::uint64_t seed) : seed_(seed) {}

  /// `chosen` is nothing where "other" was chosen; it must not be excluded in the table.
  void add(const FeatureTable& table, std::optional<std::size_t> chosen);
  [[nodiscard]] std::size_t size() const { return situations_.size(); }

  /// Newton's method with the weights held at or above zero and drawn slightly to the start;
  /// features outside the mask weigh zero. Without any situation the weights are those of a start:
  /// one each for popularity, half for the others.
  [[nodiscard]] ChoiceModel fit(const FeatureMask& mask) const;
  /// `model` with weights for those of the features `added` that prove themselves, one after the
  /// other: the weight that is fitted on either half of the situations makes the choices of the
  /// other half more probable. All other weights stay as they are, so that nothing changes where an
  /// added feature is zero for all titles.
  [[nodiscard]] ChoiceModel extend(const ChoiceModel& model, const FeatureMask& added) const;

 private:
  /// Every situation, or every second one, from the first or the second on.
  struct Part {
    std::size_t from = 0;
    std::size_t step = 1;
  };
  struct Alternative {
    std::array<float, feature_count> features{};
    float copies = 1;  ///< How many titles it stands for.
  };
  struct Situation {
    std::size_t begin = 0;  ///< Of its alternatives; the chosen one is first unless other was.
    std::size_t end = 0;
    bool other = false;
  };

  struct Derivatives;
  [[nodiscard]] Derivatives derivatives(const ChoiceModel& model, Part part) const;
  /// From `start` on, with the weights of `mask` free, and the constant of "other" with `other`.
  [[nodiscard]] ChoiceModel climb(const ChoiceModel& start, const FeatureMask& mask, bool other,
                                  Part part) const;

  std::uint64_t seed_;
  std::vector<Alternative> alternatives_;
  std::vector<Situation> situations_;
};

}  // namespace rung::recommend
