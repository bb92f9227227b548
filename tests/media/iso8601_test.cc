#include "media/iso8601.h"

#include <gtest/gtest.h>

namespace rung::media {
namespace {

using namespace std::chrono_literals;

TEST(Iso8601Duration, ReadsEveryUnit) {
  EXPECT_EQ(parse_iso8601_duration("PT0S"), 0s);
  EXPECT_EQ(parse_iso8601_duration(" PT1H2M3.5S "), 1h + 2min + 3500ms);
  EXPECT_EQ(parse_iso8601_duration("P1DT1M"), 24h + 1min);
  EXPECT_EQ(parse_iso8601_duration("P1Y2M3D"), 24h * (365 + 60 + 3));
  EXPECT_EQ(parse_iso8601_duration("-PT.5S"), -500ms);
  EXPECT_EQ(parse_iso8601_duration("PT0.123456789S"), 123456789ns);
  EXPECT_EQ(parse_iso8601_duration("PT0.1234567899S"), 123456789ns);
}

TEST(Iso8601Duration, RefusesWhatIsNone) {
  for (const char* text : {"", "P", "1S", "PT1", "PTS", "PT1S2M", "PT1M1M", "P1S", "PT1X", "PT-1S",
                           "P1000Y", "PT99999999999999999999S", "PT."})
    EXPECT_EQ(parse_iso8601_duration(text), std::nullopt) << text;
}

TEST(Iso8601Instant, CountsFrom1970InUtc) {
  EXPECT_EQ(parse_iso8601_instant("1970-01-01T00:00:00Z"), 0s);
  EXPECT_EQ(parse_iso8601_instant("2000-03-01T00:00:00"), 951868800s);
  EXPECT_EQ(parse_iso8601_instant("2024-02-29T12:00:00.25+01:00"), 1709204400s + 250ms);
  EXPECT_EQ(parse_iso8601_instant("2010-02-19T14:54:23.031+0800"), 1266562463s + 31ms);
  EXPECT_EQ(parse_iso8601_instant("1969-12-31T23:59:59Z"), -1s);
  EXPECT_EQ(parse_iso8601_instant("0001-01-01T00:00:00Z"), -furthest_time);
}

TEST(Iso8601Instant, RefusesWhatIsNone) {
  for (const char* text :
       {"", "2024", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T25:00:00Z",
        "2024-01-01T00:61:00Z", "2024-01-01T00:00:00Q", "2024-01-01T00", "99999-01-01T00:00:00Z"})
    EXPECT_EQ(parse_iso8601_instant(text), std::nullopt) << text;
}

TEST(DecimalSeconds, AreExact) {
  EXPECT_EQ(parse_decimal_seconds("4.004"), 4004ms);
  EXPECT_EQ(parse_decimal_seconds("10"), 10s);
  EXPECT_EQ(parse_decimal_seconds("9.9766"), 9976600us);
  EXPECT_EQ(parse_decimal_seconds("-1"), std::nullopt);
  EXPECT_EQ(parse_decimal_seconds("1e3"), std::nullopt);
}

}  // namespace
}  // namespace rung::media
