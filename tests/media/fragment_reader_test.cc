#include "media/fragment_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/media/boxes.h"

namespace rung::media {
namespace {

constexpr SampleDefaults defaults{.duration = 40, .size = 7};

TEST(FragmentReader, TakesWhatAFragmentStatesBeforeTheDefaults) {
  const auto header = read_fragment_header(
      box("tfhd", numbers({0x1b, 1, 0, 500, 1, 20, 30})) + box("tfdt", "x"), defaults);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->base, 500U);
  EXPECT_EQ(header->samples, (SampleDefaults{.duration = 20, .size = 30}));
  EXPECT_EQ(read_fragment_header(box("tfhd", numbers({0x8, 1})), defaults), std::nullopt);
  EXPECT_EQ(read_fragment_header("", defaults)->samples, defaults);
}

TEST(FragmentReader, ReadsTheSamplesOfARunWithAnyFields) {
  const std::string full = numbers({0xf05, 2, 0xfffffff0, 9, 1, 2, 3, 4, 5, 6, 7, 8});
  RunReader all(full, defaults);
  EXPECT_EQ(all.count(), 2U);
  EXPECT_EQ(all.data_offset(), -16);
  EXPECT_FALSE(all.equal_durations());
  EXPECT_EQ(all.next(), (SampleDefaults{.duration = 1, .size = 2}));
  EXPECT_EQ(all.next(), (SampleDefaults{.duration = 5, .size = 6}));
  EXPECT_FALSE(all.overrun());
  EXPECT_EQ(all.next(), SampleDefaults{});
  EXPECT_TRUE(all.overrun());
  const std::string empty = numbers({0, 3});
  RunReader none(empty, defaults);
  EXPECT_EQ(none.data_offset(), std::nullopt);
  EXPECT_TRUE(none.equal_durations());
  EXPECT_EQ(none.next(), defaults);
}

TEST(FragmentReader, ReadsTheTimescaleAndTheDefaultsOfATrack) {
  EXPECT_EQ(read_timescale(box("mdhd", numbers({0, 0, 0, 90'000}))), 90'000);
  EXPECT_EQ(read_timescale(box("mdhd", numbers({0x1000000, 0, 0, 0, 0, 48'000}))), 48'000);
  EXPECT_EQ(read_timescale(box("mdhd", numbers({0, 0}))), 0);
  EXPECT_EQ(read_timescale(""), 0);
  EXPECT_EQ(read_sample_defaults(box("mvex", box("trex", numbers({0, 1, 1, 40, 7})))), defaults);
  EXPECT_EQ(within_boxes(box("a   ", box("b   ", "x")), {"a   ", "b   "}), "x");
}

}  // namespace
}  // namespace rung::media
