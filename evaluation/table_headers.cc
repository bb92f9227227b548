#include "evaluation/table_headers.h"

#include <algorithm>
#include <cstddef>

namespace rung::evaluation {
namespace {

/// Goes over a TOML text as far as it takes to know where statements begin.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] int line() const {
    return 1 + static_cast<int>(std::ranges::count(text_.substr(0, at_), '\n'));
  }

  void skip_blanks() {
    while (!done() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool skip(char letter) {
    if (done() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1; }

  /// At the first letter of a name, or of the end of an empty header, which is refused by others.
  [[nodiscard]] bool at_name() const {
    if (done()) return true;
    const char letter = text_[at_];
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '"' ||
           letter == '\'' || letter == ']';
  }

  /// Behind the line on which a name and its value end.
  void skip_statement() {
    int open = 0;
    while (!done()) {
      const char letter = text_[at_];
      if (letter == '"' || letter == '\'') {
        skip_string(letter);
      } else if (letter == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        ++at_;
        if (letter == '[' || letter == '{') ++open;
        if (letter == ']' || letter == '}') --open;
        if (letter == '\n' && open <= 0) return;
      }
    }
  }

 private:
  void skip_string(char quote) {
    const std::string_view rest = text_.substr(at_);
    const std::size_t marks = rest.size() > 2 && rest[1] == quote && rest[2] == quote ? 3 : 1;
    for (at_ += marks; !done(); ++at_) {
      if (quote == '"' && text_[at_] == '\\') {
        ++at_;
      } else if (marks == 1 && text_[at_] == '\n') {
        return;
      } else if (text_.substr(at_, marks) ==
                 std::string_view("\"\"\"'''").substr(quote == '"' ? 0 : 3, marks)) {
        at_ += marks;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<int> nameless_table_header(std::string_view text) {
  Scanner scanner(text);
  while (!scanner.done()) {
    scanner.skip_blanks();
    if (!scanner.skip('[')) {
      scanner.skip_statement();
      continue;
    }
    scanner.skip_blanks();
    if (scanner.skip('[')) scanner.skip_blanks();
    if (!scanner.at_name()) return scanner.line();
    scanner.skip_line();
  }
  return std::nullopt;
}

}  // namespace rung::evaluation
