#include "media/url_query.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

TEST(UrlQuery, ParametersHaveTheirNameAlone) {
  const char* const url = "http://h/a=0/x.m3u8?aa=1&a=%41+b%2&empty=&a=2&bare#a=3";
  EXPECT_EQ(query_parameter(url, "a"), "A+b%2") << "the first one; what is no escape stays";
  EXPECT_EQ(query_parameter(url, "aa"), "1");
  EXPECT_EQ(query_parameter(url, "empty"), "");
  EXPECT_EQ(query_parameter(url, "bare"), "");
  EXPECT_EQ(query_parameter(url, "none"), std::nullopt);
  EXPECT_EQ(query_parameter("http://h/a=0", "a"), std::nullopt);
}

}  // namespace
}  // namespace rung::media
