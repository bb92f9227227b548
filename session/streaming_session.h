#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "abr/playback_buffer.h"
#include "abr/policy.h"
#include "abr/throughput_estimator.h"
#include "core/random.h"
#include "core/time.h"
#include "media/track.h"
#include "session/event.h"
#include "session/failure_rules.h"
#include "session/latency_control.h"
#include "session/request.h"
#include "session/segment_tally.h"
#include "session/session_options.h"
#include "session/session_report.h"
#include "session/track_scheduler.h"

namespace rung::session {

/// Plays one title: decides which segment to fetch when, in which representation, whether to give a
/// transfer up, how to go on after a failure, and when the picture moves. A Session
/// (session/run.h): no I/O, no clock; the same in the player, the simulator and a replay. A
/// resource.
///
/// One transfer runs at a time: of the track whose media ends first; where they end alike of audio,
/// but of video while there is no picture of the place. So every throughput sample had the whole
/// link. Only segments still being produced leave the link to the other track: they wait more than
/// they carry.
class StreamingSession {
 public:
  /// `options` must have passed validate() with `tracks`, which must outlive the session: sessions
  /// of one title share them.
  StreamingSession(const media::Tracks& tracks, const SessionOptions& options,
                   std::unique_ptr<abr::Policy> policy,
                   std::unique_ptr<abr::ThroughputEstimator> estimator);
  StreamingSession(media::Tracks&&, const SessionOptions&, std::unique_ptr<abr::Policy>,
                   std::unique_ptr<abr::ThroughputEstimator>) = delete;
  StreamingSession(const StreamingSession&) = delete;
  StreamingSession& operator=(const StreamingSession&) = delete;

  // The seam; see session/run.h.
  void handle(const Event& event);
  [[nodiscard]] std::optional<Request> next_request();
  [[nodiscard]] Timestamp wake_at() const;
  [[nodiscard]] bool ended() const { return end_ != EndReason::running; }

  /// Segments that the environment has already; chosen as they are when the title begins there.
  /// Once, before the session is told anything.
  void hold(std::vector<HeldSegment> held) { held_ = std::move(held); }
  /// When the next segment will be asked for; max() while a transfer runs and where nothing is left
  /// to ask for.
  [[nodiscard]] Timestamp next_fetch_at() const;

  [[nodiscard]] const media::Tracks& tracks() const { return *tracks_; }
  [[nodiscard]] const abr::PlaybackBuffer& buffer() const { return buffer_; }
  [[nodiscard]] std::optional<abr::Forecast> forecast() const { return forecast_; }
  [[nodiscard]] SessionReport report() const;
  /// How far behind the live edge the viewer is; none where nothing is live or the edge is not
  /// known yet.
  [[nodiscard]] std::optional<Duration> latency() const;
  [[nodiscard]] Duration latency_target() const { return options_.live_delay; }

  /// Whether the policy would be asked by the next call of next_request(). Whoever chooses in its
  /// place pauses the loop here.
  [[nodiscard]] bool choice_pending() const;
  /// The link is another title's, so the policy is asked later; only while choice_pending(). It is
  /// told what that cost.
  void lend_link();
  /// What the policy would see; only while choice_pending(). Refers to this session.
  [[nodiscard]] abr::DecisionContext pending_choice() const;

 private:
  using Running = TrackScheduler::Running;

  void on(const TimeReached& event);
  void on(const TransferProgressed& event);
  void on(const MediaArrived& event);
  void on(const TransferCompleted& event);
  void on(const TransferFailed& event);
  void on(const PlayheadObserved& event);
  void on(const ViewerPaused& event);
  void on(const ViewerResumed& event);
  void on(const ViewerSought& event);
  void on(const ViewerPinned& event);
  void on(const ViewerChangedSpeed& event);
  void on(const ViewerChangedAudio& event);
  void on(const ViewerLeft& event);
  void on(const PresentationGrew& event);

  /// Goes on at `to`, whose media is there.
  void jump_to(MediaTime to);
  /// The same where it is still to come.
  void go_to(MediaTime to);
  /// Where a viewer of a live presentation may be now: from the start of the window to so far
  /// behind the live edge that nothing is waited for.
  [[nodiscard]] MediaTime into_window(MediaTime to) const;
  /// Joins anew where the next segment has left the window.
  void catch_up();
  void join_anew();
  /// What is being produced now; none where that is not known.
  [[nodiscard]] std::optional<MediaTime> live_edge() const;
  /// Chooses the speed that holds the latency, or joins anew where that takes too long.
  void hold_latency();

  /// Whether all media from `to` up to what has arrived last is still there.
  [[nodiscard]] bool in_buffer(const ViewerSought& event, MediaTime to) const;

  [[nodiscard]] TrackScheduler* scheduler(media::TrackKind kind);
  [[nodiscard]] const TrackScheduler* scheduler(media::TrackKind kind) const;
  /// The track whose transfer runs as `transfer`; nullptr when it has been cancelled.
  [[nodiscard]] TrackScheduler* running_track(TransferId transfer) const;
  /// There are segments that are still to come.
  [[nodiscard]] bool more_to_come() const;
  /// The track that is served next, of those that may ask for something now; nullptr while a
  /// transfer has the link, and when all are complete.
  [[nodiscard]] TrackScheduler* track_to_ask() const;
  /// The end of the next segment of `kind` is still to be produced.
  [[nodiscard]] bool is_growing(media::TrackKind kind) const;
  /// When the next segment of `track` may be asked for: room in the buffer and no wait pending.
  [[nodiscard]] Timestamp may_fetch_at(const TrackScheduler& track) const;

