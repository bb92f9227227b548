#include "player/cmcd.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

#include "media/url.h"

namespace rung::player {
namespace {

/// The header that carries a key.
enum class Group : std::uint8_t { object, request, session, status };
constexpr std::array<std::string_view, 4> group_names{"CMCD-Object", "CMCD-Request", "CMCD-Session",
                                                      "CMCD-Status"};

struct Entry {
  Group group{};
  std::string text;  ///< "key=value", or the key alone where it is true.
};
/// By key, so in the order that the specification asks for.
using Entries = std::map<std::string, Entry>;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(letter) != std::string_view::npos)
      result += letter;
    else
      (result += '%').append({digits[byte >> 4U], digits[byte & 15U]});
  }
  return result;
}

/// A text of the specification: in double quotes, which it may hold behind a backslash.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + '"';
}

std::int64_t kbps(BitRate rate) { return (rate.bits_per_second() + 500) / 1000; }
std::int64_t milliseconds(Duration duration) {
  return std::chrono::round<std::chrono::milliseconds>(duration).count();
}
/// To the nearest hundred.
std::int64_t hundreds(std::int64_t value) {
  return (std::max<std::int64_t>(0, value) + 50) / 100 * 100;
}

std::string_view token(Cmcd::Object object) {
  switch (object) {
    case Cmcd::Object::manifest:
      return "m";
    case Cmcd::Object::audio:
      return "a";
    case Cmcd::Object::video:
      return "v";
    case Cmcd::Object::muxed:
      return "av";
    case Cmcd::Object::init:
      break;
  }
  return "i";
}

Entries entries_of(const Cmcd& facts) {
  Entries entries;
  const auto say = [&](Group group, const std::string& key, const std::string& value) {
    entries[key] = {group, key + '=' + value};
  };
  const auto say_number = [&](Group group, const std::string& key, std::int64_t value) {
    say(group, key, std::to_string(value));
  };
  const auto say_true = [&](Group group, const std::string& key) { entries[key] = {group, key}; };
  using enum Group;
  if (facts.bandwidth) say_number(object, "br", kbps(*facts.bandwidth));
  if (facts.duration) say_number(object, "d", milliseconds(*facts.duration));
  say(object, "ot", std::string(token(facts.object)));
  if (facts.top_bandwidth) say_number(object, "tb", kbps(*facts.top_bandwidth));
  if (facts.buffer_level) say_number(request, "bl", hundreds(milliseconds(*facts.buffer_level)));
  if (facts.deadline) say_number(request, "dl", hundreds(milliseconds(*facts.deadline)));
  if (facts.throughput) say_number(request, "mtp", hundreds(kbps(*facts.throughput)));
  if (!facts.next_object.empty()) say(request, "nor", quoted(percent_encoded(facts.next_object)));
  if (facts.startup) say_true(request, "su");
  if (facts.starved) say_true(status, "bs");
  // Rounded up: it is what suffices.
  if (facts.enough_throughput)
    say_number(status, "rtp", (kbps(*facts.enough_throughput) + 99) / 100 * 100);
  if (!facts.content_id.empty()) say(session, "cid", quoted(facts.content_id));
  if (facts.playback_percent % 100 != 0)
    say(session, "pr", fmt::format("{:g}", facts.playback_percent / 100.0));
  else if (facts.playback_percent != 100)
    say_number(session, "pr", facts.playback_percent / 100);
  if (facts.format != 0) say(session, "sf", std::string(1, facts.format));
  if (!facts.session_id.empty()) say(session, "sid", quoted(facts.session_id));
  if (facts.stream_type != 0) say(session, "st", std::string(1, facts.stream_type));
  return entries;
}

}  // namespace

std::vector<std::string> cmcd_fields(const Cmcd& facts) {
  std::array<std::string, group_names.size()> values;
  for (const auto& [key, entry] : entries_of(facts)) {
    std::string& value = values[static_cast<std::size_t>(entry.group)];
    if (!value.empty()) value += ',';
    value += entry.text;
  }
  std::vector<std::string> fields;
  for (std::size_t group = 0; group < values.size(); ++group)
    if (!values[group].empty())
      fields.push_back(std::string(group_names[group]) + ": " + values[group]);
  return fields;
}

std::string cmcd_query(const Cmcd& facts) {
  std::string all;
  for (const auto& [key, entry] : entries_of(facts)) {
    if (!all.empty()) all += ',';
    all += entry.text;
  }
  return percent_encoded(all);
}

std::string relative_reference(const std::string& from, const std::string& to) {
  if (!media::same_origin(from, to)) return {};
  const media::Url here = media::parse_url(from);
  const media::Url there = media::parse_url(to);
  const std::string folder = here.path.substr(0, here.path.rfind('/') + 1);
  std::string reference = !folder.empty() && there.path.starts_with(folder)
                              ? there.path.substr(folder.size())
                              : there.path;
  // A query may hold a token, which is nobody's business in a log.
  return reference;
}

}  // namespace rung::player
