#include "media/box_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>

namespace rung::media {
namespace {

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xffU);
  return text;
}

std::string box(const std::string& type, const std::string& body) {
  return number(8 + body.size(), 4) + type + body;
}

std::string long_box(const std::string& type, const std::string& body) {
  return number(1, 4) + type + number(16 + body.size(), 8) + body;
}

/// Whether `text`, handed over in pieces of so many bytes, ends inside a box.
bool cut_short(const std::string& text, std::size_t piece) {
  BoxWalk walk;
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    walk.take(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  return walk.ends_inside_a_box();
}

TEST(BoxWalk, KnowsEveryPlaceWhereASegmentIsWhole) {
  const std::string first = box("styp", "msdh") + box("emsg", "");
  const std::string second = first + box("moof", std::string(50, 'x'));
  const std::string segment = second + long_box("mdat", std::string(300, 'y'));
  const std::size_t styp = 12;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, segment.size()})
    for (std::size_t length = 8; length <= segment.size(); ++length) {
      const bool whole = length == styp || length == first.size() || length == second.size() ||
                         length == segment.size();
      EXPECT_EQ(cut_short(segment.substr(0, length), piece), !whole) << length << " by " << piece;
    }
}

TEST(BoxWalk, LeavesWhatIsNoSegmentAlone) {
  for (const std::string& text :
       {std::string(), std::string("short"), std::string("WEBVTT\n\nand more of it"),
        std::string(188, 'G'), box("abcd", "x") + "y"})
    EXPECT_FALSE(cut_short(text, 3)) << text;
}

TEST(BoxWalk, TellsWhatAnInitSegmentLacks) {
  const auto walked = [](const std::string& text) {
    BoxWalk walk;
    walk.take(std::as_bytes(std::span(text)));
    return walk;
  };
  const BoxWalk init = walked(box("ftyp", "iso6") + box("moov", "tracks"));
  EXPECT_FALSE(init.foreign());
  EXPECT_FALSE(init.lacks_movie());
  EXPECT_TRUE(walked(box("styp", "msdh") + box("moof", "moov")).lacks_movie());
  EXPECT_TRUE(walked(box("ftyp", "iso6")).lacks_movie());
  EXPECT_TRUE(walked("no box of any kind").foreign());
  const BoxWalk nothing = walked("few");
  EXPECT_FALSE(nothing.foreign());
  EXPECT_FALSE(nothing.lacks_movie());
}

TEST(BoxWalk, TakesABoxWithoutSizeToReachToTheEnd) {
  const std::string open = box("moof", "1234") + number(0, 4) + "mdat";
  EXPECT_FALSE(cut_short(open, 5));
  EXPECT_FALSE(cut_short(open + std::string(77, 'x'), 5));
  // No box is smaller than its header.
  EXPECT_FALSE(cut_short(box("moof", "1234") + number(3, 4) + "mdatxx", 5));
}

}  // namespace
}  // namespace rung::media
