#include "network_sim/emulator/origin.h"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/network_sim/emulator/origin_fixture.h"

namespace rung::emulator {
namespace {

using namespace std::chrono_literals;
using network_sim::Trace;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Trace trace_of(std::vector<Trace::Piece> pieces) {
  return *Trace::create("test", std::move(pieces));
}

TEST_F(OriginTest, ServesAFileWithItsTypeAndForEveryOrigin) {
  serve();
  const ProbeResponse response = get("/media.m4s?query");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body, media_);
  EXPECT_EQ(response.fields.at("content-type"), "video/iso.segment");
  EXPECT_EQ(response.fields.at("accept-ranges"), "bytes");
  EXPECT_EQ(response.fields.at("access-control-allow-origin"), "*");
  EXPECT_EQ(get("/").body, "front page");
  EXPECT_EQ(get("/inside/a%20b.json").body, "{}");
  const ProbeResponse empty = get("/empty.vtt");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.fields.at("content-length"), "0");
}

TEST_F(OriginTest, ShowsATitleLiveByItsOwnClock) {
  std::filesystem::create_directories(directory_ / "www" / "live");
  write("www/live/1.m4s", media_);
  write("www/live/x.m3u8", "#EXTM3U\n#EXTINF:2,\n1.m4s\n#EXTINF:2,\nsoon.m4s\n#EXT-X-ENDLIST\n");
  OriginOptions options;
  options.live = {.window = 2s, .clock_offset = -std::chrono::hours(24 * 365)};
  serve(std::move(options));
  // The window is full from the start.
  const ProbeResponse playlist = get("/live/x.m3u8");
  EXPECT_EQ(playlist.status, 200);
  EXPECT_EQ(playlist.fields.at("content-type"), "application/vnd.apple.mpegurl");
  EXPECT_THAT(playlist.body, HasSubstr("/round-0/live/soon.m4s"));
  EXPECT_EQ(get("/round-0/live/1.m4s").body, media_);
  EXPECT_EQ(get("/round-1/live/1.m4s").status, 404);
  const std::time_t a_year_ago = std::time(nullptr) - std::time_t{3600} * 24 * 365;
  const ProbeResponse time = get("/time.iso");
  EXPECT_EQ(time.body.substr(0, 4), std::to_string(1900 + std::gmtime(&a_year_ago)->tm_year));
  EXPECT_THAT(time.fields.at("date"), HasSubstr(' ' + time.body.substr(0, 4) + ' '));
}

TEST_F(OriginTest, AnswersSingleRanges) {
  serve();
  const ProbeResponse middle = get("/media.m4s", "Range: bytes=1000-1999\r\n");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.fields.at("content-range"), "bytes 1000-1999/300000");
  EXPECT_EQ(middle.body, media_.substr(1000, 1000));
  const ProbeResponse tail = get("/media.m4s", "Range: bytes=-7\r\n");
  EXPECT_EQ(tail.status, 206);
  EXPECT_EQ(tail.body, media_.substr(media_size - 7));
  const ProbeResponse beyond = get("/media.m4s", "Range: bytes=300000-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.fields.at("content-range"), "bytes */300000");
}

TEST_F(OriginTest, HonoursIfRange) {
  serve();
  const std::string etag = get("/media.m4s").fields.at("etag");
  EXPECT_EQ(get("/media.m4s", "Range: bytes=0-9\r\nIf-Range: " + etag + "\r\n").status, 206);
  EXPECT_EQ(get("/media.m4s", "Range: bytes=0-9\r\nIf-Range: \"old\"\r\n").status, 200);
}

TEST_F(OriginTest, SendsNoBodyForHead) {
  serve();
  HttpProbe probe(origin_->port());
  probe.send("HEAD /media.m4s HTTP/1.1\r\nHost: o\r\n\r\n");
  const ProbeResponse head = probe.receive(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.fields.at("content-length"), "300000");
  EXPECT_EQ(probe.get("/").body, "front page");
}

TEST_F(OriginTest, AnswersRequestsOfOneConnectionInOrder) {
  serve();
  HttpProbe probe(origin_->port());
  probe.send(
      "GET / HTTP/1.1\r\nHost: o\r\n\r\nGET /media.m4s HTTP/1.1\r\nHost: o\r\n\r\n"
      "GET /nothing HTTP/1.1\r\nHost: o\r\n\r\n");
  EXPECT_EQ(probe.receive().body, "front page");
  EXPECT_EQ(probe.receive().body, media_);
  EXPECT_EQ(probe.receive().status, 404);
}

