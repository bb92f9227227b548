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
  if (!options_.loaded->sound_lost.empty())
    tell_sound_trouble("there is no sound: " + options_.loaded->sound_lost);
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
  Expected<void> taken;
  std::size_t track = audio_track_;
  for (std::size_t tries = 1; tries < audio_tracks_.size(); ++tries) {
    track = audio_beside(track, steps);
    if (live_)
      ask_for_audio({.track = track, .steps = steps, .lost = {}});
    else
      taken = take_audio(track, ChosenBy::viewer);
    if (taken) return "sound: " + media::label_of(audio_tracks_, track);
  }
  return "sound: " + to_string(taken.error());
}

void Player::choose_audio(const std::string& language) {
  const std::lock_guard lock(audio_mutex_);
  if (!selection_->tracks().video) return;
  for (std::size_t track = 0; track < audio_tracks_.size(); ++track) {
    if (!media::matches_language(audio_tracks_[track].language, language)) continue;
    if (live_) return ask_for_audio({.track = track, .steps = 0, .lost = {}, .language = language});
    if (take_audio(track, ChosenBy::viewer)) return;
  }
}

std::size_t Player::audio_beside(std::size_t track, int steps) const {
  const auto count = static_cast<std::ptrdiff_t>(audio_tracks_.size());
  const std::ptrdiff_t place = static_cast<std::ptrdiff_t>(track) + steps;
  return static_cast<std::size_t>((place % count + count) % count);
}

Expected<void> Player::take_audio(std::size_t track, ChosenBy by) {
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
  took_audio(track, *selection->tracks().audio, by, selection);
  return {};
}

void Player::took_audio(std::size_t track, const media::Track& audio, ChosenBy by,
                        std::shared_ptr<const media::TrackSelection> selection) {
  audio_track_ = track;
  const std::string& language = audio_tracks_[track].language;
  if (by == ChosenBy::viewer) {
    ++audio_changes_;
    if (!language.empty()) wanted_audio_ = language;
  }
  monitor_->hears(media::label_of(audio_tracks_, track));
  // What nobody has chosen follows the sound.
  if (text_->follows_sound()) text_->choose_wanted({}, language);
  audio_to_come_.push_back({.track = track, .selection = std::move(selection)});
  control_->change_audio(audio);
}

std::size_t Player::audio_known() const {
  return audio_to_come_.empty() ? audio_told_ : audio_to_come_.back().track;
}

void Player::ask_for_audio(AudioWish wish) {
  audio_track_ = wish.track;
  if (wish.track == audio_known()) return;
  // What is live is the loop's.
  loop_.post([this, wish = std::move(wish)] {
    live_->find_audio(audio_tracks_[wish.track], [this, wish](const Expected<media::Track>& found) {
      return audio_found(wish, found);
    });
  });
}

bool Player::audio_found(const AudioWish& wish, const Expected<media::Track>& found) {
  const std::lock_guard lock(audio_mutex_);
  // The viewer has gone on meanwhile, or has asked for it twice.
  if (audio_track_ != wish.track || audio_known() == wish.track) return false;
  const auto valid = found.and_then([&](const media::Track& audio) {
    media::Tracks tracks = *live_->tracks();
    tracks.audio = audio;
    return session::validate(options_.session, tracks);
  });
  if (valid) {
    took_audio(wish.track, *found, wish.lost.empty() ? ChosenBy::viewer : ChosenBy::loss, nullptr);
    if (!wish.lost.empty()) tell_sound_trouble(wish.lost);
    return true;
  }
  tell_sound_trouble("sound: " + media::label_of(audio_tracks_, wish.track) +
                     " cannot be had: " + to_string(valid.error()));
  // On with the round, which ends with what is heard.
  ask_for_audio(
      {.track = audio_behind(wish), .steps = wish.steps, .lost = {}, .language = wish.language});
  return false;
}

std::size_t Player::audio_behind(const AudioWish& wish) const {
  if (wish.steps != 0) return audio_beside(wish.track, wish.steps);
  for (std::size_t track = wish.track + 1; track < audio_tracks_.size() && !wish.language.empty();
       ++track)
    if (media::matches_language(audio_tracks_[track].language, wish.language)) return track;
  return audio_known();
}

bool Player::sound_lost(const std::string& why) {
  const std::lock_guard lock(audio_mutex_);
  if (!audio_to_come_.empty()) return true;  // The viewer has left it.
  // There is none before, or another one is being looked for.
  if (audio_came_ == audio_told_ || audio_track_ != audio_told_) return false;
  const std::string trouble = "sound: " + media::label_of(audio_tracks_, audio_track_) +
                              " cannot be had, " + media::label_of(audio_tracks_, audio_came_) +
                              " goes on: " + why;
  if (live_) {
    ask_for_audio({.track = audio_came_, .steps = 0, .lost = trouble});
    return false;
  }
  if (!take_audio(audio_came_, ChosenBy::loss)) return false;
  tell_sound_trouble(trouble);
  return true;
}

void Player::sound_came() {
  const std::lock_guard lock(audio_mutex_);
  audio_came_ = audio_told_;
}

void Player::tell_sound_trouble(std::string trouble) {
  audio_trouble_ = std::move(trouble);
  audio_trouble_told_ = false;
}

std::optional<std::string> Player::take_trouble() {
  const std::lock_guard lock(audio_mutex_);
  if (std::exchange(audio_trouble_told_, true)) return monitor_->take_loss();
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
