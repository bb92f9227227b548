#include <algorithm>

#include "player/media_output.h"
#include "player/up_next_card.h"

// What the output offers of the title that comes next.

namespace rung::player {

namespace {

/// So long before the card its picture is asked for.
constexpr Duration picture_ahead = std::chrono::seconds(10);

}  // namespace

void MediaOutput::refresh_card(SteadyTime now) {
  if (!options_.up_next || next_refused_) {
    window_->display().show_card(std::nullopt);
    return;
  }
  const UpNext& next = *options_.up_next;
  const Duration length = end().time_since_epoch();
  const Duration shown_for = card_time(length);
  const Duration left = length - viewer_target_.value_or(clock_.position(now)).time_since_epoch();
  if (left > shown_for + picture_ahead) {
    window_->display().show_card(std::nullopt);
    return;
  }
  UpNextCard card = card_of(next, left, shown_for);  // Asks for the picture.
  if (left > shown_for) {
    window_->display().show_card(std::nullopt);
    return;
  }
  if (!next_seen_ && next.seen) next.seen();
  next_seen_ = true;
  window_->display().show_card(std::move(card));
}

void MediaOutput::take_next() {
  if (window_->display().card_seen()) report_(ViewerWantsQuit{1});
}

void MediaOutput::refuse_next() {
  next_refused_ = true;
  window_->display().show_card(std::nullopt);
  tell("this title only");
  report_(ViewerRefusesNext{});
}

}  // namespace rung::player
