#include "player/http_client.h"

#include <gmock/gmock.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "network_sim/emulator/origin.h"
#include "tests/support/loopback.h"
#include "tests/support/nginx_server.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temporary_directory.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using session::FailureKind;
using test::NginxServer;
using test::ScriptedServer;
using testing::HasSubstr;
using testing::Not;

constexpr Duration patience = 20s;

/// One exchange and what was told about it.
struct Fetched {
  std::string body;
  int heads = 0;
  int ends = 0;
  HttpClient::Outcome outcome = tl::unexpected<HttpFailure>(HttpFailure{});

  [[nodiscard]] HttpClient::Receiver receiver() {
    return {[this](const HttpAnswer&) { ++heads; },
            [this](std::span<const std::byte> bytes) {
              body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            },
            [this](const HttpClient::Outcome& told) {
              outcome = told;
              ++ends;
            }};
  }
  [[nodiscard]] FailureKind kind() const {
    return outcome ? FailureKind{255} : outcome.error().kind;
  }
  [[nodiscard]] std::string message() const { return outcome ? "" : outcome.error().message; }
};

HttpRequest get(std::string url) {
  HttpRequest request;
  request.resource.url = std::move(url);
  return request;
}

std::string pattern(std::size_t size) {
  std::string result(size, '\0');
  for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<char>(i * 2654435761U >> 11);
  return result;
}

class HttpClientTest : public testing::Test {
 protected:
  void fetch(Fetched& fetched, HttpRequest request, HttpClient& client) {
    client.start(std::move(request), fetched.receiver());
    loop_.run_until(loop_.now() + patience, [&] { return fetched.ends > 0; });
    EXPECT_EQ(fetched.ends, 1);
  }
  void fetch(Fetched& fetched, HttpRequest request) { fetch(fetched, std::move(request), client_); }
  [[nodiscard]] Fetched fetch(HttpRequest request) {
    Fetched fetched;
    fetch(fetched, std::move(request));
    return fetched;
  }

  EventLoop loop_;
  HttpClient client_{loop_, {}};
};

class HttpClientOnNginx : public HttpClientTest {
 protected:
  HttpClientOnNginx() { server_.write_file("file.bin", content_); }

