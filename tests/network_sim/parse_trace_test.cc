#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.h"
#include "network_sim/parse_trace.h"
#include "network_sim/trace_formats/pensieve_trace.h"

namespace rung::network_sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Trace::Piece piece(Duration duration, BitRate rate, std::optional<Duration> rtt = std::nullopt) {
  return {.duration = duration, .rate = rate, .rtt = rtt};
}

TEST(TraceFormat, IsFoundByContent) {
  EXPECT_EQ(detect_trace_format("# text\n\n1000,400\n"), TraceFormat::csv);
  EXPECT_EQ(detect_trace_format("duration_ms,down_kbps\n1,2\n"), TraceFormat::csv);
  EXPECT_EQ(detect_trace_format("\xEF\xBB\xBF [ {} ]"), TraceFormat::sabre_json);
  EXPECT_EQ(detect_trace_format("{}"), TraceFormat::sabre_json);
  EXPECT_EQ(detect_trace_format("0.0\t2.5\r\n1.0\t3\r\n"), TraceFormat::pensieve);
  EXPECT_EQ(detect_trace_format("\n12\n12\n13\n"), TraceFormat::mahimahi);
  EXPECT_EQ(detect_trace_format("one two three\n"), std::nullopt);
  EXPECT_EQ(detect_trace_format("\n \n"), std::nullopt);
}

TEST(TraceFormat, TakesPairsOfMillisecondsAndKilobitsForNone) {
  EXPECT_EQ(detect_trace_format("7.0 4646.6\n320.0 4646.6\n408.0 4696.7\n673.0 4696.7\n"),
            std::nullopt);
  EXPECT_EQ(detect_trace_format("1 4\n2 4\n3 4\n4 4\n"), TraceFormat::pensieve);
}

TEST(TraceFormat, HasNamesThatLeadBack) {
  for (const TraceFormat format :
       {TraceFormat::csv, TraceFormat::sabre_json, TraceFormat::pensieve, TraceFormat::mahimahi})
    EXPECT_EQ(trace_format_from_name(to_string(format)), format);
  EXPECT_EQ(trace_format_from_name("pcap"), std::nullopt);
}

TEST(CsvTrace, KeepsNanosecondsAndBitsPerSecond) {
  const auto trace = parse_trace(
      "# comment\nduration_ms,down_kbps,rtt_ms\n1000.000001,4000.001,40\n 500 , 0 ,\n", "t.csv");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(),
              ElementsAre(piece(1s + 1ns, 4000001_bps, 40ms), piece(500ms, 0_kbps)));
}

TEST(CsvTrace, FollowsTheNamesOfItsColumns) {
  const auto trace = parse_trace("down_kbps,duration_ms\n800,1000\n", "t.csv");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(), ElementsAre(piece(1s, 800_kbps)));
}

TEST(CsvTrace, NeedsNoNamesAndNoRtt) {
  const auto trace = parse_trace("1000,800\n2000,900,20\n", "t.csv");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(), ElementsAre(piece(1s, 800_kbps), piece(2s, 900_kbps, 20ms)));
}

TEST(SabreTrace, ReadsDurationsRatesAndLatencies) {
  const auto trace = parse_trace(R"([
    {"duration_ms": 1050, "bandwidth_kbps": 2672, "latency_ms": 100},
    {"duration_ms": 0, "bandwidth_kbps": 99, "latency_ms": 100},
    {"note": "x\"y", "bandwidth_kbps": 1.5e3, "duration_ms": 1001.5}
  ])",
                                 "t.json");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(),
              ElementsAre(piece(1050ms, 2672_kbps, 100ms), piece(1001500us, 1500_kbps)));
}

TEST(PensieveTrace, GivesALineTheIntervalThatEndsThere) {
  const auto trace = parse_trace("0.0 9.9\n0.5 2.0\n0.5 7.0\n2 0.125\n", "t");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(), ElementsAre(piece(500ms, 2000_kbps), piece(1500ms, 125_kbps)));
}

TEST(PensieveTrace, CountsFromItsFirstTimeStamp) {
  const auto trace = parse_trace("10 1\n12 2\n", "t", TraceFormat::pensieve);
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(), ElementsAre(piece(2s, 2000_kbps)));
}

TEST(PensieveTrace, GivesTheSamplesAsTheyStandInTheFile) {
  const auto samples = read_pensieve_samples("0.80999994278 2.75705191101\n\n1.25 1e-05\n", "t");
  ASSERT_TRUE(samples) << to_string(samples.error());
  EXPECT_THAT(
      *samples,
      ElementsAre(
          PensieveSample{.seconds = 0.80999994278, .megabits_per_second = 2.75705191101, .line = 1},
          PensieveSample{.seconds = 1.25, .megabits_per_second = 1e-05, .line = 3}));
}