TEST_F(OriginTest, ClosesWhenTheClientAsksForIt) {
  serve();
  HttpProbe old(origin_->port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().body, "front page");
  EXPECT_TRUE(old.closed_by_server());
  HttpProbe last(origin_->port());
  EXPECT_EQ(last.get("/", "Connection: close\r\n").fields.at("connection"), "close");
  EXPECT_TRUE(last.closed_by_server());
}

TEST_F(OriginTest, TellsBrowsersWhatTheyMayAsk) {
  serve();
  HttpProbe probe(origin_->port());
  probe.send("OPTIONS /media.m4s HTTP/1.1\r\nHost: o\r\nOrigin: http://page\r\n\r\n");
  const ProbeResponse response = probe.receive();
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.fields.at("access-control-allow-methods"), "GET, HEAD, OPTIONS");
  EXPECT_THAT(response.fields.at("access-control-allow-headers"), HasSubstr("Range"));
}

TEST_F(OriginTest, RefusesToLeaveItsDirectory) {
  serve();
  for (const char* target :
       {"/../secret", "/%2e%2e/secret", "/sub/%2E%2E/%2e./../secret", "/..%2fsecret", "/leak",
        "/sub/../index.html", "//../secret", "/inside/..%2f..%2fsecret"}) {
    const ProbeResponse response = get(target);
    EXPECT_EQ(response.status, 403) << target;
    EXPECT_THAT(response.body, testing::Not(HasSubstr("secret"))) << target;
  }
  EXPECT_EQ(get("/%2").status, 400);
  EXPECT_EQ(get("/%00").status, 400);
  EXPECT_EQ(get("/%zz").status, 400);
  EXPECT_EQ(get("/sub").status, 404);
  EXPECT_EQ(get("/" + std::string(5000, 'a')).status, 404);
}

TEST_F(OriginTest, RefusesOtherMethodsAndBodies) {
  serve();
  for (const char* request : {"POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 3\r\n\r\nx=1",
                              "DELETE / HTTP/1.1\r\nHost: o\r\nConnection: close\r\n\r\n"}) {
    HttpProbe probe(origin_->port());
    probe.send(request);
    EXPECT_EQ(probe.receive().status, 405);
    EXPECT_TRUE(probe.closed_by_server());
  }
}

