#include "tests/tidy/checks.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "tests/tidy/rules.h"

namespace rung::tidy {
namespace {

bool is_word(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

/// Where `word` stands in `text` as a whole word, or npos.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  for (std::size_t at = text.find(word, from); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == text.size() || !is_word(text[end]))) {
      return at;
    }
  }
  return std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool lists(std::string_view blanks_between, std::string_view name) {
  while (!blanks_between.empty()) {
    const std::size_t end = blanks_between.find(' ');
    if (blanks_between.substr(0, end) == name) {
      return true;
    }
    blanks_between =
        end == std::string_view::npos ? std::string_view() : blanks_between.substr(end + 1);
  }
  return false;
}

/// The room that a path lies in, null outside all rooms.
const Room* room_of(std::string_view path) {
  const Room* found = nullptr;
  for (const Room& room : rooms) {
    const bool inside = path.starts_with(room.folder) && path.size() > room.folder.size() &&
                        path[room.folder.size()] == '/';
    if (inside && (found == nullptr || room.folder.size() > found->folder.size())) {
      found = &room;
    }
  }
  return found;
}

std::string_view stem_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.substr(0, name.find('.'));
}

/// What a line includes, with the sign that ends it (`vector>` or `core/time.h"`), or nothing.
std::string_view included_by(const Line& line) {
  const std::string_view code = trimmed(line.code);
  if (!code.starts_with("#include")) {
    return {};
  }
  const std::size_t open = code.find_first_of("<\"");
  return open == std::string_view::npos ? std::string_view() : code.substr(open + 1);
}

/// The checks of one file. Each public function is one rule or a family of them.
class FileChecks {
 public:
  explicit FileChecks(const SourceText& file) : file_(file), room_(room_of(file.path)) {}

  std::vector<Finding> run() {
    check_name();
    for (std::size_t index = 0; index < file_.lines.size(); ++index) {
      number_ = index + 1;
      check_text(file_.lines[index]);
      if (is_cxx(file_.path)) {
        check_layout(file_.lines[index]);
        check_includes(file_.lines[index]);
        check_code(index);
      }
    }
    number_ = 0;
    if (is_cxx(file_.path)) {
      check_whole();
    }
    return std::move(findings_);
  }

 private:
  void report(std::string_view rule, std::string message) {
    findings_.push_back({rule, file_.path, number_, std::move(message)});
  }

  void check_name() {
    std::string_view words = stem_of(file_.path);
    while (!words.empty()) {
      const std::size_t end = words.find('_');
      const std::string_view word = words.substr(0, end);
      if (is_cxx(file_.path) && std::ranges::count(banned_file_words, word) != 0) {
        report("file-name", "the word '" + std::string(word) + "' says nothing");
      }
      words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
    }
  }

  void check_text(const Line& line) {
    for (const std::string_view mark : unfinished_marks) {
      if (find_word(line.whole, mark) != std::string_view::npos) {
        report("unfinished", "unfinished work is a decision or an issue, not a mark in a file");
      }
    }
    for (const std::string_view path : machine_paths) {
      if (line.whole.find(path) != std::string::npos) {
        report("machine-path", "a path of one machine");
      }
    }
  }

  void check_layout(const Line& line) {
    // Bytes that continue a UTF-8 character do not count.
    const auto width = std::ranges::count_if(line.whole, [](char character) {
      return (static_cast<unsigned char>(character) & 0xC0U) != 0x80U;
    });
    if (static_cast<std::size_t>(width) > longest_line && !line.quotes_document) {
      report("line-length", "longer than " + std::to_string(longest_line) + " columns");
    }
    const std::string_view comment = trimmed(line.comment);
    const bool statement = (comment.ends_with(");") || comment.ends_with("];")) ||
                           (comment.ends_with(';') && comment.find(" = ") != comment.npos) ||
                           comment.ends_with(") {") || comment == "return;";
    const bool documents = line.whole.find("///") != std::string::npos;
    if (statement && !documents) {
      report("dead-code", "code in a comment");
    }
    if (trimmed(line.code).starts_with("#if 0")) {
      report("dead-code", "code that is never compiled");
    }
  }

  void check_includes(const Line& line) {
    const std::string_view included = included_by(line);
    if (included.empty() || room_ == nullptr) {
      return;
    }
    if (room_->pure) {
      for (const ForbiddenInclude& forbidden : forbidden_in_pure_rooms) {
        if (included.starts_with(forbidden.beginning)) {
          report("include", std::string(forbidden.why));
        }
      }
      for (const std::string_view library : libraries_inside_sources) {
        if (is_header(file_.path) && included.starts_with(library)) {
          report("include", "headers of pure rooms do not show this library");
        }
      }
    }
    const Room* const other = room_of(included);
    if (other == nullptr || other == room_ || lists(room_->may_include, other->folder)) {
      return;
    }
    // Tests see each other.
    if (room_->folder.starts_with("tests") && other->folder == "tests") {
      return;
    }
    report("direction",
           std::string(room_->folder) + " does not include " + std::string(other->folder));
  }

  void check_code(std::size_t index) {
    const std::string_view code = file_.lines[index].code;
    if (code.starts_with("using namespace") && !trimmed(code).ends_with("literals;")) {
      report("using-namespace", "opens a namespace to everything below");
    }
    check_memory(index);
    if (code.find("TEST") != std::string_view::npos &&
        code.find("DISABLED_") != std::string_view::npos) {
      report("disabled-test", "a test that does not run is deleted");
    }
    if (room_ != nullptr && room_->pure) {
      for (const ForbiddenCode& forbidden : forbidden_code_in_pure_rooms) {
        if (code.find(forbidden.text) != std::string_view::npos) {
          report("pure-code", std::string(forbidden.why));
        }
      }
    }
  }

