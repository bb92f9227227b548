#include "media/text_samples.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "media/box_reader.h"
#include "media/fragment_reader.h"
#include "media/iso8601.h"
#include "media/ttml.h"
#include "media/webvtt.h"

namespace rung::media {
namespace {

tl::unexpected<Error> malformed(const std::string& reason) {
  return failure(ErrorCode::malformed, "the subtitles' segment " + reason);
}

/// Sums of a segment's ticks stay below 2^63.
constexpr std::uint64_t most_ticks = std::uint64_t{1} << 62U;

/// Nullopt beyond furthest_time.
std::optional<Duration> time_of(std::int64_t ticks, std::int64_t timescale) {
  if (ticks / timescale >= furthest_time / std::chrono::seconds(1)) return std::nullopt;
  return from_ticks(ticks, timescale);
}

struct Sample {
  std::int64_t start = 0;
  std::int64_t duration = 0;
  std::string_view bytes = {};
};

/// Finds the samples of a segment, one after the other.
class SampleReader {
 public:
  SampleReader(const TextSampleFormat& format, std::string_view segment)
      : format_(format), segment_(segment), left_(segment.size()) {}

  template <typename Visit>
  Expected<void> each(Visit visit) {
    std::size_t position = 0;
    while (const auto box = read_box(segment_, position)) {
      position = box->end;
      if (box->type != "moof") continue;
      const auto fragment = find_box(box->body, "traf");
      if (!fragment) continue;
      if (auto read = read_fragment(box->begin, fragment->body, visit); !read) return read;
    }
    return {};
  }

 private:
  template <typename Visit>
  Expected<void> read_fragment(std::size_t moof, std::string_view fragment, Visit& visit) {
    const auto header = read_fragment_header(
        fragment, {.duration = format_.default_duration, .size = format_.default_size});
    if (!header) return malformed("is cut short");
    const std::uint64_t base = header->base.value_or(moof);
    const auto time = find_box(fragment, "tfdt");
    if (!time) return malformed("has no time");
    ByteReader reader(time->body);
    const bool wide = reader.take(4) >> 24U != 0;
    const std::uint64_t at = reader.take(wide ? 8 : 4);
    if (reader.overrun() || at > most_ticks) return malformed("has a time out of range");
    auto start = static_cast<std::int64_t>(at);
    std::size_t position = 0;
    std::uint64_t data = base;
    while (const auto run = read_box(fragment, position)) {
      position = run->end;
      if (run->type != "trun") continue;
      if (auto read = read_run(run->body, base, data, start, header->samples, visit); !read)
        return read;
    }
    return {};
  }

  template <typename Visit>
  Expected<void> read_run(std::string_view run, std::uint64_t base, std::uint64_t& data,
                          std::int64_t& start, const SampleDefaults& defaults, Visit& visit) {
    RunReader samples(run, defaults);
    if (const auto offset = samples.data_offset())
      data = base + static_cast<std::uint64_t>(std::int64_t{*offset});
    for (std::uint64_t i = 0; i < samples.count(); ++i) {
      if (++samples_ > limits::cues)
        return failure(ErrorCode::limit_exceeded, "the subtitles' segment has too many samples");
      const SampleDefaults next = samples.next();
      if (samples.overrun()) return malformed("is cut short");
      Sample sample{.start = start, .duration = next.duration};
      const auto bytes = static_cast<std::uint64_t>(next.size);
      // Samples do not lie on top of each other, so that a small segment cannot say much.
      if (data > segment_.size() || bytes > segment_.size() - data || bytes > left_)
        return malformed("has a sample that is not there");
      left_ -= bytes;
      sample.bytes = segment_.substr(data, bytes);
      data += bytes;
      start += sample.duration;  // Each below 2^32, and at most limits::cues of them.
      if (auto visited = visit(sample); !visited) return visited;
    }
    return {};
  }

  const TextSampleFormat& format_;
  std::string_view segment_;
  std::size_t left_;  ///< Bytes that samples may still have.
  std::size_t samples_ = 0;
};

/// The cues of a sample of WebVTT, all of them with the sample's times.
void read_webvtt_sample(std::string_view sample, const Cue& times, std::vector<Cue>& cues) {
  std::size_t position = 0;
  while (const auto box = read_box(sample, position)) {
    position = box->end;
    if (box->type != "vttc") continue;
    Cue cue = times;
    if (const auto settings = find_box(box->body, "sttg"))
      cue.placement = parse_cue_settings(settings->body);
    if (const auto payload = find_box(box->body, "payl")) cue.text = parse_cue_text(payload->body);
    if (!cue.text.empty()) cues.push_back(std::move(cue));
  }
}

}  // namespace

Expected<TextSampleFormat> parse_text_init(std::string_view init) {
  TextSampleFormat format;
  const auto movie = find_box(init, "moov");
  if (!movie) return failure(ErrorCode::malformed, "the subtitles' init segment has no moov box");
  std::size_t position = 0;
  bool found = false;
  bool other = false;
  while (const auto track = read_box(movie->body, position)) {
    position = track->end;
    if (track->type != "trak" || found) continue;
    const auto media = find_box(track->body, "mdia");
    if (!media) continue;
    ByteReader entries(within_boxes(media->body, {"minf", "stbl", "stsd"}));
    entries.take(8);  // version, flags, how many there are
    const auto entry = read_box(entries.rest(), 0);
    if (!entry) continue;
    if (entry->type != "wvtt" && entry->type != "stpp") {
      other = true;
      continue;
    }
    format.entry =
        entry->type == "wvtt" ? TextSampleFormat::Entry::webvtt : TextSampleFormat::Entry::ttml;
    format.timescale = read_timescale(media->body);
    found = format.timescale > 0;
  }
  if (!found && other)
    return failure(ErrorCode::unsupported,
                   "the subtitles are neither WebVTT nor TTML in their segments");
  if (!found) return failure(ErrorCode::malformed, "the subtitles' init segment has no track");
  const SampleDefaults defaults = read_sample_defaults(movie->body);
  format.default_duration = defaults.duration;
  format.default_size = defaults.size;
  return format;
}

Expected<TextSegment> parse_text_segment(const TextSampleFormat& format, std::string_view segment) {
  TextSegment result;
  bool any = false;
  const auto read = SampleReader(format, segment).each([&](const Sample& sample) -> Expected<void> {
    const auto start = time_of(sample.start, format.timescale);
    const auto end = time_of(sample.start + sample.duration, format.timescale);
    if (!start || !end) return malformed("has a time out of range");
    if (!std::exchange(any, true)) result.start = *start;
    const Cue times{
        .start = MediaTime(*start), .end = MediaTime(*end), .text = {}, .placement = {}};
    if (format.entry == TextSampleFormat::Entry::webvtt) {
      read_webvtt_sample(sample.bytes, times, result.cues);
    } else if (!sample.bytes.empty()) {
      auto cues = parse_ttml(sample.bytes);
      if (!cues) return tl::unexpected(cues.error());
      for (Cue& cue : *cues) {
        cue.start = std::max(cue.start, times.start);
        cue.end = std::min(cue.end, times.end);
        if (cue.start < cue.end) result.cues.push_back(std::move(cue));
      }
    }
    if (result.cues.size() > limits::cues)
      return failure(ErrorCode::limit_exceeded,
                     "the subtitles have more than " + std::to_string(limits::cues) + " cues");
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return result;
}

}  // namespace rung::media
