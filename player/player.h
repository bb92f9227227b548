#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "abr/playback_buffer.h"
#include "abr/policy.h"
#include "abr/throughput_estimator.h"
#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/audio_tracks.h"
#include "media/decode/content_keys.h"
#include "media/track_selection.h"
#include "player/content_steering.h"
#include "player/event_loop.h"
#include "player/head_cache.h"
#include "player/http_client.h"
#include "player/live_source.h"
#include "player/media_output.h"
#include "player/playback_environment.h"
#include "player/player_control.h"
#include "player/segment_store.h"
#include "player/session_monitor.h"
#include "player/text_source.h"
#include "player/thumbnail_source.h"
#include "player/title_loader.h"
#include "player/title_prefetcher.h"
#include "player/title_sign.h"
#include "prefetch/planner.h"
#include "prefetch/prefetching_session.h"
#include "session/session_log.h"
#include "session/session_options.h"
#include "session/session_report.h"
#include "session/streaming_session.h"

namespace rung::player {

/// Where in a title to begin.
struct StartPlace {
  std::variant<MediaTime, double> place;  ///< A time, or a share of the title from 0 to 1.
  /// Where that title ended when it was left there: of another one the place says nothing, and it
  /// begins at its beginning. None where the place was asked for.
  std::optional<MediaTime> left_of = {};
};

struct PlayerOptions {
  std::string url;
  std::string policy;     ///< The name of the policy, for the log.
  std::string estimator;  ///< As well.
  session::SessionOptions session;
  std::string audio_language = {};
  std::string subtitles = {};  ///< As TextSource::choose_wanted() takes it.
  /// Video above these is not fetched, as far as the title has anything below.
  std::optional<int> max_height = {};
  std::optional<BitRate> max_bandwidth = {};
  /// Where viewers of live titles are held behind the live edge; none: as the title suggests.
  std::optional<Duration> latency = {};
  decode::ContentKeys keys = {};  ///< Of protected media.
  HttpClient::Options http = {};
  /// The title of `url`, where it was loaded ahead.
  std::optional<LoadedTitle> loaded = {};
  /// What there is of the title of `url` already; then `loaded` is not needed.
  std::shared_ptr<const PreparedTitle> prepared = {};
  /// The titles that may come next; what is worth it is fetched ahead of them.
  std::vector<NextTitle> next = {};
  /// That a viewer who is at a place of the title leaves it within some time. May be empty: not
  /// known.
  prefetch::LeavesWithin leaves = {};
  std::optional<UpNext> up_next = {};  ///< The one that is offered near the end.
  /// As MediaOutputOptions has it.
  std::function<std::string(TitleSign)> sign = {};
  AheadRecord ahead_record = {};  ///< Of the titles before; for the viewer.
  std::optional<StartPlace> start = {};
  bool metered = false;        ///< Every byte is paid for.
  HeadCache* kept = nullptr;   ///< Heads of earlier runs; must outlive the player.
  bool after_another = false;  ///< It follows another title; for the log.

  Display display = Display::window;
  bool full_screen = false;
  /// The window of the title before, to go on in.
  std::shared_ptr<VideoOutput> window = {};
  double volume = 1.0;
  int titles_before = 0;  ///< Of the titles that the viewer may go to with a key.
  int titles_behind = 0;