  NginxServer server_;
  std::string content_ = pattern(300'000);
};

TEST_F(HttpClientOnNginx, DeliversTheBodyWithItsFacts) {
  const Fetched fetched = fetch(get(server_.url("/file.bin?token=1")));
  ASSERT_TRUE(fetched.outcome) << fetched.message();
  EXPECT_TRUE(fetched.body == content_);
  EXPECT_EQ(fetched.heads, 1);
  const HttpAnswer& answer = *fetched.outcome;
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.expected, ByteCount(300'000));
  EXPECT_EQ(answer.received, ByteCount(300'000));
  EXPECT_EQ(answer.content_type, "application/octet-stream");
  EXPECT_EQ(answer.address, "127.0.0.1");
  EXPECT_LE(answer.requested, answer.first_byte);
  EXPECT_LE(answer.first_byte, answer.completed);
  const auto accesses = server_.accesses(1);
  ASSERT_EQ(accesses.size(), 1U);
  EXPECT_EQ(accesses[0].accept_encoding, "identity");
}

TEST_F(HttpClientOnNginx, KeepsTheConnectionAlive) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(fetch(get(server_.url("/file.bin"))).outcome);
  EXPECT_EQ(fetch(get(server_.url("/status/404"))).kind(), FailureKind::http_status);
  EXPECT_TRUE(fetch(get(server_.url("/file.bin"))).outcome);
  std::set<int> connections;
  for (const auto& access : server_.accesses(7)) connections.insert(access.connection);
  EXPECT_EQ(connections.size(), 1U);
}

TEST_F(HttpClientOnNginx, FetchesByteRanges) {
  HttpRequest request = get(server_.url("/file.bin"));
  request.resource.range = media::ByteRange{1000, ByteCount(5000)};
  const Fetched fetched = fetch(request);
  ASSERT_TRUE(fetched.outcome) << fetched.message();
  EXPECT_EQ(fetched.outcome->status, 206);
  EXPECT_TRUE(fetched.body == content_.substr(1000, 5000));
  EXPECT_EQ(server_.accesses(1)[0].range, "bytes=1000-5999");
}

TEST_F(HttpClientOnNginx, FetchesUpToTheEnd) {
  for (const char* path : {"/file.bin", "/whole/file.bin"}) {
    HttpRequest request = get(server_.url(path));
    request.resource.range = media::ByteRange{299'000, {}};
    const Fetched fetched = fetch(request);
    ASSERT_TRUE(fetched.outcome) << fetched.message();
    EXPECT_TRUE(fetched.body == content_.substr(299'000));
    EXPECT_EQ(fetched.outcome->expected, ByteCount(1000));
  }
  EXPECT_EQ(server_.accesses(1)[0].range, "bytes=299000-");
}

TEST_F(HttpClientOnNginx, CutsTheRangeOutWhereTheServerIgnoresIt) {
  HttpRequest request = get(server_.url("/whole/file.bin"));
  request.resource.range = media::ByteRange{100'000, ByteCount(70'000)};
  const Fetched fetched = fetch(request);
  ASSERT_TRUE(fetched.outcome) << fetched.message();
  EXPECT_EQ(fetched.outcome->status, 200);
  EXPECT_TRUE(fetched.body == content_.substr(100'000, 70'000));
  // Where the whole is beyond the limit it is not begun.
  request.limit = ByteCount(150'000);
  const Fetched refused = fetch(request);
  EXPECT_EQ(refused.kind(), FailureKind::too_large);
  EXPECT_TRUE(refused.body.empty());
}

TEST_F(HttpClientOnNginx, RangeBehindTheEndIsAFailure) {
  HttpRequest request = get(server_.url("/file.bin"));
  request.resource.range = media::ByteRange{299'000, ByteCount(5000)};
  EXPECT_EQ(fetch(request).kind(), FailureKind::truncated);
  request.resource.range = media::ByteRange{400'000, ByteCount(5000)};
  const Fetched behind = fetch(request);
  EXPECT_EQ(behind.kind(), FailureKind::http_status);
  EXPECT_EQ(behind.outcome.error().status, 416);
}

TEST_F(HttpClientOnNginx, AnotherRangeThanAskedForIsAFailure) {
  HttpRequest request = get(server_.url("/wrong-range"));
  request.resource.range = media::ByteRange{0, ByteCount(5)};
  const Fetched fetched = fetch(request);
  EXPECT_EQ(fetched.kind(), FailureKind::http_status);
  EXPECT_TRUE(fetched.body.empty());
  EXPECT_EQ(fetch(get(server_.url("/wrong-range"))).kind(), FailureKind::http_status);
}

TEST_F(HttpClientOnNginx, TellsStatusAndRetryAfter) {
  const Fetched missing = fetch(get(server_.url("/status/404?secret=1")));
  ASSERT_FALSE(missing.outcome);
  EXPECT_EQ(missing.outcome.error().status, 404);
  EXPECT_EQ(missing.outcome.error().retry_after, std::nullopt);
  EXPECT_THAT(missing.message(), HasSubstr("404"));
  EXPECT_THAT(missing.message(), Not(HasSubstr("secret")));
  EXPECT_EQ(missing.heads, 0);
  EXPECT_TRUE(missing.body.empty());
  const Fetched busy = fetch(get(server_.url("/status/503")));
  ASSERT_FALSE(busy.outcome);
  EXPECT_EQ(busy.outcome.error().status, 503);
  EXPECT_EQ(busy.outcome.error().retry_after, Duration(3s));
}

TEST_F(HttpClientOnNginx, FollowsRedirectsToTheirBound) {
  const Fetched followed = fetch(get(server_.url("/redirect/5")));
  ASSERT_TRUE(followed.outcome) << followed.message();
  EXPECT_EQ(followed.outcome->url, server_.url("/file.bin"));
  EXPECT_TRUE(followed.body == content_);
  const Fetched looping = fetch(get(server_.url("/redirect/loop")));
  EXPECT_EQ(looping.kind(), FailureKind::http_status);
  EXPECT_THAT(looping.message(), HasSubstr("10 redirects"));
  int loops = 0;
  for (const auto& access : server_.accesses(18)) loops += access.path == "/redirect/loop" ? 1 : 0;
  EXPECT_EQ(loops, 11);
}

TEST_F(HttpClientOnNginx, RefusesOtherSchemes) {
  for (const char* target : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/",
                             "http:///x", "data:text/plain,x"}) {
    SCOPED_TRACE(target);
    EXPECT_EQ(fetch(get(target)).kind(), FailureKind::refused);
    EXPECT_EQ(fetch(get(server_.url(std::string("/redirect/to?") + target))).kind(),
              FailureKind::refused);
  }
}

TEST_F(HttpClientOnNginx, SpeaksHttp2OverTlsOnOneConnection) {
  HttpClient client(loop_, {.ca_file = server_.ca_file()});
  std::vector<Fetched> fetched(6);
  for (Fetched& one : fetched) client.start(get(server_.tls_url("/file.bin")), one.receiver());
  loop_.run_until(loop_.now() + patience, [&] { return client.running() == 0; });
  for (const Fetched& one : fetched) {
    ASSERT_TRUE(one.outcome) << one.message();
    EXPECT_TRUE(one.body == content_);
  }
  std::set<int> connections;
  for (const auto& access : server_.accesses(6)) {
    connections.insert(access.connection);
    EXPECT_EQ(access.protocol, "HTTP/2.0");
  }
  EXPECT_EQ(connections.size(), 1U);
}

TEST_F(HttpClientOnNginx, RefusesAServerThatNobodyVouchesFor) {
  const Fetched fetched = fetch(get(server_.tls_url("/file.bin")));
  EXPECT_EQ(fetched.kind(), FailureKind::refused);
  EXPECT_NE(fetched.message().find("certificate"), std::string::npos) << fetched.message();
  EXPECT_EQ(server_.accesses(0).size(), 0U);
}

TEST_F(HttpClientOnNginx, NeverGoesFromHttpsDownToHttp) {
  HttpClient client(loop_, {.ca_file = server_.ca_file()});
  Fetched fetched;
  fetch(fetched, get(server_.tls_url("/redirect/to?" + server_.url("/file.bin"))), client);
  EXPECT_EQ(fetched.kind(), FailureKind::refused);
  Fetched upgraded;
  fetch(upgraded, get(server_.url("/redirect/to?" + server_.tls_url("/file.bin"))), client);
  EXPECT_TRUE(upgraded.outcome) << upgraded.message();
}

TEST_F(HttpClientOnNginx, PrivateAddressesCanBeForbidden) {
  // The connection from before must not be a way around.
  EXPECT_TRUE(fetch(get(server_.url("/file.bin"))).outcome);
  client_.confine(media::UrlPolicy("http://example.org/"), HttpClient::Addresses::public_only);
  EXPECT_EQ(fetch(get(server_.url("/file.bin"))).kind(), FailureKind::refused);
  std::string named = server_.url("/file.bin");
  named.replace(named.find("127.0.0.1"), 9, "localhost");
  EXPECT_EQ(fetch(get(named)).kind(), FailureKind::refused);
  EXPECT_EQ(server_.accesses(1).size(), 1U);
}

TEST_F(HttpClientOnNginx, CompressesDocumentsOnly) {
  server_.write_file("manifest.txt", std::string(100'000, 'm'));
  HttpRequest request = get(server_.url("/manifest.txt"));
  request.coding = HttpRequest::Coding::gzip;
  const Fetched document = fetch(request);
  ASSERT_TRUE(document.outcome) << document.message();
  EXPECT_EQ(document.body.size(), 100'000U);
  EXPECT_LT(server_.accesses(1)[0].body_sent, 5000);
  EXPECT_EQ(fetch(get(server_.url("/manifest.txt"))).body.size(), 100'000U);
}

TEST_F(HttpClientOnNginx, BoundsWhatABodyUnpacksTo) {
  server_.write_file("bomb.txt", std::string(50'000'000, '0'));
  HttpRequest request = get(server_.url("/bomb.txt"));
  request.coding = HttpRequest::Coding::gzip;
  request.limit = limits::manifest_size;
  const Fetched fetched = fetch(request);
  EXPECT_EQ(fetched.kind(), FailureKind::too_large);
  EXPECT_LE(fetched.body.size(), static_cast<std::size_t>(limits::manifest_size.bytes()));
}

TEST_F(HttpClientOnNginx, UnpacksWhatComesCompressedUnasked) {
  const std::string zipped(
      "\x1f\x8b\x08\0\0\0\0\0\x02\x03\x2b\xc8\x49\xcc\xcc\x03\0\xcf\x62\x20\x19\x05\0\0\0", 25);
  server_.write_file("segment.gz", zipped);
  HttpRequest request = get(server_.url("/segment.gz"));
  EXPECT_EQ(fetch(request).body, "plain");
  request.resource.range = media::ByteRange{0, ByteCount(3)};
  EXPECT_EQ(fetch(request).kind(), FailureKind::http_status) << "a range of what is compressed";
}

TEST_F(HttpClientOnNginx, RefusesABodyBeyondTheLimitBeforeReadingIt) {
  HttpRequest request = get(server_.url("/file.bin"));
  request.limit = ByteCount(299'999);
  const Fetched fetched = fetch(request);
  EXPECT_EQ(fetched.kind(), FailureKind::too_large);
  EXPECT_TRUE(fetched.body.empty());
}

TEST_F(HttpClientOnNginx, EncodesWhatManifestsWriteIntoUrls) {
  server_.write_file("a b/\xC3\xA9 1.bin", "x");
  const Fetched fetched = fetch(get(server_.url("/a b/\xC3\xA9%201.bin")));
  EXPECT_TRUE(fetched.outcome) << fetched.message();
}

TEST_F(HttpClientOnNginx, CancellationStopsTheBytes) {
  Fetched slow;
  const auto id = client_.start(get(server_.url("/slow/file.bin")), slow.receiver());
  loop_.run_until(loop_.now() + patience, [&] { return !slow.body.empty(); });
  client_.cancel(id);
  EXPECT_EQ(client_.running(), 0U);
  const std::size_t got = slow.body.size();
  EXPECT_LT(got, content_.size());
  EXPECT_TRUE(fetch(get(server_.url("/file.bin"))).outcome);
  EXPECT_EQ(slow.body.size(), got);
  EXPECT_EQ(slow.ends, 0);
}

TEST_F(HttpClientOnNginx, ReceiversMayCancelThemselvesAndOthers) {
  for (const bool tls : {false, true}) {
    HttpClient client(loop_, {.ca_file = server_.ca_file()});
    const auto url = [&](const char* path) {
      return tls ? server_.tls_url(path) : server_.url(path);
    };
    HttpClient::ExchangeId first;
    HttpClient::ExchangeId second;
    Fetched third;
    int bodies = 0;
    bool started = false;
    const HttpClient::Receiver canceller{
        {},
        [&](std::span<const std::byte>) {
          ++bodies;
          client.cancel(first);
          client.cancel(second);
          if (!started) client.start(get(url("/file.bin")), third.receiver());
          started = true;
        },
        [](const HttpClient::Outcome&) { ADD_FAILURE() << "told about a cancelled exchange"; }};
    first = client.start(get(url("/file.bin")), canceller);
    second = client.start(get(url("/file.bin")), canceller);
    loop_.run_until(loop_.now() + patience, [&] { return third.ends > 0; });
    EXPECT_EQ(bodies, 1);
    EXPECT_TRUE(third.outcome) << third.message();
    EXPECT_EQ(client.running(), 0U);
  }
}

TEST_F(HttpClientOnNginx, ConnectionsAreBounded) {
  HttpClient client(loop_, {.max_connections = 3, .max_connections_per_host = 2});
  std::vector<Fetched> fetched(12);
  for (Fetched& one : fetched) client.start(get(server_.url("/file.bin")), one.receiver());
  loop_.run_until(loop_.now() + patience, [&] { return client.running() == 0; });
  for (const Fetched& one : fetched) EXPECT_TRUE(one.outcome) << one.message();
  std::set<int> connections;
  for (const auto& access : server_.accesses(12)) connections.insert(access.connection);
  EXPECT_LE(connections.size(), 2U);
}

TEST_F(HttpClientOnNginx, MayBeDestroyedInTheMiddle) {
  Fetched slow;
  {
    HttpClient client(loop_, {});
    client.start(get(server_.url("/slow/file.bin")), slow.receiver());
    client.start(get("file:///x"), slow.receiver());
    loop_.run_until(loop_.now() + 50ms, [] { return false; });
    client.start(get("file:///x"), slow.receiver());
  }
  const int ends = slow.ends;
  loop_.run_until(loop_.now() + 20ms, [] { return false; });
  EXPECT_EQ(slow.ends, ends);
}

TEST_F(HttpClientTest, RefusedConnectionIsAFailure) {
  std::string url;
  {
    const ScriptedServer gone({});
    url = gone.url("/");
  }
  const Fetched fetched = fetch(get(url));
  EXPECT_EQ(fetched.kind(), FailureKind::connection);
  EXPECT_EQ(fetched.outcome.error().status, 0);
}

struct Misbehaviour {
  const char* name;
  std::vector<std::string> pieces;
  FailureKind kind;
};
void PrintTo(const Misbehaviour& row, std::ostream* out) { *out << row.name; }

class HttpClientOnBrokenServer : public HttpClientTest,
                                 public testing::WithParamInterface<Misbehaviour> {};

TEST_P(HttpClientOnBrokenServer, NeverCompletes) {
  const ScriptedServer server({.pieces = GetParam().pieces});
  const Fetched fetched = fetch(get(server.url("/")));
  EXPECT_EQ(fetched.kind(), GetParam().kind) << fetched.message();
}

INSTANTIATE_TEST_SUITE_P(
    All, HttpClientOnBrokenServer,
    testing::Values(
        Misbehaviour{"NoAnswer", {}, FailureKind::connection},
        Misbehaviour{"NoHttp", {"SSH-2.0-OpenSSH\r\n\r\n"}, FailureKind::connection},
        Misbehaviour{"ClosesInTheHeader", {"HTTP/1.1 200 OK\r\nContent-"}, FailureKind::connection},
        Misbehaviour{"ClosesInTheBody",
                     {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "only so much"},
                     FailureKind::truncated},
        Misbehaviour{"ClosesInAChunk",
                     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly"},
                     FailureKind::truncated},
        Misbehaviour{"TwoLengths",
                     {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"},
                     FailureKind::connection},
        Misbehaviour{"LengthAndChunks",
                     {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "1\r\na\r\n0\r\n\r\n"},
                     FailureKind::connection},
        Misbehaviour{"NegativeLength",
                     {"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nabcd"},
                     FailureKind::connection},
        Misbehaviour{"HugeLength",
                     {"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n"},
                     FailureKind::too_large},
        Misbehaviour{"EndlessHeader",
                     {"HTTP/1.1 200 OK\r\n" + std::string(290'000, 'x') + ": y\r\n\r\n"},
                     FailureKind::refused},
        Misbehaviour{"ManyHeaders",
                     {[] {
                       std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
                       for (int i = 0; i < 20'000; ++i) text += "X-Header: some value\r\n";
                       return text + "\r\n";
                     }()},
                     FailureKind::refused}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(HttpClientTest, ABodyThatIsNotInItsCodingIsAFailure) {
  const ScriptedServer server(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"}});
  HttpRequest request = get(server.url("/"));
  request.coding = HttpRequest::Coding::gzip;
  const Fetched fetched = fetch(request);
  EXPECT_EQ(fetched.kind(), FailureKind::http_status);
  EXPECT_NE(fetched.message().find("content coding that its header names (gzip)"),
            std::string::npos)
      << fetched.message();
}

TEST_F(HttpClientTest, WhatAProxyFailsInIsToldOfTheProxy) {
  const ScriptedServer asks({.pieces = {"HTTP/1.1 407 Required\r\nContent-Length: 0\r\n\r\n"}});
  const auto said = [&](const std::string& proxy, const std::string& url) {
    HttpClient client(loop_, {.proxy = proxy});
    Fetched fetched;
    fetch(fetched, get(url), client);
    return fetched.message();
  };
  const std::string closed = "127.0.0.1:" + std::to_string(test::free_loopback_port());
  EXPECT_EQ(said("http://me:secret@" + closed, "http://title.invalid/"),
            "http://title.invalid/: the proxy http://" + closed + " cannot be reached");
  EXPECT_EQ(said(asks.url(""), "http://title.invalid/"),
            "http://title.invalid/: HTTP status 407, as the proxy asks for a user name and a "
            "password");
  EXPECT_EQ(said(asks.url(""), "https://title.invalid/"),
            "https://title.invalid/: the proxy refuses the tunnel with HTTP status 407");
}

TEST_F(HttpClientTest, ExcessBehindTheLengthIsIgnored) {
  const ScriptedServer server(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcdEXCESS"}});
  const Fetched fetched = fetch(get(server.url("/")));
  ASSERT_TRUE(fetched.outcome) << fetched.message();
  EXPECT_EQ(fetched.body, "abcd");
  EXPECT_EQ(fetch(get(server.url("/"))).body, "abcd");
}

TEST_F(HttpClientTest, ASilentServerRunsIntoTheTimeout) {
  const ScriptedServer server({.pieces = {"HTTP/1.1 200 OK\r\n"}, .stalls = true});
  HttpRequest request = get(server.url("/"));
  request.timeout = 200ms;
  EXPECT_EQ(fetch(request).kind(), FailureKind::timeout);
}

/// Two servers of one directory, with what they were asked.
class HttpClientOnTwoServers : public HttpClientTest {
 protected:
  HttpClientOnTwoServers() {
    std::ofstream(directory_.path() / "file.bin") << "bytes";
    own_ = serve({});
    other_ = serve({});
  }

  [[nodiscard]] std::unique_ptr<emulator::Origin> serve(emulator::FaultScript faults) const {
    emulator::OriginOptions options;
    options.directory = directory_.path();
    options.faults = std::move(faults);
    return *emulator::Origin::create(std::move(options));
  }
  /// The fields of all that `origin` was asked, in one text. Ends it.
  [[nodiscard]] static std::string asked(emulator::Origin& origin) {
    origin.stop();
    std::string text;
    for (const auto& request : origin.requests())
      for (const auto& [name, value] : request.fields) text.append(name).append("=" + value + "\n");
    return text;
  }
  [[nodiscard]] std::string cookies() const {
    const auto path = directory_.path() / "cookies.txt";
    std::ofstream(path) << "127.0.0.1\tFALSE\t/\tFALSE\t0\tkey\tpinned\n"
                        << "localhost\tFALSE\t/\tFALSE\t0\tkey\tlocal\n";
    return path;
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<emulator::Origin> own_;
  std::unique_ptr<emulator::Origin> other_;
};

TEST_F(HttpClientOnTwoServers, FieldsAndCookiesGoToTheTitlesOriginOnly) {
  HttpClient client(loop_, {.fields = {"Authorization: Bearer t0p"}, .cookie_file = cookies()});
  client.serve_title(own_->url() + "manifest.mpd");
  for (const std::string& url : {own_->url(), other_->url()}) {
    Fetched fetched;
    fetch(fetched, get(url + "file.bin"), client);
    EXPECT_EQ(fetched.body, "bytes");
  }
  const std::string own = asked(*own_);
  EXPECT_THAT(own, HasSubstr("Authorization=Bearer t0p"));
  EXPECT_THAT(own, HasSubstr("Cookie=key=pinned"));
  const std::string other = asked(*other_);
  EXPECT_THAT(other, Not(HasSubstr("t0p")));
  EXPECT_THAT(other, Not(HasSubstr("pinned")));
}

TEST_F(HttpClientOnTwoServers, ARedirectTakesNoSecretToAnotherServer) {
  auto script = emulator::FaultScript::create(
      R"({"rules": [{"contains": "", "action": "status", "status": 302, "location": ")" +
          other_->url() + R"(file.bin"}]})",
      "script");
  ASSERT_TRUE(script);
  const auto leading = serve(*std::move(script));
  HttpClient client(loop_, {.fields = {"Authorization: Bearer t0p"}, .cookie_file = cookies()});
  std::string url = leading->url();
  client.serve_title(url);
  url.insert(url.find("//") + 2, "name:word@");
  Fetched fetched;
  fetch(fetched, get(url + "file.bin"), client);
  EXPECT_EQ(fetched.body, "bytes");
  EXPECT_THAT(asked(*leading), HasSubstr("Authorization="));
  const std::string other = asked(*other_);
  EXPECT_THAT(other, Not(HasSubstr("Authorization")));
  EXPECT_THAT(other, Not(HasSubstr("Cookie")));
}

TEST_F(HttpClientOnTwoServers, WithoutATitleNoFieldIsSent) {
  HttpClient client(loop_, {.fields = {"Authorization: Bearer t0p"}});
  Fetched fetched;
  fetch(fetched, get(own_->url() + "file.bin"), client);
  EXPECT_THAT(asked(*own_), Not(HasSubstr("t0p")));
}

TEST_F(HttpClientOnTwoServers, CookiesOfAnotherHostGoThere) {
  HttpClient client(loop_, {.cookie_file = cookies()});
  client.serve_title(own_->url());
  Fetched fetched;
  fetch(fetched, get("http://localhost:" + std::to_string(other_->port()) + "/file.bin"), client);
  EXPECT_THAT(asked(*other_), HasSubstr("Cookie=key=local"));
}

TEST_F(HttpClientOnTwoServers, AProxyIsAskedForEveryHost) {
  // The origin takes targets with a host, as a proxy does.
  HttpClient client(loop_, {.proxy = own_->url()});
  Fetched fetched;
  fetch(fetched, get("http://title.invalid/file.bin"), client);
  EXPECT_EQ(fetched.body, "bytes");
  own_->stop();
  EXPECT_EQ(own_->requests().at(0).target, "http://title.invalid/file.bin");
}

TEST_F(HttpClientOnTwoServers, AWrongRangeIsAskedForOnceMoreAsAWhole) {
  auto script = emulator::FaultScript::create(
      R"({"rules": [{"contains": "", "action": "wrong-range", "by": 1}]})", "script");
  ASSERT_TRUE(script);
  const auto shifting = serve(*std::move(script));
  HttpRequest request = get(shifting->url() + "file.bin");
  request.resource.range = media::ByteRange{.first = 1, .length = ByteCount(3)};
  const Fetched fetched = fetch(std::move(request));
  EXPECT_EQ(fetched.body, "yte");
  EXPECT_EQ(fetched.ends, 1);
}

TEST_F(HttpClientTest, CancellationHangsUp) {
  const ScriptedServer server(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin"}, .stalls = true});
  Fetched fetched;
  const auto id = client_.start(get(server.url("/")), fetched.receiver());
  loop_.run_until(loop_.now() + patience, [&] { return !fetched.body.empty(); });
  client_.cancel(id);
  loop_.run_until(loop_.now() + patience,
                  [&] { return server.peer_left() || (std::this_thread::sleep_for(1ms), false); });
  EXPECT_TRUE(server.peer_left());
}

}  // namespace
}  // namespace rung::player
