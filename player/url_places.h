#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "media/presentation.h"

namespace rung::player {

/// From which of the places that a manifest names its resources are fetched: from the first one
/// until something fails there, then from the next, behind the last one from the first again. A
/// value of the session thread.
class UrlPlaces {
 public:
  explicit UrlPlaces(const std::vector<media::Places>& sets);

  /// Where the resource of this URL of the presentation is to be fetched now.
  [[nodiscard]] std::string now(const std::string& url) const;
  /// In how many places it is.
  [[nodiscard]] std::size_t count(const std::string& url) const;
  /// Nothing good came from `url`, which now() has given. What was under way to a place that has
  /// been left already changes nothing.
  void failed(const std::string& url);

 private:
  struct Place {
    std::string url;
    std::string
        folder;  ///< What references are resolved against: without what is behind the last /.
  };
  struct Set {
    std::vector<Place> places;
    std::size_t used = 0;
  };
  [[nodiscard]] const Set* find(const std::string& url) const;

  std::vector<Set> sets_;  ///< What lies deepest first.
};

}  // namespace rung::player
