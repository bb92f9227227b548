#include "session/session_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "session/recorded_session.h"
#include "session/replay_environment.h"
#include "tests/support/policies.h"
#include "tests/support/titles.h"

namespace rung::session {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Completes every transfer 500 ms after the request, with a progress report and a failure on the
/// way, and lets the viewer pause and seek.
class EventfulEnvironment {
 public:
  void start(const Request& request) {
    if (const auto* fetch = std::get_if<FetchSegment>(&request)) running_ = *fetch;
    if (std::holds_alternative<CancelTransfer>(request)) running_.reset();
  }
  Event wait(Timestamp until) {
    if (until <= now_ && !running_) return TimeReached{now_};
    ++step_;
    if (step_ == 8) return ViewerPaused{now_ += 10ms};
    if (step_ == 9) return ViewerResumed{now_ += 10ms};
    if (step_ == 22) return ViewerPinned{now_ += 10ms, 4};
    if (step_ == 28) return ViewerPinned{now_ += 10ms, std::nullopt};
    if (step_ == 14) return ViewerSought{now_ += 10ms, MediaTime(30s)};
    if (step_ == 19) return ViewerSought{now_ += 10ms, MediaTime(31s), MediaTime(28s)};
    if (step_ == 34)
      return ViewerChangedAudio{now_ += 10ms, test::uniform_track(13, 4s, {48, 96}, true)};
    if (step_ == 31) return ViewerChangedSpeed{now_ += 10ms, Speed::of_percent(150)};
    if (step_ % 5 == 0) return PlayheadObserved{now_ += 7ms, MediaTime(Duration(step_ * 1234567))};
    if (!running_) return TimeReached{now_ = std::max(until, now_)};
    const TransferId transfer = running_->transfer;
    if (step_ == 6) {
      running_.reset();
      return TransferFailed{.at = now_ += 100ms,
                            .transfer = transfer,
                            .kind = FailureKind::http_status,
                            .http_status = 503,
                            .received = 17_bytes,
                            .retry_after = 1s};
    }
    if (step_ % 3 == 0)
      return TransferProgressed{.at = now_ += 50ms,
                                .transfer = transfer,
                                .first_byte = now_ - 30ms,
                                .received = 1000_bytes,
                                .expected = 200'000_bytes,
                                .last_byte = now_ - 20ms};
    running_.reset();
    now_ += 500ms + Duration(1);
    return TransferCompleted{
        .at = now_, .transfer = transfer, .first_byte = now_ - 300ms, .size = 200'000_bytes};
  }

 private:
  Timestamp now_{};
  int step_ = -1;
  std::optional<FetchSegment> running_;
};

struct Recorded {
  std::string text;
  SessionReport report;
};

SessionSetup setup() {
  return {.title = "http://example.test/manifest.mpd",
          .policy = "fixed:2",
          .estimator = "last",
          .options = {.expected_throughput = BitRate::bits_per_second(2'500'000),
                      // Behind the end: it is written and read, and never comes.
                      .seek = SessionOptions::Seek{.fetched = MediaTime(1h), .to = MediaTime(30s)},
                      .qoe = abr::Qoe::of(abr::QoeModel::hd)},
          .tracks = test::video_and_audio(12)};
}

Recorded record() {
  const SessionSetup given = setup();
  Recorded recorded;
  SessionLog log(given, 1'700'000'000'000,
                 {.line = [&](std::string_view line) { recorded.text.append(line) += '\n'; },
                  .url = [](const FetchSegment&) { return std::string("http://example.test/s"); },
                  .output = nullptr});
  StreamingSession session(given.tracks, given.options, std::make_unique<test::OneRung>(2),
                           std::make_unique<test::LastThroughput>());
  EventfulEnvironment environment;
  RecordingEnvironment recording(environment, session, log);
  run(session, recording);
  log.finished(session.report());
  recorded.report = session.report();
  return recorded;
}

TEST(SessionLog, ReadsBackTheSetupItWrote) {
  const auto parsed = parse_session_log(record().text, "log");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->setup, setup());
}

TEST(SessionLog, HasTheLinesThatTheSchemaRequires) {
  const std::string text = record().text;
  for (const char* line :
       {"\"ev\":\"hello\",\"schema\":\"rung-session/1\"", "\"ev\":\"play\"", "\"ev\":\"pos\"",
        "\"ev\":\"quality\"", "\"ev\":\"response\"", "\"ev\":\"seek\"", "\"ev\":\"jump\"",
        "\"ev\":\"audio\"}", "\"percent\":150,\"ev\":\"speed\"}", "\"rep\":4,\"ev\":\"pin\"}",
        "\"rep\":4,\"kbps\":2850.0,\"reason\":\"fixed\"", "\"kept\":true",
        "\"ev\":\"request\",\"track\":\"video\"", "\"ev\":\"end\",\"reason\":\"ended\""})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(SessionLog, WhatIsCancelledWasAskedForWhereItWasThen) {
  const SessionSetup given = setup();
  std::string text;
  std::string of_now = "http://example.test/en/3";
  SessionLog log(given, 1000,
                 {.line = [&](std::string_view line) { text.append(line) += '\n'; },
                  .url = [&](const FetchSegment&) { return of_now; },
                  .output = nullptr});
  log.requested(
      FetchSegment{.transfer = TransferId(7), .track = media::TrackKind::audio, .segment = 3},
      Timestamp(1s));
  text.clear();
  of_now = "http://example.test/de/3";  // The viewer has changed the sound.
  log.requested(CancelTransfer{TransferId(7)}, Timestamp(2s));
  EXPECT_THAT(text, HasSubstr(R"("url":"http://example.test/en/3")"));
}

TEST(SessionLog, TellsWhenThePictureOfTheNewPlaceIsThere) {
  const SessionSetup given = setup();
  std::string text;
  SessionLog log(given, 1000,
                 {.line = [&](std::string_view line) { text.append(line) += '\n'; },
                  .url = nullptr,
                  .output = nullptr});
  log.shown(Timestamp(500ms), MediaTime(0s), 0);
  EXPECT_THAT(text, HasSubstr(R"({"t":1500.0,"ev":"first_frame","pos":0.0})"));
  log.requested(SeekPlayback{MediaTime(30s), false}, Timestamp(1s));
  log.requested(SeekPlayback{MediaTime(50s), false}, Timestamp(2s));
  log.shown(Timestamp(2500ms), MediaTime(30s), 1);
  EXPECT_EQ(text.find("seeked"), std::string::npos) << "left again meanwhile";
  log.shown(Timestamp(3s), MediaTime(50s), 2);
  EXPECT_THAT(text, HasSubstr(R"({"t":4000.0,"ev":"seeked","pos":50.0})"));
}

TEST(SessionLog, ALogOfSeveralSessionsIsSplitAtTheirHellos) {
  const std::string one = record().text;
  const std::string between = R"({"t":1.0,"ev":"zap","url":"two"})"
                              "\n";
  EXPECT_EQ(split_session_log(one), (std::vector<std::string_view>{one}));
  const std::string both = one + between + one;
  const auto parts = split_session_log(both);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0], one + between);
  EXPECT_EQ(parts[1], one);
  EXPECT_TRUE(parse_session_log(parts[0], "log session 1"));
  EXPECT_FALSE(parse_session_log(both, "log")) << "a second hello";
  EXPECT_TRUE(split_session_log("").empty());
  EXPECT_EQ(split_session_log("no log").size(), 1U);
}

TEST(ReplayEnvironment, ReproducesEveryRequestAndTheReport) {
  const Recorded recorded = record();
  ASSERT_EQ(recorded.report.end, EndReason::played_out);
  const auto parsed = parse_session_log(recorded.text, "log");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  StreamingSession session(parsed->setup.tracks, parsed->setup.options,
                           std::make_unique<test::OneRung>(2),
                           std::make_unique<test::LastThroughput>());
  ReplayEnvironment replay(*parsed);
  run(session, replay);
  EXPECT_FALSE(replay.divergence());
  EXPECT_GT(replay.matched(), 20U);
  EXPECT_EQ(session.report(), recorded.report);
}

TEST(ReplayEnvironment, NamesTheFirstLineThatDiffers) {
  const Recorded recorded = record();
  const auto parsed = parse_session_log(recorded.text, "log");
  ASSERT_TRUE(parsed);
  StreamingSession session(parsed->setup.tracks, parsed->setup.options,
                           std::make_unique<test::OneRung>(3),
                           std::make_unique<test::LastThroughput>());
  ReplayEnvironment replay(*parsed);
  run(session, replay);
  ASSERT_TRUE(replay.divergence());
  EXPECT_EQ(replay.divergence()->line, 4U);  // hello, play, the first wake, then the first choice
  EXPECT_THAT(replay.divergence()->recorded, HasSubstr("representation 2"));
  EXPECT_THAT(replay.divergence()->replayed, HasSubstr("representation 3"));
}

TEST(ParseSessionLog, AcceptsALogThatWasCutOffInALine) {
  const std::string text = record().text;
  for (const double share : {0.5, 0.7, 0.9}) {
    const auto length = static_cast<std::size_t>(static_cast<double>(text.size()) * share);
    const auto parsed = parse_session_log(text.substr(0, length), "log");
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    StreamingSession session(parsed->setup.tracks, parsed->setup.options,
                             std::make_unique<test::OneRung>(2),
                             std::make_unique<test::LastThroughput>());
    ReplayEnvironment replay(*parsed);
    run(session, replay);
    EXPECT_FALSE(replay.divergence()) << replay.divergence()->line;
  }
}

struct BadLog {
  const char* name;
  std::string text;
  const char* where;
};

TEST(ParseSessionLog, RefusesWhatIsNoLogWithTheLine) {
  const std::string text = record().text;
  const std::string hello = text.substr(0, text.find('\n') + 1);
  const std::vector<BadLog> cases{
      {"empty", "", "log"},
      {"not JSON", "x\n" + hello, "log line 1"},
      {"fact before hello",
       R"({"ev":"wake","ns":1})"
       "\n",
       "log line 1"},
      {"time backwards",
       hello +
           R"({"ev":"wake","ns":5})"
           "\n" +
           R"({"ev":"wake","ns":4})"
           "\n",
       "log line 3"},
      {"negative size",
       hello + R"({"ev":"completed","ns":5,"transfer":1,"bytes":-1,"first_byte_ns":1})"
               "\n",
       "log line 2"},
      {"unknown reason",
       hello + R"({"ev":"quality","ns":5,"reason":"whim"})"
               "\n",
       "log line 2"},
      {"no request", text.substr(0, text.find("\"quality\"")), "log line 4"},
  };
  for (const BadLog& bad : cases) {
    const auto parsed = parse_session_log(bad.text, "log");
    ASSERT_FALSE(parsed) << bad.name;
    EXPECT_EQ(parsed.error().where, bad.where) << bad.name;
  }
}

TEST(ParseSessionLog, ReadsTitlesOfMoreSegmentsThanCanBeListed) {
  const SessionSetup given = setup();
  const media::SegmentTimeline::Run run =
      given.tracks.video->parts().front().timeline.runs().front();
  const auto written = [&](std::int64_t count) {
    return "[[" + std::to_string(run.start) + "," + std::to_string(run.duration) + "," +
           std::to_string(count) + "]]";
  };
  std::string text = record().text;
  const auto at = text.find(written(run.count));
  ASSERT_NE(at, std::string::npos);
  text.replace(at, written(run.count).size(), written(1'000'000));
  const auto parsed = parse_session_log(text, "log");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(parsed->setup.tracks.video->segment_count(), 1'000'000);
}

struct BadField {
  const char* written;
  const char* instead;
  const char* said;
};

TEST(ParseSessionLog, NamesTheFieldThatIsWrong) {
  const std::string text = record().text;
  for (const BadField& bad : {
           BadField{"{\"t\":", "[\"t\",", "is not JSON, as character"},
           BadField{"\"schema\":\"rung-session/1\"", "\"schema\":7", "schema is not a text"},
           BadField{"\"schema\":", "\"x\":", "schema is missing"},
           BadField{"\"origin\":0", "\"origin\":9223372036854775807", "origin is out of range"},
           BadField{"\"origin\":0", "\"origin\":1e3", "origin is not a whole number"},
           BadField{"\"origin\":0", "\"origin\":1e999", "a number that is out of range"},
           BadField{"\"origin\":0", "\"origin\":4000000000000000000",
                    "a run of segments is out of range"},
           BadField{"\"period_start_ns\":0", "\"period_start_ns\":-1",
                    "period_start_ns is out of range"},
           BadField{"\"period_start_ns\":0", "\"period_start_ns\":9000000000000000000",
                    "period_start_ns is out of range"},
           BadField{"\"timescale\":", "\"timescale\":0,\"x\":", "timescale is out of range"},
           BadField{"\"runs\":[[", "\"runs\":[7,[", "a run is not [start, duration, count]"},
           BadField{"\"bandwidths\":[", "\"bandwidths\":[1,9000000000000000000,",
                    "a bandwidth is out of range"},
           BadField{"\"bandwidths\":[", "\"bandwidths\":[null,",
                    "a bandwidth is not a whole number"},
           BadField{"\"options\":{", "\"options\":7,\"x\":{", "options is not an object"},
           BadField{"\"qoe_model\":\"hd\"", "\"qoe_model\":\"psnr\"", "no QoE model \"psnr\""},
           BadField{"\"abandonment\":", "\"abandonment\":0,\"x\":",
                    "abandonment is neither true nor false"},
       }) {
    std::string changed = text;
    const auto at = changed.find(bad.written);
    ASSERT_NE(at, std::string::npos) << bad.written;
    changed.replace(at, std::string(bad.written).size(), bad.instead);
    const auto parsed = parse_session_log(changed, "log");
    ASSERT_FALSE(parsed) << bad.instead;
    EXPECT_EQ(parsed.error().where, "log line 1");
    EXPECT_THAT(parsed.error().message, HasSubstr(bad.said));
    EXPECT_THAT(parsed.error().message, testing::Not(HasSubstr("json.exception")));
  }
}

}  // namespace
}  // namespace rung::session
