#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/expected.h"

namespace rung::recommend {

/// Comma-separated values with a head line, row by row. Fields may stand in double quotes, which
/// are taken off; a doubled quote within is refused: names of titles and viewers are identifiers.
/// The text must outlive it.
class CsvTable {
 public:
  /// `name` is for messages, `what` the content ("log of plays"). Fails with malformed or
  /// limit_exceeded where there is no head line or more than limits::text_file_size.
  [[nodiscard]] static Expected<CsvTable> open(std::string_view text, const std::string& name,
                                               const std::string& what);

  /// The first column that has one of the names.
  [[nodiscard]] std::optional<std::size_t> column(
      std::initializer_list<std::string_view> names) const;
  /// Goes to the next row that is not empty; false behind the last one. Fails with malformed where
  /// quotes do not match or a column below `needed` is missing.
  [[nodiscard]] Expected<bool> next(std::size_t needed);
  /// Of this row.
  [[nodiscard]] std::string_view operator[](std::size_t column) const { return fields_[column]; }
  /// File and line, for messages.
  [[nodiscard]] std::string place() const;

 private:
  static constexpr std::size_t most_columns = 64;

  [[nodiscard]] std::optional<std::string_view> next_line();
  [[nodiscard]] bool split(std::string_view line);

  std::string_view rest_;
  std::string name_;
  std::size_t line_ = 0;
  std::size_t count_ = 0;
  std::array<std::string_view, most_columns> fields_;
  std::vector<std::string_view> head_;
};

/// Numbers for names, in the order of their first appearance. The names must outlive it.
class NameNumbers {
 public:
  [[nodiscard]] std::uint32_t number(std::string_view name);
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  [[nodiscard]] std::vector<std::string> take() { return std::move(list_); }

 private:
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::vector<std::string> list_;
};

/// 1 to limits::play_name_length bytes without control characters.
[[nodiscard]] bool good_name(std::string_view name);
/// The whole text as a number; nothing for what is none.
[[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view text);
[[nodiscard]] std::optional<double> real_number(std::string_view text);

}  // namespace rung::recommend
