#include "player/licences.h"
#include "player/player.h"
#include "player/title_loader.h"

// The keys of protected titles, and what is chosen with them.

namespace rung::player {

Expected<void> Player::select_tracks(const std::stop_token& stop) {
  const auto select = [&]() -> Expected<void> {
    auto selection =
        media::TrackSelection::create(options_.loaded->presentation, selection_options());
    if (!selection) return tl::unexpected<Error>(selection.error());
    selection_ = *std::move(selection);
    return check_playable(*selection_, options_.keys);
  };
  Expected<void> playable = select();
  const auto requests = licence_requests(*options_.loaded->presentation, options_.keys);
  // Where something is open, servers are not asked for something else.
  if (!playable && !requests.empty()) {
    const auto licences = fetch_licences(loop_, client_, requests, stop);
    if (!licences) return tl::unexpected<Error>(licences.error());
    options_.keys.insert(licences->keys.begin(), licences->keys.end());
    playable = select();
    if (!playable && !licences->trouble.empty())
      playable.error().message += "; " + licences->trouble;
  }
  options_.loaded->keys = options_.keys;
  return playable;
}

decode::ContentKeys Player::keys() const {
  const std::lock_guard lock(mutex_);
  return options_.keys;
}

void Player::take_keys(const decode::ContentKeys& more) {
  const std::lock_guard lock(mutex_);
  options_.keys.insert(more.begin(), more.end());
}

}  // namespace rung::player
