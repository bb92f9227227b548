#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/media/boxes.h"
#include "tests/network_sim/emulator/origin_fixture.h"

// What an origin does wrong where a script says so.

namespace rung::emulator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(OriginTest, AnswersAnInjectedStatusOnce) {
  serve_with_faults(
      R"({"rules": [{"contains": "media", "requests": [1], "action": "status", "status": 503,
                     "retry_after": 3}]})");
  const ProbeResponse first = get("/media.m4s");
  EXPECT_EQ(first.status, 503);
  EXPECT_EQ(first.fields.at("retry-after"), "3");
  EXPECT_EQ(get("/media.m4s").status, 200);
  EXPECT_EQ(origin_->requests().front().fault, "status");
}

TEST_F(OriginTest, RedirectsWhereAScriptSaysSo) {
  serve_with_faults(
      R"({"rules": [{"regex": "^/m.*s$", "action": "status", "status": 302, "location": "/x"}]})");
  const ProbeResponse response = get("/media.m4s");
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.fields.at("location"), "/x");
}

TEST_F(OriginTest, ClosesInsideABody) {
  serve_with_faults(R"({"rules": [{"contains": "", "action": "close", "after_bytes": 1000}]})");
  HttpProbe probe(origin_->port());
  const ProbeResponse response = probe.get("/media.m4s");
  EXPECT_EQ(response.fields.at("content-length"), "300000");
  EXPECT_FALSE(response.complete);
  EXPECT_EQ(response.body, media_.substr(0, 1000));
}

TEST_F(OriginTest, AnnouncesAWrongLength) {
  serve_with_faults(R"({"rules": [{"contains": "", "action": "content-length", "by": -1000}]})");
  HttpProbe probe(origin_->port());
  EXPECT_EQ(probe.get("/media.m4s").body.size(), media_size - 1000);
}

TEST_F(OriginTest, ResetsInsteadOfAnswering) {
  serve_with_faults(R"({"rules": [{"contains": "", "action": "refuse"}]})");
  HttpProbe probe(origin_->port());
  probe.send("GET /media.m4s HTTP/1.1\r\nHost: o\r\n\r\n");
  EXPECT_TRUE(probe.closed_by_server());
}

TEST_F(OriginTest, SlowsABodyDown) {
  serve_with_faults(
      R"({"rules": [{"contains": "", "action": "slow", "bytes_per_second": 600000}]})");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(get("/media.m4s").body, media_);
  const Duration taken = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(taken, 480ms);
  EXPECT_LE(taken, 2s);
}

/// An action, and what must be seen of the answer to it.
struct AlteredAnswer {
  const char* name;
  const char* action;
  std::function<bool(const ProbeResponse&, const std::string& media)> right;
};

TEST_F(OriginTest, AltersAnswersWhereAScriptSaysSo) {
  const AlteredAnswer rows[] = {
      {"delay", R"("delay", "ms": 60)",
       [](const auto& answer, const auto& media) { return answer.body == media; }},
      {"corrupt", R"("corrupt", "after_bytes": 70000)",
       [](const auto& answer, const std::string& media) {
         return answer.body.substr(0, 70000) == media.substr(0, 70000) &&
                answer.body[70000] == static_cast<char>(~media[70000]) &&
                answer.body.back() == static_cast<char>(~media.back());
       }},
      {"body", R"("body", "text": "<html>", "type": "text/html")",
       [](const auto& answer, const auto&) {
         return answer.body == "<html>" && answer.fields.at("content-type") == "text/html";
       }},
      {"field", R"("field", "name": "X-More", "value": "5")",
       [](const auto& answer, const auto& media) {
         return answer.body == media && answer.fields.at("x-more") == "5";
       }},
      {"header-flood", R"("header-flood", "bytes": 100000)",
       [](const auto& answer, const auto&) { return answer.fields.contains("x-flood"); }},
      {"gzip-bomb", R"("gzip-bomb", "bytes": 3000000)",
       [](const auto& answer, const auto&) {
         return answer.fields.at("content-encoding") == "gzip" && answer.body.size() < 30'000 &&
                answer.body.substr(0, 2) == "\x1f\x8b";
       }},
  };
  std::string script;
  for (const AlteredAnswer& row : rows)
    script += std::string(script.empty() ? "" : ",") + R"({"contains": "?)" + row.name +
              R"(", "action": )" + row.action + "}";
  serve_with_faults(R"({"rules": [)" + script + "]}");
  for (const AlteredAnswer& row : rows) {
    const auto begun = std::chrono::steady_clock::now();
    const ProbeResponse answer = get(std::string("/media.m4s?") + row.name);
    EXPECT_EQ(answer.status, 200) << row.name;
    EXPECT_TRUE(answer.complete) << row.name;
    EXPECT_TRUE(row.right(answer, media_)) << row.name;
    if (row.name == std::string_view("delay")) {
      EXPECT_GE(std::chrono::steady_clock::now() - begun, 60ms);
    }
  }
  origin_->stop();
  EXPECT_EQ(origin_->requests().back().fault, "gzip-bomb");
}

