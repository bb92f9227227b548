#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace rung::media {

/// How a stretch of text looks.
struct TextLook {
  bool bold = false;
  bool italic = false;
  bool underlined = false;
  std::optional<std::uint32_t> color = {};  ///< 0xRRGGBB; none: the viewer's.
  friend bool operator==(const TextLook&, const TextLook&) = default;
};

/// A stretch of text with one look: UTF-8, lines are parted by '\n', no other control character.
struct TextRun {
  std::string text = {};
  TextLook look = {};
  friend bool operator==(const TextRun&, const TextRun&) = default;
};

/// Where a cue lies on the picture, in shares of its width and height.
struct CuePlacement {
  /// Which edge of the text lies at `y`.
  enum class Edge : std::uint8_t { automatic, top, middle, bottom };  ///< First: near the bottom.
  enum class Align : std::uint8_t { left, center, right };
  Edge edge = Edge::automatic;
  double y = 1;
  double left = 0;  ///< Of the box that the text may fill.
  double width = 1;
  Align align = Align::center;
  /// Of several at one place the first is the highest one, as TTML wants it; else it is next to the
  /// edge (WebVTT section 7.2).
  bool first_on_top = false;
  friend bool operator==(const CuePlacement&, const CuePlacement&) = default;
};

/// Text that is seen from `start` until `end`: a subtitle. A value.
struct Cue {
  MediaTime start = {};
  MediaTime end = {};
  std::vector<TextRun> text = {};
  CuePlacement placement = {};
  friend bool operator==(const Cue&, const Cue&) = default;
};

/// Its text without the looks.
[[nodiscard]] std::string plain_text(const Cue& cue);

/// Puts the text of one cue together: whole characters only, at most limits::cue_text bytes (all
/// that comes behind is left out), neighbours of one look in one run. A value.
class CueText {
 public:
  /// What is no character of UTF-8 becomes U+FFFD, a control character but '\n' a blank.
  void add(std::string_view text, const TextLook& look);
  /// A line break; blanks before it go.
  void add_break();
  /// Nothing that is added counts any more, until take().
  [[nodiscard]] bool full() const { return full_; }
  /// The runs, without blanks and empty lines at both ends. Empty where there is nothing to see.
  [[nodiscard]] std::vector<TextRun> take();

 private:
  std::vector<TextRun> runs_;
  std::size_t size_ = 0;
  bool full_ = false;
};

}  // namespace rung::media
