#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "core/speed.h"
#include "core/time.h"
#include "media/cue.h"
#include "media/decode/content_keys.h"
#include "media/track.h"
#include "player/audio_output.h"
#include "player/decode_thread.h"
#include "player/frame_queue.h"
#include "player/playback_output.h"
#include "player/presentation_clock.h"
#include "player/sample_queue.h"
#include "player/seek_point.h"
#include "player/segment_store.h"
#include "player/session_monitor.h"
#include "player/steady_time.h"
#include "player/text_source.h"
#include "player/thumbnail_source.h"
#include "player/timestamp_mapping.h"
#include "player/title_sign.h"
#include "player/up_next_card.h"
#include "player/video_output.h"

namespace rung::player {

/// Where the output is; comes every 100 ms from the first start on, paused or not.
struct PlayheadMoved {
  MediaTime position{};
};
/// The first picture (or sound, without video) after the opening or a seek is out.
struct FirstFrame {
  MediaTime position{};
  SeekCount seeks = 0;  ///< How many there were until this place; 0 after the opening.
};
/// All of the title has been shown.
struct PlayedOut {
  MediaTime position{};
};
/// The title cannot be shown: no decoder, or nothing but broken segments.
struct OutputFailed {
  Error error;
};
/// What was offered as the next title is not to play.
struct ViewerRefusesNext {};
struct ViewerWantsPause {};
struct ViewerWantsResume {};
struct ViewerWantsSeek {
  MediaTime to{};
};
struct ViewerWantsRung {
  std::optional<RepresentationIndex> representation;  ///< None: what the policy chooses.
};
struct ViewerWantsSpeed {
  Speed speed;
};
/// Other subtitles are on the picture than before.
struct CuesChanged {
  MediaTime position{};
  std::string text;  ///< Without looks, a line each; empty for none.
};
struct ViewerWantsQuit {
  int titles = 0;  ///< For another title so many on; negative: back. 0: for none.
  bool forget_place = false;
};
using OutputReport =
    std::variant<PlayheadMoved, FirstFrame, PlayedOut, OutputFailed, ViewerWantsPause,
                 ViewerWantsResume, ViewerWantsSeek, ViewerWantsRung, ViewerWantsSpeed,
                 ViewerWantsQuit, ViewerRefusesNext, CuesChanged>;

enum class Display {
  window,  ///< A window and the default audio device.
  none,    ///< Pictures and sound are consumed in real time and shown to nobody.
};

struct MediaOutputOptions {
  Display display = Display::window;
  media::Tracks tracks;
  /// Of a title whose tracks may change; else empty.
  TrackSource grown = {};
  std::string title;
  KeySource keys = {};  ///< Of media that only names them; empty: there are none.
  TimestampOrigin timestamps = TimestampOrigin::timeline;
  /// Where playback begins.
  MediaTime start{};
  double volume = 1.0;  ///< 0 to 1.
  WindowSize window;
  bool full_screen = false;
  /// What is told of the session in the window; called on the main thread. May be empty.
  std::function<SessionSnapshot()> session = {};
  /// Written on the first picture. May be empty.
  std::string greeting = {};
  /// The window of the title before, where this one goes on in it.
  std::shared_ptr<VideoOutput> opened_window = {};
  TextSource* text = nullptr;             ///< The subtitles; must outlive the output.
  ThumbnailSource* thumbnails = nullptr;  ///< For the seek bar; the same.
  /// Goes on with the audio track so many further, and says what the viewer is told. Called on the
  /// main thread. May be empty.
  std::function<std::string(int)> change_audio = {};
  /// What there is to be said of the sound, once. Called on the main thread. May be empty.
  std::function<std::optional<std::string>()> trouble = {};
  /// Keeps what the viewer makes known of the title, and says what they are told. Called on the
  /// main thread. May be empty.
  std::function<std::string(TitleSign)> sign = {};
  std::optional<UpNext> up_next = {};  ///< Not of a live title.
  int titles_before = 0;               ///< Of the titles that the viewer may go to.
  int titles_behind = 0;
  /// The tracks as they are by now; refers to this object.
  [[nodiscard]] TrackSource grown_or_first() const {
    if (grown) return grown;
    return
        [this] { return std::shared_ptr<const media::Tracks>(std::shared_ptr<void>(), &tracks); };
  }
  [[nodiscard]] bool has_title(int on) const {
    return on > 0 ? titles_behind > 0 : titles_before > 0;
  }
};

struct MediaOutputStatistics {
  MediaTime position{};
  std::int64_t frames_decoded = 0;
  std::int64_t frames_presented = 0;
  std::int64_t frames_dropped = 0;  ///< Decoded and due, but overtaken by the next one.
  std::int64_t decode_errors = 0;
  std::int64_t audio_underruns = 0;
  /// Of the picture that is shown.
  int picture_height = 0;
  RepresentationIndex representation = 0;
};

struct PlaybackStatistics;

/// Decodes what arrives in a SegmentStore and shows it. A resource. Created, run and destroyed on
/// the main thread; start(), hold(), seek() and statistics() may be called from any other.
class MediaOutput final : public PlaybackOutput {
 public:
  /// `report` is called on the main thread while run_on_main_thread() runs (OutputFailed: on any
  /// thread). The store and what `report` uses must outlive the output. Fails when there is no
  /// display, or without any track; a missing audio device only makes it silent.
  static Expected<std::unique_ptr<MediaOutput>> create(
      MediaOutputOptions options, SegmentStore& store,
      std::function<void(const OutputReport&)> report);
  ~MediaOutput() override;

