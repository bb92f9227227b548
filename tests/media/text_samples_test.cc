#include "media/text_samples.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "tests/media/boxes.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

/// The init segment of a track with samples of this kind, 1000 ticks a second.
std::string init(const std::string& entry, std::uint64_t timescale = 1000) {
  std::string header = zeros(12);
  put(header, timescale, 4);
  header += zeros(8);
  const std::string description = zeros(4) + std::string("\0\0\0\1", 4) + box(entry, zeros(8));
  std::string defaults = zeros(12);
  put(defaults, 2000, 4);
  defaults += zeros(8);
  return box("ftyp", "iso6") +
         box("moov",
             box("trak", box("mdia", box("mdhd", header) +
                                         box("minf", box("stbl", box("stsd", description))))) +
                 box("mvex", box("trex", defaults)));
}

/// A segment of samples with these durations and bytes; 0: the track's default one.
std::string segment(std::uint64_t start,
                    const std::vector<std::pair<std::uint64_t, std::string>>& samples,
                    std::size_t sizes_lie_by = 0) {
  const bool own_durations = !samples.empty() && samples.front().first != 0;
  const auto fragment = [&](std::uint64_t offset) {
    std::string run;
    put(run, 0x201U | (own_durations ? 0x100U : 0U), 4);
    put(run, samples.size(), 4);
    put(run, offset, 4);
    for (const auto& [duration, bytes] : samples) {
      if (own_durations) put(run, duration, 4);
      put(run, bytes.size() + sizes_lie_by, 4);
    }
    std::string time(std::string("\1\0\0\0", 4));
    put(time, start, 8);
    return box("moof",
               box("mfhd", zeros(8)) + box("traf", box("tfhd", std::string("\0\2\0\0\0\0\0\1", 8)) +
                                                       box("tfdt", time) + box("trun", run)));
  };
  std::string media;
  for (const auto& [duration, bytes] : samples) media += bytes;
  return box("styp", "msdh") + fragment(fragment(0).size() + 8) + box("mdat", media);
}

std::string spoken(const std::string& text, const std::string& settings = "") {
  return box("vttc", (settings.empty() ? "" : box("sttg", settings)) + box("payl", text));
}

TextSampleFormat format_of(const std::string& entry) {
  return parse_text_init(init(entry)).value();
}

TEST(TextSamples, TimesOutOfRangeAreRefusedAtEveryTimescale) {
  const TextSampleFormat slow = parse_text_init(init("wvtt", 1)).value();
  // The last one of these would wrap to zero where it is counted in nanoseconds of 64 bits.
  for (const int bits : {33, 44, 54}) {
    const auto read =
        parse_text_segment(slow, segment(std::uint64_t{1} << bits, {{1, spoken("x")}}));
    ASSERT_FALSE(read) << bits;
    EXPECT_EQ(read.error().code, ErrorCode::malformed);
  }
  EXPECT_TRUE(parse_text_segment(slow, segment(1U << 30U, {{1, spoken("x")}})));
}

TEST(TextSamples, ReadWebVttWithTheTimesOfItsSamples) {
  const auto read = parse_text_segment(
      format_of("wvtt"), segment(10'000, {{1000, box("vtte", "")},
                                          {2500, spoken("<i>one</i>") + spoken("two", "line:0")},
                                          {500, box("vtte", "")}}));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->start, 10s);
  ASSERT_EQ(read->cues.size(), 2U);
  EXPECT_EQ(read->cues[0].start, MediaTime(11s));
  EXPECT_EQ(read->cues[0].end, MediaTime(13500ms));
  EXPECT_EQ(read->cues[0].text, (std::vector<TextRun>{{"one", {.italic = true}}}));
  EXPECT_EQ(read->cues[1].placement.edge, CuePlacement::Edge::top);
}

TEST(TextSamples, TtmlIsSeenNoLongerThanItsSample) {
  const std::string document =
      "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p begin='3s' end='6s'>long</p>"
      "<p begin='5s' end='6s'>later</p></div></body></tt>";
  const auto read = parse_text_segment(format_of("stpp"), segment(2000, {{0, document}}));
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->cues.size(), 1U);
  EXPECT_EQ(read->cues[0].start, MediaTime(3s));
  EXPECT_EQ(read->cues[0].end, MediaTime(4s)) << "the track's default of 2 s";
}

TEST(TextSamples, InitSegmentsOfOtherMediaAreRefused) {
  EXPECT_EQ(parse_text_init(init("tx3g")).error().code, ErrorCode::unsupported);
  EXPECT_EQ(parse_text_init(init("wvtt", 0)).error().code, ErrorCode::malformed);
  EXPECT_EQ(parse_text_init(box("moov", "")).error().code, ErrorCode::malformed);
  EXPECT_EQ(parse_text_init("").error().code, ErrorCode::malformed);
}

TEST(TextSamples, SamplesThatAreNotThereAreRefused) {
  const TextSampleFormat format = format_of("wvtt");
  EXPECT_EQ(parse_text_segment(format, segment(0, {{1000, "abcd"}}, 1)).error().code,
            ErrorCode::malformed);
  const std::string whole = segment(0, {{1000, spoken("x")}});
  // However it is cut, nothing is made up.
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto read = parse_text_segment(format, whole.substr(0, size));
    EXPECT_TRUE(!read || read->cues.empty()) << size;
  }
  EXPECT_EQ(parse_text_segment(format, segment(std::uint64_t{1} << 63U, {})).error().code,
            ErrorCode::malformed);
}

TEST(TextSamples, ManySamplesOfNothingAreRefused) {
  std::string run;
  put(run, 0, 4);
  put(run, 0xFFFFFFFFU, 4);
  const std::string bytes =
      box("moof", box("traf", box("tfhd", zeros(8)) + box("tfdt", zeros(8)) + box("trun", run)));
  EXPECT_EQ(parse_text_segment(format_of("wvtt"), bytes).error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace rung::media
