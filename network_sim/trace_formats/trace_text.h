#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/trace.h"

// What the readers and writers of all trace formats share: lines, numbers and their bounds.

namespace rung::network_sim {

/// The lines of a text, each without surrounding blanks, carriage return and (on the first one)
/// byte order mark. Does not own the text.
class TextLines {
 public:
  explicit TextLines(std::string_view text) : rest_(text) {}
  /// Goes to the next line; false behind the last one.
  [[nodiscard]] bool next();
  [[nodiscard]] std::string_view line() const { return line_; }
  /// Counted from 1.
  [[nodiscard]] std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  std::size_t number_ = 0;
};

[[nodiscard]] std::string_view without_blanks(std::string_view text);
/// The parts between runs of spaces and tabs.
[[nodiscard]] std::vector<std::string_view> split_fields(std::string_view line);

/// The parts between commas, each without blanks around it.
[[nodiscard]] std::vector<std::string_view> split_cells(std::string_view line);

/// What a number in a trace may be: its name for error messages, how many decimal digits the unit
/// it is kept in has more than the unit it is written in, and the largest value in the kept unit.
struct NumberKind {
  std::string_view name;
  int decimals = 0;
  std::int64_t maximum = 0;
};

/// Reads a decimal number exactly (rounding halves up behind the last kept digit); exponents are
/// understood. The error says what is wrong and quotes the text, without a place.
[[nodiscard]] Expected<std::int64_t> read_number(std::string_view text, const NumberKind& kind);

[[nodiscard]] Expected<Duration> read_milliseconds(std::string_view text, std::string_view name);
[[nodiscard]] Expected<Duration> read_seconds(std::string_view text, std::string_view name);
[[nodiscard]] Expected<BitRate> read_kilobits_per_second(std::string_view text);
[[nodiscard]] Expected<BitRate> read_megabits_per_second(std::string_view text);
[[nodiscard]] Expected<Duration> read_rtt_milliseconds(std::string_view text);

/// `value` divided by 10^decimals, written out in full without needless zeros: exact.
[[nodiscard]] std::string decimal_text(std::int64_t value, int decimals);

/// "name line 7"
[[nodiscard]] std::string place(std::string_view name, std::size_t line);
/// The same error at "name line 7".
[[nodiscard]] tl::unexpected<Error> at_line(Error error, std::string_view name, std::size_t line);
/// A text from a document, made fit for an error message: short, printable, in quotes.
[[nodiscard]] std::string quoted(std::string_view text);

/// Gathers the pieces of a trace under the limits of core/limits.h.
class TracePieces {
 public:
  explicit TracePieces(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Adds a piece that `line` describes; one that lasts no time is left out.
  [[nodiscard]] Expected<void> add(const Trace::Piece& piece, std::size_t line);
  [[nodiscard]] Expected<Trace> trace() &&;

 private:
  std::string name_;
  std::vector<Trace::Piece> pieces_;
  Duration total_{};
};

}  // namespace rung::network_sim