  void start(MediaTime position) override;
  void hold() override;
  void set_speed(Speed speed) override;
  void seek(MediaTime target) override;

  /// Shows pictures and takes the viewer's keys until `stop`.
  void run_on_main_thread(const std::stop_token& stop);

  [[nodiscard]] MediaOutputStatistics statistics() const;
  /// See TimestampMapping.
  [[nodiscard]] std::vector<Duration> timestamp_offsets() const {
    return timestamps_.known_offsets();
  }
  /// Null without a display; for the next title. After run_on_main_thread().
  [[nodiscard]] std::shared_ptr<VideoOutput> window() const { return window_; }
  /// Why nothing can be written on the picture; none where all is well or nothing is shown.
  [[nodiscard]] std::optional<Error> text_failure() const {
    return window_ ? window_->text_failure() : std::nullopt;
  }

 private:
  struct Command {
    enum class Kind { start, hold, seek, speed };
    Kind kind{};
    MediaTime position{};
    SeekCount seeks = 0;
    Speed speed = {};
  };

  MediaOutput(MediaOutputOptions options, std::function<void(const OutputReport&)> report);
  [[nodiscard]] Expected<void> open();
  void start_decoding(SegmentStore& store);

  void post(const Command& command);
  void wake();
  void wait(Duration longest);

  void obey_commands(SteadyTime now);
  void obey(const Command& command, SteadyTime now);
  /// Lets the clock run where it may and stand still where it must.
  void steer_clock(SteadyTime now);
  /// Puts the subtitles of the place on the picture.
  void refresh_text(SteadyTime now);
  void show_due_picture(SteadyTime now);
  void show(QueuedPicture picture);
  void report_progress(SteadyTime now);
  [[nodiscard]] bool has_ended(SteadyTime now) const;
  [[nodiscard]] Duration until_next(SteadyTime now) const;
  /// Tells the viewer why the picture stands still, where it does so against their will.
  void explain_waiting(SteadyTime now);
  /// Keeps the card of the next title true.
  void refresh_card(SteadyTime now);
  void take_next();
  void refuse_next();
  /// Keeps the page on the screen true.
  void refresh_page(SteadyTime now);
  enum class Shown { nothing, stream, events, prefetch, help };
  void show_page(Shown page);
  [[nodiscard]] PlaybackStatistics playback_statistics() const;
  void copy_statistics();
  void take_input(const ViewerInput& input);
  [[nodiscard]] MediaTime end() const { return media::end_of(*options_.grown_or_first()()); }
  void sign(TitleSign sign);
  void set_paused(bool paused);
  /// Pins the rung so many further in the round of "auto", the lowest, ... the highest.
  void change_rung(int steps);
  /// Chooses the subtitles so many further in the round of "off" and all tracks.
  void change_text(int steps);
  /// To the speed so many steps faster, or its own for 0.
  void change_speed(int steps);
  void set_volume(double volume, bool muted);
  void tell(std::string message, Duration how_long = OnScreenDisplay::message_for);
  void greet();
  void seek_by(Duration distance);
  void seek_to(MediaTime target);
  /// Shows the next picture, paused.
  void step();

  const MediaOutputOptions options_;
  const std::function<void(const OutputReport&)> report_;
  SeekPoint seek_point_;
  TimestampMapping timestamps_;
  std::unique_ptr<FrameQueue> pictures_;  ///< Null without a video track.
  std::unique_ptr<SampleQueue> samples_;  ///< Null where no audio can come.
  std::shared_ptr<VideoOutput> window_;   ///< Null without a display.
  std::unique_ptr<AudioOutput> audio_;
  std::vector<std::unique_ptr<DecodeThread>> threads_;

  // The main thread's own.
  PresentationClock clock_;
  bool started_ = false;  ///< The session wants it to play.
  bool ever_started_ = false;
  bool first_frame_due_ = true;
  bool sound_led_ = true;  ///< The clock follows the sound.
  bool dry_ = false;       ///< Sound is missing.
  bool end_reported_ = false;
  bool viewer_paused_ = false;
  bool greeted_ = false;
  bool stepped_ = false;  ///< Pictures went on without the sound.
  double volume_ = 1.0;
  bool muted_ = false;
  std::optional<RepresentationIndex> pinned_;
  bool audible_ = false;                ///< There is an audio device.
  std::vector<media::Cue> shown_cues_;  ///< On the picture.
  bool next_refused_ = false;
  bool next_seen_ = false;
  Shown shown_page_ = Shown::nothing;
  SteadyTime next_page_{};
  SeekCount seeks_ = 0;
  MediaTime picture_end_{};  ///< Until when the picture shown lasts.
  SteadyTime next_report_{};
  std::optional<MediaTime> viewer_target_;

  // Shared with the other threads.
  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wake_wanted_ = false;
  std::vector<Command> commands_;
  MediaOutputStatistics statistics_;
};

}  // namespace rung::player
