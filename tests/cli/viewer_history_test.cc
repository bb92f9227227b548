#include "cli/viewer_history.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rung::cli {
namespace {

using event_log::EventKind;
using Titles = std::vector<std::size_t>;

TEST(ViewerHistory, TheLastSignOfATitleCounts) {
  const auto catalogue = recommend::Catalogue::parse(
      R"({"rung_catalogue": 1, "titles": [{"id": "a", "name": "A", "manifest": "a.mpd"},
                                          {"id": "b", "name": "B", "manifest": "b.mpd"}]})",
      "http://h/feed.json");
  ASSERT_TRUE(catalogue) << to_string(catalogue.error());
  std::vector<event_log::Event> events;
  const auto signs = [&](EventKind kind, const std::string& title, std::string_view reason = {}) {
    event_log::Event event;
    event.time = static_cast<std::int64_t>(events.size());
    event.kind = kind;
    event.title = title;
    event.reason = reason;
    events.push_back(event);
    return signs_of(*catalogue, events, event.time);
  };
  EXPECT_EQ(signs(EventKind::skip, "b").unwanted, (Titles{1}));
  EXPECT_EQ(signs(EventKind::skip, "b").unwanted, (Titles{1})) << "once, however often";
  const auto liked = signs(EventKind::like, "b");
  EXPECT_EQ(liked.liked, (Titles{1}));
  EXPECT_EQ(liked.skipped, Titles{}) << "that is taken back";
  EXPECT_EQ(liked.unwanted, Titles{});
  // What a card offered and nobody took says less than the key.
  const auto passed = signs(EventKind::skip, "b", event_log::passed_over);
  EXPECT_EQ(passed.liked, (Titles{1}));
  EXPECT_EQ(passed.skipped, (Titles{1}));
  EXPECT_EQ(passed.unwanted, Titles{});
  EXPECT_EQ(signs(EventKind::skip, "b").liked, Titles{});
}

}  // namespace
}  // namespace rung::cli
