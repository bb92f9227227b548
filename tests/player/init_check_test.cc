#include "player/init_check.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "tests/media/boxes.h"
#include "tests/support/titles.h"

namespace rung::player {
namespace {

using media::box;
using media::TrackKind;

std::string init(const std::string& format) {
  const std::string table = box("stsd", std::string(8, '\0') + box(format, std::string(78, '\0')));
  return box("ftyp", "") + box("moov", box("trak", box("mdia", box("minf", box("stbl", table)))));
}

TEST(InitCheck, TellsWhatNoDecoderIsThereForAndWhenNothingIsLeft) {
  const media::Tracks tracks = test::video_only(4);
  const std::size_t rungs = tracks.video->ladder(0).size();
  InitCheck check;
  const auto refusal = [&](std::size_t rung, const std::string& bytes) {
    const session::FetchSegment request{.track = TrackKind::video, .representation = rung};
    return check.refusal(request, *tracks.video, std::as_bytes(std::span(bytes)));
  };
  for (const char* known :
       {"avc1", "avc3", "hvc1", "hev1", "av01", "vp09", "mp4a", "ac-3", "ec-3", "Opus", "fLaC"})
    EXPECT_EQ(refusal(0, init(known)), std::nullopt) << known;
  EXPECT_EQ(refusal(0, "no ISO BMFF"), std::nullopt);
  for (std::size_t rung = 0; rung + 1 < rungs; ++rung) {
    const auto one = refusal(rung, init("zzzz"));
    ASSERT_TRUE(one);
    EXPECT_FALSE(one->none_left);
    EXPECT_EQ(one->message, "there is no decoder for \"zzzz\"");
  }
  EXPECT_FALSE(refusal(0, init("zzzz"))->none_left) << "the same once more";
  EXPECT_TRUE(refusal(rungs - 1, init("zzzz"))->none_left);
  check.forget(TrackKind::video);
  EXPECT_FALSE(refusal(0, init("zzzz"))->none_left);
}

}  // namespace
}  // namespace rung::player
