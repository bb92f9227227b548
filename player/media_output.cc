#include "player/media_output.h"

#include <algorithm>
#include <utility>

namespace rung::player {

namespace {

constexpr Duration report_every = std::chrono::milliseconds(100);
/// The longest sleep of the main thread while nothing is due.
constexpr Duration longest_wait = std::chrono::milliseconds(100);
/// While it must look for something that does not wake it (the first samples, the audio clock).
constexpr Duration short_wait = std::chrono::milliseconds(10);
/// A main thread that comes round again so late was stopped together with the whole program.
constexpr Duration stopped = std::chrono::seconds(1);
/// Samples that must be there before the sound begins.
constexpr Duration least_samples = std::chrono::milliseconds(40);
/// A start so far from where the output stands means another place; less is a model's error.
constexpr Duration other_place = std::chrono::milliseconds(500);
/// Pictures decoded ahead. Where sound comes in the same segments its packets lie between those of
/// later pictures, so more must fit.
constexpr std::size_t queued_pictures = 8;
constexpr std::size_t queued_pictures_beside_sound = 24;

}  // namespace

Expected<std::unique_ptr<MediaOutput>> MediaOutput::create(
    MediaOutputOptions options, SegmentStore& store,
    std::function<void(const OutputReport&)> report) {
  if (!options.tracks.video && !options.tracks.audio)
    return failure(ErrorCode::unsupported, "the title has neither video nor audio");
  if (!(options.volume >= 0 && options.volume <= 1))
    return failure(ErrorCode::invalid_argument, "the volume must lie between 0 and 1");
  av_log_set_level(AV_LOG_QUIET);
  std::unique_ptr<MediaOutput> output(new MediaOutput(std::move(options), std::move(report)));
  if (auto opened = output->open(); !opened)
    return tl::unexpected<Error>(std::move(opened.error()));
  output->start_decoding(store);
  return output;
}

MediaOutput::MediaOutput(MediaOutputOptions options,
                         std::function<void(const OutputReport&)> report)
    : options_(std::move(options)),
      report_(std::move(report)),
      seek_point_(options_.start),
      timestamps_(options_.timestamps),
      clock_(options_.start),
      volume_(options_.volume),
      picture_end_(options_.start) {
  statistics_.position = options_.start;
}

MediaOutput::~MediaOutput() {
  // The threads first: they use the queues and wake the window.
  threads_.clear();
  // The window may outlive what they come from.
  if (window_) window_->display().show_thumbnails({});
}

Expected<void> MediaOutput::open() {
  if (options_.tracks.video)
    pictures_ = std::make_unique<FrameQueue>(
        options_.tracks.audio ? queued_pictures : queued_pictures_beside_sound, [this] { wake(); });
  // A video track without an audio track beside it may carry the sound itself.
  samples_ = std::make_unique<SampleQueue>(options_.start);
  if (options_.display == Display::window) {
    if (options_.opened_window) {
      window_ = options_.opened_window;
      window_->begin_title(options_.title);
    } else {
      auto window = VideoOutput::open(options_.title, options_.window, options_.full_screen);
      if (!window) return tl::unexpected<Error>(std::move(window.error()));
      window_ = std::move(*window);
    }
    if (options_.thumbnails != nullptr && options_.thumbnails->any())
      window_->display().show_thumbnails(
          [this](MediaTime place) { return options_.thumbnails->at(place); });
    auto audio = open_audio_device(*samples_, options_.volume);
    if (audio) audio_ = std::move(*audio);
    audible_ = audio_ != nullptr;
  }
  if (!audio_) audio_ = make_null_audio_output(*samples_);
  return {};
}

void MediaOutput::start_decoding(SegmentStore& store) {
  const auto decode = [&](media::TrackKind kind, FrameQueue* pictures, SampleQueue* samples) {
    threads_.push_back(std::make_unique<DecodeThread>(DecodeThread::Options{
        .kind = kind,
        .tracks = options_.grown_or_first(),
        .start = options_.start,
        .store = store,
        .timestamps = timestamps_,
        .seek_point = seek_point_,
        .pictures = pictures,
        .samples = samples,
        .keys = options_.keys,
        .on_failure = [this](const Error& error) { report_(OutputFailed{error}); }}));
  };
  if (options_.tracks.video)
    decode(media::TrackKind::video, pictures_.get(),
           options_.tracks.audio ? nullptr : samples_.get());
  if (options_.tracks.audio) decode(media::TrackKind::audio, nullptr, samples_.get());
}

void MediaOutput::start(MediaTime position) { post(Command{Command::Kind::start, position, 0}); }

void MediaOutput::hold() { post(Command{Command::Kind::hold, {}, 0}); }

void MediaOutput::set_speed(Speed speed) {
  post(Command{.kind = Command::Kind::speed, .speed = speed});
}

void MediaOutput::seek(MediaTime target) {
  const SeekPoint::Value seek = seek_point_.advance(target);
  if (pictures_) pictures_->restart(seek.seeks);
  samples_->restart(seek.seeks, target);
  post(Command{Command::Kind::seek, target, seek.seeks});
}

void MediaOutput::post(const Command& command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(command);
  }
  wake();
}

