#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "player/player.h"
#include "player/title_loader.h"

// The sound that a viewer chooses while the title plays.

namespace rung::player {

using media::TrackKind;

void Player::find_audio() {
  wanted_audio_ = options_.audio_language;
  if (!options_.loaded->sound_lost.empty()) {
    audio_trouble_ = "there is no sound: " + options_.loaded->sound_lost;
    audio_trouble_told_ = false;
  }
  if (!selection_->tracks().audio) return;
  audio_tracks_ = media::audio_tracks(selection_->presentation(), selection_options().key_ids);
  audio_track_ =
      media::audio_track_of(audio_tracks_, selection_->adaptation_set(TrackKind::audio, 0));
  audio_told_ = audio_came_ = audio_track_;
  if (audio_track_ == audio_tracks_.size()) audio_tracks_.clear();
  if (!audio_tracks_.empty()) monitor_->hears(media::label_of(audio_tracks_, audio_track_));
}

std::string Player::change_audio(int steps) {
  const std::lock_guard lock(audio_mutex_);
  if (audio_tracks_.size() < 2) return "sound: the title has only one";
  if (!selection_->tracks().video) return "sound: it is changed beside pictures only";
  const auto count = static_cast<std::ptrdiff_t>(audio_tracks_.size());
  Expected<void> taken;
  for (std::ptrdiff_t tries = 1; tries < count; ++tries) {
    const auto place = static_cast<std::ptrdiff_t>(audio_track_) + steps * tries;
    const auto track = static_cast<std::size_t>((place % count + count) % count);
    if (live_)
      ask_for_audio(track);
    else
      taken = take_audio(track);
    if (taken) return "sound: " + media::label_of(audio_tracks_, track);
  }
  return "sound: " + to_string(taken.error());
}

void Player::choose_audio(const std::string& language) {
  const std::lock_guard lock(audio_mutex_);
  if (!selection_->tracks().video) return;
  for (std::size_t track = 0; track < audio_tracks_.size(); ++track) {
    if (!media::matches_language(audio_tracks_[track].language, language)) continue;
    if (live_) return ask_for_audio(track);
    if (take_audio(track)) return;
  }
}

Expected<void> Player::take_audio(std::size_t track) {
  if (track == audio_track_) return {};
  media::TrackSelection::Options wishes = selection_options();
  wishes.audio = audio_tracks_[track];
  auto made = media::TrackSelection::create(options_.loaded->presentation, wishes);
  if (!made) return tl::unexpected<Error>(made.error());
  if (!made->tracks().audio)
    return failure(ErrorCode::unsupported, "not all of the title has this one",
                   media::label_of(audio_tracks_, track));
  if (auto playable = check_playable(*made, options_.keys); !playable) return playable;
  if (auto valid = session::validate(options_.session, made->tracks()); !valid)
    return tl::unexpected<Error>(valid.error());
  const auto selection = std::make_shared<const media::TrackSelection>(*std::move(made));
  took_audio(track, *selection->tracks().audio, selection);
  return {};
}

void Player::took_audio(std::size_t track, const media::Track& audio,
                        std::shared_ptr<const media::TrackSelection> selection) {
  audio_track_ = track;
  ++audio_changes_;
  const std::string& language = audio_tracks_[track].language;
  if (!language.empty()) wanted_audio_ = language;
  monitor_->hears(media::label_of(audio_tracks_, track));
  // What nobody has chosen follows the sound.
  if (text_->follows_sound()) text_->choose_wanted({}, language);
  audio_to_come_.push_back({.track = track, .selection = std::move(selection)});
  control_->change_audio(audio);
}

void Player::ask_for_audio(std::size_t track) {
  const std::size_t before = std::exchange(audio_track_, track);
  if (track == before) return;
  // What is live is the loop's.
  loop_.post([this, track, before] {
    live_->find_audio(audio_tracks_[track],
                      [this, track, before](const Expected<media::Track>& found) {
                        return audio_found(track, before, found);
                      });
  });
}

bool Player::audio_found(std::size_t track, std::size_t before,
                         const Expected<media::Track>& found) {
  const std::lock_guard lock(audio_mutex_);
  const auto valid = found.and_then([&](const media::Track& audio) {
    media::Tracks tracks = *live_->tracks();
    tracks.audio = audio;
    return session::validate(options_.session, tracks);
  });
  if (valid) {
    const std::size_t wanted = audio_track_;
    took_audio(track, *found, nullptr);
    audio_track_ = wanted;  // The viewer may have gone on meanwhile.
    return true;
  }
  if (audio_track_ == track) audio_track_ = before;
  audio_trouble_ = "sound: " + media::label_of(audio_tracks_, track) +
                   " cannot be had: " + to_string(valid.error());
  audio_trouble_told_ = false;
  return false;
}

bool Player::sound_lost(const std::string& why) {
  if (live_) return false;  // It may be late, as all else there.
  const std::lock_guard lock(audio_mutex_);
  if (!audio_to_come_.empty()) return true;  // The viewer has left it.
  if (audio_came_ == audio_track_) return false;
  const std::string lost = media::label_of(audio_tracks_, audio_track_);
  const std::string wanted = wanted_audio_;
  if (!take_audio(audio_came_)) return false;
  --audio_changes_;  // Not by the viewer.
  wanted_audio_ = wanted;
  audio_trouble_ = "sound: " + lost + " cannot be had, " +
                   media::label_of(audio_tracks_, audio_track_) + " goes on: " + why;
  audio_trouble_told_ = false;
  return true;
}

void Player::sound_came() {
  const std::lock_guard lock(audio_mutex_);
  audio_came_ = audio_told_;
}

std::optional<std::string> Player::take_sound_trouble() {
  const std::lock_guard lock(audio_mutex_);
  if (std::exchange(audio_trouble_told_, true)) return std::nullopt;
  return audio_trouble_;
}

void Player::audio_changed() {
  {
    const std::lock_guard audio_lock(audio_mutex_);
    const std::lock_guard lock(mutex_);
    audio_told_ = audio_to_come_.front().track;
    changed_ = std::move(audio_to_come_.front().selection);
    audio_to_come_.pop_front();
  }
  if (live_) live_->change_audio();
}

std::shared_ptr<const media::TrackSelection> Player::selection() const {
  const std::lock_guard lock(mutex_);
  if (changed_) return changed_;
  return {std::shared_ptr<void>(), &*selection_};
}

}  // namespace rung::player