TEST_F(OriginTest, GivesLicencesForItsKeysToWhoAsksAtItsPlace) {
  OriginOptions options;
  options.keys = {{std::string(32, '0'), {}}};
  serve(std::move(options));
  const auto post = [&](const std::string& path, const std::string& body) {
    HttpProbe probe(origin_->port());
    // The body comes later than the head.
    probe.send("POST " + path + " HTTP/1.1\r\nHost: o\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n");
    probe.send(body);
    return probe.receive();
  };
  const ProbeResponse given = post("/licence?x", R"({"kids": ["AAAAAAAAAAAAAAAAAAAAAA"]})");
  EXPECT_EQ(given.status, 200);
  EXPECT_EQ(given.fields.at("content-type"), "application/json");
  EXPECT_NE(given.body.find(R"("k":"AAAAAAAAAAAAAAAAAAAAAA")"), std::string::npos);
  EXPECT_EQ(post("/licence", "who are you?").status, 400);
  EXPECT_EQ(post("/licence", std::string(17 * 1024, ' ')).status, 400);
  const ProbeResponse elsewhere = post("/media.m4s", "{}");
  EXPECT_EQ(elsewhere.status, 405);
  EXPECT_EQ(elsewhere.fields.at("allow"), "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(get("/licence").status, 404);
  HttpProbe probe(origin_->port());
  probe.send("OPTIONS /licence HTTP/1.1\r\nHost: o\r\n\r\n");
  EXPECT_EQ(probe.receive().fields.at("allow"), "GET, HEAD, OPTIONS, POST");
}

TEST_F(OriginTest, BoundsTheHeadOfARequest) {
  serve();
  HttpProbe large(origin_->port());
  large.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_EQ(large.receive().status, 431);
  EXPECT_TRUE(large.closed_by_server());
  HttpProbe garbage(origin_->port());
  garbage.send("\x16\x03\x01 garbage\r\n\r\n");
  EXPECT_EQ(garbage.receive().status, 400);
  EXPECT_TRUE(garbage.closed_by_server());
}

TEST_F(OriginTest, FilesMayBeKeptAsLongAsItIsToldAndWhatIsMissingNeverMay) {
  serve();
  EXPECT_EQ(get("/index.html").fields["cache-control"], "no-store");
  OriginOptions options;
  options.max_age = 90s;
  serve(std::move(options));
  EXPECT_EQ(get("/index.html").fields["cache-control"], "max-age=90");
  EXPECT_EQ(get("/absent").fields["cache-control"], "no-store");
}

TEST_F(OriginTest, BoundsTheNumberOfConnections) {
  OriginOptions options;
  options.connections = 2;
  serve(std::move(options));
  HttpProbe first(origin_->port());
  HttpProbe second(origin_->port());
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(second.get("/").status, 200);
  HttpProbe third(origin_->port());
  EXPECT_TRUE(third.closed_by_server());
  EXPECT_EQ(first.get("/").status, 200);
}

TEST_F(OriginTest, RecordsWhatWasAsked) {
  std::mutex mutex;
  std::vector<std::string> lines;
  OriginOptions options;
  options.on_request = [&](const RequestRecord& record) {
    const std::lock_guard lock(mutex);
    lines.push_back(to_json(record));
  };
  serve(std::move(options));
  HttpProbe probe(origin_->port());
  EXPECT_EQ(probe.get("/media.m4s?x", "Range: bytes=0-9\r\n").status, 206);
  EXPECT_EQ(probe.get("/nothing").status, 404);
  origin_->stop();
  const auto requests = origin_->requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].target, "/media.m4s?x");
  EXPECT_EQ(requests[0].range, "bytes=0-9");
  EXPECT_EQ(requests[0].status, 206);
  EXPECT_EQ(requests[0].body, 10_bytes);
  EXPECT_TRUE(requests[0].complete);
  EXPECT_EQ(requests[1].status, 404);
  EXPECT_EQ(requests[0].connection, requests[1].connection);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], HasSubstr(R"("target":"/media.m4s?x","range":"bytes=0-9","status":206)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("fields":[["Host","origin"],["Range","bytes=0-9"]])"));
}

TEST_F(OriginTest, FailsCleanlyWhereItCannotServe) {
  EXPECT_EQ(
      Origin::create({.directory = "/nonexistent", .faults = {}, .on_request = {}}).error().code,
      ErrorCode::not_found);
  OriginOptions named;
  named.directory = directory_;
  named.address = "localhost";
  EXPECT_EQ(Origin::create(std::move(named)).error().code, ErrorCode::invalid_argument);
  serve();
  OriginOptions taken;
  taken.directory = directory_;
  taken.port = origin_->port();
  EXPECT_EQ(Origin::create(std::move(taken)).error().code, ErrorCode::network);
}