void MediaOutput::wake() {
  if (window_) {
    window_->wake();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    wake_wanted_ = true;
  }
  woken_.notify_one();
}

void MediaOutput::run_on_main_thread(const std::stop_token& stop) {
  const std::stop_callback wake_to_stop(stop, [this] { wake(); });
  SteadyTime last = SteadyClock::now();
  while (!stop.stop_requested()) {
    const SteadyTime now = SteadyClock::now();
    // Else all that was to be seen and heard meanwhile would be passed over.
    if (now - last > stopped) clock_.skip(now - last);
    last = now;
    obey_commands(now);
    steer_clock(now);
    refresh_text(now);
    show_due_picture(now);
    report_progress(now);
    explain_waiting(now);
    refresh_page(now);
    wait(until_next(SteadyClock::now()));
  }
}

void MediaOutput::wait(Duration longest) {
  if (window_) {
    for (const ViewerInput& input : window_->wait_for_input(longest)) take_input(input);
    return;
  }
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, longest, [this] { return wake_wanted_; });
  wake_wanted_ = false;
}

void MediaOutput::obey_commands(SteadyTime now) {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (const Command& command : commands) obey(command, now);
}

void MediaOutput::obey(const Command& command, SteadyTime now) {
  const auto stand_still = [&] {
    started_ = false;
    audio_->hold();
    clock_.hold(now);
  };
  switch (command.kind) {
    case Command::Kind::start: {
      const Duration distance = command.position - clock_.position(now);
      if (distance > other_place || distance < -other_place) {
        clock_.jump(command.position, now);
        samples_->drop_before(command.position);
      } else if (stepped_) {
        samples_->drop_before(clock_.position(now));
      }
      stepped_ = false;
      started_ = true;
      ever_started_ = true;
      viewer_paused_ = false;
      break;
    }
    case Command::Kind::hold:
      stand_still();
      break;
    case Command::Kind::speed:
      clock_.set_speed(command.speed, now);
      audio_->set_speed(command.speed);
      break;
    case Command::Kind::seek:
      stand_still();
      clock_.jump(command.position, now);
      seeks_ = command.seeks;
      picture_end_ = command.position;
      first_frame_due_ = true;
      end_reported_ = false;
      viewer_target_.reset();
      break;
  }
}

void MediaOutput::steer_clock(SteadyTime now) {
  const std::uint64_t audible = audio_->audible(now);
  if (!started_) return;
  const SampleQueue::View samples = samples_->view();
  FrameQueue::View pictures;
  pictures.finished = true;
  if (pictures_) pictures = pictures_->view();
  // A newer seek is on its way here.
  if (samples.seeks != seeks_ || (pictures_ && pictures.seeks != seeks_)) return;

  // Sound in the same segments as the pictures cannot come while these stand in its way.
  const bool soundless = samples.finished || (pictures.full && !options_.tracks.audio &&
                                              samples.buffered == Duration{});
  // Nor can pictures while sound stands in theirs.
  const bool pictureless = pictures.finished || (samples.full && !options_.tracks.audio);
  if (!clock_.running()) {
    if ((pictures.front || pictureless) && (soundless || samples.buffered >= least_samples)) {
      audio_->start();
      clock_.start(now);
    }
    return;
  }
  if (pictures.starved && clock_.position(now) >= picture_end_) {
    audio_->hold();
    clock_.hold(now);
    return;
  }
  if (soundless) {
    sound_led_ = false;
    return;
  }
  if (!sound_led_) {
    sound_led_ = true;
    samples_->drop_before(clock_.position(now));
  }
  const bool dry = samples.buffered == Duration{};
  if (dry && !dry_) {
    const std::lock_guard lock(mutex_);
    ++statistics_.audio_underruns;
  }
  dry_ = dry;
  clock_.follow(samples.time_of(audible), now);
}

