#include "media/chunk_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/media/boxes.h"

namespace rung::media {
namespace {

using namespace std::chrono_literals;
using Chunk = ChunkWalk::Chunk;

/// Of one track with 1000 ticks a second, whose samples last 40 of them where nothing is said.
std::string init() {
  return box("ftyp", "cmfc") +
         box("moov", box("trak", box("mdia", box("mdhd", numbers({0, 0, 0, 1000, 0, 0})))) +
                         box("mvex", box("trex", numbers({0, 1, 1, 40, 0, 0}))));
}

/// Samples that last for `duration`; none: as the init segment says.
std::string equal_samples(std::uint64_t count, std::optional<std::uint64_t> duration) {
  const std::string header = duration ? numbers({0x20008, 1, *duration}) : numbers({0x20000, 1});
  return box("moof", box("mfhd", numbers({0, 1})) +
                         box("traf", box("tfhd", header) + box("trun", numbers({0, count}))));
}

std::string samples(std::initializer_list<std::uint64_t> durations) {
  std::string run = numbers({0x100, durations.size()}) + numbers(durations);
  return box("moof", box("traf", box("tfhd", numbers({0x20000, 1})) + box("trun", run)));
}

std::string media(std::size_t size) { return box("mdat", std::string(size, 'x')); }

/// What comes of `text`, handed over in pieces of so many bytes.
std::vector<Chunk> chunks_of(const std::string& text, std::size_t piece) {
  ChunkWalk walk(parse_fragment_timing(init()).value());
  std::vector<Chunk> chunks;
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    for (const Chunk& chunk : walk.take(bytes.subspan(at, std::min(piece, bytes.size() - at))))
      chunks.push_back(chunk);
  return chunks;
}

TEST(ChunkWalk, TellsHowMuchMediaIsThereWhateverThePieces) {
  const std::string first = box("styp", "msdh") + equal_samples(12, 50) + media(300);
  const std::string second = first + samples({10, 20, 30}) + media(70);
  const std::string third = second + box("emsg", "") + equal_samples(5, {}) + media(1);
  const auto end = [](const std::string& text) { return static_cast<std::int64_t>(text.size()); };
  const std::vector<Chunk> expected{{.end = end(first), .media = 600ms},
                                    {.end = end(second), .media = 660ms},
                                    {.end = end(third), .media = 860ms}};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, third.size()})
    EXPECT_EQ(chunks_of(third, piece), expected) << piece;
}

TEST(ChunkWalk, IsInsideOfAChunkFromItsFragmentToTheEndOfItsMedia) {
  const std::string head = box("styp", "msdh");
  const std::string text = head + equal_samples(1, 40) + media(9);
  ChunkWalk walk({});
  const auto bytes = std::as_bytes(std::span(text));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    EXPECT_EQ(walk.inside(), at >= head.size() + 8) << at;
    (void)walk.take(bytes.subspan(at, 1));
  }
  EXPECT_FALSE(walk.inside());
}

TEST(ChunkWalk, WhatIsNoChunkSaysNothing) {
  for (const std::string& text :
       {std::string(188, 'G'), media(50), std::string("\0\0\0\3moof", 8),
        std::string("\x7f\0\0\0moof", 8) + std::string(100, 'x'),
        std::string("\0\0\0\1moof\xff\xff\xff\xff\xff\xff\xff\xff", 16) + std::string(99, 'x')})
    EXPECT_EQ(chunks_of(text, 5), std::vector<Chunk>{});
  // Neither cut short nor beyond all bounds.
  const auto cut =
      chunks_of(box("moof", box("traf", box("trun", numbers({0x100, 9, 5})))) + media(1), 5);
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_LE(cut.front().media, 5ms);
  const auto endless = chunks_of(equal_samples(0xffffffff, 0xffffffff) + media(1), 5);
  ASSERT_EQ(endless.size(), 1U);
  EXPECT_EQ(endless.front().media, 24h);
}

TEST(FragmentTiming, IsThatOfAnInitSegment) {
  EXPECT_EQ(parse_fragment_timing(init()),
            (FragmentTiming{.timescale = 1000, .default_duration = 40}));
  EXPECT_EQ(parse_fragment_timing(""), std::nullopt);
  EXPECT_EQ(parse_fragment_timing(box("moov", box("trak", ""))), std::nullopt);
}

}  // namespace
}  // namespace rung::media