TEST_F(OriginTest, StopsWithTransfersUnderWay) {
  OriginOptions options;
  options.trace = trace_of({{.duration = 1s, .rate = 100_kbps, .rtt = {}}});
  serve(std::move(options));
  HttpProbe probe(origin_->port());
  probe.send("GET /media.m4s HTTP/1.1\r\nHost: o\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  origin_->stop();
  const auto requests = origin_->requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_FALSE(requests[0].complete);
}

// --- The link ---

/// A link is never faster than its trace; how much later bytes arrive depends on the machine.
constexpr double tolerance = 0.15;
/// Where threads have to start first.
constexpr double sharing_tolerance = 0.35;

TEST_F(OriginTest, TakesTheTimeThatTheTraceTells) {
  // 300 kB and 450 bytes of head: 125 kB in the first 0.5 s, 25 kB in the next 0.5 s, the rest at
  // 4 Mbit/s; the RTT of 100 ms costs 25 kB of the first piece.
  OriginOptions options;
  options.trace = trace_of({{.duration = 500ms, .rate = 2000_kbps, .rtt = 100ms},
                            {.duration = 500ms, .rate = 400_kbps, .rtt = {}},
                            {.duration = 10s, .rate = 4000_kbps, .rtt = {}}});
  serve(std::move(options));
  HttpProbe probe(origin_->port());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(probe.get("/media.m4s").body, media_);
  const Duration taken = std::chrono::steady_clock::now() - begin;
  const double expected = 1.0 + (300.45 - 100 - 25) / 500;
  EXPECT_GE(to_seconds(taken), expected * 0.98);
  EXPECT_LE(to_seconds(taken), expected * (1 + tolerance));
  origin_->stop();
  const RequestRecord record = origin_->requests().front();
  ASSERT_TRUE(record.first_byte);
  EXPECT_GE(*record.first_byte, 100ms);
  EXPECT_EQ(record.link_time, Duration::zero());
}

TEST_F(OriginTest, SharesTheLinkEvenly) {
  OriginOptions options;
  options.trace = trace_of({{.duration = 1s, .rate = 4000_kbps, .rtt = {}}});
  serve(std::move(options));
  // Both want 300 kB of 500 kB/s; alone one would take 0.6 s.
  const auto begin = std::chrono::steady_clock::now();
  Duration other_taken{};
  std::jthread other([&] {
    EXPECT_EQ(get("/media.m4s").body, media_);
    other_taken = std::chrono::steady_clock::now() - begin;
  });
  EXPECT_EQ(get("/media.m4s").body, media_);
  const Duration taken = std::chrono::steady_clock::now() - begin;
  other.join();
  for (const Duration each : {taken, other_taken}) {
    EXPECT_GE(to_seconds(each), 1.2 * 0.95);
    EXPECT_LE(to_seconds(each), 1.2 * (1 + sharing_tolerance));
  }
}

TEST_F(OriginTest, GivesTheWholeLinkToWhoeverIsLeft) {
  OriginOptions options;
  options.trace = trace_of({{.duration = 1s, .rate = 4000_kbps, .rtt = {}}});
  serve(std::move(options));
  // The part of 50 kB is through at 0.2 s, the file then at (300 + 50) / 500 s.
  const auto begin = std::chrono::steady_clock::now();
  std::jthread other([&] { EXPECT_EQ(get("/media.m4s", "Range: bytes=0-49999\r\n").status, 206); });
  EXPECT_EQ(get("/media.m4s").body, media_);
  const Duration taken = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(to_seconds(taken), 0.7 * 0.95);
  EXPECT_LE(to_seconds(taken), 0.7 * (1 + sharing_tolerance));
}

TEST_F(OriginTest, LosesNothingOverManyRequests) {
  OriginOptions options;
  options.trace = trace_of({{.duration = 50ms, .rate = 8000_kbps, .rtt = {}},
                            {.duration = 50ms, .rate = 0_kbps, .rtt = {}},
                            {.duration = 50ms, .rate = 16000_kbps, .rtt = {}}});
  serve(std::move(options));
  // 1 MB/s on average, in 20 pipelined parts of 50 kB.
  HttpProbe probe(origin_->port());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i)
    probe.send("GET /media.m4s HTTP/1.1\r\nHost: o\r\nRange: bytes=0-49999\r\n\r\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(probe.receive().status, 206);
  const Duration taken = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(to_seconds(taken), 0.95);
  EXPECT_LE(to_seconds(taken), 1.0 * (1 + sharing_tolerance));
}

TEST_F(OriginTest, StartsTheTraceWithTheFirstRequest) {
  OriginOptions options;
  options.trace = trace_of({{.duration = 10s, .rate = 8000_kbps, .rtt = {}}});
  serve(std::move(options));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/").status, 200);
  origin_->stop();
  EXPECT_EQ(origin_->requests()[0].link_time, Duration::zero());
  EXPECT_GT(origin_->requests()[1].link_time, Duration::zero());
}

TEST_F(OriginTest, StartsTheTraceAtLaunchWhereAsked) {
  OriginOptions options;
  options.trace_start = TraceStart::launch;
  serve(std::move(options));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(get("/").status, 200);
  origin_->stop();
  EXPECT_GE(origin_->requests()[0].link_time, 100ms);
}

TEST_F(OriginTest, ServesOthersWhileOneClientTakesNothing) {
  write("www/large.m4s", std::string(30'000'000, 'x'));
  OriginOptions options;
  options.trace = trace_of({{.duration = 1s, .rate = 400'000_kbps, .rtt = {}}});
  serve(std::move(options));
  HttpProbe lazy(origin_->port());
  lazy.send("GET /large.m4s HTTP/1.1\r\nHost: o\r\n\r\n");
  std::this_thread::sleep_for(500ms);
  EXPECT_EQ(get("/media.m4s").body, media_);
  EXPECT_EQ(lazy.receive().body.size(), 30'000'000U);
}

}  // namespace
}  // namespace rung::emulator
