#include "media/cue.h"

#include <gtest/gtest.h>

#include <string>

#include "core/limits.h"

namespace rung::media {
namespace {

std::string text_of(CueText& text) { return plain_text(Cue{.text = text.take()}); }

TEST(CueText, JoinsNeighboursOfOneLook) {
  CueText text;
  text.add("one ", {});
  text.add("two ", {});
  text.add("three", {.italic = true});
  EXPECT_EQ(text.take(), (std::vector<TextRun>{{"one two ", {}}, {"three", {.italic = true}}}));
  EXPECT_TRUE(text.take().empty());
}

TEST(CueText, TakesNothingThatIsNoCharacter) {
  CueText text;
  text.add(
      "a\x01"
      "b\tc\x7F"
      "d\xFF"
      "e\xC3\xA9\xE2\x82",
      {});
  EXPECT_EQ(text_of(text),
            "a b c d\xEF\xBF\xBD"
            "e\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD");
  for (const char* odd : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE0\x80\x80"}) {
    text.add(odd, {});
    EXPECT_EQ(text_of(text).substr(0, 3), "\xEF\xBF\xBD") << odd;
  }
}

TEST(CueText, DropsBlanksAndEmptyLinesAtBothEnds) {
  CueText text;
  text.add(" \n ", {});
  text.add(" first ", {.bold = true});
  text.add_break();
  text.add("second \n", {});
  EXPECT_EQ(text_of(text), "first\nsecond");
  text.add("  ", {});
  text.add_break();
  EXPECT_TRUE(text.take().empty());
}

TEST(CueText, IsBoundedAtAWholeCharacter) {
  CueText text;
  for (std::size_t i = 0; i < limits::cue_text; ++i) text.add("\xC3\xA9", {});
  const std::string kept = text_of(text);
  EXPECT_EQ(kept.size(), limits::cue_text);
  EXPECT_EQ(kept.substr(kept.size() - 2), "\xC3\xA9");
}

TEST(CueText, HoldsNoMoreThanItsLimitWhateverIsAdded) {
  CueText text;
  const TextLook bold{.bold = true};
  for (int i = 0; i < 100'000; ++i) text.add(" ", i % 2 == 0 ? bold : TextLook{});
  EXPECT_TRUE(text.full());
  // Blanks go; what had been set aside for them shows how many runs there were.
  EXPECT_LE(text.take().capacity(), 2 * limits::cue_text);
  text.add(std::string(limits::cue_text - 1, 'a') + "\xC3\xA9", {});
  text.add("b", {});
  text.add_break();
  EXPECT_EQ(text_of(text), std::string(limits::cue_text - 1, 'a')) << "nothing behind a gap";
}

TEST(CueText, DropsBlanksOfManyLooksInFront) {
  CueText text;
  for (int i = 0; i < 1000; ++i) text.add(" ", {.bold = i % 2 == 0});
  text.add("x", {});
  EXPECT_EQ(text.take(), (std::vector<TextRun>{{"x", {}}}));
}

}  // namespace
}  // namespace rung::media
