#include "network_sim/emulator/live_title.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <pugixml.hpp>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "core/limits.h"
#include "media/manifest.h"
#include "media/url.h"
#include "network_sim/emulator/mpd_changes.h"
#include "network_sim/emulator/notation.h"
#include "network_sim/emulator/served_file.h"

namespace rung::emulator {
namespace {

namespace fs = std::filesystem;

/// What the title's own URLs are resolved against: nothing else may begin with it.
constexpr std::string_view here = "http://rung.invalid";
constexpr std::string_view round_prefix = "/round-";
/// Files below the served folder that are looked at for manifests.
constexpr std::size_t most_files = 100'000;
/// A live edge that many segments back is safe for a player that reloads once a segment.
constexpr int delay_in_segments = 3;
/// What the end of a playlist is so far away from may be skipped; six is the least.
constexpr int skip_boundary_in_targets = 6;
/// Parts of segments that ended longer ago are not listed.
constexpr int parts_kept_in_targets = 3;
/// A chunk of a segment as a resource of its own: "/round-7/v/seg-1.m4s.part-2".
constexpr std::string_view part_suffix = ".part-";
/// An MPD with this and a time in milliseconds since 1970 in its query is what has changed since.
constexpr std::string_view patch_query = "patch-from=";
constexpr const char* no_chunks =
    "has no chunks in its segments (`rung package --chunk` writes them), so that it cannot be "
    "shown "
    "chunk by chunk";

bool has_extension(const fs::path& path, std::string_view extension) {
  return path.extension() == extension;
}

Expected<std::string> read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  text.resize(static_cast<std::size_t>(limits::manifest_size.bytes()) + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || file.gcount() == 0)
    return failure(ErrorCode::io, "cannot be read", path.string());
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// The chunks of a segment's file.
Expected<std::vector<media::ChunkWalk::Chunk>> read_chunks(const fs::path& path,
                                                           const media::FragmentTiming& timing) {
  std::ifstream file(path, std::ios::binary);
  media::ChunkWalk walk(timing);
  std::vector<media::ChunkWalk::Chunk> chunks;
  std::array<char, 65536> buffer{};
  while (file) {
    file.read(buffer.data(), buffer.size());
    const auto more =
        walk.take(std::as_bytes(std::span(buffer).first(static_cast<std::size_t>(file.gcount()))));
    chunks.insert(chunks.end(), more.begin(), more.end());
  }
  if (!file.eof()) return failure(ErrorCode::io, "cannot be read", path.string());
  return chunks;
}

/// The path of a URL of this title; nullopt where it leads elsewhere.
std::optional<std::string> path_here(std::string_view url) {
  if (!url.starts_with(here) || url.size() == here.size() || url[here.size()] != '/')
    return std::nullopt;
  return percent_decoded(url.substr(here.size(), url.find_first_of("?#") - here.size()));
}

/// An attribute of the nearest SegmentTemplate around `node` that has it.
std::int64_t inherited(pugi::xml_node node, const char* name, std::int64_t otherwise) {
  for (; node; node = node.parent()) {
    const pugi::xml_node own =
        std::string_view(node.name()) == "SegmentTemplate" ? node : node.child("SegmentTemplate");
    if (const auto attribute = own.attribute(name)) return attribute.as_llong();
  }
  return otherwise;
}

/// Calls `visit` for all elements called `name` below `node`.
template <typename Visit>
void each_below(pugi::xml_node node, std::string_view name, const Visit& visit) {
  for (const pugi::xml_node child : node.children()) {
    if (name == child.name()) visit(child);
    each_below(child, name, visit);
  }
}

/// Leaves of a SegmentTimeline the segments that end in (from, to], both since the start of the
/// period, which lasts for `length`.
void cut_timeline(pugi::xml_node timeline, Duration from, Duration to, Duration length) {
  struct Segment {
    std::int64_t start = 0;
    std::int64_t duration = 0;
  };
  const std::int64_t timescale = inherited(timeline, "timescale", 1);
  const std::int64_t origin = inherited(timeline, "presentationTimeOffset", 0);
  std::vector<Segment> kept;
  std::int64_t dropped = 0;
  std::int64_t at = 0;
  for (const pugi::xml_node s : timeline.children("S")) {
    at = s.attribute("t").as_llong(at);
    const std::int64_t duration = s.attribute("d").as_llong();
    const auto repeats = s.attribute("r").as_llong();
    for (std::int64_t i = 0; repeats < 0 || i <= repeats; ++i) {
      if (repeats < 0 && from_ticks(at - origin, timescale) >= length) break;
      const Duration end = from_ticks(at + duration - origin, timescale);
      if (end <= from && kept.empty()) ++dropped;
      if (end > from && end <= to) kept.push_back({at, duration});
      at += duration;
      if (end > to) break;
    }
  }
  const std::int64_t first_number = inherited(timeline, "startNumber", 1) + dropped;
  timeline.remove_children();
  for (const Segment& segment : kept) {
    pugi::xml_node s = timeline.append_child("S");
    s.append_attribute("t").set_value(static_cast<long long>(segment.start));
    s.append_attribute("d").set_value(static_cast<long long>(segment.duration));
  }
  pugi::xml_node parent = timeline.parent();
  parent.remove_attribute("startNumber");
  parent.append_attribute("startNumber").set_value(static_cast<long long>(first_number));
}

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.remove_attribute(name);
  node.append_attribute(name).set_value(value.c_str());
}

std::string tiles_line(const media::HlsTiles& tiles) {
  std::string line = "#EXT-X-TILES:";
  if (!tiles.resolution.empty()) line += "RESOLUTION=" + tiles.resolution + ",";
  line += fmt::format("LAYOUT={}x{}", tiles.grid.columns, tiles.grid.rows);
  if (tiles.duration) line += ",DURATION=" + decimal(*tiles.duration);
  return line + "\n";
}

tl::unexpected<Error> refused(std::string message, const std::string& path) {
  return failure(ErrorCode::unsupported, std::move(message), path);
}

}  // namespace

