#include "recommend/title_search.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "core/catalogue_limits.h"

namespace rung::recommend {
namespace {

constexpr int in_name = 2;
constexpr int elsewhere = 1;

char small(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Bytes of other characters than those of ASCII belong to words.
bool in_word(char letter) {
  const char lower = small(letter);
  return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
         static_cast<unsigned char>(letter) >= 0x80;
}

/// Whether a word of `text` begins with `word`, which is in small letters.
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (at > 0 && in_word(text[at - 1])) continue;
    if (std::ranges::equal(text.substr(at, word.size()), word, {}, small)) return true;
  }
  return false;
}

bool any_has_word(const std::vector<std::string>& names, std::string_view word) {
  return std::ranges::any_of(names, [&](const std::string& name) { return has_word(name, word); });
}

}  // namespace

TitleSearch::TitleSearch(std::string_view text) {
  std::string word;
  const auto end = [&] {
    if (!word.empty()) words_.push_back(std::exchange(word, {}));
  };
  for (const char letter : text.substr(0, limits::search_length)) {
    if (in_word(letter))
      word += small(letter);
    else
      end();
  }
  end();
}

int TitleSearch::fit(const CatalogueTitle& title) const {
  int sum = 0;
  for (const std::string& word : words_) {
    if (has_word(title.name, word))
      sum += in_name;
    else if (has_word(title.series, word) || any_has_word(title.genres, word) ||
             any_has_word(title.people, word))
      sum += elsewhere;
    else
      return 0;
  }
  return sum;
}

std::vector<std::size_t> found_titles(const Catalogue& catalogue, const TitleSearch& search,
                                      std::size_t count) {
  std::vector<std::pair<int, std::size_t>> found;  // How badly it fits, and which.
  for (const std::size_t title : catalogue.by_popularity())
    if (const int fit = search.fit(catalogue.titles()[title]); fit > 0)
      found.emplace_back(-fit, title);
  std::ranges::stable_sort(found, {}, &std::pair<int, std::size_t>::first);
  found.resize(std::min(found.size(), count));
  std::vector<std::size_t> titles;
  for (const auto& [fit, title] : found) titles.push_back(title);
  return titles;
}

}  // namespace rung::recommend
