#include "recommend/viewer_signs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "recommend/next_titles.h"
#include "recommend/plays.h"

namespace rung::recommend {
namespace {

/// Two series, and films with genres and people.
const Catalogue& shelf() {
  static const Catalogue catalogue = *Catalogue::parse(
      R"({"rung_catalogue": 1, "titles": [
      {"id": "s1", "name": "Storm 1", "manifest": "a", "series": "Storm", "episode": 1, "plays": 90},
      {"id": "s2", "name": "Storm 2", "manifest": "b", "series": "Storm", "episode": 2, "plays": 80},
      {"id": "s3", "name": "Storm 3", "manifest": "c", "series": "Storm", "episode": 3, "plays": 5},
      {"id": "f1", "name": "Harbour", "manifest": "d", "genres": ["crime"], "people": ["Ana"], "plays": 70},
      {"id": "f2", "name": "Quay", "manifest": "e", "genres": ["crime"], "people": ["Ana"], "plays": 60},
      {"id": "f3", "name": "Meadow", "manifest": "f", "genres": ["nature"], "plays": 50}]})",
      "https://example.org/feed.json");
  return catalogue;
}
std::size_t title(const std::string& id) { return *shelf().find(id); }

std::vector<LikelyTitle> likely(const ViewerSigns& signs,
                                const std::vector<std::size_t>& history = {}) {
  return next_titles(shelf(), nullptr, history, {}, 6, signs);
}
double p_of(const std::vector<LikelyTitle>& titles, const std::string& id) {
  const auto found = std::ranges::find(titles, title(id), &LikelyTitle::title);
  return found == titles.end() ? 0 : found->probability;
}

TEST(ViewerSigns, MoveATitleOneWayOnly) {
  struct Case {
    ViewerSigns less;
    ViewerSigns more;
    std::string id;
  };
  const std::size_t quay = title("f2");
  for (const Case& one : {
           Case{{}, {.saved = {quay}}, "f2"},
           Case{{}, {.looked_at = {quay}}, "f2"},
           Case{{.looked_at = {quay}}, {.looked_at = {quay, quay}}, "f2"},
           Case{{}, {.sought = {"quay"}}, "f2"},
           Case{{.saved = {quay}}, {.saved = {quay}, .sought = {"crime ana"}}, "f2"},
           Case{{}, {.liked = {title("f1")}}, "f2"},
           Case{{}, {.liked = {title("s1")}}, "s2"},
           Case{{.skipped = {quay}}, {}, "f2"},
           Case{{.skipped = {quay, quay}}, {.skipped = {quay}}, "f2"},
       })
    EXPECT_GT(p_of(likely(one.more), one.id), p_of(likely(one.less), one.id)) << one.id;
}

TEST(ViewerSigns, LeaveTheSumOfAllAsItIs) {
  const auto titles =
      likely({.liked = {title("f1")}, .saved = {title("f3")}, .skipped = {title("s1")}});
  double sum = 0;
  for (const LikelyTitle& one : titles) sum += one.probability;
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_GT(titles.front().lift, 0);
}

TEST(ViewerSigns, BringATitleInThatWasNotAmongTheFirst) {
  const auto two = next_titles(shelf(), nullptr, {}, {}, 2, {.saved = {title("s3"), title("f3")}});
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(shelf().titles()[two[0].title].id, "f3") << "50 plays and saved, before 90";
}

TEST(ViewerSigns, WhatTheyDoNotMeanKeepsItsPlace) {
  EXPECT_EQ(likely({}), likely(ViewerSigns{.sought = {"", "?!"}}));
  const auto titles = likely({.saved = {title("f3")}});
  EXPECT_NEAR(p_of(titles, "s1") / p_of(titles, "f1"), 91.0 / 71.0, 1e-9);
  EXPECT_EQ(p_of(likely({.saved = {title("f3")}}, {title("f3")}), "f3"), 0) << "it was played";
}

/// Of a thousand titles, of which t899 is the only one about zebras, and every tenth a crime.
Catalogue thousand() {
  std::string feed = R"({"rung_catalogue": 1, "titles": [)";
  for (int i = 0; i < 1000; ++i)
    feed += std::string(i > 0 ? "," : "") + R"({"id": "t)" + std::to_string(i) + R"(", "name": ")" +
            (i == 899 ? "Zebra" : "Title") + R"(", "manifest": "m", "plays": )" +
            std::to_string(2000 - i) + (i % 10 == 0 ? R"(, "genres": ["crime"])" : "") + "}";
  return *Catalogue::parse(feed + "]}", "https://example.org/feed.json");
}

TEST(ViewerSigns, MoveTheWholeCatalogueHoweverManyTitlesAreWanted) {
  const Catalogue catalogue = thousand();
  // It knows the titles of the catalogue but the first hundred, and others.
  std::string log = "viewer,title,time\n";
  for (int play = 0; play < 3000; ++play)
    log += std::to_string(play % 60) + ",t" + std::to_string(100 + (play * 7) % 1500) + "," +
           std::to_string(play) + "\n";
  const auto plays = parse_plays(log, "log");
  ASSERT_TRUE(plays);
  const Recommender model = Recommender::train(*plays);
  const std::vector<std::size_t> history{500};
  for (const Recommender* const by : {static_cast<const Recommender*>(nullptr), &model})
    for (const ViewerSigns& signs :
         {ViewerSigns{.liked = {500}}, ViewerSigns{.sought = {"zebra"}},
          ViewerSigns{.liked = {500}, .skipped = {3, 150}, .sought = {"zebra"}}}) {
      const auto all = next_titles(catalogue, by, history, {}, 1000, signs);
      double sum = 0;
      for (const LikelyTitle& one : all) sum += one.probability;
      EXPECT_LE(sum, 1 + 1e-9);
      for (const std::size_t count : {std::size_t{1}, std::size_t{10}, std::size_t{500}}) {
        const auto some = next_titles(catalogue, by, history, {}, count, signs);
        ASSERT_EQ(some.size(), count);
        EXPECT_TRUE(std::ranges::equal(some, std::span(all).first(count))) << count;
      }
    }
  const auto sought =
      next_titles(catalogue, nullptr, history, {}, 1, {.sought = {"zebra"}}).front();
  EXPECT_EQ(sought.title, 899U) << "1101 plays and sought, before 2000";
}

}  // namespace
}  // namespace rung::recommend
