#include "media/url.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/shared_folder.h"

namespace rung::media {
namespace {

struct Case {
  const char* reference;
  const char* expected;
};

/// RFC 3986 section 5.4, all examples; the last one as the section allows for old base URLs.
constexpr Case rfc_cases[] = {
    {"g:h", "g:h"},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q#s"},
    {"g#s", "http://a/b/c/g#s"},
    {"g?y#s", "http://a/b/c/g?y#s"},
    {";x", "http://a/b/c/;x"},
    {"g;x", "http://a/b/c/g;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y#s"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
    {"../../../g", "http://a/g"},
    {"../../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {".g", "http://a/b/c/.g"},
    {"g..", "http://a/b/c/g.."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/./x", "http://a/b/c/g?y/./x"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
    {"g#s/./x", "http://a/b/c/g#s/./x"},
    {"g#s/../x", "http://a/b/c/g#s/../x"},
    {"http:g", "http://a/b/c/g"},
};

TEST(ResolveUrl, GivesTheExamplesOfTheRfc) {
  for (const Case& row : rfc_cases)
    EXPECT_EQ(resolve_url("http://a/b/c/d;p?q", row.reference), row.expected) << row.reference;
}

TEST(ResolveUrl, KeepsTheHostWhereTheReferenceHasAnEmptyOne) {
  EXPECT_EQ(resolve_url("http://a/b/c", "///g/../h"), "http://a/h");
  EXPECT_EQ(resolve_url("http://a/b/c", "//"), "http://a/b/c");
  EXPECT_EQ(resolve_url("file://a/b", "///g"), "file:///g");
}

TEST(ResolveUrl, ResolvesAgainstFilePaths) {
  EXPECT_EQ(resolve_url("/srv/title/manifest.mpd", "video/1.m4s"), "/srv/title/video/1.m4s");
  EXPECT_EQ(resolve_url("title/manifest.mpd", "../1.m4s"), "1.m4s");
  EXPECT_EQ(resolve_url("manifest.mpd", "http://h/1.m4s"), "http://h/1.m4s");
}

TEST(ResolveUrl, GivesThePublicCases) {
  const std::filesystem::path folder = test::shared_folder();
  std::ifstream file(folder / "manifests/url_cases.json");
  if (!file) GTEST_SKIP() << "no url_cases.json in " << folder;
  const auto document = nlohmann::json::parse(file);
  for (const auto& row : document["cases"])
    EXPECT_EQ(resolve_url(row["base"].get<std::string>(), row["ref"].get<std::string>()),
              row["expected"].get<std::string>())
        << row;
}

TEST(ParseUrl, TakesApartAndPutsTogether) {
  for (const char* text : {"", "a", "//", "http:", "http://", "http://u:p@h:1/p?q#f", "?", "#",
                           "a:b:c", "1a:b", "http://[::1]:80?x", "//h#?"})
    EXPECT_EQ(to_string(parse_url(text)), text);
}

TEST(ParseUrl, KnowsHostAndPort) {
  EXPECT_EQ(parse_url("HTTP://user:pw@Example.ORG/").host(), "example.org");
  EXPECT_EQ(parse_url("https://h/").port(), 443);
  EXPECT_EQ(parse_url("http://h:/").port(), 80);
  EXPECT_EQ(parse_url("http://h:8080").port(), 8080);
  EXPECT_EQ(parse_url("http://h:99999").port(), 0);
  EXPECT_EQ(parse_url("http://[2001:DB8::1]:81/").host(), "2001:db8::1");
  EXPECT_EQ(parse_url("http://[2001:DB8::1]:81/").port(), 81);
  EXPECT_EQ(parse_url("http://h@evil:1@real:2/").host(), "real");
}

TEST(SameOrigin, ComparesSchemeHostAndPort) {
  EXPECT_TRUE(same_origin("http://a/x", "HTTP://A:80/y?z"));
  EXPECT_FALSE(same_origin("http://a/", "https://a/"));
  EXPECT_FALSE(same_origin("http://a/", "http://a:81/"));
  EXPECT_FALSE(same_origin("http://a/", "http://b/"));
  EXPECT_FALSE(same_origin("/file", "/file"));
}

}  // namespace
}  // namespace rung::media
