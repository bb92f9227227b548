#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "player/clock_text.h"
#include "player/media_output.h"
#include "player/statistics_page.h"

// What the output tells the viewer in the window, and what the viewer asks of it.

namespace rung::player {

namespace {

/// Figures that change faster cannot be read.
constexpr Duration page_every = std::chrono::milliseconds(250);
/// What the viewer did not ask for takes longer to notice.
constexpr Duration greeting_for = std::chrono::seconds(4);
constexpr Duration trouble_for = std::chrono::seconds(4);

/// In percent.
constexpr auto speeds = std::to_array({25, 50, 75, 100, 125, 150, 175, 200, 250, 300, 400});

/// The track whose rungs the viewer knows.
const media::Track& main_track_of(const media::Tracks& tracks) {
  return tracks.video ? *tracks.video : *tracks.audio;
}

SegmentNumber segment_at(const media::Track& track, MediaTime position) {
  return track.find(position).value_or(track.segment_count() - 1);
}

}  // namespace

void MediaOutput::explain_waiting(SteadyTime now) {
  if (!window_) return;
  if (clock_.running() || viewer_paused_ || end_reported_)
    window_->display().wait_no_more();
  else
    window_->display().wait_because(options_.session ? waiting_reason(options_.session()) : "",
                                    now);
}

void MediaOutput::refresh_page(SteadyTime now) {
  if (!window_ || now < next_page_) return;
  next_page_ = now + page_every;
  refresh_card(now);
  if (window_->display().bar_seen(now)) {
    Timeline timeline{.position = viewer_target_.value_or(clock_.position(now)), .end = end()};
    if (options_.session)
      timeline.buffered =
          buffered_pieces(options_.session(), MediaTime{}, end().time_since_epoch());
    window_->display().show_timeline(std::move(timeline));
  }
  switch (shown_page_) {
    case Shown::nothing:
      window_->display().show(std::nullopt);
      break;
    case Shown::help:
      window_->display().show(help_page());
      break;
    case Shown::stream:
      window_->display().show(page_of(playback_statistics(), StatisticsPage::stream));
      break;
    case Shown::events:
      window_->display().show(page_of(playback_statistics(), StatisticsPage::events));
      break;
    case Shown::prefetch:
      window_->display().show(page_of(playback_statistics(), StatisticsPage::prefetch));
      break;
  }
}

PlaybackStatistics MediaOutput::playback_statistics() const {
  PlaybackStatistics all;
  if (options_.session) all.session = options_.session();
  all.output = statistics();
  all.volume = volume_;
  all.muted = muted_;
  all.speed = clock_.speed();
  const auto tracks = options_.grown_or_first()();
  const media::Track& main = main_track_of(*tracks);
  const SegmentNumber here = segment_at(main, all.output.position);
  if (tracks->video && all.output.frames_presented > 0)
    all.shown = rung_of(main, here, all.output.representation);
  if (pinned_) all.pinned = rung_of(main, here, *pinned_);
  if (options_.text != nullptr)
    if (const auto chosen = options_.text->chosen())
      all.subtitles = label_of(options_.text->tracks(), *chosen);
  return all;
}

void MediaOutput::copy_statistics() {
  const auto copied = window_->copy(json_of(playback_statistics()));
  tell(copied ? "statistics copied as JSON" : to_string(copied.error()));
}

void MediaOutput::take_input(const ViewerInput& input) {
  switch (input.action) {
    case ViewerAction::pause:
      set_paused(!viewer_paused_);
      break;
    case ViewerAction::seek_by:
      seek_by(from_seconds(input.amount));
      break;
    case ViewerAction::seek_to:
      seek_to(MediaTime(from_seconds(to_seconds(end().time_since_epoch()) * input.amount)));
      break;
    case ViewerAction::step:
      step();
      break;
    case ViewerAction::volume_by:
      set_volume(std::clamp(volume_ + input.amount / 100, 0.0, 1.0), false);
      break;
    case ViewerAction::rung_by:
      change_rung(input.amount > 0 ? 1 : -1);
      break;
    case ViewerAction::audio_by:
      if (options_.change_audio) tell(options_.change_audio(input.amount > 0 ? 1 : -1));
      break;
    case ViewerAction::subtitles_by:
      change_text(input.amount > 0 ? 1 : -1);
      break;
    case ViewerAction::speed_by:
      change_speed(static_cast<int>(input.amount));
      break;
    case ViewerAction::mute:
      set_volume(volume_, !muted_);
      break;
    case ViewerAction::statistics:
      show_page(shown_page_ == Shown::nothing || shown_page_ == Shown::help ? Shown::stream
                                                                            : Shown::nothing);
      break;
    case ViewerAction::next_statistics:
      show_page(shown_page_ == Shown::stream   ? Shown::events
                : shown_page_ == Shown::events ? Shown::prefetch
                                               : Shown::stream);
      break;
    case ViewerAction::copy_statistics:
      copy_statistics();
      break;
    case ViewerAction::help:
      show_page(shown_page_ == Shown::help ? Shown::nothing : Shown::help);
      break;
    case ViewerAction::next_title:
      if (const int titles = input.amount > 0 ? 1 : -1; options_.has_title(titles))
        report_(ViewerWantsQuit{titles});
      else
        tell(titles > 0 ? "this is the last title" : "this is the first title");
      break;
    case ViewerAction::take_next:
      take_next();
      break;
    case ViewerAction::refuse_next:
      refuse_next();
      break;
    case ViewerAction::like:
      sign(TitleSign::like);
      break;
    case ViewerAction::not_for_me:
      sign(TitleSign::not_for_me);
      break;
    case ViewerAction::save:
      sign(TitleSign::save);
      break;
    case ViewerAction::quit:
      report_(ViewerWantsQuit{});
      break;
    case ViewerAction::quit_and_forget:
      report_(ViewerWantsQuit{.forget_place = true});
      break;
    case ViewerAction::full_screen:
    case ViewerAction::leave:
      break;  // The window's own.
  }
}

void MediaOutput::show_page(Shown page) {
  shown_page_ = page;
  next_page_ = {};
  refresh_page(SteadyClock::now());
}

void MediaOutput::sign(TitleSign sign) {
  tell(options_.sign ? options_.sign(sign) : "only titles of a catalogue can be remembered");
}

void MediaOutput::set_paused(bool paused) {
  viewer_paused_ = paused;
  tell(paused ? "pause" : "play");
  if (paused)
    report_(ViewerWantsPause{});
  else
    report_(ViewerWantsResume{});
}

void MediaOutput::change_rung(int steps) {
  const auto tracks = options_.grown_or_first()();
  const media::Track& track = main_track_of(*tracks);
  const MediaTime position = clock_.position(SteadyClock::now());
  const SegmentNumber here = segment_at(track, position);
  const auto rungs = static_cast<int>(track.ladder(here).size());
  if (rungs == 1) {
    tell("rung: there is only one");
    return;
  }
  // One place more than there are rungs: at 0 the policy chooses.
  const int place =
      pinned_ ? static_cast<int>(std::min(*pinned_, track.ladder(here).size() - 1)) + 1 : 0;
  const int next = (place + steps + rungs + 1) % (rungs + 1);
  pinned_.reset();
  if (next > 0) pinned_ = static_cast<RepresentationIndex>(next - 1);
  report_(ViewerWantsRung{pinned_});
  std::string message = "rung: auto";
  if (pinned_)
    message = fmt::format("rung: {}, pinned", to_string(rung_of(track, here, *pinned_).value()));
  // What was asked for before is shown as it is.
  if (options_.session) {
    const auto kind = tracks->video ? media::TrackKind::video : media::TrackKind::audio;
    if (const auto& newest = options_.session().transfer(kind)) {
      const SegmentNumber asked = newest->request.segment;
      const MediaTime from = track.start(asked) + track.duration(asked);
      if (from > position && asked + 1 < track.segment_count())
        message += ", from " + clock_text(from.time_since_epoch());
    }
  }
  tell(std::move(message));
}

void MediaOutput::change_text(int steps) {
  if (options_.text == nullptr || options_.text->tracks().empty()) {
    tell("subtitles: the title has none");
    return;
  }
  // One place more than there are tracks: at 0 they are off.
  const auto places = static_cast<int>(options_.text->tracks().size()) + 1;
  const auto chosen = options_.text->chosen();
  const int place = chosen ? static_cast<int>(*chosen) + 1 : 0;
  const int next = (place + steps + places) % places;
  if (next == 0) {
    options_.text->choose(std::nullopt);
    tell("subtitles: off");
    return;
  }
  const auto track = static_cast<std::size_t>(next - 1);
  options_.text->choose(track);
  tell("subtitles: " + label_of(options_.text->tracks(), track));
}

void MediaOutput::refresh_text(SteadyTime now) {
  if (options_.trouble)
    if (auto trouble = options_.trouble()) tell(*std::move(trouble), trouble_for);
  if (options_.text == nullptr) return;
  if (auto trouble = options_.text->take_trouble()) tell(*std::move(trouble), trouble_for);
  // On the way to another place the picture before stays as it was.
  if (first_frame_due_) return;
  const MediaTime position = clock_.position(now);
  std::vector<media::Cue> cues = options_.text->cues_at(position);
  const bool same =
      std::ranges::equal(cues, shown_cues_, [](const media::Cue& a, const media::Cue& b) {
        return a.text == b.text && a.placement == b.placement;
      });
  if (same) return;
  shown_cues_ = std::move(cues);
  std::string text;
  for (const media::Cue& cue : shown_cues_)
    text += (text.empty() ? "" : "\n") + media::plain_text(cue);
  if (window_) window_->display().show_cues(shown_cues_);
  report_(CuesChanged{position, std::move(text)});
}

void MediaOutput::change_speed(int steps) {
  if (options_.grown_or_first()()->live) {
    tell("a live title has its own speed");
    return;
  }
  Speed speed;
  if (steps != 0) {
    const auto* now = std::ranges::lower_bound(speeds, clock_.speed().percent());
    const std::ptrdiff_t place = std::clamp<std::ptrdiff_t>(
        now - speeds.begin() + steps, 0, static_cast<std::ptrdiff_t>(speeds.size()) - 1);
    speed = Speed::of_percent(*(speeds.begin() + place));
  }
  clock_.set_speed(speed, SteadyClock::now());
  audio_->set_speed(speed);
  report_(ViewerWantsSpeed{speed});
  tell("speed " + speed_text(speed));
}

void MediaOutput::set_volume(double volume, bool muted) {
  volume_ = volume;
  muted_ = muted;
  audio_->set_volume(muted ? 0 : volume);
  if (!audible_)
    tell("no sound: there is no audio device");
  else if (muted)
    tell("sound off");
  else
    tell(fmt::format("volume {:.0f} %", std::round(volume * 100)));
}

void MediaOutput::tell(std::string message, Duration how_long) {
  if (window_) window_->display().tell(std::move(message), SteadyClock::now(), how_long);
}

void MediaOutput::greet() {
  if (!window_ || std::exchange(greeted_, true) || options_.greeting.empty()) return;
  const SteadyTime now = SteadyClock::now();
  window_->display().tell(options_.greeting, now, greeting_for);
  window_->display().show_bar(now);
  next_page_ = {};  // The bar has to know the place before it is seen.
}

void MediaOutput::seek_by(Duration distance) {
  // Keys that come while a seek is on its way add up.
  seek_to(viewer_target_.value_or(clock_.position(SteadyClock::now())) + distance);
}

void MediaOutput::seek_to(MediaTime target) {
  viewer_target_ = std::clamp(target, MediaTime{}, std::max(end(), MediaTime{}));
  report_(ViewerWantsSeek{*viewer_target_});
  tell(fmt::format("{} / {}", clock_text(viewer_target_->time_since_epoch()),
                   clock_text(end().time_since_epoch())));
  window_->display().show_bar(SteadyClock::now());
}

void MediaOutput::step() {
  if (!viewer_paused_) {
    set_paused(true);
    return;
  }
  if (started_ || clock_.running() || !pictures_) return;  // The pause is on its way.
  const FrameQueue::View next = pictures_->view();
  if (next.seeks != seeks_ || !next.front) return;
  auto picture = pictures_->pop();
  if (!picture) return;
  const SteadyTime now = SteadyClock::now();
  clock_.jump(picture->picture.pts(), now);
  stepped_ = true;
  show(*std::move(picture));
  tell(fmt::format("{:.3f} s", to_seconds(clock_.position(now).time_since_epoch())));
}

}  // namespace rung::player
