#include "player/licences.h"

#include <gtest/gtest.h>

#include <string>

namespace rung::player {
namespace {

media::AdaptationSet protected_set(media::ContentType type, const std::string& id,
                                   const std::string& server) {
  return {.id = {},
          .type = type,
          .language = {},
          .name = {},
          .role = {},
          .is_protected = true,
          .key_ids = {id},
          .licence_url = server,
          .representations = {}};
}

TEST(Licences, AreAskedForOfEachServerWithAllThatIsNotKnown) {
  using enum media::ContentType;
  media::Presentation presentation;
  media::Period period;
  for (const auto& set :
       {protected_set(video, "a", "http://one/"), protected_set(audio, "b", "http://one/"),
        protected_set(audio, "c", "http://two/"), protected_set(text, "d", "http://one/"),
        protected_set(audio, "e", ""), protected_set(video, "f", "http://two/")})
    period.adaptation_sets.push_back(set);
  presentation.periods = {period, period};
  EXPECT_EQ(licence_requests(presentation, {{"f", {}}}),
            (std::vector<LicenceRequest>{{.url = "http://one/", .key_ids = {"a", "b"}},
                                         {.url = "http://two/", .key_ids = {"c"}}}));
}

TEST(Licences, AreAskedForOfAFewServersOnly) {
  media::Presentation presentation;
  presentation.periods.emplace_back();
  for (int i = 0; i < 100; ++i)
    for (int j = 0; j < 100; ++j)
      presentation.periods.front().adaptation_sets.push_back(protected_set(
          media::ContentType::video, std::to_string(j), "http://" + std::to_string(i) + "/"));
  const auto requests = licence_requests(presentation, {});
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests.front().key_ids.size(), 64U);
}

}  // namespace
}  // namespace rung::player
