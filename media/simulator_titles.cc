#include "media/simulator_titles.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "media/json_text.h"

namespace rung::media {
namespace {

constexpr std::int64_t largest_size = limits::segment_size.bytes();
constexpr Duration pensieve_segment = std::chrono::seconds(4);
constexpr std::array<std::int64_t, 6> pensieve_kbps{300, 750, 1200, 1850, 2850, 4300};

/// The ladder where it makes a title.
Expected<Ladder> checked(Ladder ladder, const std::string& name) {
  if (!std::ranges::is_sorted(ladder.video.rungs, {}, &Ladder::Rung::bandwidth))
    return failure(ErrorCode::malformed, "the bitrates do not ascend", name);
  if (const auto tracks = tracks_of(ladder); !tracks)
    return failure(tracks.error().code, tracks.error().message, name);
  return ladder;
}

std::optional<double> number_within(const Json& json, double least, double most) {
  if (!json.is_number()) return std::nullopt;
  const auto value = json.get<double>();
  if (!(value >= least && value <= most)) return std::nullopt;
  return value;
}

/// Numbers from `least` to `most`, one a line; blank lines count for nothing. `what` is what one of
/// them is.
template <typename T>
Expected<std::vector<T>> numbers_in(std::string_view text, const std::string& name, T least, T most,
                                    const char* what) {
  std::vector<T> numbers;
  for (std::int64_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    std::string_view word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (!word.empty() && (word.back() == '\r' || word.back() == ' ')) word.remove_suffix(1);
    if (word.empty()) continue;
    T number{};
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || stop != word.data() + word.size() ||
        !(number >= least && number <= most))
      return failure(ErrorCode::malformed,
                     std::string("is not ") + what + " from " +
                         std::to_string(static_cast<std::int64_t>(least)) + " to " +
                         std::to_string(static_cast<std::int64_t>(most)),
                     name + " line " + std::to_string(line));
    if (std::cmp_greater_equal(numbers.size(), limits::listed_segments))
      return failure(ErrorCode::limit_exceeded, "has too many segments", name);
    numbers.push_back(number);
  }
  return numbers;
}

Expected<std::vector<ByteCount>> sizes_in(std::string_view text, const std::string& name) {
  const auto numbers =
      numbers_in<std::int64_t>(text, name, 1, largest_size, "a whole number of bytes");
  if (!numbers) return tl::unexpected(numbers.error());
  return std::vector<ByteCount>(numbers->begin(), numbers->end());
}

/// Adds what Comyco's files tell; theirs begin with the highest representation.
Expected<void> add_vmaf(Ladder::TrackLadder& video, std::span<const std::string> files,
                        const std::string& name) {
  if (files.size() != video.rungs.size())
    return failure(ErrorCode::malformed,
                   "has " + std::to_string(files.size()) + " files videoN of VMAF and " +
                       std::to_string(video.rungs.size()) + " files video_size_N",
                   name);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string file = name + "/video" + std::to_string(i + 1);
    auto vmaf = numbers_in<double>(files[i], file, 0, 100, "a VMAF");
    if (!vmaf) return tl::unexpected(vmaf.error());
    if (std::cmp_not_equal(vmaf->size(), video.segment_count))
      return failure(ErrorCode::malformed, "has another number of segments than video_size_0",
                     file);
    video.rungs[files.size() - 1 - i].vmaf = *std::move(vmaf);
  }
  return {};
}

BitRate mean_rate(const std::vector<ByteCount>& sizes) {
  double bits = 0;
  for (const ByteCount size : sizes) bits += 8 * static_cast<double>(size.bytes());
  const double seconds = to_seconds(pensieve_segment) * static_cast<double>(sizes.size());
  return BitRate::bits_per_second(std::max<std::int64_t>(std::llround(bits / seconds), 1));
}

}  // namespace

bool is_sabre_movie(std::string_view json) {
  return json.find("\"segment_sizes_bits\"") != std::string_view::npos;
}

