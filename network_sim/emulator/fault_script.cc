#include "network_sim/emulator/fault_script.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <regex>
#include <utility>

namespace rung::emulator {
namespace {

using Json = nlohmann::json;
using enum Fault::Kind;

/// std::regex recurses once a character: longer targets are matched by their beginning.
constexpr std::size_t longest_match = 2048;

/// An action and its members.
struct Word {
  std::string_view name;
  Fault::Kind kind{};
  /// The whole number that it needs, where it needs one, and its bounds.
  std::string_view number = {};
  std::int64_t least = 0;
  std::int64_t most = std::int64_t{1} << 40;
  /// Texts, by member.
  std::string_view text = {};
  std::string_view value = {};
};

constexpr std::int64_t far = std::int64_t{1} << 40;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t flood_limit = std::int64_t{16} << 20;
constexpr std::int64_t bomb_limit = std::int64_t{1} << 30;

constexpr std::array<Word, 20> words{{
    {.name = "status", .kind = status, .number = "status", .least = 200, .most = 599},
    {.name = "close", .kind = close, .number = "after_bytes"},
    {.name = "reset", .kind = reset, .number = "after_bytes"},
    {.name = "hang-up", .kind = hang_up},
    {.name = "cut", .kind = cut, .number = "after_bytes"},
    {.name = "no-length", .kind = no_length},
    {.name = "ignore-range", .kind = ignore_range},
    {.name = "stall", .kind = stall, .number = "after_bytes"},
    {.name = "hang", .kind = hang},
    {.name = "content-length", .kind = content_length, .number = "by", .least = -far},
    {.name = "slow", .kind = slow, .number = "bytes_per_second", .least = 1},
    {.name = "refuse", .kind = refuse},
    {.name = "delay", .kind = delay, .number = "ms", .least = 1, .most = hour_ms},
    {.name = "corrupt", .kind = corrupt, .number = "after_bytes"},
    {.name = "endless", .kind = endless},
    {.name = "body", .kind = body, .text = "text", .value = "type"},
    {.name = "field", .kind = field, .text = "name", .value = "value"},
    {.name = "header-flood", .kind = header_flood, .number = "bytes", .most = flood_limit},
    {.name = "gzip-bomb", .kind = gzip_bomb, .number = "bytes", .most = bomb_limit},
    {.name = "wrong-range", .kind = wrong_range, .number = "by", .least = -far},
}};

const Word& word_of(Fault::Kind kind) { return *std::ranges::find(words, kind, &Word::kind); }

tl::unexpected<Error> wrong(const std::string& message) {
  return failure(ErrorCode::malformed, message);
}

Expected<std::int64_t> whole_number(const Json& rule, std::string_view member, std::int64_t least,
                                    std::int64_t most) {
  const auto found = rule.find(member);
  if (found == rule.end()) return wrong("\"" + std::string(member) + "\" is missing");
  if (!found->is_number_integer() || *found < least || *found > most)
    return wrong("\"" + std::string(member) + "\" must be a whole number from " +
                 std::to_string(least) + " to " + std::to_string(most));
  return found->get<std::int64_t>();
}

/// A text fit for a header field.
Expected<std::string> field_value(const Json& value, std::string_view member) {
  std::string text;
  if (value.is_number_unsigned())
    text = std::to_string(value.get<std::uint64_t>());
  else if (value.is_string())
    text = value.get<std::string>();
  const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (text.empty() || !printable)
    return wrong("\"" + std::string(member) + "\" must be a printable text or a whole number");
  return text;
}

Expected<Fault> read_fault(const Json& rule) {
  const auto action = rule.find("action");
  if (action == rule.end() || !action->is_string()) return wrong("\"action\" is missing");
  const auto text = action->get<std::string>();
  const auto* const word = std::ranges::find(words, text, &Word::name);
  if (word == words.end()) return wrong("there is no action \"" + text + "\"");
  Fault fault;
  fault.kind = word->kind;
  if (!word->number.empty()) {
    const auto number = whole_number(rule, word->number, word->least, word->most);
    if (!number) return tl::unexpected(number.error());
    if (fault.kind == status)
      fault.status = static_cast<int>(*number);
    else if (fault.kind == delay)
      fault.wait = std::chrono::milliseconds(*number);
    else
      fault.bytes = *number;
  }
  if (fault.kind == body) {  // Any text, also none.
    if (!rule.contains("text") || !rule["text"].is_string()) return wrong("\"text\" is missing");
    fault.text = rule["text"].get<std::string>();
  }
  const std::array<std::pair<std::string_view, std::string*>, 4> fields{{
      {fault.kind == status ? "retry_after" : "", &fault.retry_after},
      {fault.kind == status ? "location" : "", &fault.location},
      {fault.kind == field ? word->text : "", &fault.text},
      {word->value, &fault.value},
  }};
  for (const auto& [member, target] : fields) {
    if (member.empty()) continue;
    const auto found = rule.find(member);
    if (found == rule.end()) {
      if (fault.kind == field) return wrong("\"" + std::string(member) + "\" is missing");
      continue;
    }
    auto value = field_value(*found, member);
    if (!value) return tl::unexpected(value.error());
    *target = *std::move(value);
  }
  if (fault.text.find(':') != std::string::npos && fault.kind == field)
    return wrong("\"name\" must be the name of a header field");
  return fault;
}

bool known_member(const std::string& member, Fault::Kind kind) {
  if (member == "contains" || member == "regex" || member == "requests" || member == "action")
    return true;
  if (kind == status && (member == "retry_after" || member == "location")) return true;
  const Word& word = word_of(kind);
  return member == word.number || member == word.text || member == word.value;
}

}  // namespace

struct FaultScript::Rule {
  std::string contains;
  std::optional<std::regex> pattern;
  std::vector<std::uint64_t> requests;  ///< Counted from 1; empty means all.
  Fault fault;
  std::uint64_t seen = 0;

