#include "media/chunk_walk.h"

#include <algorithm>

#include "media/box_reader.h"
#include "media/fragment_reader.h"

namespace rung::media {
namespace {

/// A larger moof is not looked into: a chunk has at most some thousand samples.
constexpr std::uint64_t largest_fragment = 1024 * 1024;
/// So that sums of a few are still numbers.
constexpr std::uint64_t most_ticks = std::uint64_t{1} << 60U;
/// No segment lasts longer.
constexpr std::int64_t longest_segment_in_seconds = 24 * 60 * 60;

std::uint64_t ticks_of_run(std::string_view run, const SampleDefaults& defaults) {
  RunReader samples(run, defaults);
  if (samples.equal_durations())
    return samples.count() * static_cast<std::uint64_t>(defaults.duration);  // Both below 2^32.
  std::uint64_t ticks = 0;
  for (std::uint64_t i = 0; i < samples.count() && !samples.overrun(); ++i)
    ticks += static_cast<std::uint64_t>(samples.next().duration);
  return ticks;
}

/// How long the samples of the first track in a moof's body last.
std::uint64_t ticks_of(std::string_view fragment, std::int64_t default_duration) {
  const auto track = find_box(fragment, "traf");
  if (!track) return 0;
  const auto header = read_fragment_header(track->body, {.duration = default_duration, .size = 0});
  if (!header) return 0;
  std::uint64_t ticks = 0;
  std::size_t position = 0;
  while (const auto run = read_box(track->body, position)) {
    position = run->end;
    if (run->type == "trun")
      ticks = std::min(ticks + std::min(ticks_of_run(run->body, header->samples), most_ticks),
                       most_ticks);
  }
  return ticks;
}

}  // namespace

std::optional<FragmentTiming> parse_fragment_timing(std::string_view init) {
  const auto movie = find_box(init, "moov");
  if (!movie) return std::nullopt;
  const std::int64_t timescale = read_timescale(within_boxes(movie->body, {"trak", "mdia"}));
  if (timescale <= 0) return std::nullopt;
  return FragmentTiming{.timescale = timescale,
                        .default_duration = read_sample_defaults(movie->body).duration};
}

std::vector<ChunkWalk::Chunk> ChunkWalk::take(std::span<const std::byte> bytes) {
  std::vector<Chunk> chunks;
  while (!bytes.empty() && !lost_) {
    std::size_t used = 0;
    if (header_size_ < header_needed_) {
      used = std::min(bytes.size(), header_needed_ - header_size_);
      std::copy_n(bytes.begin(), used, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
      header_size_ += used;
      if (header_size_ == header_needed_) read_header();
    } else {
      used = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_left_));
      if (type_ == "moof") fragment_.append(reinterpret_cast<const char*>(bytes.data()), used);
      body_left_ -= used;
    }
    passed_ += static_cast<std::int64_t>(used);
    bytes = bytes.subspan(used);
    if (header_size_ == header_needed_ && body_left_ == 0) end_box(chunks);
  }
  return chunks;
}

void ChunkWalk::read_header() {
  const auto number = [this](std::size_t first, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = first; i < first + count; ++i)
      value = value << 8U | std::to_integer<std::uint64_t>(header_[i]);
    return value;
  };
  std::uint64_t size = number(0, 4);
  if (size == 1 && header_needed_ == short_header) {
    header_needed_ = long_header;
    return;
  }
  if (size == 1) size = number(8, 8);
  type_.assign(reinterpret_cast<const char*>(header_.data()) + 4, 4);
  // One that goes on to the end of the segment is not whole before that.
  lost_ = size < header_needed_ || (type_ == "moof" && size > largest_fragment);
  body_left_ = lost_ ? 0 : size - header_needed_;
  if (type_ == "moof") in_chunk_ = true;
  if (lost_) in_chunk_ = false;
}

void ChunkWalk::end_box(std::vector<Chunk>& chunks) {
  header_size_ = 0;
  header_needed_ = short_header;
  if (lost_) return;
  if (type_ == "moof") {
    fragment_ticks_ = ticks_of(fragment_, timing_.default_duration);
    fragment_.clear();
  } else if (type_ == "mdat" && in_chunk_) {
    ticks_ = std::min(ticks_ + fragment_ticks_,
                      static_cast<std::uint64_t>(timing_.timescale * longest_segment_in_seconds));
    chunks.push_back({.end = passed_,
                      .media = from_ticks(static_cast<std::int64_t>(ticks_), timing_.timescale)});
    in_chunk_ = false;
  }
}

}  // namespace rung::media
