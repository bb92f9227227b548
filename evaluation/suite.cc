#include "evaluation/suite.h"

// The library's other way of reporting, exceptions, is not for ordinary failures.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "evaluation/table_headers.h"

namespace rung::evaluation {
namespace {

/// Names in one list of a suite.
constexpr std::size_t most_names = 100'000;
constexpr double longest = 86'400;

std::string line_of(const std::string& where, const toml::node& node) {
  return where + " line " + std::to_string(node.source().begin.line);
}

/// Reads the keys of one table, and knows afterwards which ones nobody asked for. The first failure
/// stays.
class Reader {
 public:
  /// `what` the file is, for messages: "a suite".
  Reader(const toml::table& table, const std::string& where, std::string_view what)
      : table_(table), where_(where), what_(what) {}

  void texts(std::string_view key, std::vector<std::string>& into) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    into.clear();
    if (const auto* array = node->as_array()) {
      for (const toml::node& element : *array) add_text(key, element, into);
      if (array->empty()) fail(key, "is an empty list", *node);
    } else {
      add_text(key, *node, into);
    }
    if (std::set<std::string>(into.begin(), into.end()).size() != into.size())
      fail(key, "names something twice", *node);
    if (into.size() > most_names) fail(key, "has too many entries", *node);
  }

  void text(std::string_view key, std::optional<std::string>& into) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    std::vector<std::string> one;
    add_text(key, *node, one);
    if (!one.empty()) into = one.front();
  }

  void number(std::string_view key, double low, double high, std::optional<double>& into) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const std::optional<double> value = node->is_number() ? node->value<double>() : std::nullopt;
    if (value && *value >= low && *value <= high)
      into = value;
    else
      fail(key, "must be a number from " + shortest(low) + " to " + shortest(high), *node);
  }

  /// One duration or a list of them, in units of so many seconds. They differ as durations: numbers
  /// that are told apart may be equal as such.
  void durations(std::string_view key, double low, double high, double unit,
                 std::vector<Duration>& into) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto add = [&](const toml::node& element) {
      const std::optional<double> value =
          element.is_number() ? element.value<double>() : std::nullopt;
      if (value && *value >= low && *value <= high)
        into.push_back(from_seconds(*value * unit));
      else
        fail(key, "must be numbers from " + shortest(low) + " to " + shortest(high), element);
    };
    if (const auto* array = node->as_array()) {
      for (const toml::node& element : *array) add(element);
      if (array->empty()) fail(key, "is an empty list", *node);
    } else {
      add(*node);
    }
    if (std::set<Duration>(into.begin(), into.end()).size() != into.size())
      fail(key, "names something twice", *node);
  }

  void flags(std::string_view key, std::vector<bool>& into) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto add = [&](const toml::node& element) {
      if (const auto value = element.is_boolean() ? element.value<bool>() : std::nullopt)
        into.push_back(*value);
      else
        fail(key, "must be true or false, or a list of both", element);
    };
    if (const auto* array = node->as_array()) {
      for (const toml::node& element : *array) add(element);
      if (array->empty()) fail(key, "is an empty list", *node);
    } else {
      add(*node);
    }
    if (into.size() > 2 || (into.size() == 2 && into[0] == into[1]))
      fail(key, "names something twice", *node);
  }

  void seeds(std::string_view key, std::vector<std::uint64_t>& into) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    into.clear();
    const auto add = [&](const toml::node& element) {
      const std::optional<std::int64_t> value =
          element.is_integer() ? element.value<std::int64_t>() : std::nullopt;
      if (value && *value >= 0)
        into.push_back(static_cast<std::uint64_t>(*value));
      else
        fail(key, "must be whole numbers from 0", element);
    };
    if (const auto* array = node->as_array()) {
      for (const toml::node& element : *array) add(element);
      if (array->empty()) fail(key, "is an empty list", *node);
    } else {
      add(*node);
    }
    if (std::set<std::uint64_t>(into.begin(), into.end()).size() != into.size())
      fail(key, "names something twice", *node);
  }

  void flag(std::string_view key, std::optional<bool>& into) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (const auto value = node->is_boolean() ? node->value<bool>() : std::nullopt)
      into = value;
    else
      fail(key, "must be true or false", *node);
  }

  void fail(std::string_view key, const std::string& what, const toml::node& node) {
    if (!failure_)
      failure_ = Error{ErrorCode::invalid_argument, "\"" + std::string(key) + "\" " + what,
                       line_of(where_, node)};
  }

  /// The first failure, or the first key that is unknown.
  [[nodiscard]] std::optional<Error> failure() {
    for (const auto& [key, node] : table_)
      if (!asked_.contains(key.str())) fail(key.str(), "is no key of " + std::string(what_), node);
    return failure_;
  }

 private:
  const toml::node* find(std::string_view key) {
    asked_.insert(std::string(key));
    return table_.get(key);
  }
  void add_text(std::string_view key, const toml::node& node, std::vector<std::string>& into) {
    const std::optional<std::string> value =
        node.is_string() ? node.value<std::string>() : std::nullopt;
    if (!value || value->empty())
      fail(key, "must be text that is not empty", node);
    else if (value->find_first_of(std::string_view("\t\n\r\0", 4)) != std::string::npos)
      fail(key, "must not contain tabs, line ends or zeros", node);
    else
      into.push_back(*value);
  }
  static std::string shortest(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  const toml::table& table_;
  const std::string& where_;
  std::string_view what_;
  std::set<std::string, std::less<>> asked_;
  std::optional<Error> failure_;
};