  [[nodiscard]] bool matches(std::string_view target) const {
    if (pattern) {
      const std::string_view begin = target.substr(0, longest_match);
      return std::regex_search(begin.begin(), begin.end(), *pattern);
    }
    return target.find(contains) != std::string_view::npos;
  }

  static Expected<Rule> create(const Json& json);
};

Expected<FaultScript::Rule> FaultScript::Rule::create(const Json& json) {
  if (!json.is_object()) return wrong("a rule must be an object");
  auto fault = read_fault(json);
  if (!fault) return tl::unexpected(fault.error());
  for (const auto& [member, value] : json.items())
    if (!known_member(member, fault->kind))
      return wrong("\"" + member + "\" has no meaning with this action");
  Rule rule;
  rule.fault = *std::move(fault);
  const bool substring = json.contains("contains") && json["contains"].is_string();
  const bool regex = json.contains("regex") && json["regex"].is_string();
  if (substring == regex) return wrong("one of the texts \"contains\" and \"regex\" is needed");
  if (substring) rule.contains = json["contains"].get<std::string>();
  if (regex) {
    try {
      rule.pattern.emplace(json["regex"].get<std::string>(), std::regex::ECMAScript);
    } catch (const std::regex_error&) {
      return wrong("\"regex\" is not a regular expression");
    }
  }
  if (json.contains("requests")) {
    for (const Json& number : json["requests"]) {
      if (!number.is_number_unsigned() || number == 0)
        return wrong("\"requests\" must be a list of whole numbers from 1");
      rule.requests.push_back(number.get<std::uint64_t>());
    }
    if (rule.requests.empty()) return wrong("\"requests\" is empty");
  }
  return rule;
}

std::string_view to_string(Fault::Kind kind) { return word_of(kind).name; }

FaultScript::FaultScript() = default;
FaultScript::~FaultScript() = default;
FaultScript::FaultScript(FaultScript&&) noexcept = default;
FaultScript& FaultScript::operator=(FaultScript&&) noexcept = default;

Expected<FaultScript> FaultScript::create(std::string_view json, const std::string& name) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded()) return failure(ErrorCode::malformed, "is not JSON", name);
  if (!document.is_object() || document.size() != 1 || !document.contains("rules") ||
      !document["rules"].is_array())
    return failure(ErrorCode::malformed, "must be an object with the list \"rules\"", name);
  FaultScript script;
  for (const Json& entry : document["rules"]) {
    auto rule = Rule::create(entry);
    if (!rule)
      return failure(rule.error().code, rule.error().message,
                     name + " rule " + std::to_string(script.rules_.size() + 1));
    script.rules_.push_back(*std::move(rule));
  }
  return script;
}

std::optional<Fault> FaultScript::next(std::string_view target) {
  std::optional<Fault> met;
  for (Rule& rule : rules_) {
    if (!rule.matches(target)) continue;
    ++rule.seen;
    const bool due = rule.requests.empty() || std::ranges::count(rule.requests, rule.seen) > 0;
    if (due && !met) met = rule.fault;
  }
  return met;
}

}  // namespace rung::emulator
