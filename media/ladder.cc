#include "media/ladder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "core/limits.h"
#include "media/iso8601.h"
#include "media/json_text.h"

namespace rung::media {
namespace {

/// A measure of how good a segment looks.
struct Measure {
  const char* member;
  double most;
  std::vector<double> Ladder::Rung::*values;
};
constexpr std::array<Measure, 3> measures{{{"ssim", 1, &Ladder::Rung::ssim},
                                           {"psnr_db", 100, &Ladder::Rung::psnr},
                                           {"vmaf", 100, &Ladder::Rung::vmaf}}};

/// Reads a ladder's members. The first failure is kept, as in XmlReader.
class LadderReader {
 public:
  explicit LadderReader(std::string name) : name_(std::move(name)) {}

  Expected<Ladder> read(const Json& json) {
    Ladder ladder;
    if (!check_members(json, "the ladder",
                       {"title", "segment_duration_s", "segment_count", "last_segment_duration_s",
                        "representations", "audio"}))
      return tl::unexpected(*error_);
    if (json.contains("title")) {
      if (json["title"].is_string())
        ladder.title = json["title"].get<std::string>();
      else
        fail("title", "is not a text");
    }
    ladder.video = read_track(json, "", nullptr);
    if (json.contains("audio") && check_members(json["audio"], "audio",
                                                {"segment_duration_s", "segment_count",
                                                 "last_segment_duration_s", "representations"}))
      ladder.audio = read_track(json["audio"], "audio.", &ladder.video);
    if (error_) return tl::unexpected(*error_);
    return ladder;
  }

 private:
  void fail(const std::string& member, const std::string& reason,
            ErrorCode code = ErrorCode::malformed) {
    if (!error_) error_ = Error{code, member + " " + reason, name_};
  }

  bool check_members(const Json& json, const std::string& what,
                     std::initializer_list<std::string_view> known) {
    if (!json.is_object()) {
      fail(what, "is not a JSON object");
      return false;
    }
    for (const auto& [member, value] : json.items())
      if (std::ranges::find(known, member) == known.end())
        fail(member, "is not a member of " + what);
    return !error_;
  }

