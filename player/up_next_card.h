#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/time.h"
#include "media/decode/still_picture.h"
#include "player/picture_painter.h"
#include "player/text_painter.h"

namespace rung::player {

/// What plays next, offered near the end of a title.
struct UpNext {
  std::string title;
  std::string detail;  ///< A second line, such as the series; may be empty.
  /// Its picture, once it is there; asked on the main thread, first a while before it is shown.
  std::function<std::shared_ptr<const decode::StillPicture>()> artwork = {};
  /// Called once, when the viewer sees it.
  std::function<void()> seen = {};
};

/// How long before the end of a title the card comes: ten seconds, or a third of a short title.
[[nodiscard]] Duration card_time(Duration title);

/// The card as it is seen. A value.
struct UpNextCard {
  std::string heading;
  std::string title;
  std::string detail;
  double share = 0;  ///< Of its time that is over.
  std::shared_ptr<const decode::StillPicture> artwork;
  friend bool operator==(const UpNextCard&, const UpNextCard&) = default;
};
/// With `left` to go of `length`.
[[nodiscard]] UpNextCard card_of(const UpNext& next, Duration left, Duration length);

/// Where the card is seen: in the lower right corner of `width` x `height`, above the seek bar.
[[nodiscard]] PicturePainter::Area card_area(int width, int height);

/// Draws the card there. Without a painter of text only the picture and the time.
void draw_card(SDL_Renderer& renderer, TextPainter* text, PicturePainter& pictures,
               const UpNextCard& card, int width, int height);

}  // namespace rung::player