TEST_F(OriginTest, NamesAnotherRangeWhereAScriptSaysSo) {
  serve_with_faults(R"({"rules": [{"contains": "media", "action": "wrong-range", "by": 7}]})");
  const ProbeResponse answer = get("/media.m4s", "Range: bytes=10-19\r\n");
  EXPECT_EQ(answer.fields.at("content-range"), "bytes 17-26/" + std::to_string(media_size));
}

TEST_F(OriginTest, EndsAnswersAsAScriptSays) {
  serve_with_faults(R"({"rules": [
      {"contains": "?cut", "action": "cut", "after_bytes": 1000},
      {"contains": "?whole", "action": "ignore-range"},
      {"contains": "?open", "action": "no-length"},
      {"contains": "?nothing", "action": "hang-up"},
      {"contains": "?reset", "action": "reset", "after_bytes": 1000}]})");
  const ProbeResponse cut = get("/media.m4s?cut");
  EXPECT_TRUE(cut.complete);
  EXPECT_EQ(cut.body, media_.substr(0, 1000));
  const ProbeResponse whole = get("/media.m4s?whole", "Range: bytes=10-19\r\n");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, media_);
  HttpProbe open(origin_->port());
  open.send("GET /media.m4s?open HTTP/1.1\r\nHost: o\r\n\r\n");
  std::string seen;
  EXPECT_FALSE(open.receive_some(seen, std::size_t{1} << 40)) << "it closes";
  EXPECT_TRUE(seen.ends_with("\r\n\r\n" + media_));
  EXPECT_EQ(seen.find("Content-Length:"), std::string::npos);
  HttpProbe nothing(origin_->port());
  nothing.send("GET /media.m4s?nothing HTTP/1.1\r\nHost: o\r\n\r\n");
  EXPECT_TRUE(nothing.closed_by_server());
  const ProbeResponse reset = get("/media.m4s?reset");
  EXPECT_FALSE(reset.complete);
  EXPECT_LE(reset.body.size(), 1000U);
  origin_->stop();
  EXPECT_FALSE(origin_->requests().back().complete);
}

TEST_F(OriginTest, CutsWhatIsLiveAndRangesToo) {
  const std::string chunk = media::small_chunk();
  write("www/init.mp4", media::small_init());
  write("www/1.m4s", chunk + chunk + chunk + chunk);
  write("www/x.m3u8",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2,\n1.m4s\n"
        "#EXT-X-ENDLIST\n");
  OriginOptions options;
  options.live = {.window = 2s, .chunked = true};
  options.faults =
      FaultScript::create(R"({"rules": [{"contains": ".m", "action": "cut", "after_bytes": 10}]})",
                          "faults")
          .value();
  serve(std::move(options));
  // It is being produced, or is asked for just before.
  HttpProbe growing(origin_->port());
  growing.send("GET /round-2/1.m4s HTTP/1.1\r\nHost: o\r\nConnection: close\r\n\r\n");
  std::string seen;
  EXPECT_FALSE(growing.receive_some(seen, std::size_t{1} << 40)) << "it closes";
  EXPECT_THAT(seen, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_TRUE(seen.ends_with("\r\n\r\na\r\n" + chunk.substr(0, 10) + "\r\n0\r\n\r\n"));
  const ProbeResponse playlist = get("/x.m3u8");
  EXPECT_TRUE(playlist.complete);
  EXPECT_EQ(playlist.body, "#EXTM3U\n#E");

  serve_with_faults(R"({"rules": [{"contains": "media", "action": "cut", "after_bytes": 0}]})");
  const ProbeResponse range = get("/media.m4s", "Range: bytes=10-19\r\n");
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.fields.at("content-range"), "bytes 10-19/" + std::to_string(media_size));
  EXPECT_EQ(range.fields.at("content-length"), "0");
}

TEST_F(OriginTest, BeginsAnEndlessFileAgain) {
  serve_with_faults(R"({"rules": [{"contains": "b.json", "action": "endless"}]})");
  HttpProbe probe(origin_->port());
  probe.send("GET /sub/a%20b.json HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string seen;
  EXPECT_TRUE(probe.receive_some(seen, 100'000));
  EXPECT_THAT(seen, HasSubstr("\r\n\r\n{}{}{}"));
  EXPECT_EQ(seen.find("Content-Length:"), std::string::npos);
}

TEST_F(OriginTest, StaysSilentWhereAScriptSaysSo) {
  serve_with_faults(
      R"({"rules": [{"contains": "hang", "action": "hang"},
                    {"contains": "stall", "action": "stall", "after_bytes": 10}]})");
  HttpProbe hanging(origin_->port());
  hanging.send("GET /media.m4s?hang HTTP/1.1\r\nHost: o\r\n\r\n");
  HttpProbe stalling(origin_->port());
  stalling.send("GET /media.m4s?stall HTTP/1.1\r\nHost: o\r\n\r\n");
  EXPECT_EQ(get("/").status, 200);
  std::this_thread::sleep_for(200ms);
  origin_->stop();
  const ProbeResponse stalled = stalling.receive();
  EXPECT_EQ(stalled.body.size(), 10U);
  EXPECT_FALSE(stalled.complete);
  EXPECT_EQ(hanging.receive().status, 0);
}

}  // namespace
}  // namespace rung::emulator
