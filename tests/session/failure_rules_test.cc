#include "session/failure_rules.h"

#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <string>

// What docs/play.md tells of every outcome, line by line.

namespace rung::session {
namespace {

using namespace std::chrono_literals;

struct OutcomeRow {
  const char* name;
  Failure failure;
  Prospect on_demand;
  Prospect live;
  PlaceRule empty_handed;  ///< Of its place where nothing has come.
  bool leaves_new_sound;   ///< At the first try, on demand.
  Loss loss;               ///< Where nothing is left to try.
};
std::ostream& operator<<(std::ostream& out, const OutcomeRow& row) { return out << row.name; }

constexpr Failure status(int code) { return {FailureKind::http_status, code}; }
constexpr auto may_pass = Prospect::may_pass;
constexpr auto late = Prospect::late;
constexpr auto cut_short = Prospect::cut_short;
constexpr auto lasting = Prospect::lasting;
constexpr auto go_on = PlaceRule::go_on_there;
constexpr auto avoid = PlaceRule::avoid;
constexpr auto skip = Loss::leave_out;
constexpr auto end = Loss::end;

constexpr std::array outcomes{
    OutcomeRow{"connection", {FailureKind::connection}, may_pass, may_pass, go_on, false, end},
    OutcomeRow{"timeout", {FailureKind::timeout}, may_pass, may_pass, go_on, true, end},
    // Also a body of which nothing came at all.
    OutcomeRow{"truncated", {FailureKind::truncated}, may_pass, may_pass, go_on, false, skip},
    OutcomeRow{"incomplete", {FailureKind::incomplete}, cut_short, cut_short, avoid, false, skip},
    OutcomeRow{"too_large", {FailureKind::too_large}, lasting, lasting, go_on, true, skip},
    OutcomeRow{"refused", {FailureKind::refused}, lasting, lasting, go_on, true, end},
    OutcomeRow{"other_range", status(206), lasting, lasting, go_on, true, skip},
    OutcomeRow{"redirect", status(302), lasting, lasting, go_on, true, skip},
    OutcomeRow{"forbidden", status(403), lasting, lasting, go_on, true, skip},
    OutcomeRow{"not_found", status(404), lasting, late, go_on, true, skip},
    OutcomeRow{"request_timeout", status(408), may_pass, may_pass, go_on, false, skip},
    OutcomeRow{"gone", status(410), lasting, late, go_on, true, skip},
    OutcomeRow{"too_early", status(425), may_pass, may_pass, go_on, false, skip},
    OutcomeRow{"too_many_requests", status(429), may_pass, may_pass, go_on, false, skip},
    OutcomeRow{"server_error", status(500), may_pass, may_pass, go_on, false, skip},
    OutcomeRow{"bad_gateway", status(502), may_pass, may_pass, go_on, false, skip},
    OutcomeRow{"unavailable", status(503), may_pass, may_pass, go_on, false, skip},
    OutcomeRow{"gateway_timeout", status(504), may_pass, may_pass, go_on, false, skip},
};

class EveryOutcome : public testing::TestWithParam<OutcomeRow> {};

TEST_P(EveryOutcome, IsJudgedAsTheTableTells) {
  const OutcomeRow& row = GetParam();
  EXPECT_EQ(prospect_of(row.failure), row.on_demand);
  EXPECT_EQ(prospect_of(row.failure, Availability::all_there), row.on_demand);
  EXPECT_EQ(prospect_of(row.failure, Availability::live), row.live);
  for (const int lost : {0, 1, 2}) EXPECT_EQ(loss_of(row.failure, lost, Following::some), row.loss);
  EXPECT_EQ(loss_of(row.failure, 3, Following::some), end);
  EXPECT_EQ(loss_of(row.failure, 0, Following::none), end);
  EXPECT_EQ(place_after(row.failure, ByteCount(0)), row.empty_handed);
  EXPECT_EQ(place_after(row.failure, ByteCount(1)), avoid);
  EXPECT_EQ(leaves_new_sound(row.failure, 1, Availability::all_there), row.leaves_new_sound);
  EXPECT_EQ(leaves_new_sound(row.failure, 1, Availability::live),
            row.live == lasting || row.failure.kind == FailureKind::timeout)
      << "may be late";
  for (const Availability segments : {Availability::all_there, Availability::live})
    EXPECT_TRUE(leaves_new_sound(row.failure, 2, segments));
}

INSTANTIATE_TEST_SUITE_P(FailureRules, EveryOutcome, testing::ValuesIn(outcomes),
                         [](const auto& row) { return std::string(row.param.name); });

constexpr std::optional<RepresentationIndex> none;

struct TryRow {
  const char* name;
  FailedTry failed;
  std::optional<RepresentationIndex> next;  ///< None: nothing is left to try.
  Duration shortest{};                      ///< What is waited for.
  Duration longest{};
};
std::ostream& operator<<(std::ostream& out, const TryRow& row) { return out << row.name; }

// With waits of 500 ms at first and 8 s at most, six tries, and a Retry-After of up to 30 s.
const std::array tries{
    TryRow{"passing_first", {may_pass, 3, 2, 1, {}}, 3, 250ms, 500ms},
    TryRow{"passing_second", {may_pass, 3, 2, 2, {}}, 2, 500ms, 1s},
    TryRow{"passing_at_the_lowest", {may_pass, 0, 1, 2, {}}, 0, 500ms, 1s},
    TryRow{"passing_alone", {may_pass, 0, none, 3, {}}, 0, 1s, 2s},
    TryRow{"passing_fifth", {may_pass, 0, none, 5, {}}, 0, 4s, 8s},
    TryRow{"passing_fifth_live", {may_pass, 0, none, 5, {}, 2s, false, true}, 0, 1s, 2s},
    TryRow{
        "passing_fifth_live_short", {may_pass, 0, none, 5, {}, 200ms, false, true}, 0, 500ms, 1s},
    TryRow{"unanswered_sixth_live", {may_pass, 0, none, 6, {}, 2s, false, true, true}, 0, 1s, 2s},
    TryRow{"unanswered_eighteenth_live", {may_pass, 0, none, 18, {}, 2s, true, true, true}, none},
    TryRow{"passing_sixth", {may_pass, 3, 2, 6, {}}, none},
    TryRow{"retry_after", {may_pass, 3, 2, 1, 5s}, 3, 5s, 5s},
    TryRow{"retry_after_too_long", {may_pass, 3, 2, 1, 1h}, 3, 30s, 30s},
    TryRow{"retry_after_shorter", {may_pass, 0, none, 5, 1ms}, 0, 4s, 8s},
    TryRow{"late", {late, 3, 2, 1, {}, 2s, false}, 3, 250ms, 500ms},
    TryRow{"late_fifth", {late, 0, none, 5, {}, 2s, false}, 0, 250ms, 500ms},
    TryRow{"late_of_long_segments", {late, 3, 2, 2, {}, 20s, true}, 2, 1s, 2s},
    TryRow{"late_of_short_segments", {late, 3, 2, 1, {}, 100ms, true}, 3, 50ms, 100ms},
    TryRow{"late_retry_after", {late, 3, 2, 1, 5s, 2s, false}, 3, 5s, 5s},
    TryRow{"late_sixth", {late, 0, none, 6, {}, 2s, false}, none},
    TryRow{"late_sixth_of_the_newest", {late, 0, none, 6, {}, 2s, true}, 0, 250ms, 500ms},
    TryRow{"late_twelfth_of_the_newest", {late, 0, none, 12, {}, 2s, true}, none},
    TryRow{"cut_short", {cut_short, 3, 2, 1, {}}, 2, 0s, 0s},
    TryRow{"cut_short_lowest", {cut_short, 0, 1, 1, {}}, 1, 0s, 0s},
    TryRow{"cut_short_alone", {cut_short, 0, none, 1, {}}, 0, 250ms, 500ms},
    TryRow{"lasting", {lasting, 3, 2, 1, {}}, 2, 0s, 0s},
    TryRow{"lasting_lowest", {lasting, 0, 1, 1, {}}, 1, 0s, 0s},
    TryRow{"lasting_retry_after", {lasting, 3, 2, 1, 2s}, 2, 2s, 2s},
    TryRow{"lasting_alone", {lasting, 0, none, 1, {}}, none},
    TryRow{"lasting_sixth", {lasting, 3, 2, 6, {}}, none},
};

class EveryTry : public testing::TestWithParam<TryRow> {};

TEST_P(EveryTry, IsFollowedAsTheTableTells) {
  const TryRow& row = GetParam();
  Random random(7);
  for (int draw = 0; draw < 100; ++draw) {
    const auto next = next_try(row.failed, SessionOptions{}, random);
    ASSERT_EQ(next.has_value(), row.next.has_value());
    if (!next) return;
    EXPECT_EQ(next->representation, *row.next);
    EXPECT_GE(next->wait, row.shortest);
    EXPECT_LE(next->wait, row.longest);
  }
}

INSTANTIATE_TEST_SUITE_P(FailureRules, EveryTry, testing::ValuesIn(tries),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(FailureRules, AnInitSegmentIsNeverLate) {
  EXPECT_EQ(prospect_of(of_init(status(404)), Availability::live), cut_short);
  EXPECT_EQ(prospect_of(of_init(status(503)), Availability::live), may_pass);
}

TEST(FailureRules, WaitsAreSpreadOut) {
  Random random(7);
  const FailedTry failed{may_pass, 0, none, 1, {}};
  const auto first = next_try(failed, SessionOptions{}, random);
  const auto second = next_try(failed, SessionOptions{}, random);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->wait, second->wait);
}

TEST(FailureRules, WaitsDoubleUpToABound) {
  EXPECT_EQ(backoff(1, 500ms, 8s), 500ms);
  EXPECT_EQ(backoff(2, 500ms, 8s), 1s);
  EXPECT_EQ(backoff(5, 500ms, 8s), 8s);
  EXPECT_EQ(backoff(1'000'000, 500ms, 8s), 8s);
  EXPECT_EQ(backoff(1'000'000, 1ns, Duration::max()), Duration::max());
  EXPECT_EQ(backoff(1, 10s, 8s), 8s);
}

TEST(FailureRules, SilenceMayUseUpHalfOfTheBufferAtTheFirstTry) {
  const SessionOptions options;
  EXPECT_EQ(silence_limit(options, {.buffer_level = 0s}), 3s);
  EXPECT_EQ(silence_limit(options, {.buffer_level = 12s}), 6s);
  EXPECT_EQ(silence_limit(options, {.buffer_level = 30s}), 10s);
  EXPECT_EQ(silence_limit(options, {.attempt = 2, .buffer_level = 0s}), 10s);
  EXPECT_EQ(silence_limit(options, {.reason = abr::Reason::abandoned, .buffer_level = 0s}), 10s);
}

TEST(FailureRules, ATransferIsOverdueThatIsSilentOrTakesTooLong) {
  const SessionOptions options;
  EXPECT_FALSE(is_overdue({.running = 119s, .silent = 2s, .silent_limit = 3s}, options));
  EXPECT_TRUE(is_overdue({.running = 10s, .silent = 3s, .silent_limit = 3s}, options));
  EXPECT_TRUE(is_overdue({.running = 120s, .silent = 0s, .silent_limit = 3s}, options));
}

TEST(FailureRules, APlaceThatIsSilentIsAvoided) {
  EXPECT_EQ(place_after_silence(1999ms), PlaceRule::keep);
  EXPECT_EQ(place_after_silence(2s), PlaceRule::avoid);
}

}  // namespace
}  // namespace rung::session