  /// The highest level at which the next segment of `track` is asked for.
  [[nodiscard]] Duration room(const TrackScheduler& track) const;
  /// The track of which a segment is to be asked for now; nullptr where there is nothing to ask.
  [[nodiscard]] TrackScheduler* track_due() const;
  /// The track of which a transfer begins now, decided already; nullptr where none does.
  [[nodiscard]] TrackScheduler* track_to_fetch();
  /// Begins that transfer and tells what to fetch.
  void begin_fetch(TrackScheduler& track, FetchSegment& request);
  [[nodiscard]] abr::DecisionContext context(const TrackScheduler& track) const;
  /// The same as it is while a transfer runs: in the time that passes, at whatever speed.
  [[nodiscard]] abr::DecisionContext context_in_real_time(const TrackScheduler& track) const;
  [[nodiscard]] abr::Decision choose(const TrackScheduler& track);
  /// The same where the policy says it.
  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& situation);
  /// In which representation the environment has the next segment of `track`.
  [[nodiscard]] std::optional<RepresentationIndex> held_representation(
      const TrackScheduler& track) const;
  /// When the first report of the progress of a transfer that begins now is to come, and the next
  /// ones.
  struct Cadence {
    Duration first{};
    double first_early = 0;
    Duration every{};
  };
  [[nodiscard]] Cadence cadence(const TrackScheduler& track, const abr::Decision& decision) const;
  /// It has taken too long, or been silent for too long.
  [[nodiscard]] bool overdue(const Running& running) const;
  void cancel_running(media::TrackKind kind);
  /// What has come of a segment that grows goes with its transfer.
  void retract_growing(media::TrackKind kind);
  void fail_running(media::TrackKind kind, const Failure& failure,
                    std::optional<Duration> retry_after);
  /// The next segment of `kind` cannot be had: goes on behind it, or asks for nothing more.
  void lose(media::TrackKind kind, const Failure& failure);
  /// Where no track has media between what is there of `kind` and its next segment, as in a period
  /// that is not played: playback goes straight on behind that.
  void leave_gap(media::TrackKind kind);
  /// Playback has come to what was left out, and goes on behind it.
  void cross_hole();
  void leave_hole();
  /// A track that lacks a segment in front of a hole of another one has nothing left to show.
  [[nodiscard]] bool stuck_before_hole() const;
  /// No segment behind the next one of `kind` is known.
  [[nodiscard]] bool is_newest(media::TrackKind kind) const;
  void observe(media::TrackKind kind, const abr::TransferSample& sample);
  /// A segment that was fetched once more is there.
  void replace(TrackScheduler& track, const TransferCompleted& event);
  /// Where nothing else is to be asked for: the track of which a segment of the buffer is worth
  /// being fetched in a higher representation, decided already.
  [[nodiscard]] TrackScheduler* track_to_upgrade();
  /// Gives up a transfer that will not be there in time to replace what it was to replace.
  void reconsider_upgrade(TrackScheduler& track);
  /// How many bytes may still be fetched that are then not shown.
  [[nodiscard]] ByteCount upgrade_allowance() const;
  void finish(EndReason reason);
  [[nodiscard]] media::TrackKind main_track() const;

  media::GrowingTracks tracks_;
  SessionOptions options_;
  std::unique_ptr<abr::Policy> policy_;
  std::unique_ptr<abr::ThroughputEstimator> estimator_;
  std::optional<abr::Forecast> forecast_;  ///< Kept, for every decision asks for it.
  Random random_;
  std::array<std::unique_ptr<TrackScheduler>, media::track_kinds> schedulers_;  ///< By kind.
  abr::PlaybackBuffer buffer_;

  Timestamp now_{};
  TransferId last_transfer_;
  std::array<std::optional<TransferId>, media::track_kinds> to_cancel_;
  std::optional<SeekPlayback> to_seek_;
  std::vector<HeldSegment> held_;
  std::optional<RepresentationIndex> pinned_;
  std::optional<Duration> level_when_lent_;  ///< Of the main track, since the choice is put off.
  bool shown_ = false;                       ///< The output was last told to play.
  /// Since the last fact a transfer has begun that has the link: nothing else is to be asked for.
  bool all_asked_ = false;
  /// Of that track a segment cannot be had, and playback has still to cross another one: it is
  /// asked for once more then.
  std::array<bool, media::track_kinds> behind_hole_{};
  bool hole_ahead_ = false;  ///< The environment is still to be told of the buffer's hole.
  /// Between a place in front of it and what is there behind it something was left out.
  MediaTime crossed_to_{};
  /// A segment cannot be had: nothing more is asked for, the session ends when what is there has
  /// been shown, unless the viewer seeks elsewhere.
  bool out_of_segments_ = false;
  /// The last segment that was fetched once more did not come in time, and none has come since.
  bool upgrades_failed_ = false;
  MediaTime observed_{};  ///< Where the output was last.
  int unmoved_ = 0;       ///< How often in a row it has told so, while it should move.
  EndReason end_ = EndReason::running;

  // Of a live presentation.
  MediaTime window_start_{};
  MediaTime live_edge_{};
  Timestamp live_edge_at_{};
  LatencyControl latency_control_;
  bool follows_edge_ = true;  ///< The viewer has not gone elsewhere.
  Speed told_speed_;          ///< What the environment plays at.
  Timestamp steer_at_ = Timestamp::max();

  // What the report counts.
  SegmentTally tally_;
  struct Counts {
    ByteCount received;
    ByteCount discarded;
    int upgrades = 0;
    ByteCount replaced;
    int abandonments = 0;
    int failures = 0;
    int fallbacks = 0;
    int losses = 0;
    Duration corrected{};
    std::int64_t observations = 0;
  };
  Counts counts_;
};

}  // namespace rung::session
