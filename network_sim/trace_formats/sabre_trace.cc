#include "network_sim/trace_formats/sabre_trace.h"

#include <optional>
#include <utility>

#include "network_sim/trace_formats/trace_text.h"

namespace rung::network_sim {
namespace {

/// Walks over the tokens of a JSON text and knows its line.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  [[nodiscard]] std::size_t line() const { return line_; }

  /// Takes `expected` if it is the next token.
  [[nodiscard]] bool take(char expected) {
    skip_space();
    if (text_.empty() || text_.front() != expected) return false;
    text_.remove_prefix(1);
    return true;
  }

  [[nodiscard]] bool at_end() {
    skip_space();
    return text_.empty();
  }

  /// The inside of a string, escapes left as they are.
  [[nodiscard]] Expected<std::string_view> string() {
    if (!take('"')) return unexpected_token("a member name in quotes");
    std::size_t end = 0;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n')
      end += text_[end] == '\\' ? 2U : 1U;
    if (end >= text_.size() || text_[end] == '\n')
      return failure(ErrorCode::malformed, "a string does not end");
    const std::string_view inside = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return inside;
  }

  /// A number, true, false or null as it is written.
  [[nodiscard]] Expected<std::string_view> word() {
    skip_space();
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}[{\":"), text_.size());
    if (end == 0) return unexpected_token("a plain value");
    const std::string_view result = text_.substr(0, end);
    text_.remove_prefix(end);
    return result;
  }

  [[nodiscard]] bool at_string() {
    skip_space();
    return text_.starts_with('"');
  }

  [[nodiscard]] tl::unexpected<Error> unexpected_token(const std::string& expected) {
    skip_space();
    const std::string found = text_.empty() ? "the end" : quoted(text_.substr(0, 1));
    return failure(ErrorCode::malformed, expected + " expected, " + found + " found");
  }

 private:
  void skip_space() {
    while (!text_.empty()) {
      const char c = text_.front();
      if (c == '\n') ++line_;
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
      text_.remove_prefix(1);
    }
  }

  std::string_view text_;
  std::size_t line_ = 1;
};

/// The members of one entry that matter.
struct Entry {
  std::optional<Duration> duration;
  std::optional<BitRate> rate;
  std::optional<Duration> latency;
};

template <typename T>
Expected<void> set_once(std::optional<T>& member, const Expected<T>& value) {
  if (!value) return tl::unexpected(value.error());
  if (member) return failure(ErrorCode::malformed, "a member is there twice");
  member = *value;
  return {};
}

Expected<void> read_member(Scanner& scanner, Entry& entry) {
  const auto name = scanner.string();
  if (!name) return tl::unexpected(name.error());
  if (!scanner.take(':')) return scanner.unexpected_token("\":\"");
  if (scanner.at_string()) {
    if (*name == "duration_ms" || *name == "bandwidth_kbps" || *name == "latency_ms")
      return failure(ErrorCode::malformed, std::string(*name) + " is not a number");
    const auto ignored = scanner.string();
    if (!ignored) return tl::unexpected(ignored.error());
    return {};
  }
  const auto value = scanner.word();
  if (!value) return tl::unexpected(value.error());
  if (*name == "duration_ms")
    return set_once(entry.duration, read_milliseconds(*value, "duration_ms"));
  if (*name == "bandwidth_kbps") return set_once(entry.rate, read_kilobits_per_second(*value));
  if (*name == "latency_ms") return set_once(entry.latency, read_rtt_milliseconds(*value));
  return {};
}

Expected<Trace::Piece> read_entry(Scanner& scanner) {
  if (!scanner.take('{'))
    return scanner.unexpected_token("an entry {duration_ms, bandwidth_kbps, latency_ms}");
  Entry entry;
  if (!scanner.take('}')) {
    do {
      const auto member = read_member(scanner, entry);
      if (!member) return tl::unexpected(member.error());
    } while (scanner.take(','));
    if (!scanner.take('}')) return scanner.unexpected_token("\",\" or \"}\"");
  }
  if (!entry.duration || !entry.rate)
    return failure(ErrorCode::malformed, "the entry needs duration_ms and bandwidth_kbps");
  return Trace::Piece{.duration = *entry.duration, .rate = *entry.rate, .rtt = entry.latency};
}

Expected<void> read_list(Scanner& scanner, TracePieces& pieces) {
  if (!scanner.take('['))
    return scanner.unexpected_token("a list of {duration_ms, bandwidth_kbps, latency_ms}");
  if (!scanner.take(']')) {
    do {
      const auto piece = read_entry(scanner);
      if (!piece) return tl::unexpected(piece.error());
      const auto added = pieces.add(*piece, scanner.line());
      if (!added) return added;
    } while (scanner.take(','));
    if (!scanner.take(']')) return scanner.unexpected_token("\",\" or \"]\"");
  }
  if (!scanner.at_end()) return scanner.unexpected_token("the end");
  return {};
}

}  // namespace

Expected<Trace> read_sabre_trace(std::string_view text, std::string name) {
  TracePieces pieces(std::move(name));
  Scanner scanner(text);
  const auto read = read_list(scanner, pieces);
  if (!read) return at_line(read.error(), pieces.name(), scanner.line());
  return std::move(pieces).trace();
}

std::string write_sabre_trace(const Trace& trace) {
  std::string text;
  for (const Trace::Piece& piece : trace.pieces()) {
    text += text.empty() ? "[\n" : ",\n";
    text += "    {\"duration_ms\": " + decimal_text(piece.duration.count(), 6) +
            ", \"bandwidth_kbps\": " + decimal_text(piece.rate.bits_per_second(), 3) +
            ", \"latency_ms\": " + decimal_text(piece.rtt.value_or(Duration::zero()).count(), 6) +
            "}";
  }
  return text + "\n]\n";
}

}  // namespace rung::network_sim
