#include "cli/playback_memory.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
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

void remove(std::vector<LeftTitle>& titles, const std::string& url) {
  std::erase_if(titles, [&](const LeftTitle& title) { return title.url == url; });
}

}  // namespace

std::string left_titles_text(const std::vector<LeftTitle>& titles) {
  Json list = Json::array();
  for (const LeftTitle& title : titles)
    list.push_back({{"url", title.url},
                    {"position_s", to_seconds(title.position.time_since_epoch())},
                    {"length_s", to_seconds(title.end.time_since_epoch())},
                    {"left_ms", title.left_at}});
  const Json all{{"rung_playback", format}, {"titles", std::move(list)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Expected<std::vector<LeftTitle>> parse_left_titles(const std::string& text,
                                                   const std::string& name) {
  const auto wrong = [&](const std::string& what) {
    return failure(ErrorCode::malformed, "does not say where titles were left: " + what, name);
  };
  const Json all = Json::parse(text, nullptr, false);
  if (!all.is_object()) return wrong("it is not JSON");
  const auto version = all.find("rung_playback");
  const auto list = all.find("titles");
  if (version == all.end() || *version != format || list == all.end() || !list->is_array())
    return wrong("it is another file");
  std::vector<LeftTitle> titles;
  for (const Json& entry : *list) {
    auto title = title_of(entry);
    if (!title) return wrong("entry " + std::to_string(titles.size()) + " is none");
    titles.push_back(*std::move(title));
  }
  return titles;
}

bool worth_going_on(MediaTime position, MediaTime end) {
  const Duration length = end.time_since_epoch();
  const Duration begun = std::min(hardly_begun, length / 20);
  const Duration seen = std::max(length / 20, std::min(closing, length / 10));
  return position.time_since_epoch() > begun && position < end - seen;
}

std::optional<player::StartPlace> PlaybackMemory::place(const std::string& url) {
  const std::string key = media::redacted_url(url);
  for (const LeftTitle& title : read())
    if (title.url == key) return player::StartPlace{.place = title.position, .left_of = title.end};
  return std::nullopt;
}

void PlaybackMemory::played(const std::string& url, const player::PlayerReport& report) {
  // Where nothing was seen, or where there is no end, there is no place.
  if (!report.first_frame_at || !report.end) return;
  std::string key = media::redacted_url(url);
  if (key.size() > longest_left_url) return;
  std::vector<LeftTitle> titles = read();
  const std::vector<LeftTitle> before = titles;
  remove(titles, key);
  const bool finished = report.session.end == session::EndReason::played_out;
  if (!finished && !report.forget_place && worth_going_on(report.output.position, *report.end))
    titles.push_back({.url = std::move(key),
                      .position = report.output.position,
                      .end = *report.end,
                      .left_at = now()});
  if (titles == before) return;
  if (titles.size() > most_left_titles)
    titles.erase(titles.begin(), titles.end() - most_left_titles);
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(file_).parent_path(), failed);
  if (const auto written = write_file(file_, left_titles_text(titles), Readers::owner); !written)
    warn(written.error());
}

std::vector<LeftTitle> PlaybackMemory::read() {
  const auto text = read_file(file_, playback_memory_size);
  if (!text) {
    if (text.error().code != ErrorCode::not_found) warn(text.error());
    return {};
  }
  auto titles = parse_left_titles(*text, file_);
  if (titles) return *std::move(titles);
  Error damaged = titles.error();
  damaged.message += "; it is replaced when a title is left";
  warn(damaged);
  return {};
}

void PlaybackMemory::warn(const Error& error) {
  if (!std::exchange(warned_, true)) report_error(error);
}

}  // namespace rung::cli
