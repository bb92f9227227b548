#include "player/licences.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/scripted_server.h"

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

TEST(Licences, AreTakenAsFarAsServersGiveThemInTime) {
  const std::string zeros(32, '0');
  const std::string others(32, 'f');
  const std::string zero = "AAAAAAAAAAAAAAAAAAAAAA";
  const std::string licence =
      R"({"keys": [{"kty": "oct", "kid": ")" + zero + R"(", "k": ")" + zero + R"("}]})";
  const test::ScriptedServer silent({.pieces = {}, .stalls = true});
  const test::ScriptedServer partial(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(licence.size()) +
                  "\r\n\r\n" + licence}});
  EventLoop loop;
  HttpClient client(loop, {});
  constexpr Duration patience = std::chrono::seconds(1);
  const auto asked = [&](std::vector<LicenceRequest> requests) {
    auto licences = fetch_licences(loop, client, requests, {}, patience);
    EXPECT_TRUE(licences);
    return *std::move(licences);
  };
  const Licences some = asked({{.url = partial.url("/"), .key_ids = {zeros, others}}});
  EXPECT_EQ(some.keys, (decode::ContentKeys{{zeros, {}}}));
  EXPECT_NE(some.trouble.find("no licence"), std::string::npos) << some.trouble;
  const Licences late = asked({{.url = silent.url("/"), .key_ids = {others}},
                               {.url = partial.url("/"), .key_ids = {zeros}}});
  EXPECT_EQ(late.keys, (decode::ContentKeys{{zeros, {}}})) << "nobody waits for the first one";
  EXPECT_NE(late.trouble.find("in time"), std::string::npos) << late.trouble;
}

}  // namespace
}  // namespace rung::player
