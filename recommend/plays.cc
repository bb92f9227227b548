#include "recommend/plays.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/limits.h"

namespace rung::recommend {
namespace {

constexpr std::int64_t latest_time = 16'725'225'600;  // The year 2500.
constexpr std::size_t most_columns = 64;

/// The lines of a text, without their ends.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number_;
    return line;
  }
  [[nodiscard]] std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

/// The fields of one line; nothing where quotes do not match. Quotes are taken off, a doubled quote
/// within is refused: names of titles and viewers are identifiers.
class Fields {
 public:
  bool split(std::string_view line) {
    count_ = 0;
    for (bool more = true; more;) {
      std::string_view field;
      if (line.starts_with('"')) {
        const std::size_t close = line.find('"', 1);
        if (close == std::string_view::npos) return false;
        field = line.substr(1, close - 1);
        line.remove_prefix(close + 1);
        if (!line.empty() && line.front() != ',') return false;
        more = !line.empty();
        line.remove_prefix(more ? 1 : 0);
      } else {
        const std::size_t comma = line.find(',');
        field = line.substr(0, comma);
        more = comma != std::string_view::npos;
        line = more ? line.substr(comma + 1) : std::string_view();
      }
      if (count_ == most_columns) return false;
      fields_[count_++] = field;
    }
    return true;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string_view operator[](std::size_t index) const { return fields_[index]; }

 private:
  std::array<std::string_view, most_columns> fields_;
  std::size_t count_ = 0;
};

struct Columns {
  std::size_t viewer = 0;
  std::size_t title = 0;
  std::size_t time = 0;
};

std::optional<std::size_t> column_of(const Fields& fields,
                                     std::initializer_list<std::string_view> names) {
  for (std::size_t column = 0; column < fields.count(); ++column)
    if (std::ranges::find(names, fields[column]) != names.end()) return column;
  return std::nullopt;
}

/// Numbers for names, in the order of their first appearance.
class Names {
 public:
  std::uint32_t number(std::string_view name) {
    const auto [place, added] =
        numbers_.try_emplace(name, static_cast<std::uint32_t>(numbers_.size()));
    if (added) list_.emplace_back(name);
    return place->second;
  }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::vector<std::string> list_;
};

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::play_name_length &&
         std::ranges::none_of(name, [](char letter) {
           return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
         });
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::size_t Plays::size() const {
  std::size_t sum = 0;
  for (const std::vector<Play>& plays : by_viewer) sum += plays.size();
  return sum;
}

Expected<Plays> parse_plays(std::string_view text, const std::string& name) {
  if (text.size() > static_cast<std::size_t>(limits::text_file_size.bytes()))
    return failure(ErrorCode::limit_exceeded, "the log of plays is larger than 256 MiB", name);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Lines lines(text);
  const auto place = [&] { return name + " line " + std::to_string(lines.number()); };
  Fields fields;
  const auto head = lines.next();
  if (!head) return failure(ErrorCode::malformed, "the log of plays is empty", name);
  Columns columns;
  {
    const bool split = fields.split(*head);
    const auto viewer = column_of(fields, {"viewer", "user", "userId"});
    const auto title = column_of(fields, {"title", "item", "movieId"});
    const auto time = column_of(fields, {"time", "timestamp"});
    if (!split || !viewer || !title || !time)
      return failure(ErrorCode::malformed,
                     "the head line must name the columns viewer, title and time", place());
    columns = {.viewer = *viewer, .title = *title, .time = *time};
  }
  const std::size_t needed = std::max({columns.viewer, columns.title, columns.time}) + 1;
  Names viewers;
  Names titles;
  Plays plays;
  std::size_t rows = 0;
  while (const auto line = lines.next()) {
    if (line->empty()) continue;
    if (!fields.split(*line) || fields.count() < needed)
      return failure(ErrorCode::malformed, "the row has too few or badly quoted columns", place());
    if (!good_name(fields[columns.viewer]) || !good_name(fields[columns.title]))
      return failure(ErrorCode::malformed,
                     "viewer and title need a name of 1 to 256 bytes without control characters",
                     place());
    const auto time = whole_number(fields[columns.time]);
    if (!time || *time < 0 || *time > latest_time)
      return failure(ErrorCode::malformed,
                     "the time must be whole seconds since 1970, before the year 2500", place());
    if (++rows > limits::plays)
      return failure(ErrorCode::limit_exceeded, "more than 20 million plays", place());
    const std::uint32_t viewer = viewers.number(fields[columns.viewer]);
    const TitleIndex title = titles.number(fields[columns.title]);
    if (titles.size() > limits::recommended_titles)
      return failure(ErrorCode::limit_exceeded, "more than a million titles", place());
    if (viewers.size() > limits::viewers)
      return failure(ErrorCode::limit_exceeded, "more than 5 million viewers", place());
    if (viewer == plays.by_viewer.size()) plays.by_viewer.emplace_back();
    plays.by_viewer[viewer].push_back(
        {.title = title, .time = std::chrono::sys_seconds(std::chrono::seconds(*time))});
  }
  if (rows == 0) return failure(ErrorCode::malformed, "the log has no plays", name);
  for (std::vector<Play>& own : plays.by_viewer) std::ranges::stable_sort(own, {}, &Play::time);
  plays.titles = titles.take();
  plays.viewers = viewers.take();
  return plays;
}

Plays without_last(const Plays& plays, std::size_t count) {
  Plays result = plays;
  for (std::vector<Play>& own : result.by_viewer)
    if (!own.empty()) own.resize(own.size() > count ? own.size() - count : 1);
  return result;
}

std::vector<TitleIndex> titles_of(std::span<const Play> plays) {
  std::vector<TitleIndex> titles;
  titles.reserve(plays.size());
  for (const Play& play : plays) titles.push_back(play.title);
  return titles;
}

}  // namespace rung::recommend