  /// Takes the lines of the session log, on the session thread. May be empty.
  std::function<void(std::string_view)> log_line = {};
};

/// What a viewer may see of a session that runs.
struct PlayerStatus {
  abr::PlaybackState state = abr::PlaybackState::starting;
  MediaTime position{};
  MediaTime end{};
  Duration buffer_level{};
  std::optional<BitRate> representation;  ///< Bandwidth of what is on screen.
  int height = 0;
  std::optional<BitRate> throughput;  ///< As forecast.
  bool first_frame_shown = false;
};

/// What a playback came to.
struct PlayerReport {
  session::SessionReport session;
  MediaOutputStatistics output;
  std::optional<Timestamp> first_frame_at;
  ByteCount most_held;  ///< Peak of the segment store.
  std::optional<Error> failure;
  int titles_on = 0;             ///< The viewer left for the title so many on; 0: for none.
  bool forget_place = false;     ///< They do not want to go on here the next time.
  MediaTime began{};             ///< Where in the title.
  std::optional<MediaTime> end;  ///< Of the title; none of a live one.
  std::optional<Duration> latency_target;  ///< Where a viewer of a live title was held.
  std::optional<BitRate> throughput;       ///< As forecast at the end.
  bool next_refused = false;               ///< They do not want what was offered next.
  std::string wanted_audio;                ///< The language of the next title's sound.
  std::string audio;             ///< The audio track at the end; empty for none of its own.
  std::string audio_language;    ///< Of that.
  int audio_changes = 0;         ///< By the viewer.
  std::string audio_trouble;     ///< Why one of these did not last; empty where all did.
  std::string wanted_subtitles;  ///< Of the next title, as of this one at its end.
  std::string subtitles;         ///< The track at the end; empty for none.
  int cues_shown = 0;            ///< Times that other subtitles came.
  TextSource::Statistics text;
  std::shared_ptr<VideoOutput> window;  ///< Null without a display.
  /// What was fetched of the titles that may come next; by PlayerOptions::next, null for nothing.
  std::vector<std::shared_ptr<const PreparedTitle>> prepared;
  prefetch::PrefetchReport prefetches;
  AheadRecord ahead_record;   ///< Of the titles until this one.
  std::size_t held = 0;       ///< Segments of this title that were there before it began.
  std::size_t held_used = 0;  ///< Of these, so many were played.
  bool from_disk = false;     ///< Its manifest or its head was kept in an earlier run.
};

/// Plays one title from its URL to its end. A resource: open() and play() belong to the main
/// thread. Threads: the session thread runs the event loop, HTTP and the session; one decode thread
/// a track; the main thread shows pictures and takes the viewer's keys.
class Player {
 public:
  /// Loads the title and opens the output. The wish to play is now: the session's time begins.
  /// Fails with network, refused, malformed, limit_exceeded, unsupported or invalid_argument.
  static Expected<std::unique_ptr<Player>> open(PlayerOptions options,
                                                std::unique_ptr<abr::Policy> policy,
                                                std::unique_ptr<abr::ThroughputEstimator> estimator,
                                                const std::stop_token& stop);
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player();

  /// Plays until the title's end, the viewer's leaving (`stop` is that, too) or a failure. Once.
  [[nodiscard]] PlayerReport play(const std::stop_token& stop);

  /// From any thread.
  [[nodiscard]] PlayerControl& control() { return *control_; }
  [[nodiscard]] PlayerStatus status() const;
  /// Goes on with the sound of this language, where the title has it and its sound can be changed.
  /// From any thread.
  void choose_audio(const std::string& language);
  /// Why nothing can be written on the picture; none where all is well or nothing is shown.
  [[nodiscard]] bool live() const { return live_ != nullptr; }
  [[nodiscard]] std::optional<Error> text_failure() const { return output_->text_failure(); }

 private:
  explicit Player(PlayerOptions options);

  [[nodiscard]] Expected<void> load(const std::stop_token& stop);
  /// Finds where in the title it begins.
  [[nodiscard]] Expected<void> find_start();
  [[nodiscard]] Expected<void> open_output();
  [[nodiscard]] media::TrackSelection::Options selection_options() const;
  /// Finds what sound there is to choose from.
  void find_audio();
  /// Goes on with the audio track so many further that can be played; what the viewer is told.
  [[nodiscard]] std::string change_audio(int steps);
  /// The track so many further, in a round.
  [[nodiscard]] std::size_t audio_beside(std::size_t track, int steps) const;
  enum class ChosenBy { viewer, loss };
  /// With audio_mutex_ held.
  [[nodiscard]] Expected<void> take_audio(std::size_t track, ChosenBy by);
  /// Sound that is wanted of a live title.
  struct AudioWish {
    std::size_t track = 0;
    int steps = 0;     ///< Where there is none of it, the one so many further is; 0: none is.
    std::string lost;  ///< What is told once it is there, where it stands in for one that is lost.
    std::string language = {};  ///< With it, the next one of that language before what is heard.
  };
  /// Takes it as soon as it is known; the viewer is told where it cannot be had. With audio_mutex_
  /// held.
  void ask_for_audio(AudioWish wish);
  /// What was asked for is there, or is not; whether the session will be told.
  [[nodiscard]] bool audio_found(const AudioWish& wish, const Expected<media::Track>& found);
  /// What is asked for where `wish` cannot be had.
  [[nodiscard]] std::size_t audio_behind(const AudioWish& wish) const;
  /// The one that the session knows of, or is to learn of. With audio_mutex_ held.
  [[nodiscard]] std::size_t audio_known() const;
  /// The session will be told of `audio`; `selection` is null in a live title. With audio_mutex_
  /// held.
  void took_audio(std::size_t track, const media::Track& audio, ChosenBy by,
                  std::shared_ptr<const media::TrackSelection> selection);
  /// Goes back to the sound that came last, as the new one cannot be had; whether the session is
  /// to learn of that, or of another one that was chosen meanwhile. In a live title that takes its
  /// time, and the session may try the new one again until then.
  [[nodiscard]] bool sound_lost(const std::string& why);
  void tell_sound_trouble(std::string trouble);
  /// The first of the sound that the session has been told of is there.
  void sound_came();
  /// What the viewer is to be told of that, once.
  [[nodiscard]] std::optional<std::string> take_trouble();
  /// The session has been told of the next change.
  void audio_changed();
  /// Finds what subtitles there are, and those that the viewer wants.
  /// What there is by now; from any thread.
  [[nodiscard]] decode::ContentKeys keys() const;
  void take_keys(const decode::ContentKeys& more);
  /// Asks for licences where what is chosen is locked without.
  [[nodiscard]] Expected<void> select_tracks(const std::stop_token& stop);
  void find_text();
  void begin_prefetching();
  void begin_session(std::unique_ptr<abr::Policy> policy,
                     std::unique_ptr<abr::ThroughputEstimator> estimator);
  void run_session();
  void publish_status();
  /// The viewer waits for it, so nothing else is fetched; from any thread.
  [[nodiscard]] bool waits_for_media() const;
  [[nodiscard]] session::OutputState output_state() const;
  /// As they are by now; from any thread.
  [[nodiscard]] std::shared_ptr<const media::TrackSelection> selection() const;
  [[nodiscard]] std::shared_ptr<const media::Tracks> tracks() const;
  [[nodiscard]] PlaybackEnvironment::Source source_of(const session::FetchSegment& request) const;
  void locate(const session::FetchSegment& request, PlaybackEnvironment::Located then);
  [[nodiscard]] Cmcd cmcd_of(const session::FetchSegment& request,
                             const media::Resource& segment) const;

