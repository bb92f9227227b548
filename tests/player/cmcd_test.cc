#include "player/cmcd.h"

#include <gmock/gmock.h>

#include <future>
#include <set>
#include <string>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "network_sim/emulator/origin.h"
#include "player/player.h"
#include "tests/support/served_title.h"
#include "tests/support/temporary_directory.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Cmcd everything() {
  return {.object = Cmcd::Object::video,
          .bandwidth = BitRate::bits_per_second(1'499'600),
          .top_bandwidth = BitRate::bits_per_second(4'300'000),
          .duration = 4004ms,
          .buffer_level = 21'249ms,
          .deadline = 18'250ms,
          .throughput = BitRate::bits_per_second(25'449'000),
          .next_object = "seg 8.m4s",
          .startup = true,
          .starved = true,
          .playback_percent = 0,
          .enough_throughput = BitRate::bits_per_second(7'501'000),
          .content_id = R"(a"b\c)",
          .session_id = "6e2fb550-c457-11e9-bb97-0800200c9a66",
          .format = 'd',
          .stream_type = 'v'};
}

TEST(Cmcd, SortsKeysIntoTheirHeaders) {
  EXPECT_THAT(cmcd_fields(everything()),
              ElementsAre("CMCD-Object: br=1500,d=4004,ot=v,tb=4300",
                          R"(CMCD-Request: bl=21200,dl=18300,mtp=25400,nor="seg%208.m4s",su)",
                          R"(CMCD-Session: cid="a\"b\\c",pr=0,sf=d,)"
                          R"(sid="6e2fb550-c457-11e9-bb97-0800200c9a66",st=v)",
                          "CMCD-Status: bs,rtp=7600"));
}

TEST(Cmcd, SaysNothingOfWhatIsNotKnown) {
  EXPECT_THAT(cmcd_fields({}), ElementsAre("CMCD-Object: ot=m"));
}

TEST(Cmcd, IsOneArgumentOfTheQueryWithAllKeysInOrder) {
  Cmcd facts = everything();
  facts.next_object.clear();
  EXPECT_EQ(cmcd_query(facts),
            "bl%3D21200%2Cbr%3D1500%2Cbs%2Ccid%3D%22a%5C%22b%5C%5Cc%22%2Cd%3D4004%2Cdl%3D18300%2C"
            "mtp%3D25400%2Cot%3Dv%2Cpr%3D0%2Crtp%3D7600%2Csf%3Dd%2Csid%3D%226e2fb550-c457-11e9-"
            "bb97-0800200c9a66%22%2Cst%3Dv%2Csu%2Ctb%3D4300");
}

TEST(Cmcd, NamesTheNextObjectFromWhereTheRequestGoes) {
  EXPECT_EQ(relative_reference("http://a/x/1.m4s?t=1", "http://a/x/2.m4s?t=1"), "2.m4s");
  EXPECT_EQ(relative_reference("http://a/x/1.m4s", "http://a/y/2.m4s"), "/y/2.m4s");
  EXPECT_EQ(relative_reference("http://a/x/1.m4s", "http://b/x/2.m4s"), "");
}

/// Plays four seconds of a title and returns what the server saw.
std::vector<emulator::RequestRecord> requests_of(CmcdMode mode) {
  const test::TemporaryDirectory directory;
  test::write_encoded_title(directory.path(), 4);
  emulator::OriginOptions served;
  served.directory = directory.path();
  const auto origin = emulator::Origin::create(std::move(served));
  if (!origin) return {};
  PlayerOptions options;
  options.url = (*origin)->url() + "manifest.mpd";
  options.display = Display::none;
  options.http.cmcd = mode;
  auto player = Player::open(std::move(options), *abr::make_policy("fixed:0", {}),
                             *abr::make_estimator("harmonic"), {});
  if (!player) return {};
  EXPECT_EQ((*player)->play({}).failure, std::nullopt);
  (*origin)->stop();
  return (*origin)->requests();
}

std::string field(const emulator::RequestRecord& request, std::string_view name) {
  for (const auto& [key, value] : request.fields)
    if (key == name) return value;
  return {};
}

void check_headers(const std::vector<emulator::RequestRecord>& requests) {
  ASSERT_GE(requests.size(), 7U);
  std::set<std::string> sessions;
  for (const auto& request : requests) {
    SCOPED_TRACE(request.target);
    const std::string session = field(request, "CMCD-Session");
    sessions.insert(session.substr(session.find("sid=")).substr(0, 42));
    EXPECT_THAT(session, HasSubstr("cid=\""));
    const std::string object = field(request, "CMCD-Object");
    if (request.target == "/manifest.mpd") {
      EXPECT_EQ(object, "ot=m");
    } else if (request.target.find("init-") != std::string::npos) {
      EXPECT_THAT(object, HasSubstr("ot=i"));
      EXPECT_THAT(session, HasSubstr("sf=d,"));
    } else if (request.target == "/chunk-stream0-00001.m4s") {
      EXPECT_EQ(object, "br=200,d=2000,ot=v,tb=800");
      EXPECT_THAT(field(request, "CMCD-Request"),
                  HasSubstr("bl=0,dl=0,nor=\"chunk-stream0-00002.m4s\",su"));
      EXPECT_EQ(field(request, "CMCD-Status"), "rtp=1000");
    } else if (request.target == "/chunk-stream0-00002.m4s") {
      const std::string asked = field(request, "CMCD-Request");
      EXPECT_THAT(asked, HasSubstr(",mtp="));
      EXPECT_THAT(asked, Not(HasSubstr("nor=")));
      EXPECT_THAT(asked, Not(HasSubstr("bl=0,")));
    }
  }
  EXPECT_EQ(sessions.size(), 1U);
}

void check_query(const std::vector<emulator::RequestRecord>& requests) {
  ASSERT_GE(requests.size(), 7U);
  for (const auto& request : requests) {
    EXPECT_THAT(request.target, HasSubstr("?CMCD="));
    EXPECT_THAT(request.target, HasSubstr("sid%3D%22"));
    EXPECT_EQ(field(request, "CMCD-Object"), "");
  }
}

void check_nothing_said(const std::vector<emulator::RequestRecord>& requests) {
  ASSERT_GE(requests.size(), 7U);
  for (const auto& request : requests) {
    EXPECT_EQ(request.target.find('?'), std::string::npos);
    for (const auto& [name, value] : request.fields) EXPECT_THAT(name, Not(HasSubstr("CMCD")));
  }
}

TEST(Cmcd, IsSaidWithEveryRequestAndOnlyWhereAskedFor) {
  const auto play = [](CmcdMode mode) { return std::async(std::launch::async, requests_of, mode); };
  auto headers = play(CmcdMode::headers);
  auto query = play(CmcdMode::query);
  auto nothing = play(CmcdMode::off);
  check_headers(headers.get());
  check_query(query.get());
  check_nothing_said(nothing.get());
}

}  // namespace
}  // namespace rung::player
