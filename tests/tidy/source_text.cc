#include "tests/tidy/source_text.h"

#include <cctype>
#include <utility>

namespace rung::tidy {
namespace {

bool is_word(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

/// Walks through C++ text once and gives every character to the code or the comment of its line.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Line> split() {
    while (at_ < text_.size()) {
      step();
    }
    if (!line_.whole.empty()) {
      lines_.push_back(std::move(line_));
    }
    return std::move(lines_);
  }

 private:
  enum class State { code, line_comment, block_comment, string, character, raw_string };

  void step() {
    const char next = text_[at_];
    if (next == '\n') {
      lines_.push_back(std::exchange(line_, {}));
      if (state_ != State::block_comment && state_ != State::raw_string) {
        state_ = State::code;
      }
      ++at_;
      return;
    }
    switch (state_) {
      case State::code:
        step_code();
        return;
      case State::line_comment:
        line_.comment += next;
        take(1);
        return;
      case State::block_comment:
        if (starts("*/")) {
          state_ = State::code;
          take(2);
        } else {
          line_.comment += next;
          take(1);
        }
        return;
      case State::string:
      case State::character:
        step_quoted(state_ == State::string ? '"' : '\'');
        return;
      case State::raw_string:
        line_.quotes_document = true;
        if (starts(raw_end_)) {
          state_ = State::code;
          line_.code += '"';
          take(raw_end_.size());
        } else {
          take(1);
        }
        return;
    }
  }

  void step_code() {
    const char next = text_[at_];
    if (starts("//")) {
      state_ = State::line_comment;
      take(2);
      return;
    }
    if (starts("/*")) {
      state_ = State::block_comment;
      take(2);
      return;
    }
    const char before = line_.code.empty() ? ' ' : line_.code.back();
    if (starts("R\"") && !is_word(before)) {
      const std::size_t open = text_.find('(', at_);
      if (open != std::string_view::npos) {
        raw_end_ = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
        state_ = State::raw_string;
        line_.code += '"';
        take(open + 1 - at_);
        return;
      }
    }
    if (next == '"') {
      // The names of included files are wanted as code.
      if (line_.code.starts_with("#include")) {
        line_.code += next;
        take(1);
        return;
      }
      state_ = State::string;
    } else if (next == '\'' && !is_word(before)) {
      state_ = State::character;
    }
    line_.code += next;
    take(1);
  }

  void step_quoted(char end) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
      take(2);
      return;
    }
    if (text_[at_] == end) {
      state_ = State::code;
      line_.code += end;
    }
    take(1);
  }

  [[nodiscard]] bool starts(std::string_view what) const {
    return text_.substr(at_).starts_with(what);
  }

  void take(std::size_t count) {
    line_.whole += text_.substr(at_, count);
    at_ += count;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  State state_ = State::code;
  std::string raw_end_;
  Line line_;
  std::vector<Line> lines_;
};

std::vector<Line> whole_lines(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back({.whole = std::string(text.substr(0, end))});
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

}  // namespace

SourceText read_source(std::string path, std::string_view text) {
  std::vector<Line> lines = is_cxx(path) ? Splitter(text).split() : whole_lines(text);
  return {std::move(path), std::move(lines)};
}

bool is_header(std::string_view path) { return path.ends_with(".h"); }

bool is_cxx(std::string_view path) { return is_header(path) || path.ends_with(".cc"); }

}  // namespace rung::tidy
