#include "media/clear_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rung::media {
namespace {

using testing::HasSubstr;

const std::string id = "0123456789abcdef0123456789abcdef";

KeysById keys() {
  KeysById keys;
  for (std::size_t i = 0; i < 16; ++i) keys[id].at(i) = std::byte(0xFF - i);
  return keys;
}

TEST(ClearKey, AsksForKeysAndReadsWhatIsAnswered) {
  // The form of the specification's own examples, section 9.1.4.
  const std::string request = clear_key_request({id});
  EXPECT_EQ(request, R"({"kids":["ASNFZ4mrze8BI0VniavN7w"],"type":"temporary"})");
  const auto licence = clear_key_licence(request, keys());
  ASSERT_TRUE(licence) << to_string(licence.error());
  EXPECT_EQ(
      *licence,
      R"({"keys":[{"kty":"oct","kid":"ASNFZ4mrze8BI0VniavN7w","k":"__79_Pv6-fj39vX08_Lx8A"}],)"
      R"("type":"temporary"})");
  EXPECT_EQ(parse_clear_key_licence(*licence).value(), keys());
  EXPECT_EQ(parse_clear_key_licence(R"({"keys":[]})").value(), KeysById());
  const auto other = clear_key_licence(clear_key_request({std::string(32, 'f')}), keys());
  EXPECT_EQ(*other, R"({"keys":[],"type":"temporary"})");
}

TEST(ClearKey, ReadsWhatServersWriteInOtherWays) {
  EXPECT_EQ(parse_clear_key_licence(R"({"keys": [{"k": "//79/Pv6+fj39vX08/Lx8A==", "x": 1,
                                        "kid": "ASNFZ4mrze8BI0VniavN7w=="}]})")
                .value(),
            keys());
}

TEST(ClearKey, RefusesWhatIsNone) {
  for (const char* nonsense :
       {"", "<html>", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})", R"({"keys":[{}]})",
        R"({"keys":[{"kid":"ASNFZ4mrze8BI0VniavN7w"}]})",
        R"({"keys":[{"kid":"ASNFZ4mrze8BI0VniavN7w","k":"short"}]})",
        R"({"keys":[{"kid":"ASNFZ4mrze8BI0VniavN7w","k":"__79_Pv6-fj39vX08_Lx8!"}]})",
        R"({"keys":[{"kid":7,"k":"__79_Pv6-fj39vX08_Lx8A"}]})"})
    EXPECT_FALSE(parse_clear_key_licence(nonsense)) << nonsense;
  for (const char* nonsense : {"", "{}", R"({"kids":[1]})", R"({"kids":["a"]})"})
    EXPECT_FALSE(clear_key_licence(nonsense, keys())) << nonsense;
  std::string many = R"({"keys":[)";
  for (int i = 0; i < 65; ++i) many += (i == 0 ? "" : ",") + std::string("{}");
  const auto refused = parse_clear_key_licence(many + "]}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace rung::media
