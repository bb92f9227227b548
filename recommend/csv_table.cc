#include "recommend/csv_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/limits.h"

namespace rung::recommend {
namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Expected<CsvTable> CsvTable::open(std::string_view text, const std::string& name,
                                  const std::string& what) {
  if (text.size() > static_cast<std::size_t>(limits::text_file_size.bytes()))
    return failure(ErrorCode::limit_exceeded, "the " + what + " is larger than 256 MiB", name);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  CsvTable table;
  table.rest_ = text;
  table.name_ = name;
  const auto head = table.next_line();
  if (!head) return failure(ErrorCode::malformed, "the " + what + " is empty", name);
  // Without columns where it cannot be split.
  if (table.split(*head))
    table.head_.assign(table.fields_.begin(),
                       table.fields_.begin() + static_cast<std::ptrdiff_t>(table.count_));
  return table;
}

std::optional<std::size_t> CsvTable::column(std::initializer_list<std::string_view> names) const {
  for (std::size_t column = 0; column < head_.size(); ++column)
    if (std::ranges::find(names, head_[column]) != names.end()) return column;
  return std::nullopt;
}

Expected<bool> CsvTable::next(std::size_t needed) {
  while (const auto line = next_line()) {
    if (line->empty()) continue;
    if (!split(*line) || count_ < needed)
      return failure(ErrorCode::malformed, "the row has too few or badly quoted columns", place());
    return true;
  }
  return false;
}

std::string CsvTable::place() const { return name_ + " line " + std::to_string(line_); }

std::optional<std::string_view> CsvTable::next_line() {
  if (rest_.empty()) return std::nullopt;
  const std::size_t end = rest_.find('\n');
  std::string_view line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++line_;
  return line;
}

bool CsvTable::split(std::string_view line) {
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

std::uint32_t NameNumbers::number(std::string_view name) {
  const auto [place, added] =
      numbers_.try_emplace(name, static_cast<std::uint32_t>(numbers_.size()));
  if (added) list_.emplace_back(name);
  return place->second;
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::play_name_length &&
         std::ranges::none_of(name, [](char letter) {
           return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
         });
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  return number_of<std::int64_t>(text);
}

std::optional<double> real_number(std::string_view text) {
  const auto value = number_of<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace rung::recommend
