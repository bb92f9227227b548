#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "player/player.h"

namespace rung::cli {

/// What plays, and what comes before and after it. A resource of the main thread.
class Programme {
 public:
  Programme() = default;
  Programme(const Programme&) = delete;
  Programme& operator=(const Programme&) = delete;
  virtual ~Programme() = default;

  /// The title that plays now.
  [[nodiscard]] virtual std::string url() const = 0;
  /// Says what may come next, before the title plays.
  virtual void prepare(player::PlayerOptions& options) = 0;
  /// `player` plays it, until over().
  virtual void begun(player::Player& player) = 0;
  virtual void over(const player::PlayerReport& report) = 0;
  /// Goes on so many titles (negative: back); false where there is none. Behind an end that nobody
  /// chose, `chosen` is false.
  [[nodiscard]] virtual bool go(int titles, bool chosen) = 0;
};

/// URLs one after the other. A resource.
class PlayList final : public Programme {
 public:
  explicit PlayList(std::vector<std::string> urls) : urls_(std::move(urls)) {}

  [[nodiscard]] std::string url() const override { return urls_[place_]; }
  void prepare(player::PlayerOptions& options) override;
  void begun(player::Player& /*player*/) override {}
  void over(const player::PlayerReport& /*report*/) override {}
  [[nodiscard]] bool go(int titles, bool chosen) override;

 private:
  std::vector<std::string> urls_;
  std::size_t place_ = 0;
};

}  // namespace rung::cli