TEST(MahimahiTrace, SpreadsAMillisecondsDeliveriesOverIt) {
  const auto trace = parse_trace("1\n2\n3\n3\n6\n", "t");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(), ElementsAre(piece(2ms, 12000_kbps), piece(1ms, 24000_kbps),
                                           piece(2ms, 0_kbps), piece(1ms, 12000_kbps)));
}

TEST(MahimahiTrace, MovesDeliveriesAtZeroToTheEndOfTheRound) {
  const auto trace = parse_trace("0\n0\n2\n", "t");
  ASSERT_TRUE(trace) << to_string(trace.error());
  EXPECT_THAT(trace->pieces(), ElementsAre(piece(1ms, 0_kbps), piece(1ms, 36000_kbps)));
}

TEST(MahimahiTrace, EndsAtTheLengthOfTheTrace) {
  const auto trace = Trace::create("t", {piece(10ms, 3000_kbps), piece(5500us, 0_kbps)});
  ASSERT_TRUE(trace);
  EXPECT_EQ(*write_trace(*trace, TraceFormat::mahimahi), "4\n8\n16\n");
}

struct Refusal {
  const char* name;
  std::string text;
  std::optional<TraceFormat> format;
  ErrorCode code;
  const char* where;
  const char* message;
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) { return out << refusal.name; }

class TraceRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(TraceRefusal, NamesTheLineAndTheReason) {
  const Refusal& refusal = GetParam();
  const auto trace = parse_trace(refusal.text, "t", refusal.format);
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error().code, refusal.code) << to_string(trace.error());
  EXPECT_EQ(trace.error().where, refusal.where) << to_string(trace.error());
  EXPECT_THAT(trace.error().message, HasSubstr(refusal.message));
}

constexpr auto malformed = ErrorCode::malformed;
constexpr auto limit = ErrorCode::limit_exceeded;