void MediaOutput::show_due_picture(SteadyTime now) {
  if (!pictures_) return;
  if (auto early = pictures_->pop_early(seeks_); early && first_frame_due_ && window_)
    static_cast<void>(window_->show(early->picture));
  const MediaTime position = clock_.position(now);
  std::optional<QueuedPicture> due;
  for (;;) {
    const FrameQueue::View next = pictures_->view();
    // The first picture after a beginning is shown as soon as it is there.
    if (next.seeks != seeks_ || !next.front || (*next.front > position && !first_frame_due_)) break;
    if (first_frame_due_ && due) break;
    if (due) {
      const std::lock_guard lock(mutex_);
      ++statistics_.frames_dropped;
    }
    due = pictures_->pop();
    if (!due) break;
  }
  if (due) show(std::move(*due));
}

void MediaOutput::show(QueuedPicture picture) {
  picture_end_ = picture.picture.pts() + picture.picture.duration();
  const bool shown = !window_ || window_->show(picture.picture);
  {
    const std::lock_guard lock(mutex_);
    if (shown)
      ++statistics_.frames_presented;
    else
      ++statistics_.frames_dropped;
    statistics_.picture_height = picture.picture.height();
    statistics_.representation = picture.representation;
  }
  if (!first_frame_due_) return;
  first_frame_due_ = false;
  greet();
  report_(FirstFrame{picture.picture.pts(), seeks_});
}

bool MediaOutput::has_ended(SteadyTime now) const {
  const bool no_pictures_left = !pictures_ || pictures_->view().finished;
  return started_ && no_pictures_left && samples_->view().finished &&
         clock_.position(now) >= picture_end_;
}

void MediaOutput::report_progress(SteadyTime now) {
  const MediaTime position = std::min(clock_.position(now), end());
  {
    const std::lock_guard lock(mutex_);
    statistics_.position = position;
  }
  if (first_frame_due_ && !pictures_ && clock_.running()) {
    first_frame_due_ = false;
    greet();
    report_(FirstFrame{position, seeks_});
  }
  if (end_reported_) return;
  if (has_ended(now)) {
    end_reported_ = true;
    started_ = false;
    audio_->hold();
    clock_.hold(now);
    report_(PlayedOut{end()});
  } else if (ever_started_ && now >= next_report_) {
    next_report_ = now + report_every;
    report_(PlayheadMoved{position});
  }
}

Duration MediaOutput::until_next(SteadyTime now) const {
  if (!started_) return longest_wait;
  if (!clock_.running()) return short_wait;
  Duration wait = std::min(longest_wait, Duration(next_report_ - now));
  if (pictures_) {
    const FrameQueue::View next = pictures_->view();
    const MediaTime due = next.front.value_or(picture_end_);
    // Behind the end of the last picture it must look whether bytes are missing.
    const Duration until =
        clock_.speed().time_for(std::max(due - clock_.position(now), Duration{}));
    wait = std::min(wait, next.front ? until : std::max(until, short_wait));
  }
  return std::max(wait, Duration{});
}

MediaOutputStatistics MediaOutput::statistics() const {
  MediaOutputStatistics statistics;
  {
    const std::lock_guard lock(mutex_);
    statistics = statistics_;
  }
  for (const auto& thread : threads_) {
    statistics.frames_decoded += thread->pictures_decoded();
    statistics.decode_errors += thread->errors();
  }
  return statistics;
}

}  // namespace rung::player
