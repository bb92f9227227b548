#include "player/playback_environment.h"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "session/run.h"
#include "tests/support/nginx_server.h"
#include "tests/support/scripted_server.h"
#include "tests/support/titles.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using media::TrackKind;
using session::Event;
using testing::ElementsAre;

static_assert(session::SessionEnvironment<PlaybackEnvironment>);

/// Writes down what it is told.
class NotedOutput : public PlaybackOutput {
 public:
  void start(MediaTime position) override { note("start", position); }
  void hold() override { notes.push_back("hold"); }
  void set_speed(Speed speed) override {
    notes.push_back("speed " + std::to_string(speed.percent()));
  }
  void seek(MediaTime target) override { note("seek", target); }

  std::vector<std::string> notes;

 private:
  void note(const std::string& what, MediaTime at) {
    notes.push_back(what + " " + std::to_string(to_seconds(at.time_since_epoch())));
  }
};

class PlaybackEnvironmentTest : public testing::Test {
 protected:
  session::FetchSegment fetch(std::uint64_t id, SegmentNumber segment,
                              RepresentationIndex representation = 0) {
    session::FetchSegment request;
    request.transfer = TransferId(id);
    request.track = TrackKind::video;
    request.segment = segment;
    request.representation = representation;
    request.with_init = true;
    request.first_progress = 60s;
    request.progress_every = 60s;
    return request;
  }

  template <typename Fact>
  Fact expect() {
    const Event event = environment_.wait(loop_.now() + 20s);
    EXPECT_GT(session::time_of(event), last_);
    last_ = session::time_of(event);
    const auto* fact = std::get_if<Fact>(&event);
    EXPECT_NE(fact, nullptr) << "alternative " << event.index();
    return fact != nullptr ? *fact : Fact{};
  }

  /// What a reader of the store gets of a segment that is complete.
  std::string stored(SegmentNumber segment) {
    std::string result;
    for (;;) {
      const auto part = store_.read(TrackKind::video, segment, transfer_read_, result.size(), {});
      transfer_read_ = part.transfer;
      if (part.status != SegmentStore::ReadStatus::bytes) return result;
      for (const std::byte byte : part.bytes) result.push_back(static_cast<char>(byte));
    }
  }

  test::NginxServer server_;
  media::Tracks tracks_ = test::video_only(100);
  EventLoop loop_;
  HttpClient client_{loop_, {}};
  SegmentStore store_;
  NotedOutput output_;
  PlaybackEnvironment::Source source_;  ///< Where not empty, of all segments.
  PlaybackEnvironment environment_{
      {loop_, client_, store_, output_, tracks_},
      [this](const session::FetchSegment& request, const PlaybackEnvironment::Located& then) {
        if (!source_.segment.url.empty()) return then(source_);
        const std::string folder = "/" + std::to_string(request.representation) + "/";
        then(PlaybackEnvironment::Source{
            {server_.url(folder + std::to_string(request.segment)), std::nullopt},
            media::Resource{server_.url(folder + "init"), std::nullopt}});
      }};
  Timestamp last_ = Timestamp::min();
  TransferId transfer_read_;
};

