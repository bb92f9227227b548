#include "recommend/catalogue.h"

#include <gtest/gtest.h>

#include <string>

#include "core/catalogue_limits.h"
#include "recommend/next_titles.h"

namespace rung::recommend {
namespace {

std::string feed(const std::string& titles) {
  return R"({"rung_catalogue": 1, "name": "Test", "titles": [)" + titles + "]}";
}
std::string title(const std::string& id, const std::string& more = {}) {
  return R"({"id": ")" + id + R"(", "name": "N", "manifest": ")" + id + R"(/manifest.mpd")" +
         (more.empty() ? "" : ", " + more) + "}";
}
const std::string base = "https://example.org/shelf/feed.json";

Error error_of(const std::string& text, const std::string& from = base) {
  const auto catalogue = Catalogue::parse(text, from);
  EXPECT_FALSE(catalogue);
  return catalogue ? Error{} : catalogue.error();
}

TEST(Catalogue, ReadsAllMembersAndResolvesReferences) {
  const auto catalogue = Catalogue::parse(
      feed(title("a", R"("kind": "track", "text": "T", "series": "S", "season": 1, "episode": 2,
        "genres": ["g"], "people": ["p", "q"], "artwork": "../a.png", "added": "1970-01-02",
        "plays": 7, "seconds": 12.5, "manifest_bytes": 900, "head_bytes": 70000)")),
      base);
  ASSERT_TRUE(catalogue) << to_string(catalogue.error());
  EXPECT_EQ(catalogue->name(), "Test");
  const CatalogueTitle expected{.id = "a",
                                .name = "N",
                                .text = "T",
                                .kind = TitleKind::track,
                                .series = "S",
                                .season = 1,
                                .episode = 2,
                                .genres = {"g"},
                                .people = {"p", "q"},
                                .manifest = "https://example.org/shelf/a/manifest.mpd",
                                .artwork = "https://example.org/a.png",
                                .added = 86400,
                                .plays = 7,
                                .length = from_seconds(12.5),
                                .manifest_size = ByteCount(900),
                                .head_size = ByteCount(70000)};
  EXPECT_EQ(catalogue->titles().at(0), expected);
}

TEST(Catalogue, FindsTitlesAndWhatFollowsInASeries) {
  const auto catalogue =
      Catalogue::parse(feed(title("e3", R"("series": "S", "season": 2, "episode": 1, "plays": 5)") +
                            "," + title("film", R"("plays": 9)") + "," +
                            title("e2", R"("series": "S", "season": 1, "episode": 2)") + "," +
                            title("e1", R"("series": "S", "season": 1, "episode": 1)") + "," +
                            title("other", R"("series": "T", "episode": 1)")),
                       base);
  ASSERT_TRUE(catalogue);
  EXPECT_EQ(catalogue->find("film"), 1U);
  EXPECT_EQ(catalogue->find("none"), std::nullopt);
  EXPECT_EQ(catalogue->next_in_series(3), 2U);
  EXPECT_EQ(catalogue->next_in_series(2), 0U);
  EXPECT_EQ(catalogue->next_in_series(0), std::nullopt);
  EXPECT_EQ(catalogue->next_in_series(1), std::nullopt);
  EXPECT_EQ(catalogue->by_popularity(), (std::vector<std::size_t>{1, 0, 2, 3, 4}));
}

TEST(Catalogue, SaysWhatIsWrongAndWhere) {
  const std::string where = base + " title 2";
  EXPECT_EQ(error_of(feed(title("a") + R"(,{"id": "b", "name": "N"})")),
            (Error{ErrorCode::malformed, "\"manifest\" is missing or empty", where}));
  EXPECT_EQ(error_of(feed(title("a") + "," + title("b", R"("plays": -1)"))).where, where);
  EXPECT_EQ(error_of(feed(title("a") + "," + title("b", R"("kind": "book")"))).code,
            ErrorCode::malformed);
  EXPECT_EQ(error_of(feed(title("a") + "," + title("a"))).message, "the identifier is given twice");
  EXPECT_EQ(error_of(feed("1")).message, "is no object");
  EXPECT_EQ(error_of("{\n\"titles\": [}").where, base + " line 2");
  EXPECT_EQ(error_of(R"({"titles": []})").code, ErrorCode::malformed);
  EXPECT_EQ(error_of(feed("")).message, "has no titles");
  EXPECT_EQ(error_of(feed(title("a")), "feed.json").code, ErrorCode::malformed);
}

TEST(Catalogue, HostileFeedsMeetBounds) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(error_of(feed(title("a", R"("x": )" + deep + std::string(100'000, ']')))).code,
            ErrorCode::limit_exceeded);
  EXPECT_EQ(error_of(feed(title(std::string(limits::catalogue_name_length + 1, 'i')))).code,
            ErrorCode::limit_exceeded);
  std::string names = "\"n\"";
  for (std::size_t i = 0; i < limits::catalogue_names; ++i) names += ",\"n\"";
  EXPECT_EQ(error_of(feed(title("a", R"("genres": [)" + names + "]"))).code,
            ErrorCode::limit_exceeded);
  // From https a feed leads to nothing that is not protected as well, and never to files.
  EXPECT_EQ(error_of(feed(R"({"id": "a", "name": "N", "manifest": "http://x.org/"})")).code,
            ErrorCode::refused);
  EXPECT_EQ(error_of(feed(R"({"id": "a", "name": "N", "manifest": "file:///etc/passwd"})")).code,
            ErrorCode::malformed);
}

TEST(NextTitles, TheNextEpisodeIsNearlyCertainAndLearnsFromTheViewer) {
  const auto catalogue =
      Catalogue::parse(feed(title("e1", R"("series": "S", "episode": 1)") + "," +
                            title("e2", R"("series": "S", "episode": 2)") + "," +
                            title("x", R"("plays": 3)") + "," + title("y", R"("plays": 0)")),
                       base);
  ASSERT_TRUE(catalogue);
  const std::vector<std::size_t> history{0};
  const auto next = next_titles(*catalogue, nullptr, history, {}, 10);
  ASSERT_EQ(next.size(), 3U);
  EXPECT_EQ(next[0], (LikelyTitle{1, 0.9, NextReason::next_in_series}));
  EXPECT_EQ(next[1].title, 2U);
  EXPECT_EQ(next[1].reason, NextReason::popularity);
  EXPECT_GT(next[1].probability, next[2].probability);
  double all = 0;
  for (const LikelyTitle& one : next) all += one.probability;
  EXPECT_LE(all, 1.0);
  const auto elsewhere = next_titles(*catalogue, nullptr, history, {.went_elsewhere = 30}, 10);
  ASSERT_EQ(elsewhere.size(), 3U);
  for (const LikelyTitle& one : elsewhere)
    if (one.title == 1) {
      EXPECT_NEAR(one.probability, 9.0 / 40, 1e-9);
    }
}

TEST(NextTitles, AModelsProbabilitiesAreKeptAsTheyAre) {
  const auto catalogue =
      Catalogue::parse(feed(title("a") + "," + title("b") + "," + title("c")), base);
  ASSERT_TRUE(catalogue);
  std::string log = "viewer,title,time\n";
  for (int viewer = 0; viewer < 40; ++viewer)
    for (const char* one : {"a", "c", "gone"})
      log += std::to_string(viewer) + "," + one + "," + std::to_string(1000 + log.size()) + "\n";
  const auto plays = parse_plays(log, "log");
  ASSERT_TRUE(plays);
  const Recommender model = Recommender::train(*plays);
  const std::vector<std::size_t> history{0};
  const auto next = next_titles(*catalogue, &model, history, {}, 10);
  ASSERT_EQ(next.size(), 1U);  // "gone" is not in the catalogue, and the model knows no b.
  EXPECT_EQ(next[0].title, 2U);
  EXPECT_EQ(next[0].reason, NextReason::model);
  const std::vector<TitleIndex> known{*model.find("a")};
  for (const Candidate& candidate : model.next(known, 3).candidates)
    if (candidate.title == *model.find("c")) {
      EXPECT_EQ(next[0].probability, candidate.probability);
    }
}

}  // namespace
}  // namespace rung::recommend
