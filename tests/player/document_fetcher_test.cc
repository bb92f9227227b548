#include "player/document_fetcher.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "core/limits.h"
#include "tests/support/nginx_server.h"
#include "tests/support/scripted_server.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class DocumentFetcherTest : public testing::Test {
 protected:
  Expected<Document> fetch(const media::Resource& resource, ByteCount limit) {
    DocumentFetcher fetcher(loop_, client_, options_);
    std::optional<Expected<Document>> result;
    fetcher.fetch(resource, limit, [&](Expected<Document> told) { result = std::move(told); });
    loop_.run_until(loop_.now() + 20s, [&] { return result.has_value(); });
    EXPECT_EQ(fetcher.running(), 0U);
    return *std::move(result);
  }

  EventLoop loop_;
  HttpClient client_{loop_, {}};
  DocumentFetcher::Options options_{.attempts = 4, .backoff = 20ms};
};

TEST_F(DocumentFetcherTest, WaitsLongerBeforeEveryFurtherTry) {
  const test::ScriptedServer broken(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}});
  const Timestamp begun = loop_.now();
  const auto document = fetch({broken.url("/"), std::nullopt}, ByteCount(100));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, ErrorCode::network);
  EXPECT_EQ(broken.requests(), 4);
  EXPECT_GE(loop_.now() - begun, 20ms + 40ms + 80ms);
}

TEST_F(DocumentFetcherTest, ObeysRetryAfterWithinItsPatience) {
  const test::ScriptedServer busy(
      {.pieces = {"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"}});
  options_.attempts = 2;
  const Timestamp begun = loop_.now();
  EXPECT_FALSE(fetch({busy.url("/"), std::nullopt}, ByteCount(100)));
  EXPECT_EQ(busy.requests(), 2);
  EXPECT_GE(loop_.now() - begun, Duration(1s));

  const test::ScriptedServer closed(
      {.pieces = {"HTTP/1.1 503 No\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n"}});
  EXPECT_FALSE(fetch({closed.url("/"), std::nullopt}, ByteCount(100)));
  EXPECT_EQ(closed.requests(), 1);
}

TEST_F(DocumentFetcherTest, FetchesPartsUncompressed) {
  const test::NginxServer server;
  server.write_file("index.txt", std::string(1000, 'a') + "sidx" + std::string(1000, 'b'));
  const auto part =
      fetch({server.url("/index.txt"), media::ByteRange{1000, ByteCount(4)}}, ByteCount(100));
  ASSERT_TRUE(part) << to_string(part.error());
  EXPECT_EQ(part->text, "sidx");
}

TEST_F(DocumentFetcherTest, DestructionCancelsWhatRuns) {
  const test::ScriptedServer silent({.pieces = {}, .stalls = true});
  bool told = false;
  {
    DocumentFetcher fetcher(loop_, client_, options_);
    fetcher.fetch({silent.url("/"), std::nullopt}, ByteCount(100),
                  [&](const Expected<Document>&) { told = true; });
    loop_.run_until(loop_.now() + 20s, [&] { return silent.requests() > 0; });
  }
  EXPECT_EQ(client_.running(), 0U);
  EXPECT_FALSE(told);
}

TEST_F(DocumentFetcherTest, FetchesOneTextForAProgram) {
  const test::NginxServer server;
  server.write_file("title.mpd", "<MPD/>");
  const auto text = fetch_text(server.url("/redirect/to?/title.mpd"), limits::manifest_size, {});
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(text->text, "<MPD/>");
  EXPECT_EQ(text->content_type, "application/dash+xml");
  EXPECT_EQ(text->url, server.url("/title.mpd"));
  EXPECT_EQ(text->address, "127.0.0.1");
  EXPECT_EQ(fetch_text("file:///etc/passwd", limits::manifest_size, {}).error().code,
            ErrorCode::refused);
}

}  // namespace
}  // namespace rung::player
