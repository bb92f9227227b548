#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <vector>

#include "abr/policy.h"
#include "core/id.h"
#include "core/limits.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "session/request.h"

namespace rung::session {

/// Where one track stands: which segment is next, what is known of it, and the transfer that runs
/// for it. Bookkeeping only; StreamingSession decides.
class TrackScheduler {
 public:
  /// A transfer that was asked for and has not ended.
  struct Running {
    Running(const FetchSegment& request, Timestamp now);

    TransferId transfer;
    SegmentNumber segment;
    RepresentationIndex representation;
    bool with_init;
    bool growing;
    int attempt;
    abr::Reason reason;
    Duration buffer_level;  ///< When it was asked for.
    Timestamp requested;
    std::optional<Timestamp> first_byte;
    ByteCount received;
    ByteCount expected;  ///< As the track tells until the server does.
    Duration media_duration{};
    /// When anything worth the name last came; the request before that.
    Timestamp last_arrival;

    /// How much had come by when.
    struct Mark {
      Timestamp at{};
      ByteCount received;
    };
    Mark older;  ///< One to two seconds old once there have been two marks.
    Mark newer;
    /// The rate since the older mark; none while that is less than a second old.
    [[nodiscard]] std::optional<BitRate> recent_rate(Timestamp now) const;
    /// What a policy sees of it where it may still take `deadline`; refers to `decision`.
    [[nodiscard]] abr::TransferContext seen_at(const abr::DecisionContext& decision,
                                               Duration deadline) const;
  };

  TrackScheduler(media::TrackKind kind, const media::Track& track);

  [[nodiscard]] media::TrackKind kind() const { return kind_; }
  [[nodiscard]] const media::Track& track() const { return *track_; }
  /// The segment to fetch next (the running one's while a transfer runs).
  [[nodiscard]] SegmentNumber next() const { return next_; }
  /// How long that one lasts; zero where the track is finished.
  [[nodiscard]] Duration next_duration() const { return next_duration_; }
  [[nodiscard]] bool finished() const { return next_ >= track_->segment_count(); }
  /// Of the last segment that arrived, as an index into the ladder of `next()`: behind a change of
  /// period the best one there that asks for no more. None at the start and after a seek.
  [[nodiscard]] std::optional<RepresentationIndex> previous() const { return previous_; }

  [[nodiscard]] const std::optional<Running>& running() const { return running_; }
  [[nodiscard]] int attempt() const { return attempt_; }
  /// Nothing is asked for before this.
  [[nodiscard]] Timestamp not_before() const { return not_before_; }
  /// A decision that was made already for `next()`: a wait, a retry or an abandonment led to it.
  [[nodiscard]] const std::optional<abr::Decision>& decided() const { return decided_; }

  /// Whether `representation` still needs its init segment at `segment`.
  [[nodiscard]] bool needs_init(SegmentNumber segment, RepresentationIndex representation) const;

  void decide(const abr::Decision& decision, Timestamp not_before);
  /// Lets the next segment be decided anew; while no transfer runs.
  void undecide();
  /// The transfer that was asked for now runs.
  void started(const FetchSegment& request, Timestamp now);
  /// What is known of the running transfer by now: `last_byte` is when the newest of `received`
  /// came.
  void progressed(std::optional<Timestamp> first_byte, std::optional<Timestamp> last_byte,
                  ByteCount received, std::optional<ByteCount> expected, Timestamp now);
  /// The running transfer's segment is there. Goes on to the next one.
  void completed();
  /// The running transfer's segment, which lies before `next()`, is there once more; with `kept` in
  /// place of what was there. The next one is chosen anew.
  void replaced(bool kept);
  /// Nothing is asked for before this; until the next decision.
  void wait_until(Timestamp at) { not_before_ = at; }
  /// The running transfer came to nothing; the next try is for `decision`, from `not_before` on.
  void abandoned(const abr::Decision& decision);
  /// The same where the next try is still to be chosen.
  void abandoned();
  void failed(const abr::Decision& decision, Timestamp not_before);
  /// The running transfer came to nothing, and there is no next try.
  void give_up();
  /// The same; goes on to the next segment.
  void lose();
  /// So many segments right before the next one have been lost.
  [[nodiscard]] int lost() const { return lost_; }
  /// `representation` of the next segment does not exist. Where another one of the same segment
  /// comes, and of a second segment, too, before anything has come of it, it does not exist in all
  /// of that part.
  void exclude(RepresentationIndex representation);
  [[nodiscard]] bool excluded(RepresentationIndex representation) const;
  /// The nearest representation below, else above, `representation` that is not excluded.
  [[nodiscard]] std::optional<RepresentationIndex> alternative(
      RepresentationIndex representation) const;
  /// The track has more segments, or more of them are known: `track` is the same one, grown.
  void grew(const media::Track& track);
  /// Goes on at `segment`, or finishes the track.
  void seek(std::optional<SegmentNumber> segment);

 private:
  /// Of the segment before `next_` came `previous_`: as an index into the ladder of `next_`.
  void carry_over();
  /// `next_` is another one: nothing is known of it yet.
  void reset_segment();

  media::TrackKind kind_;
  const media::Track* track_;
  SegmentNumber next_ = 0;
  Duration next_duration_{};  ///< Kept, for every event asks for it.
  std::optional<RepresentationIndex> previous_;
  std::optional<Running> running_;
  int attempt_ = 1;
  int lost_ = 0;
  Timestamp not_before_ = Timestamp::min();
  std::optional<abr::Decision> decided_;
  std::bitset<limits::representations> excluded_;
  /// What is known of the representations of a part.
  struct PartState {
    std::bitset<limits::representations> init_here;
    std::bitset<limits::representations> came;      ///< A segment.
    std::bitset<limits::representations> excluded;  ///< Once, before.
    std::bitset<limits::representations> dropped;
  };
  std::vector<PartState> parts_;
};

}  // namespace rung::session