Expected<Ladder> parse_sabre_movie(std::string_view json, const std::string& name) {
  const auto parsed = parse_json(json, name);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto refused = [&name](const std::string& member, const std::string& reason) {
    return failure(ErrorCode::malformed, member + " " + reason, name);
  };
  for (const char* member : {"segment_duration_ms", "bitrates_kbps", "segment_sizes_bits"})
    if (!parsed->is_object() || !parsed->contains(member)) return refused(member, "is missing");
  const auto milliseconds = number_within((*parsed)["segment_duration_ms"], 1, 86'400'000);
  if (!milliseconds) return refused("segment_duration_ms", "is not a number from 1 to 86400000");
  const Json& rates = (*parsed)["bitrates_kbps"];
  if (!rates.is_array() || rates.empty() || rates.size() > limits::representations)
    return refused("bitrates_kbps", "is not a list of 1 to " +
                                        std::to_string(limits::representations) + " bitrates");
  Ladder ladder{.title = name, .video = {}, .audio = std::nullopt};
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto kbps = number_within(rates[i], 0.001, 1e9);
    if (!kbps)
      return refused("bitrates_kbps[" + std::to_string(i) + "]",
                     "is not a number of kbit/s above zero");
    ladder.video.rungs.push_back({.bandwidth = BitRate::bits_per_second(std::llround(*kbps * 1000)),
                                  .height = 0,
                                  .sizes = {}});
  }
  const Json& segments = (*parsed)["segment_sizes_bits"];
  if (!segments.is_array() || segments.empty() ||
      std::cmp_greater(segments.size(), limits::listed_segments))
    return refused("segment_sizes_bits", "is not a list of 1 to " +
                                             std::to_string(limits::listed_segments) + " segments");
  for (std::size_t segment = 0; segment < segments.size(); ++segment) {
    const std::string place = "segment_sizes_bits[" + std::to_string(segment) + "]";
    if (!segments[segment].is_array() || segments[segment].size() != rates.size())
      return refused(place, "does not have one size a bitrate");
    for (std::size_t i = 0; i < rates.size(); ++i) {
      const auto bits =
          number_within(segments[segment][i], 1, 8 * static_cast<double>(largest_size));
      if (!bits)
        return refused(place + "[" + std::to_string(i) + "]",
                       "is not a number of bits from 1 to 8 x " + std::to_string(largest_size));
      ladder.video.rungs[i].sizes.emplace_back(static_cast<std::int64_t>(std::ceil(*bits / 8)));
    }
  }
  ladder.video.segment_duration = from_seconds(*milliseconds / 1000);
  ladder.video.last_segment_duration = ladder.video.segment_duration;
  ladder.video.segment_count = std::ssize(ladder.video.rungs.front().sizes);
  return checked(std::move(ladder), name);
}

Expected<Ladder> parse_pensieve_sizes(std::span<const std::string> files,
                                      std::span<const std::string> vmaf, const std::string& name) {
  if (files.empty())
    return failure(ErrorCode::malformed, "is a folder without a file video_size_0", name);
  if (files.size() > limits::representations)
    return failure(
        ErrorCode::limit_exceeded,
        "has more than " + std::to_string(limits::representations) + " files video_size_N", name);
  Ladder ladder{.title = name, .video = {}, .audio = std::nullopt};
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string file = name + "/video_size_" + std::to_string(i);
    auto sizes = sizes_in(files[i], file);
    if (!sizes) return tl::unexpected(sizes.error());
    if (sizes->empty()) return failure(ErrorCode::malformed, "has no segment", file);
    if (i > 0 && sizes->size() != ladder.video.rungs.front().sizes.size())
      return failure(ErrorCode::malformed, "has another number of segments than video_size_0",
                     file);
    const BitRate rate = files.size() == pensieve_kbps.size()
                             ? BitRate::bits_per_second(pensieve_kbps[i] * 1000)
                             : mean_rate(*sizes);
    ladder.video.rungs.push_back({.bandwidth = rate, .height = 0, .sizes = *std::move(sizes)});
  }
  ladder.video.segment_duration = pensieve_segment;
  ladder.video.last_segment_duration = pensieve_segment;
  ladder.video.segment_count = std::ssize(ladder.video.rungs.front().sizes);
  if (!vmaf.empty())
    if (const auto added = add_vmaf(ladder.video, vmaf, name); !added)
      return tl::unexpected(added.error());
  return checked(std::move(ladder), name);
}

}  // namespace rung::media