TEST_F(PlaybackEnvironmentTest, FetchesInitAndSegmentAsOneTransfer) {
  server_.write_file("0/init", "INIT");
  const std::string body(200'000, 's');
  server_.write_file("0/7", body);
  environment_.start(fetch(1, 7));
  const auto completed = expect<session::TransferCompleted>();
  EXPECT_EQ(completed.transfer, TransferId(1));
  EXPECT_EQ(completed.size, ByteCount(200'004));
  EXPECT_GT(completed.first_byte, Timestamp{});
  EXPECT_LE(completed.first_byte, completed.at);
  EXPECT_TRUE(stored(7) == body);
  ASSERT_NE(store_.init(TrackKind::video, 0, 0), nullptr);
  EXPECT_EQ(store_.init(TrackKind::video, 0, 0)->size(), 4U);
}

TEST_F(PlaybackEnvironmentTest, SoundThatHasBeenChangedToIsLeftWhereItIsSilent) {
  const media::Tracks tracks = test::video_and_audio(100);
  std::string lost;
  PlaybackEnvironment environment(
      {.loop = loop_,
       .client = client_,
       .store = store_,
       .output = output_,
       .tracks = tracks,
       .sound_lost =
           [&](const std::string& why) {
             lost = why;
             return true;
           }},
      [this](const session::FetchSegment&, const PlaybackEnvironment::Located& then) {
        then(PlaybackEnvironment::Source{{server_.url("/7"), std::nullopt}});
      });
  environment.post(session::ViewerChangedAudio{.at = {}, .track = *tracks.audio});
  EXPECT_TRUE(std::holds_alternative<session::ViewerChangedAudio>(environment.wait(Timestamp(1s))));
  session::FetchSegment request = fetch(1, 7);
  request.track = TrackKind::audio;
  environment.start(request);
  environment.start(session::CancelTransfer{TransferId(1)});
  EXPECT_EQ(lost, "") << "it may have been given up for something else";
  request.transfer = TransferId(2);
  request.attempt = 2;
  environment.start(request);
  EXPECT_THAT(lost, testing::HasSubstr("/7: did not arrive in time"));
}

TEST_F(PlaybackEnvironmentTest, TakesNoFileThatWasCutShortForASegment) {
  using namespace std::string_literals;
  const std::string moof = "\0\0\0\x0amoofxy"s;
  server_.write_file("0/init", "INIT");
  server_.write_file("0/7", moof + "\0\0\0\xffmdat cut short"s);
  environment_.start(fetch(1, 7));
  const auto failed = expect<session::TransferFailed>();
  EXPECT_EQ(failed.kind, session::FailureKind::incomplete);
  EXPECT_THAT(environment_.last_failure(), testing::HasSubstr("/0/7: ends inside of a box"));
  server_.write_file("1/init", moof.substr(0, moof.size() - 1));
  server_.write_file("1/7", moof);
  environment_.start(fetch(2, 7, 1));
  EXPECT_EQ(expect<session::TransferFailed>().kind, session::FailureKind::incomplete);
  server_.write_file("2/init", "\0\0\0\x0amoovxy"s);
  server_.write_file("2/7", moof);
  environment_.start(fetch(3, 7, 2));
  EXPECT_EQ(expect<session::TransferCompleted>().transfer, TransferId(3));
  EXPECT_TRUE(stored(7) == moof);
}

TEST_F(PlaybackEnvironmentTest, TakesNothingForASegmentThatIsNone) {
  using namespace std::string_literals;
  const std::string moof = "\0\0\0\x0amoofxy"s;
  struct Case {
    std::string init;
    std::string segment;
    std::string why;
    session::FailureKind kind = session::FailureKind::incomplete;
  };
  const Case cases[] = {
      {"INIT", "", "/7: is empty", session::FailureKind::truncated},
      {"", moof, "/init: is empty", session::FailureKind::truncated},
      {moof, moof, "/init: is no init segment"},
      {"no box of any kind", moof, "/init: is no init segment"},
      {"<html>", moof, "/init: is a text"},
  };
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const std::string folder = std::to_string(i);
    server_.write_file(folder + "/init", cases[i].init);
    server_.write_file(folder + "/7", cases[i].segment);
    environment_.start(fetch(i + 1, 7, i));
    EXPECT_EQ(expect<session::TransferFailed>().kind, cases[i].kind);
    EXPECT_THAT(environment_.last_failure(), testing::HasSubstr(cases[i].why));
  }
  // The tables of a transport stream may stand before its segments.
  server_.write_file("5/init", "G" + std::string(187, 'p'));
  server_.write_file("5/7", "G" + std::string(187, 's'));
  environment_.start(fetch(6, 7, 5));
  EXPECT_EQ(expect<session::TransferCompleted>().transfer, TransferId(6));
}

TEST_F(PlaybackEnvironmentTest, FetchesAnInitSegmentOnce) {
  server_.write_file("0/init", "INIT");
  server_.write_file("0/1", "one");
  server_.write_file("0/2", "two");
  environment_.start(fetch(1, 1));
  EXPECT_EQ(expect<session::TransferCompleted>().size, ByteCount(7));
  environment_.start(fetch(2, 2));
  EXPECT_EQ(expect<session::TransferCompleted>().size, ByteCount(3));
  EXPECT_EQ(stored(2), "two");
  EXPECT_EQ(server_.accesses(3).size(), 3U);
}

TEST_F(PlaybackEnvironmentTest, FailsWithTheInitSegment) {
  server_.write_file("0/7", std::string(100, 's'));
  environment_.start(fetch(1, 7));
  const auto failed = expect<session::TransferFailed>();
  EXPECT_EQ(failed.kind, session::FailureKind::http_status);
  EXPECT_EQ(failed.http_status, 404);
  EXPECT_EQ(store_.held(), ByteCount(0));
}

TEST_F(PlaybackEnvironmentTest, TellsStatusAndRetryAfterOfAFailure) {
  source_.segment.url = server_.url("/status/503");
  environment_.start(fetch(1, 0));
  const auto failed = expect<session::TransferFailed>();
  EXPECT_EQ(failed.http_status, 503);
  EXPECT_EQ(failed.retry_after, Duration(3s));
}

TEST_F(PlaybackEnvironmentTest, APartOfABodyIsNeverASegment) {
  const test::ScriptedServer broken(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "only so much"}});
  source_.segment.url = broken.url("/");
  environment_.start(fetch(1, 0));
  const auto failed = expect<session::TransferFailed>();
  EXPECT_EQ(failed.kind, session::FailureKind::truncated);
  EXPECT_EQ(failed.received, ByteCount(12));
  EXPECT_EQ(store_.held(), ByteCount(0));
}

