#include "cli/playback_memory.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "cli/files.h"
#include "cli/report_error.h"
#include "core/limits.h"
#include "media/url.h"

namespace rung::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format = 1;
/// Who has seen less than this, or than a twentieth of a short title, has not begun it.
constexpr Duration hardly_begun = std::chrono::seconds(10);
/// What is left of a title that was seen: a twentieth, and at least so much, but not more than a
/// tenth.
constexpr Duration closing = std::chrono::seconds(30);

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// A time within a title; none for what cannot be one.
std::optional<MediaTime> time_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= to_seconds(limits::session_time))) return std::nullopt;
  return MediaTime(from_seconds(seconds));
}

std::optional<LeftTitle> title_of(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  const auto url = object.find("url");
  const auto position = time_of(object, "position_s");
  const auto end = time_of(object, "length_s");
  const auto left_at = object.find("left_ms");
  if (url == object.end() || !url->is_string() || !position || !end || left_at == object.end() ||
      !left_at->is_number_integer())
    return std::nullopt;
  return LeftTitle{.url = url->get<std::string>(),
                   .position = *position,
                   .end = *end,
                   .left_at = left_at->get<std::int64_t>()};
}

std::optional<MeasuredOrigin> origin_of(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  const auto origin = object.find("origin");
  const auto rate = object.find("bps");
  const auto measured_at = object.find("measured_ms");
  if (origin == object.end() || !origin->is_string() || rate == object.end() ||
      !rate->is_number_integer() || measured_at == object.end() ||
      !measured_at->is_number_integer())
    return std::nullopt;
  const auto throughput = BitRate::bits_per_second(rate->get<std::int64_t>());
  if (throughput <= BitRate() || throughput > limits::trace_rate) return std::nullopt;
  return MeasuredOrigin{.origin = origin->get<std::string>(),
                        .throughput = throughput,
                        .measured_at = measured_at->get<std::int64_t>()};
}

/// Scheme, host and port; not who asks.
std::string origin_of(const std::string& url) {
  const media::Url parsed = media::parse_url(url);
  return parsed.scheme + "://" + parsed.host() + ":" + std::to_string(parsed.port());
}

/// Lets the oldest go where there are more than `most`.
template <typename T>
void keep_latest(std::vector<T>& all, std::size_t most) {
  if (all.size() > most) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
}

}  // namespace

