#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "media/presentation.h"
#include "media/steering_manifest.h"

namespace rung::player {

/// From which of the places that a manifest names its resources are fetched: from the first one
/// until something fails there, then from the next, behind the last one from the first again; where
/// a server steers, in the order that it tells. A value of the session thread.
class UrlPlaces {
 public:
  explicit UrlPlaces(const std::vector<media::Places>& sets);
  /// Gives places the names that steer() knows them by, by their URLs.
  void name(const std::map<std::string, std::string>& pathways);

  /// Where the resource of this URL, which may lie in any of the places, is to be fetched now. What
  /// a playlist lists (HLS; its first URL is `listed_in`) lies where that does, though another one
  /// lie in the same folder.
  [[nodiscard]] std::string now(const std::string& url, const std::string& listed_in = {}) const;
  /// In how many places it is.
  [[nodiscard]] std::size_t count(const std::string& url, const std::string& listed_in = {}) const;
  /// Nothing good came from `url`, which now() has given. What was under way to a place that has
  /// been left already changes nothing.
  void failed(const std::string& url, const std::string& listed_in = {});
  /// There is one more place of all that has one of the pathway `clone.base`, up to 16 of each; of
  /// what has a place of that name already there is none. Its parameters are a playlist's own
  /// (HLS), or go into every request (DASH). `stable_ids` as in the presentation.
  void clone(const media::PathwayClone& clone, media::ManifestFormat format,
             const std::map<std::string, media::StableId>& stable_ids);
  /// From now on these pathways are used, the first one that has a place that has not failed
  /// lately: neither since the last call nor since the one before. Places of no such pathway come
  /// last.
  void steer(const std::vector<std::string>& priority);
  /// That of the place that is used, rather of what has several; empty where none has a name.
  [[nodiscard]] std::string pathway() const;

 private:
  struct Place {
    std::string url;
    std::string
        folder;  ///< What references are resolved against: without what is behind the last /.
    std::string pathway = {};
    std::vector<std::string> parameters = {};  ///< Of every request.
    int avoided = 0;  ///< So many more calls of steer(), as something has failed there.
  };
  struct Set {
    std::vector<Place> places;
    std::vector<std::size_t> order;  ///< In which the places are used.
    std::size_t used = 0;            ///< Where in the order.
    [[nodiscard]] const Place& now() const { return places[order[used]]; }
    /// In which place it lies; null where in none.
    [[nodiscard]] const Place* holding(const std::string& url) const;
  };
  struct Found {
    const Set* set;
    const Place* place;
  };
  /// The set that `listed_in` or, where that is empty, the URL itself is the first URL of, if it
  /// has a place for the URL; else the deepest one that has, rather one of several places. And
  /// which place it lies in.
  [[nodiscard]] std::optional<Found> find(const std::string& url,
                                          const std::string& listed_in) const;

  std::vector<Set> sets_;  ///< What lies deepest first.
};

}  // namespace rung::player