Expected<LiveTitle> LiveTitle::load(const fs::path& root, const LiveOptions& options,
                                    Duration now) {
  LiveTitle title;
  std::error_code error;
  std::size_t files = 0;
  for (auto entry = fs::recursive_directory_iterator(root, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (++files > most_files)
      return failure(ErrorCode::limit_exceeded, fmt::format("holds more than {} files", most_files),
                     root.string());
    const fs::path& path = entry->path();
    if (!has_extension(path, ".mpd") && !has_extension(path, ".m3u8")) continue;
    const auto text = read_text(path);
    if (!text) return tl::unexpected(text.error());
    if (auto added = title.add("/" + path.lexically_relative(root).generic_string(), *text); !added)
      return tl::unexpected(added.error());
  }
  if (error) return failure(ErrorCode::io, "cannot be read: " + error.message(), root.string());
  if (title.segments_.empty())
    return failure(ErrorCode::not_found,
                   "holds no manifest (.mpd, .m3u8) of a title that could be shown live",
                   root.string());
  for (const auto& [path, segment] : title.segments_)
    if (segment.end > title.duration_ + title.longest_)
      return refused("holds titles of different lengths; name the folder of one", root.string());
  if (options.chunked)
    if (auto found = title.find_chunks(root); !found) return tl::unexpected(found.error());
  title.window_ = options.window;
  title.patches_ = options.patches;
  title.zero_ = now - options.window - title.longest_;
  return title;
}

Expected<void> LiveTitle::add(const std::string& path, std::string_view text) {
  const std::string url = std::string(here) + path;
  auto parsed = media::parse_manifest(text, url, std::nullopt);
  if (!parsed) {
    Error error = parsed.error();
    if (error.where.starts_with(here)) error.where.erase(0, here.size() + 1);
    return tl::unexpected(std::move(error));
  }
  if (const auto* dash = std::get_if<media::DashManifest>(&*parsed)) {
    if (dash->is_live()) return refused("is live already", path);
    const media::Presentation presentation = media::to_presentation(*dash);
    duration_ = std::max(duration_, presentation.duration);
    for (const media::Period& period : presentation.periods)
      for (const media::AdaptationSet& set : period.adaptation_sets) {
        if (set.type == media::ContentType::image) continue;  // Always there.
        for (const media::Representation& representation : set.representations) {
          // Subtitles that are one document are there as long as their period.
          if (set.type == media::ContentType::text && representation.timeline.size() == 1 &&
              path_here(representation.resource(0).url) && !representation.resource(0).range)
            continue;
          if (!std::holds_alternative<media::ResourceTemplate>(representation.resources))
            return refused("only a title with a SegmentTemplate can be shown live", path);
          const media::SegmentTimeline& timeline = representation.timeline;
          if (timeline.size() > limits::listed_segments)
            return failure(ErrorCode::limit_exceeded, "has too many segments", path);
          for (SegmentNumber i = 0; i < timeline.size(); ++i) {
            longest_ = std::max(longest_, timeline.duration(i));
            const Duration begin = timeline.start(i).time_since_epoch();
            const std::string init = representation.init ? representation.init->url : "";
            if (auto added = add_segment(representation.resource(i).url, init, begin,
                                         begin + timeline.duration(i));
                !added)
              return refused(added.error().message, path);
          }
        }
      }
    mpds_.emplace(path, text);
    return {};
  }
  const auto& hls = std::get<media::HlsPlaylist>(*parsed);
  const auto* playlist = std::get_if<media::HlsMediaPlaylist>(&hls.content);
  if (playlist == nullptr || playlist->iframes_only) return {};
  if (playlist->segments.empty()) return refused("lists no segments", path);
  Duration at{};
  for (const media::HlsSegment& segment : playlist->segments) {
    if (segment.range || segment.key)
      return refused("only a title with a file a segment, not encrypted, can be shown live", path);
    const Duration begin = at;
    at += segment.duration;
    if (playlist->images_only) continue;  // Always there, as those of DASH.
    longest_ = std::max(longest_, segment.duration);
    const std::string init =
        segment.map ? media::resolve_url(url, playlist->maps[*segment.map].uri) : std::string();
    if (auto added = add_segment(media::resolve_url(url, segment.uri), init, begin, at); !added)
      return refused(added.error().message, path);
  }
  if (!playlist->images_only) duration_ = std::max(duration_, at);
  playlists_.emplace(path, *playlist);
  return {};
}

Expected<void> LiveTitle::add_segment(const std::string& url, const std::string& init,
                                      Duration begin, Duration end) {
  auto path = path_here(url);
  if (!path) return failure(ErrorCode::unsupported, "leads to another server");
  // The sum of a playlist's rounded durations may differ a little from the MPD's time line.
  Segment& known = segments_[*std::move(path)];
  if (known.end != Duration::zero() && std::chrono::abs(known.end - end) > longest_ / 4)
    return failure(ErrorCode::unsupported, "one file holds several segments");
  if (known.end == Duration::zero()) known.begin = begin;
  known.end = std::max(known.end, end);
  if (known.init.empty() && !init.empty()) known.init = path_here(init).value_or(std::string());
  return {};
}

Expected<void> LiveTitle::find_chunks(const fs::path& root) {
  offset_ = longest_;
  for (auto& [path, segment] : segments_) {
    if (segment.init.empty()) continue;  // Text is there when it is whole.
    const fs::path file = root / fs::path(path).relative_path();
    const auto init = read_text(root / fs::path(segment.init).relative_path());
    const auto timing = init ? media::parse_fragment_timing(*init) : std::nullopt;
    if (!timing) return refused(no_chunks, file.string());
    auto chunks = read_chunks(file, *timing);
    if (!chunks) return tl::unexpected(chunks.error());
    segment.chunks = *std::move(chunks);
    if (segment.chunks.empty()) return refused(no_chunks, file.string());
    const Duration first = segment.chunks.front().media;
    first_chunk_ = std::max(first_chunk_, first);
    Duration before{};
    for (const media::ChunkWalk::Chunk& chunk : segment.chunks)
      longest_chunk_ = std::max(longest_chunk_, chunk.media - std::exchange(before, chunk.media));
    // The last segment of a round may be shorter.
    if (segment.end + longest_ / 2 < duration_)
      offset_ = std::min(offset_, segment.end - segment.begin - first);
    if (offset_ <= Duration::zero()) return refused(no_chunks, file.string());
  }
  if (first_chunk_ == Duration::zero()) return refused(no_chunks, root.string());
  chunked_ = true;
  return {};
}

Duration LiveTitle::ahead() const { return chunked_ ? longest_ * 3 : Duration::zero(); }

LiveTitle::Answer LiveTitle::at(std::string_view target, std::string_view host,
                                Duration now) const {
  const auto decoded = percent_decoded(target.substr(0, target.find_first_of("?#")));
  if (!decoded) return {.kind = Answer::Kind::file, .path = std::string(target), .text = {}};
  if (*decoded == time_path)
    return {.kind = Answer::Kind::text, .path = "/time.txt", .text = iso_instant(now)};
  if (mpds_.contains(*decoded)) {
    // As exact as it tells its time.
    const Duration then = std::chrono::floor<std::chrono::milliseconds>(now);
    if (const auto from = query_number(target, patch_query); from && patches_)
      return patch(*decoded, host, *from, then);
    return {.kind = Answer::Kind::text, .path = *decoded, .text = mpd(*decoded, host, then)};
  }
  if (const auto found = playlists_.find(*decoded); found != playlists_.end()) {
    const Duration wait = reload_wait(found->second, *decoded, target, now);
    return {.kind = Answer::Kind::text,
            .path = *decoded,
            .text = playlist(found->second, *decoded, now + wait,
                             in_query(target, "_HLS_skip=YES") != std::string_view::npos),
            .wait = wait};
  }
  if (segments_.contains(*decoded)) return {};  // Not without its round.
  if (!decoded->starts_with(round_prefix))
    return {.kind = Answer::Kind::file, .path = std::string(target), .text = {}};
  std::int64_t round = 0;
  const char* const first = decoded->data() + round_prefix.size();
  const auto [stop, error] = std::from_chars(first, decoded->data() + decoded->size(), round);
  constexpr std::int64_t most_rounds = 1'000'000'000;
  if (error != std::errc() || round < 0 || round > most_rounds) return {};
  // The target still has its percent escapes; the number has none.
  Answer answer{
      .kind = Answer::Kind::file,
      .path = std::string(target.substr(static_cast<std::size_t>(stop - decoded->data()))),
      .text = {}};
  std::string path(stop, decoded->data() + decoded->size());
  std::optional<std::int64_t> part;
  if (const std::size_t suffix = path.rfind(part_suffix); chunked_ && suffix != std::string::npos) {
    part = number_at(std::string_view(path).substr(suffix + part_suffix.size()));
    path.erase(suffix);
    answer.path.erase(answer.path.rfind(part_suffix));
  }
  const auto segment = segments_.find(path);
  if (segment == segments_.end()) return answer;  // An init segment is always there.
  __extension__ using Wide = __int128;
  const Segment& found = segment->second;
  const Wide origin = Wide{zero_.count()} + Wide{duration_.count()} * round;
  const Wide age = Wide{now.count()} - origin - Wide{found.end.count()};
  // What an older manifest promised a moment ago still comes.
  if (age > (window_ + 2 * longest_).count()) return {};
  const Duration early =
      found.chunks.empty() ? Duration::zero() : found.end - found.begin + longest_;
  if (age < -early.count()) return {};
  const Duration begin(static_cast<std::int64_t>(origin + Wide{found.begin.count()}));
  if (part) return of_part(std::move(answer), found, *part, begin, now);
  if (age >= 0) return answer;
  for (const media::ChunkWalk::Chunk& chunk : found.chunks)
    answer.chunks.push_back({.end = chunk.end, .at = begin + chunk.media});
  return answer;
}

LiveTitle::Answer LiveTitle::of_part(Answer answer, const Segment& segment, std::int64_t number,
                                     Duration begin, Duration now) {
  if (std::cmp_greater_equal(number, segment.chunks.size())) return {};
  const auto index = static_cast<std::size_t>(number);
  answer.part = Answer::Part{.begin = index == 0 ? 0 : segment.chunks[index - 1].end,
                             .end = segment.chunks[index].end};
  answer.wait = std::max(begin + segment.chunks[index].media - now, Duration::zero());
  return answer;
}

std::vector<media::ChunkWalk::Chunk> LiveTitle::chunks_of(const std::string& path,
                                                          const std::string& uri) const {
  if (!chunked_) return {};
  const auto own = path_here(media::resolve_url(std::string(here) + path, uri));
  const auto found = own ? segments_.find(*own) : segments_.end();
  return found == segments_.end() ? std::vector<media::ChunkWalk::Chunk>() : found->second.chunks;
}

Duration LiveTitle::reload_wait(const media::HlsMediaPlaylist& playlist, const std::string& path,
                                std::string_view target, Duration now) const {
  const auto number = query_number(target, "_HLS_msn=");
  if (!chunked_ || !number) return {};
  const auto count = static_cast<std::int64_t>(playlist.segments.size());
  const std::int64_t round = *number / count;
  const Duration elapsed = now - zero_;
  if (round > elapsed / duration_ + 1) return {};
  const auto index = static_cast<std::size_t>(*number % count);
  Duration begin{};
  for (std::size_t i = 0; i < index; ++i) begin += playlist.segments[i].duration;
  Duration at = duration_ * round + begin;
  const auto part = query_number(target, "_HLS_part=");
  const auto chunks = chunks_of(path, playlist.segments[index].uri);
  if (part && std::cmp_less(*part, chunks.size())) {
    at += chunks[static_cast<std::size_t>(*part)].media;
  } else {
    // The whole segment; behind its last part comes the first one of the next.
    at += index + 1 == playlist.segments.size() ? duration_ - begin
                                                : playlist.segments[index].duration;
    if (part) at += first_chunk_;
  }
  // So that what is rounded is there.
  const Duration wait = at - elapsed + std::chrono::milliseconds(1);
  return wait > longest_ * 3 ? Duration::zero() : std::max(wait, Duration::zero());
}

LiveTitle::Answer LiveTitle::patch(const std::string& path, std::string_view host,
                                   std::int64_t from, Duration now) const {
  if (from > now / std::chrono::milliseconds(1)) return {};
  const Duration then = std::chrono::milliseconds(from);
  if (then < now - window_) return {};
  return {.kind = Answer::Kind::text,
          .path = "/changes.mpp",
          .text = mpd_changes(mpd(path, host, then), mpd(path, host, now))};
}

std::string LiveTitle::mpd(const std::string& path, std::string_view host, Duration now) const {
  pugi::xml_document document;
  const std::string& text = mpds_.at(path);
  document.load_buffer(text.data(), text.size());
  pugi::xml_node root = document.document_element();
  set(root, "type", "dynamic");
  root.remove_attribute("mediaPresentationDuration");
  set(root, "availabilityStartTime", iso_instant(zero_));
  set(root, "publishTime", iso_instant(now));
  set(root, "minimumUpdatePeriod", iso_duration(longest_));
  set(root, "timeShiftBufferDepth", iso_duration(window_));
  const Duration delay = chunked_ ? longest_ + first_chunk_ : longest_ * delay_in_segments;
  set(root, "suggestedPresentationDelay", iso_duration(delay));
  if (patches_) {
    if (!root.attribute("id")) set(root, "id", "live");
    const auto file = std::string_view(path).substr(path.rfind('/') + 1);
    const std::string place =
        fmt::format("{}?{}{}", file, patch_query, now / std::chrono::milliseconds(1));
    pugi::xml_node location = root.insert_child_before("PatchLocation", root.child("Period"));
    set(location, "ttl", decimal(window_));
    location.text().set(place.c_str());
  }
  if (chunked_) {
    each_below(root, "SegmentTemplate", [this](pugi::xml_node segments) {
      set(segments, "availabilityTimeOffset", decimal(offset_));
      set(segments, "availabilityTimeComplete", "false");
    });
    if (!root.child("ServiceDescription")) {
      pugi::xml_node service = root.insert_child_before("ServiceDescription", root.child("Period"));
      set(service, "id", "0");
      set(service.append_child("Latency"), "target",
          std::to_string(std::chrono::ceil<std::chrono::milliseconds>(delay).count()));
    }
  }

  const Duration elapsed = now - zero_;
  const auto manifest = media::parse_dash_manifest(text, std::string(here) + path, std::nullopt);
  std::vector<pugi::xml_node> originals;
  for (const pugi::xml_node period : root.children("Period")) originals.push_back(period);
  const Duration from = std::max(elapsed - window_, Duration::zero());
  const Duration told = elapsed + ahead();
  for (std::int64_t round = from / duration_; round <= told / duration_; ++round) {
    for (std::size_t i = 0; i < originals.size(); ++i) {
      const media::DashPeriod& source = manifest->periods[i];
      const Duration start = duration_ * round + source.start;
      const Duration length = source.duration.value_or(duration_ - source.start);
      // One whose first segment is still to come is not announced.
      if (start + length <= from || start + longest_ > told) continue;
      pugi::xml_node period = root.append_copy(originals[i]);
      set(period, "id", fmt::format("{}-{}", round, i + 1));
      set(period, "start", iso_duration(start));
      set(period, "duration", iso_duration(length));
      const std::string own = period.child("BaseURL").child_value();
      const std::string outer = root.child("BaseURL").child_value();
      std::string base =
          media::resolve_url(media::resolve_url(std::string(here) + path, outer), own);
      base.erase(base.rfind('/') + 1);
      period.remove_child("BaseURL");
      const std::string in_round =
          fmt::format("{}{}{}", round_prefix, round, std::string_view(base).substr(here.size()));
      period.prepend_child("BaseURL").text().set(in_round.c_str());
      std::vector<pugi::xml_node> timelines;
      each_below(period, "SegmentTimeline",
                 [&](pugi::xml_node timeline) { timelines.push_back(timeline); });
      for (const pugi::xml_node timeline : timelines)
        cut_timeline(timeline, from - start, told - start, length);
    }
  }
  for (const pugi::xml_node period : originals) root.remove_child(period);
  pugi::xml_node timing = root.append_child("UTCTiming");
  timing.append_attribute("schemeIdUri").set_value("urn:mpeg:dash:utc:http-iso:2014");
  timing.append_attribute("value").set_value(fmt::format("http://{}{}", host, time_path).c_str());
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

std::string LiveTitle::playlist(const media::HlsMediaPlaylist& playlist, const std::string& path,
                                Duration now, bool skips) const {
  const Duration elapsed = now - zero_;
  const auto count = static_cast<std::int64_t>(playlist.segments.size());
  std::vector<Duration> ends;
  for (const media::HlsSegment& segment : playlist.segments)
    ends.push_back((ends.empty() ? Duration::zero() : ends.back()) + segment.duration);
  // Rounds follow each other without a gap, whatever a track's own length.
  ends.back() = std::max(duration_, count > 1 ? ends[ends.size() - 2] + Duration(1) : Duration(1));
  const Duration longest = std::max(playlist.target_duration.value_or(Duration::zero()), longest_);
  const auto target = std::max<Duration>(std::chrono::round<std::chrono::seconds>(longest),
                                         std::chrono::seconds(1));
  const Duration skip_boundary = target * skip_boundary_in_targets;
  std::int64_t skipped = 0;
  std::string lines;
  std::int64_t first = -1;
  std::int64_t discontinuities = 0;
  const std::string base = std::string(here) + path;
  const Duration from = std::max(elapsed - window_, Duration::zero());
  std::optional<std::size_t> map;
  for (std::int64_t round = from / duration_; round <= elapsed / duration_; ++round) {
    for (std::int64_t i = 0; i < count; ++i) {
      const media::HlsSegment& segment = playlist.segments[static_cast<std::size_t>(i)];
      const Duration begin = i == 0 ? Duration::zero() : ends[static_cast<std::size_t>(i) - 1];
      const Duration end = duration_ * round + ends[static_cast<std::size_t>(i)];
      const auto chunks = chunks_of(path, segment.uri);
      const Duration start = duration_ * round + begin;
      const bool whole = end <= elapsed;
      const bool begun = !chunks.empty() && start + chunks.front().media <= elapsed;
      if (end <= from || (!whole && !begun)) continue;
      const auto in_round = [&](const std::string& uri) {
        const std::string url = media::resolve_url(base, uri);
        return fmt::format("{}{}{}", round_prefix, round,
                           std::string_view(url).substr(here.size()));
      };
      const bool is_first = first < 0;
      if (is_first) {
        first = round * count + i;
        discontinuities = round;
      }
      if (skips && end <= elapsed - skip_boundary) {
        ++skipped;
        map = segment.map;
        continue;
      }
      if (lines.empty()) {
        if (skipped > 0) lines = fmt::format("#EXT-X-SKIP:SKIPPED-SEGMENTS={}\n", skipped);
        lines +=
            "#EXT-X-PROGRAM-DATE-TIME:" + iso_instant(zero_ + duration_ * round + begin) + "\n";
      }
      if (!is_first && (i == 0 || segment.discontinuity)) lines += "#EXT-X-DISCONTINUITY\n";
      if (segment.map && (is_first || i == 0 || segment.map != map)) {
        const media::HlsMap& init = playlist.maps[*segment.map];
        lines += fmt::format("#EXT-X-MAP:URI=\"{}\"",
                             media::resolve_url(base, init.uri).substr(here.size()));
        if (init.range)
          lines +=
              fmt::format(",BYTERANGE=\"{}@{}\"", init.range->length.bytes(), init.range->first);
        lines += "\n";
      }
      map = segment.map;
      if (end > elapsed - target * parts_kept_in_targets) {
        Duration before{};
        for (std::size_t k = 0; k < chunks.size(); ++k) {
          const std::string part =
              fmt::format("URI=\"{}{}{}\"", in_round(segment.uri), part_suffix, k);
          if (start + chunks[k].media > elapsed) {
            lines += fmt::format("#EXT-X-PRELOAD-HINT:TYPE=PART,{}\n", part);
            break;
          }
          const Duration part_length = chunks[k].media - std::exchange(before, chunks[k].media);
          lines += fmt::format("#EXT-X-PART:DURATION={},{}{}\n", decimal(part_length), part,
                               k == 0 ? ",INDEPENDENT=YES" : "");
        }
      }
      if (!whole) continue;
      const Duration length = ends[static_cast<std::size_t>(i)] - begin;
      if (segment.tiles) lines += tiles_line(playlist.tiles[*segment.tiles]);
      lines += fmt::format("#EXTINF:{},\n{}\n", decimal(length), in_round(segment.uri));
    }
  }
  std::string control = fmt::format("CAN-SKIP-UNTIL={}", skip_boundary / std::chrono::seconds(1));
  if (chunked_)
    control += fmt::format(
        ",CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={}\n#EXT-X-PART-INF:PART-TARGET={}",
        decimal(std::max(longest_ + first_chunk_, longest_chunk_ * 3)), decimal(longest_chunk_));
  return fmt::format(
             "#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{}\n"
             "#EXT-X-DISCONTINUITY-SEQUENCE:{}\n#EXT-X-INDEPENDENT-SEGMENTS\n"
             "#EXT-X-SERVER-CONTROL:{}\n{}",
             skipped > 0 || chunked_ ? 9 : 7, target / std::chrono::seconds(1),
             std::max<std::int64_t>(first, 0), discontinuities, control,
             playlist.images_only ? "#EXT-X-IMAGES-ONLY\n" : "") +
         lines;
}

}  // namespace rung::emulator
