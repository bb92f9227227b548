#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "network_sim/emulator/origin.h"
#include "player/player.h"
#include "tests/support/served_title.h"
#include "tests/support/temporary_directory.h"

namespace rung::player {
namespace {

using namespace std::chrono_literals;

/// What must be seen in the end.
enum class Outcome {
  plays,     ///< To the end, with all pictures.
  degrades,  ///< To the end; pictures may be missing.
  ends,      ///< With what there was, as a network failure.
  fails,     ///< It does not begin, and says why.
};

struct FaultCase {
  const char* name;
  const char* target;  ///< Where it goes wrong.
  const char* rule;    ///< The other members of the script's rule.
  Outcome outcome = Outcome::plays;
  int least_failures = 1;
  ErrorCode code = ErrorCode::network;
  const char* message = "";
  const char* manifest = "manifest.mpd";
};

constexpr const char* segment = "chunk-stream0-00002";
constexpr const char* mpd = "manifest.mpd";

const FaultCase cases[] = {
    {"ClosedMidBody", segment, R"("requests": [1], "action": "close", "after_bytes": 10000)"},
    {"StalledMidBody", segment, R"("requests": [1], "action": "stall", "after_bytes": 10000)"},
    {"NeverAnswered", segment, R"("requests": [1], "action": "hang")"},
    {"Trickle", segment, R"("requests": [1], "action": "slow", "bytes_per_second": 2)"},
    {"LateAnswer", segment, R"("action": "delay", "ms": 400)", Outcome::plays, 0},
    {"LengthTooLarge", segment, R"("requests": [1], "action": "content-length", "by": 500)"},
    {"LengthTooSmall", segment, R"("requests": [1], "action": "content-length", "by": -500)"},
    {"LengthOfSoundTooSmall", "chunk-stream2-00002",
     R"("requests": [1], "action": "content-length", "by": -500)"},
    {"TwoLengths", segment,
     R"("requests": [1], "action": "field", "name": "Content-Length", "value": "5")"},
    {"LengthBesideChunks", segment,
     R"("requests": [1], "action": "field", "name": "Transfer-Encoding", "value": "chunked")"},
    {"Reset", segment, R"("requests": [1], "action": "refuse")", Outcome::plays, 0},
    {"ResetMidBody", segment, R"("requests": [1], "action": "reset", "after_bytes": 10000)"},
    {"HungUp", segment, R"("requests": [1], "action": "hang-up")", Outcome::plays, 0},
    {"CutOnTheServer", segment, R"("requests": [1], "action": "cut", "after_bytes": 10000)"},
    {"NoLength", segment, R"("action": "no-length")", Outcome::plays, 0},
    {"WordThatIsNoCoding", segment,
     R"("action": "field", "name": "Content-Encoding", "value": "utf-8")", Outcome::plays, 0},
    {"ManifestWithAWordThatIsNoCoding", mpd,
     R"("action": "field", "name": "Content-Encoding", "value": "aws-chunked")", Outcome::plays, 0},
    {"EmptyInit", "init-stream0", R"("requests": [1], "action": "body", "text": "")"},
    {"NoInit", "init-stream0", R"("requests": [1], "action": "body", "text": "no init segment")"},
    {"AllEmpty", "chunk-stream", R"("action": "body", "text": "")", Outcome::ends},
    {"ManifestNotInItsCoding", mpd,
     R"("action": "field", "name": "Content-Encoding", "value": "gzip")", Outcome::fails, 0,
     ErrorCode::network, "content coding"},
    {"Busy", segment, R"("requests": [1], "action": "status", "status": 503, "retry_after": 1)"},
    {"TooMany", segment, R"("requests": [1, 2], "action": "status", "status": 429)", Outcome::plays,
     2},
    {"Missing", segment, R"("requests": [1], "action": "status", "status": 404)"},
    {"Redirect", segment,
     R"("requests": [1], "action": "status", "status": 302,
        "location": "/chunk-stream0-00002.m4s")",
     Outcome::plays, 0},
    {"RedirectLoop", segment,
     R"("action": "status", "status": 302, "location": "/chunk-stream0-00002.m4s")"},
    {"HeaderFlood", segment, R"("requests": [1], "action": "header-flood", "bytes": 400000)"},
    {"Compressed", segment, R"("requests": [1, 2], "action": "gzip-bomb", "bytes": 100000000)"},
    {"Corrupt", segment, R"("action": "corrupt", "after_bytes": 3000)", Outcome::degrades, 0},
    {"LoginPageForASegment", segment, R"("action": "body", "text": "<html>", "type": "text/html")"},
    {"PlaylistForASegment", segment,
     R"("action": "body", "text": "#EXTM3U\nfile:///etc/hostname\n")"},
    {"EmptySegment", segment, R"("requests": [1], "action": "body", "text": "")"},
    {"InitMissing", "init-stream0", R"("action": "status", "status": 404)"},
    {"InitTooLarge", "init-stream0", R"("action": "endless")"},
    {"MissingInAllRungs", "00002.m4s", R"("action": "status", "status": 404)", Outcome::ends},
    {"NoConnectionForLong", mpd, R"("requests": [1, 2], "action": "refuse")", Outcome::plays, 0},
    {"ManifestBusy", mpd, R"("requests": [1, 2], "action": "status", "status": 503)",
     Outcome::plays, 0},
    {"ManifestCutShort", mpd, R"("requests": [1], "action": "close", "after_bytes": 300)",
     Outcome::plays, 0},
    {"MediaPlaylistMissing", "media_0.m3u8", R"("action": "status", "status": 404)", Outcome::plays,
     0, ErrorCode::network, "", "master.m3u8"},
    {"LoginPage", mpd, R"("action": "body", "text": "<html></html>", "type": "text/html")",
     Outcome::fails, 0, ErrorCode::malformed, "text/html"},
    {"EmptyManifest", mpd, R"("action": "body", "text": "")", Outcome::fails, 0,
     ErrorCode::malformed},
    {"EndlessManifest", mpd, R"("action": "endless")", Outcome::fails, 0, ErrorCode::limit_exceeded,
     "larger than the limit"},
    {"EndlessPlaylist", "master.m3u8", R"("action": "endless")", Outcome::fails, 0,
     ErrorCode::limit_exceeded, "larger than the limit", "master.m3u8"},
    {"GzipBomb", mpd, R"("action": "gzip-bomb", "bytes": 67108864)", Outcome::fails, 0,
     ErrorCode::limit_exceeded, "larger than the limit"},
    {"ManifestHeaderFlood", mpd, R"("action": "header-flood", "bytes": 1048576)", Outcome::fails, 0,
     ErrorCode::refused, "header"},
    {"ManifestRedirectLoop", mpd,
     R"("action": "status", "status": 307, "location": "manifest.mpd")", Outcome::fails, 0,
     ErrorCode::network, "redirects"},
    {"RedirectToAFile", mpd,
     R"("action": "status", "status": 302, "location": "file:///etc/hostname")", Outcome::fails, 0,
     ErrorCode::refused, "redirect refused"},
    {"NotLetIn", mpd, R"("action": "status", "status": 401)", Outcome::fails, 0, ErrorCode::network,
     "401"},
    {"Forbidden", mpd, R"("action": "status", "status": 403)", Outcome::fails, 0,
     ErrorCode::network, "403"},
};

/// What was seen of one case.
struct Seen {
  std::optional<Error> not_opened;
  PlayerReport report;
  std::vector<emulator::RequestRecord> requests;
};

Seen play(const FaultCase& row, const std::filesystem::path& directory) {
  Seen seen;
  auto faults = emulator::FaultScript::create(
      R"({"rules": [{"contains": ")" + std::string(row.target) + "\", " + row.rule + "}]}",
      row.name);
  if (!faults) {
    seen.not_opened = faults.error();
    return seen;
  }
  emulator::OriginOptions served;
  served.directory = directory;
  served.faults = *std::move(faults);
  const auto origin = emulator::Origin::create(std::move(served));
  if (!origin) {
    seen.not_opened = origin.error();
    return seen;
  }
  PlayerOptions options;
  options.url = (*origin)->url() + row.manifest;
  options.display = Display::none;
  options.session.idle_timeout = 1s;
  options.session.backoff_base = 10ms;
  auto player = Player::open(std::move(options), *abr::make_policy("fixed:0", {}),
                             *abr::make_estimator("harmonic"), {});
  if (player)
    seen.report = (*player)->play({});
  else
    seen.not_opened = player.error();
  (*origin)->stop();
  seen.requests = (*origin)->requests();
  return seen;
}

void check(const FaultCase& row, const Seen& seen) {
  SCOPED_TRACE(row.name);
  // Whatever happens: nothing is asked for again and again.
  EXPECT_LE(seen.requests.size(), 60);
  if (row.outcome == Outcome::fails) {
    ASSERT_TRUE(seen.not_opened);
    EXPECT_EQ(seen.not_opened->code, row.code) << to_string(*seen.not_opened);
    EXPECT_NE(to_string(*seen.not_opened).find(row.message), std::string::npos)
        << to_string(*seen.not_opened);
    return;
  }
  ASSERT_FALSE(seen.not_opened) << to_string(*seen.not_opened);
  const PlayerReport& report = seen.report;
  EXPECT_GE(report.session.failures, row.least_failures);
  if (row.outcome == Outcome::ends) {
    EXPECT_EQ(report.session.end, session::EndReason::network_failure);
    ASSERT_TRUE(report.failure);
    EXPECT_EQ(report.failure->code, ErrorCode::network);
    return;
  }
  EXPECT_FALSE(report.failure) << to_string(*report.failure);
  EXPECT_EQ(report.session.end, session::EndReason::played_out);
  EXPECT_EQ(report.session.segments, 2);
  if (row.outcome == Outcome::degrades) return;
  EXPECT_EQ(report.output.decode_errors, 0);
  // Bytes of the broken try may have been decoded before the next one began; none is shown twice.
  EXPECT_EQ(report.output.frames_presented + report.output.frames_dropped, 100);
}

TEST(PlayerFaults, EndAsTheyShould) {
  const test::TemporaryDirectory directory;
  test::write_encoded_title(directory.path(), 4);
  // Sessions mostly wait, so many of them fit in beside each other.
  constexpr std::size_t at_a_time = 14;
  std::vector<Seen> seen(std::size(cases));
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> viewers;
    for (std::size_t i = 0; i < at_a_time; ++i)
      viewers.emplace_back([&] {
        for (std::size_t row = next++; row < seen.size(); row = next++)
          seen[row] = play(cases[row], directory.path());
      });
  }
  for (std::size_t row = 0; row < seen.size(); ++row) check(cases[row], seen[row]);
}

TEST(PlayerFaults, AskAgainForWhatCameEmpty) {
  const test::TemporaryDirectory directory;
  test::write_encoded_title(directory.path(), 4);
  const FaultCase row{"EmptyOnce", segment,
                      R"("requests": [1], "action": "cut", "after_bytes": 0)"};
  const Seen seen = play(row, directory.path());
  check(row, seen);
  EXPECT_EQ(seen.report.session.failures, 1);
  EXPECT_EQ(std::ranges::count_if(seen.requests,
                                  [](const emulator::RequestRecord& request) {
                                    return request.target.find(segment) != std::string::npos;
                                  }),
            2);
}

}  // namespace
}  // namespace rung::player
