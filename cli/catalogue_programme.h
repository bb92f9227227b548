#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/programme.h"
#include "cli/viewer_history.h"
#include "cli/viewing_log.h"
#include "core/expected.h"
#include "player/artwork_loader.h"
#include "player/http_client.h"
#include "player/title_sign.h"
#include "recommend/catalogue.h"
#include "recommend/next_titles.h"
#include "recommend/watch_time.h"

namespace rung::cli {

/// Titles of a catalogue, one leading to the next: what follows in a series, else what is most
/// probable. A resource of the main thread.
class CatalogueProgramme final : public Programme {
 public:
  struct Options {
    bool autoplay = true;    ///< The next title begins at the end of one.
    std::size_t titles = 0;  ///< At most so many are played; 0: as many as there are.
    player::HttpClient::Options http = {};
  };

  /// All must outlive it; `model` may be null.
  CatalogueProgramme(const recommend::Catalogue& catalogue, const recommend::Recommender* model,
                     ViewingLog& log, const Options& options);

  /// Begins with the title `id`, or with what is most probable where it is empty.
  [[nodiscard]] Expected<void> begin(const std::string& id);
  void begin_with(std::size_t title);

  [[nodiscard]] std::string url() const override;
  void prepare(player::PlayerOptions& options) override;
  void begun(player::Player& player) override;
  void over(const player::PlayerReport& report) override;
  [[nodiscard]] bool go(int titles, bool chosen) override;

  /// What may come next, and why; the most probable first.
  [[nodiscard]] std::vector<recommend::LikelyTitle> likely(std::size_t count) const;
  /// Titles that were played, oldest first; as far as the catalogue has them.
  [[nodiscard]] const std::vector<std::size_t>& history() const { return history_; }
  [[nodiscard]] const recommend::ViewerSigns& signs() const { return signs_; }

  /// That who is at a place of `title` leaves within some time; empty where nothing is known. This
  /// must outlive it.
  [[nodiscard]] prefetch::LeavesWithin leaves(std::size_t title) const;

 private:
  /// What the log tells of the viewer, this run included.
  void learn();

  const recommend::Catalogue& catalogue_;
  const recommend::Recommender* model_;
  ViewingLog& log_;
  const Options options_;
  player::ArtworkLoader artwork_;
  std::vector<std::size_t> history_;
  recommend::SeriesHabit habit_;
  recommend::ViewerSigns signs_;
  recommend::WatchTimes own_times_;   ///< Of the viewer's own log; by title of the catalogue.
  std::vector<std::size_t> visited_;  ///< Since the program began.
  std::size_t place_ = 0;             ///< In visited_.
  std::optional<std::size_t> next_;   ///< What was offered.
  std::size_t played_ = 0;
  bool refused_ = false;
  bool has_read_ = false;  ///< The log, which may be had only later.
};

/// Logs that the viewer made something known of a title, and says what they are told.
std::string tell_sign(ViewingLog& log, const recommend::Catalogue& catalogue, std::size_t title,
                      player::TitleSign sign);

/// A second line about a title: its series and place there, else its genres.
[[nodiscard]] std::string detail_of(const recommend::CatalogueTitle& title);

}  // namespace rung::cli
