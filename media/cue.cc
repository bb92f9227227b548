#include "media/cue.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/limits.h"
#include "media/utf8.h"

namespace rung::media {
namespace {

constexpr std::string_view no_character = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace

std::string plain_text(const Cue& cue) {
  std::string text;
  for (const TextRun& run : cue.text) text += run.text;
  return text;
}

void CueText::add(std::string_view text, const TextLook& look) {
  if (full_ || text.empty()) return;
  if (runs_.empty() || runs_.back().look != look) runs_.push_back({.text = {}, .look = look});
  std::string& end = runs_.back().text;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    std::string_view character = length == 0 ? no_character : text.substr(0, length);
    const bool control =
        character.size() == 1 && (static_cast<unsigned char>(text[0]) < 0x20 || text[0] == '\x7F');
    if (control && text[0] != '\n') character = " ";
    full_ = size_ + character.size() > limits::cue_text;
    if (full_) return;
    end += character;
    size_ += character.size();
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

void CueText::add_break() {
  if (full_ || runs_.empty()) return;
  std::string& last = runs_.back().text;
  while (last.ends_with(' ')) last.pop_back();
  add("\n", runs_.back().look);
}

std::vector<TextRun> CueText::take() {
  std::vector<TextRun> runs = std::exchange(runs_, {});
  size_ = 0;
  full_ = false;
  constexpr std::string_view blanks = " \n";
  for (TextRun& run : runs) {
    run.text.erase(0, std::min(run.text.find_first_not_of(blanks), run.text.size()));
    if (!run.text.empty()) break;
  }
  while (!runs.empty()) {
    std::string& last = runs.back().text;
    last.erase(last.find_last_not_of(blanks) + 1);
    if (!last.empty()) break;
    runs.pop_back();
  }
  std::erase_if(runs, [](const TextRun& run) { return run.text.empty(); });
  return runs;
}

}  // namespace rung::media
