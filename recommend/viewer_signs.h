#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "recommend/catalogue.h"
#include "recommend/title_search.h"

namespace rung::recommend {

/// What a viewer made known of titles of a catalogue, besides playing them. A value.
struct ViewerSigns {
  std::vector<std::size_t> liked;
  std::vector<std::size_t> saved;      ///< For later, and not played since.
  std::vector<std::size_t> looked_at;  ///< Lately; as often as it was.
  std::vector<std::size_t> skipped;    ///< Lately; as often as it was.
  std::vector<std::size_t> unwanted;   ///< Of those, the ones of which the viewer said so.
  std::vector<std::string> sought;     ///< Lately.
};

/// By how much the signs raise the logarithm of the odds of titles. More of a sign moves a title
/// only one way: whoever likes, saves, looks at or seeks something never makes it less probable,
/// and whoever skips it never more. The catalogue must outlive it.
class SignLifts {
 public:
  SignLifts(const Catalogue& catalogue, const ViewerSigns& signs);

  [[nodiscard]] double of(std::size_t title) const;
  [[nodiscard]] bool none() const { return meant_.empty() && searches_.empty() && !likes_; }

 private:
  const Catalogue& catalogue_;
  /// Of titles that are meant themselves and not for what they have in common with others.
  std::map<std::size_t, double> meant_;
  std::vector<TitleSearch> searches_;
  bool likes_ = false;
  /// Of the titles that are liked.
  std::set<std::string_view> series_;
  std::set<std::string_view> genres_;
  std::set<std::string_view> people_;
};

}  // namespace rung::recommend