  /// `new` is for objects whose constructor is private and that a unique_ptr takes at once.
  void check_memory(std::size_t index) {
    const std::string_view code = file_.lines[index].code;
    const std::string before = index == 0 ? std::string() : file_.lines[index - 1].code;
    const bool defines_operator = code.find("operator") != std::string_view::npos;
    const bool owned =
        code.find("_ptr<") != std::string_view::npos || before.find("_ptr<") != std::string::npos;
    const bool included = code.starts_with("#include");
    if (find_word(code, "new") != std::string_view::npos && !owned && !defines_operator &&
        !included) {
      report("memory", "memory that no unique_ptr takes at once");
    }
    const std::size_t deleted = find_word(code, "delete");
    if (deleted != std::string_view::npos && !defines_operator &&
        !trimmed(code.substr(0, deleted)).ends_with('=') &&
        !(deleted == code.find_first_not_of(' ') && trimmed(before).ends_with('='))) {
      report("memory", "memory is released by its owner");
    }
  }

  void check_whole() {
    if (file_.lines.size() > longest_file) {
      report("length", "longer than " + std::to_string(longest_file) + " lines");
    }
    const auto is_guard = [](const Line& line) { return trimmed(line.code) == "#pragma once"; };
    if (is_header(file_.path) && std::ranges::none_of(file_.lines, is_guard)) {
      report("pragma-once", "a header begins with #pragma once");
    }
  }

  const SourceText& file_;
  const Room* room_;
  std::size_t number_ = 0;
  std::vector<Finding> findings_;
};

/// How CMake files name a source: the functions for benchmarks and fuzz targets add the ending.
std::string_view name_in_build_file(std::string_view source) {
  if (source.ends_with("_fuzz.cc")) return source.substr(0, source.size() - sizeof("_fuzz.cc") + 1);
  if (source.ends_with("_bench.cc")) return source.substr(0, source.size() - sizeof(".cc") + 1);
  return source;
}

/// Whether the CMakeLists.txt of a folder around `path` names it by its way from there, or another
/// one by a way that leads through a parent folder.
bool is_built(const std::vector<SourceText>& files, std::string_view path) {
  for (const SourceText& file : files) {
    if (!file.path.ends_with("CMakeLists.txt")) continue;
    const std::string_view folder =
        std::string_view(file.path).substr(0, file.path.size() - sizeof("CMakeLists.txt") + 1);
    const bool around = path.starts_with(folder);
    const std::string_view way = around ? path.substr(folder.size()) : path.substr(path.rfind('/'));
    const std::string_view name = name_in_build_file(way);
    const bool named = std::ranges::any_of(file.lines, [&](const Line& line) {
      return around ? find_word(line.whole, name) != std::string_view::npos
                    : line.whole.find("..") != std::string::npos &&
                          line.whole.find(name) != std::string::npos;
    });
    if (named) return true;
  }
  return false;
}

/// The headers that tests include, and those that these show to the tests in turn. The source of a
/// table (policy_factory.cc) shows its entries as well: they are tested through the table.
std::set<std::string, std::less<>> headers_seen_by_tests(const std::vector<SourceText>& files) {
  std::map<std::string_view, const SourceText*> by_path;
  std::vector<const SourceText*> open;
  for (const SourceText& file : files) {
    by_path.emplace(file.path, &file);
    if (file.path.starts_with("tests/") && is_cxx(file.path)) {
      open.push_back(&file);
    }
  }
  std::set<std::string, std::less<>> seen;
  while (!open.empty()) {
    const SourceText& file = *open.back();
    open.pop_back();
    for (const Line& line : file.lines) {
      const std::string_view included = included_by(line);
      const std::string header(included.substr(0, included.find_first_of(">\"")));
      const auto found = by_path.find(header);
      if (found == by_path.end() || !seen.insert(header).second) {
        continue;
      }
      open.push_back(found->second);
      const std::string stem = header.substr(0, header.size() - std::string_view(".h").size());
      const auto source = by_path.find(stem + ".cc");
      if (stem.ends_with("_factory") && source != by_path.end()) {
        open.push_back(source->second);
      }
    }
  }
  return seen;
}

}  // namespace

std::vector<Finding> check_file(const SourceText& file) { return FileChecks(file).run(); }

std::vector<Finding> check_project(const std::vector<SourceText>& files) {
  const std::set<std::string, std::less<>> tested = headers_seen_by_tests(files);
  std::vector<Finding> findings;
  for (const SourceText& file : files) {
    const Room* const room = room_of(file.path);
    const bool product = room != nullptr && !room->folder.starts_with("tests") &&
                         room->folder != "bench" && room->folder != "cli" &&
                         room->folder != "python";
    if (product && is_header(file.path) && !tested.contains(file.path)) {
      findings.push_back({"test", file.path, 0, "no test sees it"});
    }
    if (room != nullptr && file.path.ends_with(".cc") && !is_built(files, file.path)) {
      findings.push_back({"built", file.path, 0, "no CMakeLists.txt names it"});
    }
  }
  return findings;
}

std::vector<Finding> without_exceptions(std::vector<Finding> findings) {
  for (const Exception& exception : exceptions()) {
    const auto accepted = [&](const Finding& finding) {
      const bool folder = exception.path.ends_with('/');
      return finding.rule == exception.rule &&
             (folder ? finding.path.starts_with(exception.path) : finding.path == exception.path);
    };
    if (std::erase_if(findings, accepted) == 0) {
      findings.push_back({exception.rule, std::string(exception.path), 0,
                          "the exception for this rule is not needed any more"});
    }
  }
  return findings;
}

}  // namespace rung::tidy
