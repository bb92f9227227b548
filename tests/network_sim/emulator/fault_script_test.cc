#include "network_sim/emulator/fault_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::emulator {
namespace {

using testing::HasSubstr;

TEST(FaultScript, CountsRequestsForEveryRule) {
  auto script = FaultScript::create(R"({"rules": [
      {"contains": "seg", "requests": [2], "action": "hang"},
      {"regex": "seg_[0-9]+", "requests": [1, 2, 3], "action": "close", "after_bytes": 5}]})",
                                    "s");
  ASSERT_TRUE(script) << to_string(script.error());
  EXPECT_EQ(script->next("/other"), std::nullopt);
  EXPECT_EQ(script->next("/seg_1")->kind, Fault::Kind::close);
  EXPECT_EQ(script->next("/seg_1")->kind, Fault::Kind::hang);
  EXPECT_EQ(script->next("/seg_2")->bytes, 5);
  EXPECT_EQ(script->next("/seg_3"), std::nullopt);
}

TEST(FaultScript, SurvivesALongTarget) {
  auto script = FaultScript::create(R"({"rules": [{"regex": "(a|b)*c", "action": "hang"}]})", "s");
  ASSERT_TRUE(script);
  EXPECT_EQ(script->next("/" + std::string(16'000, 'a')), std::nullopt);
}

struct BadScript {
  const char* name;
  const char* json;
  const char* where;
  const char* message;
};

std::ostream& operator<<(std::ostream& out, const BadScript& script) { return out << script.name; }

class BadFaultScript : public testing::TestWithParam<BadScript> {};

TEST_P(BadFaultScript, IsRefusedWithTheRuleAndTheReason) {
  const auto script = FaultScript::create(GetParam().json, "s");
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().code, ErrorCode::malformed);
  EXPECT_EQ(script.error().where, GetParam().where);
  EXPECT_THAT(script.error().message, HasSubstr(GetParam().message));
}

const BadScript bad_scripts[] = {
    {"NotJson", "rules", "s", "not JSON"},
    {"NoList", "{}", "s", "\"rules\""},
    {"MoreThanRules", R"({"rules": [], "rulez": 1})", "s", "\"rules\""},
    {"NoObject", R"({"rules": [1]})", "s rule 1", "object"},
    {"NoAction", R"({"rules": [{"contains": "x"}]})", "s rule 1", "\"action\" is missing"},
    {"WrongAction", R"({"rules": [{"action": "explode"}]})", "s rule 1", "\"explode\""},
    {"NoMatch", R"({"rules": [{"action": "hang"}]})", "s rule 1", "\"contains\""},
    {"TwoMatches", R"({"rules": [{"action": "hang", "contains": "", "regex": ""}]})", "s rule 1",
     "\"regex\""},
    {"BadRegex", R"({"rules": [{"action": "hang", "regex": "("}]})", "s rule 1", "regular"},
    {"NoStatus", R"({"rules": [{"action": "status", "contains": ""}]})", "s rule 1", "\"status\""},
    {"BadStatus", R"({"rules": [{"action": "status", "contains": "", "status": 99}]})", "s rule 1",
     "from 200 to 599"},
    {"BadHeader",
     R"({"rules": [{"action": "status", "contains": "", "status": 302, "location": "a\r\nb"}]})",
     "s rule 1", "printable"},
    {"Unknown", R"({"rules": [{"action": "hang", "contains": "", "status": 500}]})", "s rule 1",
     "has no meaning"},
    {"NegativeBytes", R"({"rules": [{"action": "close", "contains": "", "after_bytes": -1}]})",
     "s rule 1", "\"after_bytes\""},
    {"NoField", R"({"rules": [{"action": "field", "contains": "", "name": "Vary"}]})", "s rule 1",
     "\"value\" is missing"},
    {"NoBody", R"({"rules": [{"action": "body", "contains": "", "type": "text/html"}]})",
     "s rule 1", "\"text\" is missing"},
    {"TwoFields",
     R"({"rules": [{"action": "field", "contains": "", "name": "A: b", "value": "c"}]})",
     "s rule 1", "name of a header field"},
    {"HugeBomb", R"({"rules": [{"action": "gzip-bomb", "contains": "", "bytes": 9999999999}]})",
     "s rule 1", "to 1073741824"},
    {"NoDelay", R"({"rules": [{"action": "delay", "contains": "", "ms": 0}]})", "s rule 1",
     "from 1"},
    {"ZeroRate", R"({"rules": [{"action": "slow", "contains": "", "bytes_per_second": 0}]})",
     "s rule 1", "from 1"},
    {"ZeroRequest", R"({"rules": [{"action": "hang", "contains": "", "requests": [0]}]})",
     "s rule 1", "from 1"},
    {"NoRequests", R"({"rules": [{"action": "hang", "contains": "", "requests": []}]})", "s rule 1",
     "empty"},
};

INSTANTIATE_TEST_SUITE_P(All, BadFaultScript, testing::ValuesIn(bad_scripts),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace rung::emulator
