#pragma once

#include <thread>

#include "player/player.h"

namespace rung::cli {

/// What plays, in one line on the standard error that is written over again and again; nothing
/// where no person watches. Takes itself away at the end. A resource; the player must outlive it.
class StatusLine {
 public:
  explicit StatusLine(const player::Player& player);

 private:
  std::jthread thread_;
};

}  // namespace rung::cli
