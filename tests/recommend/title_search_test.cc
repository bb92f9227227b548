#include "recommend/title_search.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rung::recommend {
namespace {

std::vector<std::string> found(std::string_view text, std::size_t count = 10) {
  static const Catalogue catalogue = *Catalogue::parse(
      R"({"rung_catalogue": 1, "titles": [
      {"id": "a", "name": "The Harbour", "manifest": "a", "genres": ["drama"], "plays": 1},
      {"id": "b", "name": "Drama Queen", "manifest": "b", "people": ["Jörg Älv"], "plays": 2},
      {"id": "c", "name": "Inharbour", "manifest": "c", "series": "Harbour Life", "plays": 9},
      {"id": "d", "name": "Quay", "manifest": "d", "genres": ["drama"], "plays": 7}]})",
      "https://example.org/feed.json");
  std::vector<std::string> ids;
  for (const std::size_t title : found_titles(catalogue, TitleSearch(text), count))
    ids.push_back(catalogue.titles()[title].id);
  return ids;
}
using Ids = std::vector<std::string>;

TEST(TitleSearch, FindsTitlesThatHaveAllWordsAndThoseInTheNameFirst) {
  EXPECT_EQ(found("drama"), (Ids{"b", "d", "a"}));
  EXPECT_EQ(found("HARB"), (Ids{"a", "c"})) << "not in the middle of a word";
  EXPECT_EQ(found("harbour, drama!"), Ids{"a"});
  EXPECT_EQ(found("jörg"), Ids{"b"});
  EXPECT_EQ(found("harbour nowhere"), Ids{});
  EXPECT_EQ(found("drama", 1), Ids{"b"});
}

TEST(TitleSearch, WithoutWordsFindsNothing) {
  EXPECT_TRUE(TitleSearch("").empty());
  EXPECT_TRUE(TitleSearch(" /-. ").empty());
  EXPECT_EQ(found(" "), Ids{});
  EXPECT_EQ(found(std::string(100'000, 'x')), Ids{}) << "of which the beginning counts";
}

}  // namespace
}  // namespace rung::recommend
