#include "network_sim/emulator/response_head.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::emulator {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ResponseHead, HasItsStatusTheDateAndWhatIsAdded) {
  ResponseHead head(404, 784'111'777s);
  head.add("ETag", "x");
  const std::string text = std::move(head).done();
  EXPECT_THAT(text, StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(text, HasSubstr("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  EXPECT_THAT(text, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(text, EndsWith("ETag: x\r\n\r\n"));
}

TEST(ResponseHead, IsFloodedWithSoManyBytes) {
  const std::string plain = ResponseHead(200, 0s).done();
  ResponseHead head(200, 0s);
  head.flood(5000);
  EXPECT_EQ(std::move(head).done().size(), plain.size() + 5000);
}

}  // namespace
}  // namespace rung::emulator