const Refusal refusals[] = {
    {"Empty", " \n\n", {}, malformed, "t", "empty"},
    {"EmptyAsCsv", "# nothing\n", TraceFormat::csv, malformed, "t", "no piece"},
    {"Unknown", "a b c\n", {}, ErrorCode::unsupported, "t", "none of the trace formats"},
    {"Binary", std::string("\x00\x01\x02,\xff", 5), {}, malformed, "t line 1", "is not a number"},
    {"CsvNegativeRate", "1000,5\n1000,-4\n", {}, malformed, "t line 2", "is negative"},
    {"CsvNegativeDuration", "-1000,5\n", {}, malformed, "t line 1", "is negative"},
    {"CsvNan", "1000,nan\n", {}, malformed, "t line 1", "is not a number"},
    {"CsvInfinite", "1000,inf\n", {}, limit, "t line 1", "out of range"},
    {"CsvHuge", "1000,1e300\n", {}, limit, "t line 1", "out of range"},
    {"CsvBeyondDouble", "1000,1e999\n", {}, limit, "t line 1", "out of range"},
    {"CsvLongNumber", "1000," + std::string(400, '9'), {}, limit, "t line 1", "..."},
    {"CsvTwoPoints", "1000,1.2.3\n", {}, malformed, "t line 1", "is not a number"},
    {"CsvHex", "1000,0x10\n", {}, malformed, "t line 1", "is not a number"},
    {"CsvText", "1000,fast\n", {}, malformed, "t line 1", "\"fast\" is not a number"},
    {"CsvOneColumn", "1000,4\n1000\n", {}, malformed, "t line 2", "1 found"},
    {"CsvColumn", "duration_ms,up_kbps\n", {}, malformed, "t line 1", "\"up_kbps\""},
    {"CsvTwice", "duration_ms,duration_ms\n", {}, malformed, "t line 1", "twice"},
    {"CsvMissing", "duration_ms,rtt_ms\n", {}, malformed, "t line 1", "both needed"},
    {"CsvOnlyOutage", "1000,0\n", {}, malformed, "t", "every rate is zero"},
    {"CsvTooLong", "31622400000,1\n31622400000,1\n", {}, limit, "t line 2", "366 days"},
    {"CsvRtt", "1000,1,600001\n", {}, limit, "t line 1", "the RTT"},
    {"PensieveBackwards", "0 1\n2 1\n1 1\n", {}, malformed, "t line 3", "goes backwards"},
    {"PensieveThree", "0 1\n2 1 1\n", {}, malformed, "t line 2", "a rate in Mbit/s expected"},
    {"PensieveNegative", "0 1\n2 -1\n", {}, malformed, "t line 2", "is negative"},
    {"PensieveOneLine", "0 1\n", {}, malformed, "t", "no piece"},
    {"MahimahiBackwards", "5\n4\n", {}, malformed, "t line 2", "goes backwards"},
    {"MahimahiFraction", "5\n6.5\n", {}, malformed, "t line 2", "whole number"},
    {"MahimahiNegative", "-5\n", {}, malformed, "t line 1", "is negative"},
    {"MahimahiMinus", "5\n-\n", {}, malformed, "t line 2", "is not a number"},
    {"MahimahiOnlyZero", "0\n0\n", {}, malformed, "t", "no delivery behind time 0"},
    {"MahimahiFar", "31622400001\n", {}, limit, "t line 1", "too large"},
    {"SabreObject", "{}", {}, malformed, "t line 1", "a list of"},
    {"SabreEmpty", "[]", {}, malformed, "t", "no piece"},
    {"SabreNested", "[\n{\"a\": [1]}]", {}, malformed, "t line 2", "a plain value expected"},
    {"SabreDeep", std::string(100'000, '['), {}, malformed, "t line 1", "an entry"},
    {"SabreMissing", "[\n\n{\"duration_ms\": 1}]", {}, malformed, "t line 3", "needs"},
    {"SabreText", "[{\"duration_ms\": \"1\"}]", {}, malformed, "t line 1", "is not a number"},
    {"SabreNull", "[{\"duration_ms\": null}]", {}, malformed, "t line 1", "is not a number"},
    {"SabreTwice",
     "[{\"duration_ms\": 1, \"duration_ms\": 1}]",
     {},
     malformed,
     "t line 1",
     "twice"},
    {"SabreCut", "[{\"duration_ms\": 1,\n", {}, malformed, "t line 2", "the end found"},
    {"SabreOpenString", "[{\"dur\\", {}, malformed, "t line 1", "does not end"},
    {"SabreMore",
     "[{\"duration_ms\": 1, \"bandwidth_kbps\": 2}]\n1",
     {},
     malformed,
     "t line 2",
     "the end expected"},
    {"SabreNegative",
     "[{\"duration_ms\": 1, \"bandwidth_kbps\": 2},\n{\"duration_ms\": -1}]",
     {},
     malformed,
     "t line 2",
     "is negative"},
};

INSTANTIATE_TEST_SUITE_P(All, TraceRefusal, testing::ValuesIn(refusals),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

/// A trace with all kinds of durations and rates, zero among them.
Trace random_trace(Random& random, bool with_rtt) {
  std::vector<Trace::Piece> pieces;
  const std::uint64_t count = 1 + random.below(50);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto rate = BitRate::bits_per_second(
        static_cast<std::int64_t>(random.below(4) == 0 ? 0 : random.below(50'000'000)));
    Trace::Piece next =
        piece(Duration(1 + static_cast<std::int64_t>(random.below(3'000'000'000))), rate);
    if (with_rtt) next.rtt = Duration(static_cast<std::int64_t>(random.below(1'000'000'000)));
    pieces.push_back(next);
  }
  pieces.push_back(piece(1s, 1_bps));
  if (with_rtt) pieces.back().rtt = 1ns;
  return *Trace::create("t", pieces);
}

TEST(WriteTrace, IsReadBackWithoutLossAsCsvAndSabre) {
  Random random(7);
  for (int i = 0; i < 200; ++i) {
    const Trace trace = random_trace(random, true);
    for (const TraceFormat format : {TraceFormat::csv, TraceFormat::sabre_json}) {
      const auto text = write_trace(trace, format);
      ASSERT_TRUE(text);
      EXPECT_EQ(parse_trace(*text, "t"), trace) << *text;
    }
  }
}

TEST(WriteTrace, IsReadBackWithoutLossButRttAsPensieve) {
  Random random(8);
  for (int i = 0; i < 200; ++i) {
    const Trace trace = random_trace(random, false);
    const auto text = write_trace(trace, TraceFormat::pensieve);
    ASSERT_TRUE(text);
    EXPECT_EQ(parse_trace(*text, "t"), trace) << *text;
  }
}

TEST(WriteTrace, GivesTheSameMahimahiFileThatWasRead) {
  Random random(9);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    std::uint64_t time = 0;
    for (int line = 0; line < 100; ++line) {
      time += random.below(4) + (line == 0 ? 1 : 0);
      text += std::to_string(time) + '\n';
    }
    const auto trace = parse_trace(text, "t");
    ASSERT_TRUE(trace) << to_string(trace.error());
    EXPECT_EQ(*write_trace(*trace, TraceFormat::mahimahi), text);
  }
}

TEST(WriteTrace, RefusesAMahimahiFileBeyondTheLimit) {
  const auto trace = Trace::create("t", {piece(24h * 366, 1'000'000'000_kbps)});
  ASSERT_TRUE(trace);
  const auto text = write_trace(*trace, TraceFormat::mahimahi);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace rung::network_sim
