#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "media/cue.h"
#include "media/decode/still_picture.h"
#include "player/picture_painter.h"
#include "player/steady_time.h"
#include "player/subtitle_painter.h"
#include "player/text_painter.h"
#include "player/up_next_card.h"

struct SDL_Renderer;

namespace rung::player {

/// A page of rows on top of the picture. A value.
struct Page {
  struct Row {
    std::string label;
    std::string value;
    friend bool operator==(const Row&, const Row&) = default;
  };
  /// A part of a bar, from and to as shares of its length.
  struct Piece {
    double from = 0;
    double to = 0;
    Color color;
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  std::string heading;
  std::vector<Row> rows;
  std::vector<Piece> bar;  ///< Below the first `bar_row` rows, where there is one.
  std::size_t bar_row = 0;
  std::vector<double> sparkline;  ///< 0 to 1; below the first `sparkline_row` rows.
  std::size_t sparkline_row = 0;
  friend bool operator==(const Page&, const Page&) = default;
};

/// Where the viewer is in the title. A value.
struct Timeline {
  MediaTime position{};
  MediaTime end{};
  std::vector<Page::Piece> buffered;  ///< As shares of the title.
  friend bool operator==(const Timeline&, const Timeline&) = default;
};

/// What lies on top of the picture: messages, a page, a seek bar, and a spinner with its reason
/// while the picture stands still against the viewer's will. It knows no player; it is told. A
/// resource of the main thread. Without a painter of text only the figures are drawn.
class OnScreenDisplay {
 public:
  /// A stall that is shorter than this is not worth a word.
  static constexpr Duration spinner_after = std::chrono::milliseconds(400);
  static constexpr Duration message_for = std::chrono::milliseconds(1500);
  static constexpr Duration bar_for = std::chrono::seconds(2);

  explicit OnScreenDisplay(std::unique_ptr<TextPainter> text) : text_(std::move(text)) {}

  /// Shows `text` for a while, in place of the message before.
  void tell(std::string text, SteadyTime now, Duration how_long = message_for);
  /// The picture stands still, because of `reason`; called again and again while it does.
  void wait_because(std::string reason, SteadyTime now);
  /// It moves, or the viewer wants it to stand still.
  void wait_no_more();

  /// Shows `page` until another one comes, or none.
  void show(std::optional<Page> page) { page_ = std::move(page); }

  /// Null where there is none.
  [[nodiscard]] TextPainter* text() const { return text_.get(); }

  /// Shows these subtitles until others come.
  void show_cues(std::vector<media::Cue> cues);

  /// Shows what comes next until another card comes, or none.
  void show_card(std::optional<UpNextCard> card) { card_ = std::move(card); }
  [[nodiscard]] bool card_seen() const { return card_.has_value(); }
  /// Whether a point lies on it.
  [[nodiscard]] bool on_card(int x, int y) const { return card_ && card_area_.holds(x, y); }

  /// What the seek bar shows while it is seen.
  void show_timeline(Timeline timeline) { timeline_ = std::move(timeline); }
  /// Where the small picture for a place comes from, null until it is there; empty for none. Called
  /// while the pointer is on the seek bar.
  using Thumbnails = std::function<std::shared_ptr<const decode::StillPicture>(MediaTime)>;
  void show_thumbnails(Thumbnails thumbnails) { thumbnails_ = std::move(thumbnails); }
  /// The pointer was moved to `x`, `y`, in pixels of what was drawn: shows the seek bar for a
  /// while.
  void pointed_at(int x, int y, SteadyTime now);
  /// Shows the seek bar for a while without a pointer: after a seek.
  void show_bar(SteadyTime now);
  [[nodiscard]] bool bar_seen(SteadyTime now) const { return now < bar_until_; }
  /// Which share of the title lies at a point, where that is on the seek bar.
  [[nodiscard]] std::optional<double> share_at(int x, int y, SteadyTime now) const;

  /// Whether draw() would draw something else than it did the last time.
  [[nodiscard]] bool out_of_date(SteadyTime now) const;
  /// Onto an area of `width` x `height` pixels, in which the picture takes `picture`.
  void draw(SDL_Renderer& renderer, int width, int height, const PictureArea& picture,
            SteadyTime now);

 private:
  /// All that decides what is seen; compared in out_of_date().
  struct Look {
    std::string message;
    std::string reason;
    int spinner = -1;  ///< The step of its turn; -1 while it is not seen.
    std::optional<Page> page;
    std::optional<UpNextCard> card;
    int cues = 0;  ///< How often they changed.
    bool bar = false;
    Timeline timeline;            ///< In whole seconds, so that a still bar stays as it is.
    std::optional<double> hover;  ///< The share of the title below the pointer.
    std::shared_ptr<const decode::StillPicture> thumbnail;  ///< Of that place.
    friend bool operator==(const Look&, const Look&) = default;
  };

  [[nodiscard]] Look look(SteadyTime now) const;
  /// A style of `size`, or smaller where `text` would not fit into `width`.
  [[nodiscard]] TextPainter::Style fitting(const std::string& text, int size, int width);
  void draw_spinner(SDL_Renderer& renderer, const Look& look, int width, int height);
  void draw_page(SDL_Renderer& renderer, const Page& page, int width, int height);
  /// Where the message is, and in which size; an empty area where there is none.
  struct MessageBox {
    PictureArea area;
    TextPainter::Style style;
    int pad = 0;
  };
  [[nodiscard]] MessageBox message_box(const Look& look, int width, int height);
  void draw_message(SDL_Renderer& renderer, const Look& look, int width, int height);
  void draw_bar(SDL_Renderer& renderer, const Look& look, int width, int height);
  /// With its foot at `bottom`, in the middle above `x` as far as there is room.
  void draw_thumbnail(SDL_Renderer& renderer, const Look& look, int x, int bottom, int width,
                      int height);

  std::unique_ptr<TextPainter> text_;
  std::string message_;
  SteadyTime message_until_{};
  std::optional<SteadyTime> waiting_since_;
  std::string reason_;
  std::optional<Page> page_;
  std::vector<media::Cue> cues_;
  int cues_shown_ = 0;                          ///< How often others came.
  std::unique_ptr<SubtitlePainter> subtitles_;  ///< Once there are some.
  std::optional<UpNextCard> card_;
  PicturePainter::Area card_area_;
  std::unique_ptr<PicturePainter> pictures_;  ///< Once there is something to draw.
  Timeline timeline_;
  Thumbnails thumbnails_;
  SteadyTime bar_until_{};
  struct Point {
    int x = 0;
    int y = 0;
  };
  std::optional<Point> pointer_;
  /// Where the bar takes clicks.
  struct Area {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
  };
  Area bar_area_;
  Look drawn_;
};

}  // namespace rung::player
