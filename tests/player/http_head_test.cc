#include "player/http_head.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>

namespace rung::player {
namespace {

using Line = HttpHead::Line;

/// What the last of the lines came to.
Line read(HttpHead& head, std::initializer_list<const char*> lines) {
  Line last = Line::field;
  for (const char* line : lines) last = head.read(std::string(line) + "\r\n");
  return last;
}

TEST(HttpHead, HoldsWhatItsFieldsSay) {
  HttpHead head;
  EXPECT_EQ(head.read("HTTP/1.1 206 Partial Content\r\n"), Line::begin);
  EXPECT_EQ(read(head, {"content-LENGTH: 10", "Content-Range:bytes 5-14/100", "Content-Type: a/b",
                        "a line without a colon", ""}),
            Line::complete);
  EXPECT_EQ(head.status, 206);
  EXPECT_EQ(head.content_length, 10);
  EXPECT_EQ(head.content_range, "bytes 5-14/100");
  EXPECT_EQ(head.content_type, "a/b");
  EXPECT_TRUE(head.complete);
  EXPECT_FALSE(head.coded());
  EXPECT_EQ(read(head, {"Content-Length: 11"}), Line::field) << "a trailer";
  EXPECT_EQ(head.content_length, 10);
}

TEST(HttpHead, BeginsAnewWithEveryAnswer) {
  HttpHead head;
  EXPECT_EQ(read(head, {"HTTP/1.1 103 Early Hints", "Content-Encoding: GZIP", ""}), Line::field);
  EXPECT_FALSE(head.complete);
  EXPECT_EQ(read(head, {"HTTP/2 200", ""}), Line::complete);
  EXPECT_EQ(head.status, 200);
  EXPECT_FALSE(head.coded());
}

TEST(HttpHead, KnowsContentCodingsFromWhatIsNone) {
  for (const char* coding : {"gzip", "BR", "identity, zstd", "deflate , utf-8"}) {
    HttpHead head;
    read(head, {"HTTP/1.1 200 OK", ("Content-Encoding: " + std::string(coding)).c_str(), ""});
    EXPECT_TRUE(head.coded()) << coding;
    EXPECT_FALSE(head.claims_what_is_no_coding()) << coding;
  }
  for (const auto& [none, claims] :
       {std::pair{"", false}, std::pair{"identity", false}, std::pair{"none, identity", false},
        std::pair{"utf-8", true}, std::pair{"identity, aws-chunked", true},
        std::pair{"brown", true}}) {
    HttpHead head;
    read(head, {"HTTP/1.1 200 OK", ("Content-Encoding: " + std::string(none)).c_str(), ""});
    EXPECT_FALSE(head.coded()) << none;
    EXPECT_EQ(head.claims_what_is_no_coding(), claims) << none;
  }
}

TEST(HttpHead, RedirectsOnlyWithALocation) {
  HttpHead head;
  EXPECT_EQ(read(head, {"HTTP/1.1 302 Found", ""}), Line::complete);
  EXPECT_FALSE(head.redirects());
  EXPECT_EQ(read(head, {"HTTP/1.1 307 Temporary Redirect", "Location: b", ""}), Line::complete);
  EXPECT_TRUE(head.redirects());
  EXPECT_EQ(read(head, {"HTTP/1.1 200 OK", "Location: b", ""}), Line::complete);
  EXPECT_FALSE(head.redirects());
}

TEST(HttpHead, RefusesContradictionsAndFloods) {
  HttpHead twice;
  EXPECT_EQ(read(twice, {"HTTP/1.1 200 OK", "Content-Length: 1", "Content-Length: 2"}),
            Line::contradictory);
  HttpHead negative;
  EXPECT_EQ(read(negative, {"HTTP/1.1 200 OK", "Content-Length: -1"}), Line::contradictory);
  HttpHead both;
  EXPECT_EQ(read(both, {"HTTP/1.1 200 OK", "Content-Length: 1", "Transfer-Encoding: chunked", ""}),
            Line::contradictory);
  HttpHead flood;
  EXPECT_EQ(read(flood, {"HTTP/1.1 200 OK", std::string(HttpHead::max_size, 'x').c_str()}),
            Line::too_large);
}

TEST(HttpHead, ReadsByteRanges) {
  const media::ByteRange expected{5, ByteCount(10)};
  EXPECT_EQ(parse_content_range("bytes 5-14/100"), expected);
  EXPECT_EQ(parse_content_range("Bytes 5-14/*"), expected);
  for (const char* wrong : {"", "bytes", "bytes 5-14", "bytes 14-5/100", "bytes */100",
                            "bytes -5-14/100", "items 5-14/100", "bytes /5-14"})
    EXPECT_FALSE(parse_content_range(wrong)) << wrong;
}

TEST(HttpHead, EncodesWhatMayNotBeInAUrl) {
  EXPECT_EQ(encoded_url("http://a/b c\"\xc3\xa9%20"), "http://a/b%20c%22%C3%A9%20");
}

}  // namespace
}  // namespace rung::player
