#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "recommend/catalogue.h"

namespace rung::recommend {

/// What a viewer looks for: words, of which a title must have all. A value.
class TitleSearch {
 public:
  /// At most limits::search_length bytes of `text` count.
  explicit TitleSearch(std::string_view text);

  /// No words: it finds nothing.
  [[nodiscard]] bool empty() const { return words_.empty(); }
  /// How well a title fits: 0 where a word is the beginning of none in its name, series, genres and
  /// people; else the more, the more of them are in the name. Capitals count like small letters
  /// (those of ASCII).
  [[nodiscard]] int fit(const CatalogueTitle& title) const;

 private:
  std::vector<std::string> words_;
};

/// The titles that fit best, at most `count`; the more popular ones first where they fit alike.
[[nodiscard]] std::vector<std::size_t> found_titles(const Catalogue& catalogue,
                                                    const TitleSearch& search, std::size_t count);

}  // namespace rung::recommend
