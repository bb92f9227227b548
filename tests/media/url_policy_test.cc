#include "media/url_policy.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

TEST(UrlPolicy, AllowsHttpAndHttps) {
  const UrlPolicy policy("http://h/manifest.mpd");
  EXPECT_TRUE(policy.check("http://other/1.m4s"));
  EXPECT_TRUE(policy.check("https://other/1.m4s"));
}

TEST(UrlPolicy, RefusesOtherSchemes) {
  const UrlPolicy policy("http://h/manifest.mpd");
  for (const char* url :
       {"file:///etc/passwd", "ftp://h/x", "data:text/plain,x", "concat:a|b", "/etc/passwd", "",
        "javascript:1", "http:///x", "http://h:0/", "http://a b/", "http:x"})
    EXPECT_FALSE(policy.check(url)) << url;
}

TEST(UrlPolicy, NeverGoesFromHttpsToHttp) {
  const UrlPolicy policy("HTTPS://h/manifest.mpd");
  EXPECT_TRUE(policy.check("https://h/1.m4s"));
  const auto refused = policy.check("http://user:secret@h/1.m4s?token=secret");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_EQ(to_string(refused.error()).find("secret"), std::string::npos);
}

TEST(UrlPolicy, ALocalManifestHasNoOrigin) {
  const UrlPolicy policy("/srv/manifest.mpd");
  EXPECT_TRUE(policy.check("http://h/1.m4s"));
  EXPECT_FALSE(policy.is_same_origin("http://h/1.m4s"));
  EXPECT_TRUE(UrlPolicy("http://h/a").is_same_origin("http://H:80/b"));
}

TEST(RedactedUrl, ShowsNoSecrets) {
  EXPECT_EQ(redacted_url("http://u:p@h/x?k=v#f"), "http://h/x");
  EXPECT_EQ(redacted_url("a/b.mpd"), "a/b.mpd");
}

TEST(IsPrivateAddress, KnowsTheReservedNetworks) {
  for (const char* address : {"127.0.0.1",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "0.0.0.0",
                              "100.64.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1%eth0",
                              "fc00::1",
                              "fd12::",
                              "::ffff:10.0.0.1",
                              "::ffff:7f00:1",
                              "64:ff9b::a00:1",
                              "2002:a00:1::",
                              "2001:db8::1",
                              "ff02::1",
                              "",
                              "localhost",
                              "1.2.3",
                              "1.2.3.4.5",
                              "0x7f.1",
                              "1:2:3",
                              "::1::2",
                              "12345::"})
    EXPECT_TRUE(is_private_address(address)) << address;
  for (const char* address : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
                              "::ffff:8.8.8.8", "64:ff9b::808:808", "2a00:1450:4001:81b::200e"})
    EXPECT_FALSE(is_private_address(address)) << address;
}

}  // namespace
}  // namespace rung::media
