#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "recommend/choice_model.h"
#include "recommend/feature_sources.h"
#include "recommend/plays.h"
#include "recommend/watch_time.h"

namespace rung::recommend {

struct TrainingOptions {
  /// Of each viewer the last plays, on which the weights are fitted; features are then computed
  /// anew with them.
  std::size_t held_out_plays = 3;
  /// At most this many of them, drawn evenly.
  std::size_t fitted_choices = 1500;
  std::uint64_t seed = 1;
};

/// What is known of the moment besides the history.
struct Context {
  /// In the last title of the history; nothing where it is another one that plays.
  std::optional<Duration> position = Duration{};
  Duration within = std::chrono::seconds(60);  ///< How far ahead leaving is foreseen.
  Moment moment = {};  ///< When and on what; devices as FeatureSources::moments
                       ///< numbers them.
};

/// A title that may come next.
struct Candidate {
  TitleIndex title = 0;
  double probability = 0;
  /// What raised it most above the average title, and by how much in units of log probability.
  Feature reason = Feature::popularity;
  double contribution = 0;
  /// That who plays it leaves it within Context::within of its beginning; nothing where the model
  /// knows nothing of leaving.
  std::optional<double> leaves_within = {};

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct NextTitles {
  std::vector<Candidate> candidates;  ///< Most probable first; the lower index where equal.
  double rest = 0;   ///< The probability of all known, unseen titles that are not among them.
  double other = 0;  ///< Of a title that the model does not know, or one seen before.
  /// That the last title of the history is left within Context::within; as in Candidate, and
  /// nothing without a history or a position.
  std::optional<double> leaves_within = {};

  friend bool operator==(const NextTitles&, const NextTitles&) = default;
};

/// Why a title has its probability.
struct Explanation {
  double probability = 0;
  /// What each feature adds to log p over what it adds for the average title of the catalogue, by
  /// Feature.
  std::array<double, feature_count> contributions{};

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

/// Says which title a viewer will play next and with what probability: features from counts, fused
/// by one multinomial logit that is fitted on held-out plays. A value; the same plays and options
/// make the same recommender.
class Recommender {
 public:
  /// `plays` must have at least one play.
  [[nodiscard]] static Recommender train(const Plays& plays, const TrainingOptions& options = {});
  /// From what was counted and from choices to fit the weights on, for who computes the two side by
  /// side; train() does one after the other.
  [[nodiscard]] static Recommender of(std::vector<std::string> titles, FeatureSources sources,
                                      const ChoiceFit& fit, WatchTimes watch_times);
  /// From parts that were kept.
  [[nodiscard]] static Recommender of(std::vector<std::string> titles, FeatureSources sources,
                                      ChoiceModel warm, ChoiceModel cold, WatchTimes watch_times);

  /// What comes after `history`, oldest first. Without history it is popularity's word.
  /// Every title must be below titles().size().
  [[nodiscard]] NextTitles next(std::span<const TitleIndex> history, std::size_t count,
                                const Context& context = {}) const;
  /// Why `title` has its probability after `history`; nothing where it cannot be chosen, because it
  /// is in the history or was never played. All as for next().
  [[nodiscard]] std::optional<Explanation> explain(std::span<const TitleIndex> history,
                                                   TitleIndex title,
                                                   const Moment& moment = {}) const;
  [[nodiscard]] std::optional<TitleIndex> find(std::string_view title) const;
  /// A moment as the model knows it: without the device where it never saw that one.
  [[nodiscard]] Moment moment_of(std::optional<int> hour, std::string_view device) const;

  [[nodiscard]] const std::vector<std::string>& titles() const { return titles_; }
  [[nodiscard]] const FeatureSources& sources() const { return sources_; }
  /// The weights where something of the viewer is known, and where nothing is.
  [[nodiscard]] const ChoiceModel& warm() const { return warm_; }
  [[nodiscard]] const ChoiceModel& cold() const { return cold_; }
  /// When titles are left, by their index here.
  [[nodiscard]] const WatchTimes& watch_times() const { return watch_times_; }

  friend bool operator==(const Recommender&, const Recommender&) = default;

 private:
  [[nodiscard]] std::optional<double> leaves_within(TitleIndex title, Duration position,
                                                    Duration within) const;

  std::vector<std::string> titles_;
  FeatureSources sources_;
  ChoiceModel warm_;
  ChoiceModel cold_;
  WatchTimes watch_times_;
};

/// What was chosen, in the terms of a model: nothing ("other") where the model never saw the title
/// played, or the viewer had seen it.
[[nodiscard]] std::optional<std::size_t> choice_of(const FeatureTable& table, TitleIndex title);

/// Features from the log without the last plays of each viewer, and those plays as choices to fit
/// weights on.
[[nodiscard]] ChoiceFit held_out_choices(const Plays& plays, const TrainingOptions& options);

/// The features that need no history.
[[nodiscard]] FeatureMask cold_features();

}  // namespace rung::recommend