std::optional<Error> missing(const Grid& grid) {
  for (const auto& [key, list] :
       {std::pair{"title", &grid.titles}, std::pair{"traces", &grid.traces},
        std::pair{"policies", &grid.policies}})
    if (list->empty())
      return Error{ErrorCode::invalid_argument, "\"" + std::string(key) + "\" is missing", {}};
  if (grid.live_chunk > Duration::zero() && !grid.live_delay)
    return Error{ErrorCode::invalid_argument, "\"live_chunk_s\" goes with \"live_s\" alone", {}};
  return std::nullopt;
}

/// The keys that say what is run.
void read_grid(Reader& reader, Grid& grid) {
  reader.texts("title", grid.titles);
  reader.texts("traces", grid.traces);
  reader.texts("policies", grid.policies);
  reader.seeds("seeds", grid.seeds);
  std::optional<std::string> profile;
  reader.text("profile", profile);
  grid.profile = profile.value_or("");
  reader.text("qoe", grid.qoe);
  std::optional<double> live;
  reader.number("live_s", 0.001, longest, live);
  if (live) grid.live_delay = from_seconds(*live);
  std::optional<double> chunk;
  reader.number("live_chunk_s", 0.001, longest, chunk);
  if (chunk) grid.live_chunk = from_seconds(*chunk);
  std::optional<double> overhead;
  reader.number("overhead_percent", 0, 1000, overhead);
  grid.overhead_percent = overhead.value_or(0);
  reader.texts("estimator", grid.estimators);
  reader.durations("buffer_s", 0.001, longest, 1, grid.buffers);
  reader.durations("startup_s", 0.001, longest, 1, grid.startups);
  reader.durations("resume_s", 0.001, longest, 1, grid.resumes);
  reader.durations("rtt_ms", 0, 600'000, 0.001, grid.rtts);
  reader.flags("abandonment", grid.abandonment);
}

/// What is wrong with a grid whose keys are right.
std::optional<Error> check_grid(const Grid& grid, std::size_t most_sessions) {
  if (auto lacks = missing(grid)) return lacks;
  const auto more_than = [](std::size_t most, const std::string& what) {
    return Error{ErrorCode::limit_exceeded,
                 "the lists make more than " + std::to_string(most) + ' ' + what,
                 {}};
  };
  if (setting_count(grid) > most_settings) return more_than(most_settings, "settings");
  if (least_sessions(grid) > most_sessions) return more_than(most_sessions, "sessions");
  return std::nullopt;
}

std::optional<Error> read(Reader& reader, Grid& grid) {
  read_grid(reader, grid);
  if (auto failed = reader.failure()) return failed;
  return check_grid(grid, most_grid_sessions);
}

std::optional<Error> read(Reader& reader, Suite& suite) {
  read_grid(reader, suite.grid);
  std::optional<std::string> baseline;
  reader.text("baseline", baseline);
  suite.qoe = suite.grid.qoe.value_or(suite.qoe);
  std::optional<bool> regret;
  reader.flag("regret", regret);
  suite.regret = regret.value_or(false);
  std::optional<std::string> separator;
  reader.text("log_separator", separator);
  suite.log_separator = separator.value_or(suite.log_separator);
  std::optional<double> number;
  reader.number("confidence", 0.8, 0.999, number);
  suite.bootstrap.confidence = std::exchange(number, {}).value_or(suite.bootstrap.confidence);
  reader.number("power", 0.5, 0.99, number);
  suite.power = std::exchange(number, {}).value_or(suite.power);
  reader.number("resamples", 1'000, 1'000'000, number);
  suite.bootstrap.resamples =
      static_cast<int>(std::exchange(number, {}).value_or(suite.bootstrap.resamples));
  reader.number("bootstrap_seed", 0, 9e15, number);
  if (number) suite.bootstrap.seed = static_cast<std::uint64_t>(*number);
  if (auto failed = reader.failure()) return failed;
  if (auto failed = check_grid(suite.grid, most_suite_sessions)) return failed;

  suite.variants = variants_of(suite.grid);
  suite.baseline = baseline.value_or(suite.variants.front());
  if (std::ranges::find(suite.variants, suite.baseline) == suite.variants.end())
    return Error{
        ErrorCode::invalid_argument,
        "the baseline \"" + suite.baseline + "\" is none of the policies" +
            (suite.variants.size() == suite.grid.policies.size()
                 ? ""
                 : "; with several settings the first one is \"" + suite.variants.front() + '"'),
        {}};
  return std::nullopt;
}

template <typename T>
Expected<T> parse(std::string_view text, const std::string& where, std::string_view what) {
  if (const auto line = nameless_table_header(text))
    return failure(ErrorCode::malformed, "the header of a table has no name",
                   where + " line " + std::to_string(*line));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed)
    return failure(ErrorCode::malformed, std::string(parsed.error().description()),
                   where + " line " + std::to_string(parsed.error().source().begin.line));
  T content;
  Reader reader(parsed.table(), where, what);
  if (auto failed = read(reader, content)) {
    if (failed->where.empty()) failed->where = where;
    return tl::unexpected(*std::move(failed));
  }
  return content;
}

}  // namespace

Expected<Suite> parse_suite(std::string_view text, const std::string& where) {
  return parse<Suite>(text, where, "a suite");
}

Expected<Grid> parse_grid(std::string_view text, const std::string& where) {
  return parse<Grid>(text, where, "a grid");
}

std::string log_of(std::string_view trace, std::string_view separator) {
  trace.remove_prefix(std::min(trace.size(), trace.find_last_of('/') + 1));
  if (const std::size_t dot = trace.find_last_of('.'); dot != std::string_view::npos && dot > 0)
    trace = trace.substr(0, dot);
  const std::size_t cut = trace.rfind(separator);
  return std::string(cut == std::string_view::npos || cut == 0 ? trace : trace.substr(0, cut));
}

}  // namespace rung::evaluation