  void take(const OutputReport& report);
  /// Tells the session what the viewer does.
  void tell(const session::Event& wish);
  /// The picture of a new place is there.
  void take_arrival(const FirstFrame& frame);
  void take_failure(const Error& error);
  void take_cues(const CuesChanged& changed);
  /// The output has nothing more to show, or nobody looks.
  void end_output();

  /// Lets the session's state be seen from outside, each time that it waits.
  template <session::SessionEnvironment E>
  class PublishingEnvironment;

  PlayerOptions options_;
  EventLoop loop_;
  HttpClient client_;
  SegmentStore store_;
  std::optional<media::TrackSelection> selection_;  ///< What the session begins with.
  std::optional<MediaTime> start_;    ///< Where it begins, elsewhere than at the beginning.
  std::unique_ptr<LiveSource> live_;  ///< Null where the title is not live.
  std::optional<TextSource> text_;
  std::optional<ThumbnailSource> thumbnails_;
  bool from_disk_ = false;
  std::optional<SessionMonitor> monitor_;
  std::optional<session::StreamingSession> session_;
  std::optional<TitlePrefetcher> ahead_;
  std::optional<prefetch::Planner> planner_;
  std::vector<std::string> next_names_;
  std::optional<prefetch::PrefetchingSession> prefetching_;
  std::optional<session::SessionLog> log_;
  std::optional<UrlPlaces> places_;
  std::optional<ContentSteering> steering_;
  std::unique_ptr<PlaybackEnvironment> environment_;
  std::optional<PlayerControl> control_;
  std::unique_ptr<MediaOutput> output_;  ///< Goes first: its threads use what is above.

  mutable std::mutex mutex_;
  std::condition_variable output_ended_;
  bool output_has_ended_ = false;
  PlayerStatus status_;
  std::optional<Timestamp> first_frame_at_;
  std::optional<Error> failure_;
  int titles_on_ = 0;
  bool forget_place_ = false;
  bool next_refused_ = false;
  int cues_shown_ = 0;
  std::shared_ptr<const media::TrackSelection> changed_;  ///< After a change of the audio.

  // The audio that the viewer chooses; its mutex is taken before the other one.
  mutable std::mutex audio_mutex_;
  std::vector<media::AudioTrack> audio_tracks_;
  std::size_t audio_track_ = 0;
  std::size_t audio_told_ = 0;  ///< The one that the session knows of.
  std::size_t audio_came_ = 0;  ///< The last one of which something came; the first one before.
  int audio_changes_ = 0;
  std::string wanted_audio_;
  std::string audio_trouble_;  ///< The last one.
  bool audio_trouble_told_ = true;
  struct AudioChange {
    std::size_t track;
    std::shared_ptr<const media::TrackSelection> selection;  ///< Null in a live title.
  };
  std::deque<AudioChange> audio_to_come_;  ///< What the session is still to be told, in order.
};

}  // namespace rung::player