TEST_F(PlaybackEnvironmentTest, ProgressComesAtItsCadenceThoughNothingArrives) {
  const test::ScriptedServer silent(
      {.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin"}, .stalls = true});
  source_.segment.url = silent.url("/");
  session::FetchSegment request = fetch(1, 0);
  request.first_progress = 100ms;
  request.progress_every = 20ms;
  const Timestamp requested = loop_.now();
  environment_.start(request);
  std::optional<Timestamp> last_byte;
  for (int i = 0; i < 6; ++i) {
    const auto progress = expect<session::TransferProgressed>();
    EXPECT_GE(progress.at, requested + 100ms + i * 20ms);
    EXPECT_EQ(progress.transfer, TransferId(1));
    EXPECT_EQ(progress.received, ByteCount(5));
    EXPECT_EQ(progress.expected, ByteCount(100));
    EXPECT_TRUE(progress.first_byte);
    ASSERT_TRUE(progress.last_byte);  // Still that of what came at first.
    EXPECT_GE(*progress.last_byte, *progress.first_byte);
    EXPECT_EQ(*progress.last_byte, last_byte.value_or(*progress.last_byte));
    last_byte = progress.last_byte;
  }
  EXPECT_EQ(environment_.in_flight(), ByteCount(5));
  environment_.start(session::CancelTransfer{TransferId(1)});
  EXPECT_EQ(environment_.in_flight(), ByteCount(0));
}

TEST_F(PlaybackEnvironmentTest, OnlyWhatIsTriedAgainDidNotArriveInTime) {
  const test::ScriptedServer silent({.pieces = {"HTTP/1.1 200 OK\r\n"}, .stalls = true});
  source_.segment.url = silent.url("/late");
  const auto try_of = [&](std::uint64_t transfer, SegmentNumber segment, int attempt) {
    session::FetchSegment request = fetch(transfer, segment);
    request.attempt = attempt;
    environment_.start(request);
  };
  try_of(1, 0, 1);
  environment_.start(session::CancelTransfer{TransferId(1)});
  try_of(2, 5, 1);  // A seek.
  environment_.start(session::CancelTransfer{TransferId(2)});
  try_of(3, 5, 1);  // A lower representation.
  EXPECT_EQ(environment_.last_failure(), "");
  environment_.start(session::CancelTransfer{TransferId(3)});
  try_of(4, 5, 2);
  EXPECT_THAT(environment_.last_failure(), testing::HasSubstr("/late: did not arrive in time"));
  environment_.start(session::CancelTransfer{TransferId(4)});
}

TEST_F(PlaybackEnvironmentTest, NothingIsToldAboutACancelledTransfer) {
  server_.write_file("file", std::string(300'000, 's'));
  source_.segment.url = server_.url("/slow/file");
  session::FetchSegment request = fetch(1, 0);
  request.first_progress = 1ms;
  request.progress_every = 1ms;
  environment_.start(request);
  while (expect<session::TransferProgressed>().received == ByteCount(0)) {
  }
  const auto part = store_.read(TrackKind::video, 0, TransferId(), 0, {});
  EXPECT_EQ(part.transfer, TransferId(1));
  environment_.start(session::CancelTransfer{TransferId(1)});
  EXPECT_EQ(client_.running(), 0U);
  EXPECT_EQ(store_.read(TrackKind::video, 0, TransferId(1), part.bytes.size(), {}).status,
            SegmentStore::ReadStatus::discarded);
  const Timestamp until = loop_.now() + 50ms;
  EXPECT_TRUE(std::holds_alternative<session::TimeReached>(environment_.wait(until)));
  EXPECT_GE(loop_.now(), until);
}

TEST_F(PlaybackEnvironmentTest, WakesAtTheTimeAskedFor) {
  const Timestamp until = loop_.now() + 30ms;
  const Event event = environment_.wait(until);
  ASSERT_TRUE(std::holds_alternative<session::TimeReached>(event));
  EXPECT_GE(session::time_of(event), until);
  EXPECT_TRUE(std::holds_alternative<session::TimeReached>(environment_.wait(Timestamp::min())));
}

TEST_F(PlaybackEnvironmentTest, ForwardsPlaybackToTheOutput) {
  environment_.start(session::StartPlayback{MediaTime(3s)});
  environment_.start(session::SetSpeed{Speed::of_percent(105)});
  environment_.start(session::HoldPlayback{});
  EXPECT_THAT(output_.notes, ElementsAre("start 3.000000", "speed 105", "hold"));
}

TEST_F(PlaybackEnvironmentTest, ASeekReachesOutputAndStore) {
  environment_.start(session::SeekPlayback{MediaTime(41s), false});
  EXPECT_THAT(output_.notes, ElementsAre("seek 41.000000"));
  const auto sought = store_.read(TrackKind::video, 0, TransferId(), 0, {});
  EXPECT_EQ(sought.status, SegmentStore::ReadStatus::sought);
  EXPECT_EQ(sought.segment, 10);
  environment_.start(session::SeekPlayback{MediaTime(400s), false});
  EXPECT_EQ(store_.read(TrackKind::video, 0, TransferId(), 0, {}).segment, 100);
}

TEST_F(PlaybackEnvironmentTest, TellsFromWhereMediaIsHeldWhenTheViewerSeeks) {
  const auto sought = [&] {
    environment_.post(session::ViewerSought{{}, MediaTime(1s)});
    return expect<session::ViewerSought>().held_from;
  };
  EXPECT_EQ(sought(), std::nullopt);
  for (SegmentNumber segment = 0; segment < 10; ++segment) {  // Of 4 s each.
    const TransferId id(static_cast<std::uint64_t>(segment) + 1);
    store_.begin(id, TrackKind::video, segment, 0);
    store_.append(id, std::vector<std::byte>(100));
    EXPECT_TRUE(store_.complete(id));
  }
  store_.release_before(TrackKind::video, 9);
  EXPECT_EQ(sought(), MediaTime(0s)) << "the playhead has not moved yet";
  environment_.post(session::PlayheadObserved{{}, MediaTime(33s)});
  expect<session::PlayheadObserved>();
  EXPECT_EQ(sought(), MediaTime(12s)) << "20 s behind it, and what is left of that segment";
  environment_.start(session::SeekPlayback{MediaTime(13s), true});
  EXPECT_EQ(store_.held(), ByteCount(700));
  EXPECT_EQ(store_.read(TrackKind::video, 9, TransferId(), 0, {}).segment, 3);
  EXPECT_EQ(store_.read(TrackKind::video, 3, TransferId(), 0, {}).bytes.size(), 100U);
}

TEST_F(PlaybackEnvironmentTest, PlayheadsOfTheOldPlaceAreNotToldAfterASeek) {
  environment_.start(session::SeekPlayback{MediaTime(100s), false});
  environment_.post(session::PlayheadObserved{{}, MediaTime(5s)});
  environment_.post(session::ViewerPaused{});
  expect<session::ViewerPaused>();
  environment_.start(session::StartPlayback{MediaTime(100s)});
  environment_.post(session::PlayheadObserved{{}, MediaTime(6s)});
  environment_.post(session::ViewerResumed{});
  expect<session::ViewerResumed>();
  environment_.post(session::PlayheadObserved{{}, MediaTime(100s)});
  EXPECT_EQ(expect<session::PlayheadObserved>().position, MediaTime(100s));
}

TEST_F(PlaybackEnvironmentTest, OfWaitingPlayheadsTheNewestIsTold) {
  for (int i = 1; i <= 5; ++i)
    environment_.post(session::PlayheadObserved{{}, MediaTime(std::chrono::seconds(i))});
  environment_.post(session::ViewerPaused{});
  EXPECT_EQ(expect<session::PlayheadObserved>().position, MediaTime(5s));
  expect<session::ViewerPaused>();
}

TEST_F(PlaybackEnvironmentTest, PostsOfOtherThreadsWakeAWaitWithoutEnd) {
  std::jthread viewer([&] {
    for (int i = 0; i < 100; ++i) {
      environment_.post(session::ViewerPaused{});
      environment_.post(session::ViewerResumed{});
    }
    environment_.post(session::ViewerLeft{});
  });
  int events = 0;
  Timestamp last = Timestamp::min();
  for (;;) {
    const Event event = environment_.wait(Timestamp::max());
    EXPECT_GT(session::time_of(event), last);
    last = session::time_of(event);
    ++events;
    if (std::holds_alternative<session::ViewerLeft>(event)) break;
  }
  EXPECT_EQ(events, 201);
}

}  // namespace
}  // namespace rung::player
