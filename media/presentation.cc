#include "media/presentation.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "core/check.h"
#include "media/url.h"

namespace rung::media {
namespace {

void append_number(std::string& text, std::int64_t number, int width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < static_cast<std::size_t>(width))
    text.append(static_cast<std::size_t>(width) - digits.size(), '0');
  text += digits;
}

Resource fill_in(const ResourceTemplate& pattern, SegmentNumber index, std::int64_t ticks) {
  std::string reference;
  for (const ResourceTemplate::Part& part : pattern.parts) {
    reference += part.text;
    using enum ResourceTemplate::Field;
    if (part.field == number) append_number(reference, pattern.start_number + index, part.width);
    if (part.field == time) append_number(reference, ticks, part.width);
  }
  return {resolve_url(pattern.base_url, reference), std::nullopt};
}

/// An image with more pictures than this is none that could be shown.
constexpr int most_tiles = 1024;

}  // namespace

std::optional<TileGrid> parse_tile_grid(std::string_view text) {
  const auto cross = text.find('x');
  if (cross == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
  };
  const TileGrid grid{.columns = number(text.substr(0, cross)),
                      .rows = number(text.substr(cross + 1))};
  if (grid.columns < 1 || grid.rows < 1 || grid.columns > most_tiles ||
      grid.rows > most_tiles / grid.columns)
    return std::nullopt;
  return grid;
}

Encryption with_vector(Encryption encryption, std::int64_t sequence) {
  if (!encryption.iv.empty()) return encryption;
  constexpr std::string_view digits = "0123456789abcdef";
  encryption.iv.assign(32, '0');
  auto number = static_cast<std::uint64_t>(sequence);
  for (auto digit = encryption.iv.rbegin(); number > 0; ++digit, number >>= 4)
    *digit = digits[number & 15];
  return encryption;
}

Resource Representation::resource(SegmentNumber index) const {
  RUNG_CHECK(index >= 0 && index < timeline.size());
  if (const auto* list = std::get_if<ResourceList>(&resources))
    return list->resources[static_cast<std::size_t>(index)];
  return fill_in(std::get<ResourceTemplate>(resources), index, timeline.start_ticks(index));
}

std::optional<Encryption> Representation::encryption_of(SegmentNumber index) const {
  const auto behind = std::ranges::upper_bound(encryption, index, {}, &KeyedFrom::first);
  if (behind == encryption.begin()) return std::nullopt;
  const KeyedFrom& run = *(behind - 1);
  if (!run.encryption) return std::nullopt;
  return with_vector(*run.encryption, run.sequence + (index - run.first));
}

std::optional<ByteCount> Representation::size(SegmentNumber index) const {
  RUNG_CHECK(index >= 0 && index < timeline.size());
  const auto* list = std::get_if<ResourceList>(&resources);
  if (list == nullptr) return std::nullopt;
  const Resource& resource = list->resources[static_cast<std::size_t>(index)];
  if (!resource.range || resource.range->length == ByteCount{}) return std::nullopt;
  return resource.range->length;
}

Representation within(const Representation& source, MediaTime start, MediaTime end) {
  const SegmentTimeline& timeline = source.timeline;
  const SegmentNumber count = timeline.size();
  if (count == 0) return source;
  const SegmentNumber first = timeline.find(start).value_or(count);
  SegmentNumber last = count;
  if (timeline.start(count - 1) >= end) {
    last = timeline.find(end).value_or(count - 1);
    if (timeline.start(last) < end) ++last;
  }
  return slice(source, first, std::max(first, last));
}

Representation slice(const Representation& source, SegmentNumber first, SegmentNumber last) {
  const SegmentTimeline& timeline = source.timeline;
  const SegmentNumber count = timeline.size();
  RUNG_CHECK(0 <= first && first <= last && last <= count);
  Representation result = source;
  if (first == 0 && last == count) return result;
  result.timeline =
      SegmentTimeline(timeline.timescale(), timeline.origin(), timeline.period_start());
  for (const auto& run : timeline.runs(first, last)) result.timeline.append(run);
  if (last == count && first < last)
    result.timeline.cut_end(timeline.start(count - 1) + timeline.duration(count - 1));
  if (auto* pattern = std::get_if<ResourceTemplate>(&result.resources)) {
    pattern->start_number += first;
  } else {
    auto& list = std::get<ResourceList>(result.resources).resources;
    list.resize(static_cast<std::size_t>(last));
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return result;
}

}  // namespace rung::media