std::string playbacks_text(const RememberedPlaybacks& playbacks) {
  Json titles = Json::array();
  for (const LeftTitle& title : playbacks.titles)
    titles.push_back({{"url", title.url},
                      {"position_s", to_seconds(title.position.time_since_epoch())},
                      {"length_s", to_seconds(title.end.time_since_epoch())},
                      {"left_ms", title.left_at}});
  Json origins = Json::array();
  for (const MeasuredOrigin& origin : playbacks.origins)
    origins.push_back({{"origin", origin.origin},
                       {"bps", origin.throughput.bits_per_second()},
                       {"measured_ms", origin.measured_at}});
  const Json all{
      {"rung_playback", format}, {"titles", std::move(titles)}, {"origins", std::move(origins)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Expected<RememberedPlaybacks> parse_playbacks(const std::string& text, const std::string& name) {
  const auto wrong = [&](const std::string& what) {
    return failure(ErrorCode::malformed, "does not say where titles were left: " + what, name);
  };
  const Json all = Json::parse(text, nullptr, false);
  if (!all.is_object()) return wrong("it is not JSON");
  const auto version = all.find("rung_playback");
  const auto titles = all.find("titles");
  const auto origins = all.find("origins");
  if (version == all.end() || *version != format || titles == all.end() || !titles->is_array() ||
      origins == all.end() || !origins->is_array())
    return wrong("it is another file");
  RememberedPlaybacks playbacks;
  for (const Json& entry : *titles) {
    auto title = title_of(entry);
    if (!title) return wrong("title " + std::to_string(playbacks.titles.size()) + " is none");
    playbacks.titles.push_back(*std::move(title));
  }
  for (const Json& entry : *origins) {
    auto origin = origin_of(entry);
    if (!origin) return wrong("origin " + std::to_string(playbacks.origins.size()) + " is none");
    playbacks.origins.push_back(*std::move(origin));
  }
  return playbacks;
}

bool worth_going_on(MediaTime position, MediaTime end) {
  const Duration length = end.time_since_epoch();
  const Duration begun = std::min(hardly_begun, length / 20);
  const Duration seen = std::max(length / 20, std::min(closing, length / 10));
  return position.time_since_epoch() > begun && position < end - seen;
}

std::optional<player::StartPlace> PlaybackMemory::place(const std::string& url) {
  const std::string key = media::redacted_url(url);
  for (const LeftTitle& title : read().titles)
    if (title.url == key) return player::StartPlace{.place = title.position, .left_of = title.end};
  return std::nullopt;
}

std::vector<MediaTime> PlaybackMemory::places(const std::vector<std::string>& urls) {
  std::map<std::string, MediaTime> left;
  for (const LeftTitle& title : read().titles) left[title.url] = title.position;
  std::vector<MediaTime> places;
  for (const std::string& url : urls) {
    const auto found = left.find(media::redacted_url(url));
    places.push_back(found == left.end() ? MediaTime{} : found->second);
  }
  return places;
}

std::optional<BitRate> PlaybackMemory::throughput(const std::string& url) {
  const std::string key = origin_of(url);
  for (const MeasuredOrigin& origin : read().origins)
    if (origin.origin == key && std::abs(now() - origin.measured_at) < throughput_holds_for.count())
      return std::max(scaled(origin.throughput, share_of_last_throughput),
                      BitRate::bits_per_second(1));
  return std::nullopt;
}

void PlaybackMemory::played(const std::string& url, const player::PlayerReport& report) {
  RememberedPlaybacks playbacks = read();
  const RememberedPlaybacks before = playbacks;
  // Where nothing was seen, or where there is no end, there is no place.
  std::string key = media::redacted_url(url);
  if (report.first_frame_at && report.end && key.size() <= longest_remembered_url) {
    std::erase_if(playbacks.titles, [&](const LeftTitle& title) { return title.url == key; });
    const bool finished = report.session.end == session::EndReason::played_out;
    if (!finished && !report.forget_place && worth_going_on(report.output.position, *report.end))
      playbacks.titles.push_back({.url = std::move(key),
                                  .position = report.output.position,
                                  .end = *report.end,
                                  .left_at = now()});
    keep_latest(playbacks.titles, most_left_titles);
  }
  std::string origin = origin_of(url);
  if (report.throughput && origin.size() <= longest_remembered_url) {
    std::erase_if(playbacks.origins,
                  [&](const MeasuredOrigin& one) { return one.origin == origin; });
    playbacks.origins.push_back({.origin = std::move(origin),
                                 .throughput = std::min(*report.throughput, limits::trace_rate),
                                 .measured_at = now()});
    keep_latest(playbacks.origins, most_measured_origins);
  }
  if (playbacks == before) return;
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(file_).parent_path(), failed);
  if (const auto written = write_file(file_, playbacks_text(playbacks), Readers::owner); !written)
    warn(written.error());
}

RememberedPlaybacks PlaybackMemory::read() {
  const auto text = read_file(file_, playback_memory_size);
  if (!text) {
    if (text.error().code != ErrorCode::not_found) warn(text.error());
    return {};
  }
  auto playbacks = parse_playbacks(*text, file_);
  if (playbacks) return *std::move(playbacks);
  Error damaged = playbacks.error();
  damaged.message += "; it is replaced when a title is left";
  warn(damaged);
  return {};
}

void PlaybackMemory::warn(const Error& error) {
  if (!std::exchange(warned_, true)) report_error(error);
}

}  // namespace rung::cli
