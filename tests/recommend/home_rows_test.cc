#include "recommend/home_rows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rung::recommend {
namespace {

/// Titles t0 to t29; the later the more plays, and only the first three say when they were added.
Catalogue shelf() {
  std::string titles;
  for (int i = 0; i < 30; ++i) {
    const std::string id = "t" + std::to_string(i);
    titles += (i > 0 ? "," : "") + (R"({"id": ")" + id) + R"(", "name": "Title )" +
              std::to_string(i) + R"(", "manifest": ")" + id + R"(/manifest.mpd", "plays": )" +
              std::to_string(i);
    if (i < 3) titles += R"(, "added": "2024-01-0)" + std::to_string(i + 1) + "\"";
    titles += "}";
  }
  auto catalogue = Catalogue::parse(R"({"rung_catalogue": 1, "titles": [)" + titles + "]}",
                                    "https://example.org/feed.json");
  EXPECT_TRUE(catalogue);
  return *std::move(catalogue);
}

std::vector<std::size_t> titles_of(const HomeRow& row) {
  std::vector<std::size_t> titles;
  for (const PlacedTitle& placed : row.titles) titles.push_back(placed.title);
  return titles;
}

TEST(HomeRows, AreThoseThatAreNotEmptyFromTheTop) {
  const Catalogue catalogue = shelf();
  const auto of_nobody = home_rows(catalogue, {}, nullptr);
  ASSERT_EQ(of_nobody.size(), 2U);
  EXPECT_EQ(of_nobody[0].id, "new");
  EXPECT_EQ(titles_of(of_nobody[0]), (std::vector<std::size_t>{2, 1, 0}));
  EXPECT_EQ(of_nobody[1].id, "popular");
  EXPECT_EQ(of_nobody[1].titles.size(), home_row_titles);
  EXPECT_EQ(of_nobody[1].titles.front().title, 29U);

  const HomeFacts facts{
      .begun = {4, 3},
      .saved = {6},
      .watched = 7,
      .likely = {{.title = 8, .probability = 0.5}, {.title = 9, .probability = 0.2}}};
  const auto rows = home_rows(catalogue, facts, nullptr);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0].id, "continue");
  EXPECT_EQ(titles_of(rows[0]), facts.begun);
  EXPECT_EQ(rows[1].id, "saved");
  EXPECT_EQ(titles_of(rows[1]), facts.saved);
  EXPECT_EQ(rows[2].id, "because");
  EXPECT_EQ(rows[2].heading, "Because you watched Title 7");
  EXPECT_EQ(titles_of(rows[2]), (std::vector<std::size_t>{8, 9}));
  for (const HomeRow& row : rows)
    for (const PlacedTitle& placed : row.titles) EXPECT_EQ(placed.propensity, 1);
}

TEST(HomeRows, ChanceMovesTheLikelyTitlesAlone) {
  const Catalogue catalogue = shelf();
  HomeFacts facts{.begun = {4}, .watched = 7};
  for (std::size_t title = 8; title < 20; ++title)
    facts.likely.push_back({.title = title, .probability = 0.05});
  const auto usual = home_rows(catalogue, facts, nullptr);
  Random chance(1);
  const auto explored = home_rows(catalogue, facts, &chance);
  ASSERT_EQ(explored.size(), usual.size());
  for (std::size_t row = 0; row < usual.size(); ++row)
    EXPECT_EQ(titles_of(explored[row]) != titles_of(usual[row]), usual[row].id == "because");
  for (std::size_t place = 0; place < explored[1].titles.size(); ++place) {
    // All twelve are alike.
    EXPECT_NEAR(explored[1].titles[place].propensity, 1.0 / 12, 1e-6);
    EXPECT_EQ(explored[1].titles[place].usual, usual[1].titles[place].title);
  }
}

}  // namespace
}  // namespace rung::recommend
