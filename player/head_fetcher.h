#pragma once

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "media/track_selection.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/title_prefetcher.h"
#include "prefetch/budget.h"
#include "prefetch/planner.h"
#include "prefetch/policy.h"

namespace rung::player {

/// Fetches the heads of titles that a viewer may choose while none plays, by the plan of
/// prefetch::Planner on a link that nobody else uses. A resource with a thread of its own.
class HeadFetcher {
 public:
  struct Options {
    HttpClient::Options http = {};
    media::TrackSelection::Options selection = {};
    bool metered = false;
    HeadCache* kept = nullptr;  ///< As TitlePrefetcher takes it.
  };

  /// At most limits::prefetched_titles of `titles` count.
  HeadFetcher(std::vector<NextTitle> titles, const Options& options);
  HeadFetcher(const HeadFetcher&) = delete;
  HeadFetcher& operator=(const HeadFetcher&) = delete;
  ~HeadFetcher();

  /// The viewer looks at one of them: how probable each is now, as many as there are titles. What
  /// is no longer worth its bytes is given up.
  void guess(std::vector<double> probabilities);

  /// Ends the fetching; what there is of a title, null for nothing.
  [[nodiscard]] std::shared_ptr<const PreparedTitle> take(std::size_t title);

 private:
  void run(const std::stop_token& stop);
  void stop();
  [[nodiscard]] std::vector<prefetch::Wish> wishes();
  void fetch_next();
  void ended(const session::Event& event);

  EventLoop loop_;
  const Options options_;
  TitlePrefetcher prefetcher_;
  prefetch::Planner planner_;
  prefetch::Budget budget_;
  std::vector<prefetch::Candidate> candidates_;
  std::vector<prefetch::Fetched> fetched_;
  abr::Forecast forecast_;
  std::optional<prefetch::Wish> running_;
  TransferId transfer_;
  Timestamp begun_{};
  std::jthread thread_;  ///< Declared last: it uses all of the above.
};

}  // namespace rung::player