  std::optional<std::int64_t> read_integer(const Json& json, const char* member,
                                           const std::string& path, std::int64_t min,
                                           std::int64_t max) {
    if (!json.contains(member)) return std::nullopt;
    const Json& value = json[member];
    if (!value.is_number_integer() || value < min || value > max) {
      fail(path + member,
           "is not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
      return std::nullopt;
    }
    return value.get<std::int64_t>();
  }

  std::optional<Duration> read_seconds(const Json& json, const char* member,
                                       const std::string& path) {
    if (!json.contains(member)) return std::nullopt;
    const Json& value = json[member];
    constexpr double longest = 86'400;
    const double seconds = value.is_number() ? value.get<double>() : 0;
    if (!(seconds >= 0.001 && seconds <= longest)) {
      fail(path + member, "is not a number of seconds from 0.001 to 86400");
      return std::nullopt;
    }
    return from_seconds(seconds);
  }

  Ladder::TrackLadder read_track(const Json& json, const std::string& path,
                                 const Ladder::TrackLadder* defaults) {
    Ladder::TrackLadder track;
    if (!json.contains("representations") || !json["representations"].is_array() ||
        json["representations"].empty()) {
      fail(path + "representations", "is not a list with at least one representation");
      return track;
    }
    const Json& rungs = json["representations"];
    if (rungs.size() > limits::representations) {
      fail(path + "representations", "has too many entries", ErrorCode::limit_exceeded);
      return track;
    }
    for (std::size_t i = 0; i < rungs.size() && !error_; ++i)
      track.rungs.push_back(
          read_rung(rungs[i], path + "representations[" + std::to_string(i) + "]"));
    if (error_) return track;
    if (!std::ranges::is_sorted(track.rungs, {}, &Ladder::Rung::bandwidth))
      fail(path + "representations", "does not ascend in bandwidth_kbps");

    const auto duration = read_seconds(json, "segment_duration_s", path);
    if (!duration && defaults == nullptr) fail(path + "segment_duration_s", "is missing");
    track.segment_duration =
        duration ? *duration
                 : (defaults == nullptr ? Duration::zero() : defaults->segment_duration);
    read_segment_count(json, path, defaults, track);
    const auto last = read_seconds(json, "last_segment_duration_s", path);
    const bool same_segments =
        defaults != nullptr && !duration && track.segment_count == defaults->segment_count;
    track.last_segment_duration = last            ? *last
                                  : same_segments ? defaults->last_segment_duration
                                                  : track.segment_duration;
    return track;
  }

  /// As stated, else as the sizes tell, else as many as cover the video.
  void read_segment_count(const Json& json, const std::string& path,
                          const Ladder::TrackLadder* defaults, Ladder::TrackLadder& track) {
    const auto sizes = std::ssize(track.rungs.front().sizes);
    const auto stated = read_integer(json, "segment_count", path, 1, limits::listed_segments);
    if (error_) return;
    if (stated) {
      track.segment_count = *stated;
    } else if (sizes > 0) {
      track.segment_count = sizes;
    } else if (defaults != nullptr) {
      const Duration length = defaults->segment_duration * (defaults->segment_count - 1) +
                              defaults->last_segment_duration;
      const Duration step = track.segment_duration;
      track.segment_count = std::min((length + step - Duration(1)) / step, limits::listed_segments);
    } else {
      fail(path + "segment_count", "is missing and no sizes_bytes tell it");
    }
    for (std::size_t i = 0; i < track.rungs.size(); ++i) {
      const auto count = std::ssize(track.rungs[i].sizes);
      if (count != sizes || (count != 0 && count != track.segment_count))
        fail(path + "representations[" + std::to_string(i) + "].sizes_bytes",
             "has " + std::to_string(count) + " entries where there are " +
                 std::to_string(sizes == 0 ? 0 : track.segment_count) + " segments");
      for (const Measure& measure : measures)
        if (const auto measured = std::ssize(track.rungs[i].*measure.values);
            measured != 0 && measured != track.segment_count)
          fail(path + "representations[" + std::to_string(i) + "]." + measure.member,
               "has " + std::to_string(measured) + " entries where there are " +
                   std::to_string(track.segment_count) + " segments");
    }
  }

  /// How good each segment looks, by one measure.
  std::vector<double> read_measure(const Json& json, const std::string& path,
                                   const Measure& measure) {
    std::vector<double> values;
    if (!json.contains(measure.member)) return values;
    const Json& list = json[measure.member];
    const std::string member = path + "." + measure.member;
    if (!list.is_array() || list.empty() ||
        std::cmp_greater(list.size(), limits::listed_segments)) {
      fail(member, "is not a list with a number for each segment");
      return values;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const double value = list[i].is_number() ? list[i].get<double>() : -1;
      if (!(value >= 0 && value <= measure.most)) {
        fail(member + "[" + std::to_string(i) + "]",
             "is not a number from 0 to " + std::to_string(static_cast<int>(measure.most)));
        return values;
      }
      values.push_back(value);
    }
    return values;
  }

  Ladder::Rung read_rung(const Json& json, const std::string& path) {
    Ladder::Rung rung;
    if (!check_members(json, path,
                       {"bandwidth_kbps", "height", "sizes_bytes", "ssim", "psnr_db", "vmaf"}))
      return rung;
    constexpr double fastest_kbps = 1e9;
    const double kbps = json.contains("bandwidth_kbps") && json["bandwidth_kbps"].is_number()
                            ? json["bandwidth_kbps"].get<double>()
                            : 0;
    if (!(kbps >= 0.001 && kbps <= fastest_kbps))
      fail(path + ".bandwidth_kbps", "is not a number of kbit/s above zero");
    else
      rung.bandwidth = BitRate::bits_per_second(std::llround(kbps * 1000));
    rung.height =
        static_cast<int>(read_integer(json, "height", path + ".", 0, 100'000).value_or(0));
    for (const Measure& measure : measures)
      rung.*measure.values = read_measure(json, path, measure);
    if (!json.contains("sizes_bytes")) return rung;
    const Json& sizes = json["sizes_bytes"];
    if (!sizes.is_array() || sizes.empty()) {
      fail(path + ".sizes_bytes", "is not a list of numbers");
      return rung;
    }
    if (std::cmp_greater(sizes.size(), limits::listed_segments)) {
      fail(path + ".sizes_bytes", "has too many entries", ErrorCode::limit_exceeded);
      return rung;
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const Json& size = sizes[i];
      if (!size.is_number_integer() || size < 1 || size > limits::segment_size.bytes()) {
        fail(path + ".sizes_bytes[" + std::to_string(i) + "]",
             "is not a whole number from 1 to " + std::to_string(limits::segment_size.bytes()));
        return rung;
      }
      rung.sizes.emplace_back(size.get<std::int64_t>());
    }
    return rung;
  }

  std::string name_;
  std::optional<Error> error_;
};

Json track_json(const Ladder::TrackLadder& track) {
  Json json;
  json["segment_duration_s"] = to_seconds(track.segment_duration);
  json["segment_count"] = track.segment_count;
  if (track.last_segment_duration != track.segment_duration)
    json["last_segment_duration_s"] = to_seconds(track.last_segment_duration);
  json["representations"] = Json::array();
  for (const Ladder::Rung& rung : track.rungs) {
    Json entry;
    const std::int64_t bits = rung.bandwidth.bits_per_second();
    if (bits % 1000 == 0)
      entry["bandwidth_kbps"] = bits / 1000;
    else
      entry["bandwidth_kbps"] = static_cast<double>(bits) / 1000;
    if (rung.height > 0) entry["height"] = rung.height;
    for (const ByteCount size : rung.sizes) entry["sizes_bytes"].push_back(size.bytes());
    for (const Measure& measure : measures)
      if (const std::vector<double>& values = rung.*measure.values; !values.empty())
        entry[measure.member] = values;
    json["representations"].push_back(std::move(entry));
  }
  return json;
}

/// One list of what all rungs tell, by segment and rung; empty where one of them does not.
template <typename T>
std::vector<T> by_segment(const Ladder::TrackLadder& ladder, std::vector<T> Ladder::Rung::*values) {
  std::vector<T> list;
  if (!std::ranges::all_of(ladder.rungs, [&](const Ladder::Rung& rung) {
        return std::cmp_equal((rung.*values).size(), ladder.segment_count);
      }))
    return list;
  for (std::size_t segment = 0; std::cmp_less(segment, ladder.segment_count); ++segment)
    for (const Ladder::Rung& rung : ladder.rungs) list.push_back((rung.*values)[segment]);
  return list;
}

Expected<Track> track_of(const Ladder::TrackLadder& ladder) {
  constexpr std::int64_t nanoseconds = 1'000'000'000;
  Track::Part part;
  part.timeline = SegmentTimeline(nanoseconds, 0, MediaTime{});
  if (ladder.segment_count < 1 || ladder.segment_count > limits::listed_segments ||
      ladder.segment_duration <= Duration::zero() ||
      ladder.segment_duration > furthest_time / ladder.segment_count)
    return failure(ErrorCode::malformed, "the number and duration of segments make no title");
  const std::int64_t duration = ladder.segment_duration.count();
  if (ladder.segment_count > 1) part.timeline.append({0, duration, ladder.segment_count - 1});
  part.timeline.append({duration * (ladder.segment_count - 1),
                        std::max<std::int64_t>(ladder.last_segment_duration.count(), 1), 1});
  for (const Ladder::Rung& rung : ladder.rungs) {
    part.bandwidths.push_back(rung.bandwidth);
    part.heights.push_back(rung.height);
  }
  part.sizes = by_segment(ladder, &Ladder::Rung::sizes);
  part.ssim = by_segment(ladder, &Ladder::Rung::ssim);
  part.vmaf = by_segment(ladder, &Ladder::Rung::vmaf);
  std::vector<Track::Part> parts;
  parts.push_back(std::move(part));
  return Track::create(std::move(parts));
}

}  // namespace

Expected<Ladder> parse_ladder(std::string_view json, const std::string& name) {
  const auto parsed = parse_json(json, name);
  if (!parsed) return tl::unexpected(parsed.error());
  try {
    auto ladder = LadderReader(name).read(*parsed);
    if (!ladder) return ladder;
    if (auto tracks = tracks_of(*ladder); !tracks)
      return failure(tracks.error().code, tracks.error().message, name);
    return ladder;
  } catch (const Json::exception&) {
    return failure(ErrorCode::malformed, "holds a number that is out of range", name);
  }
}

std::string to_json(const Ladder& ladder) {
  Json json;
  json["title"] = ladder.title;
  json.update(track_json(ladder.video));
  if (ladder.audio) json["audio"] = track_json(*ladder.audio);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Expected<Tracks> tracks_of(const Ladder& ladder) {
  Tracks tracks;
  auto video = track_of(ladder.video);
  if (!video) return tl::unexpected(video.error());
  tracks.video = std::move(*video);
  if (ladder.audio) {
    auto audio = track_of(*ladder.audio);
    if (!audio) return tl::unexpected(audio.error());
    tracks.audio = std::move(*audio);
  }
  return tracks;
}

}  // namespace rung::media
