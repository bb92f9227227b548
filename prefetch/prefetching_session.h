#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "prefetch/budget.h"
#include "prefetch/policy.h"
#include "prefetch/transfer_end.h"
#include "session/event.h"
#include "session/request.h"
#include "session/streaming_session.h"

namespace rung::prefetch {

/// What fetching ahead came to in one session.
struct PrefetchReport {
  ByteCount received;   ///< Of transfers that completed.
  ByteCount discarded;  ///< Of those that were given up or failed, as far as it was told.
  int transfers = 0;    ///< That completed.
  int cancelled = 0;    ///< Given up for the running title or another guess.
  int failures = 0;
  friend bool operator==(const PrefetchReport&, const PrefetchReport&) = default;
};

/// A Session (session/run.h) that plays a title and fetches ahead of others while the title leaves
/// the link idle. The title goes first: while it has a transfer nothing is asked for, but in the
/// last round trip before that is expected to end, so that the link carries a prefetch while the
/// title's next request is on its way. One prefetch runs at a time. A title whose buffer is above
/// its safe level may be made to wait, once before each of its segments, until what remains of the
/// prefetch is expected to take no longer than the round trip of the title's own request, whose
/// bytes are then the next ones on the link; at the latest until the buffer has fallen to that
/// level. What has not come after twice the time that was forecast is given up. Where the title may
/// not be made to wait, what runs is given up in the instant in which it asks for its next segment.
/// A resource.
///
/// Transfer ids of prefetches begin far above those of the title, so the title's own are what they
/// would be without it.
class PrefetchingSession {
 public:
  struct Options {
    bool metered = false;
    BudgetLimits budget;
    Duration buffer_capacity = std::chrono::seconds(30);  ///< Of the title that plays.
  };
  /// The tracks of a candidate, asked once its manifest is there; null where it cannot be played.
  using Reveal = std::function<const media::Tracks*(std::size_t title)>;
  /// What has come by now of a transfer of the title; none where it does not run.
  using ProgressOf = std::function<std::optional<session::TransferProgressed>(TransferId)>;

  /// `title` and `policy` must outlive it, as must the tracks that are revealed. `policy` may be
  /// null: then nothing is fetched ahead. Of the candidates, at most
  /// limits::prefetched_titles count.
  PrefetchingSession(session::StreamingSession& title, Policy* policy,
                     std::vector<Candidate> candidates, Reveal reveal, ProgressOf progress_of,
                     const Options& options);
  PrefetchingSession(const PrefetchingSession&) = delete;
  PrefetchingSession& operator=(const PrefetchingSession&) = delete;

  // The seam; see session/run.h.
  void handle(const session::Event& event);
  [[nodiscard]] std::optional<session::Request> next_request();
  [[nodiscard]] Timestamp wake_at() const;
  [[nodiscard]] bool ended() const { return title_.ended(); }

  /// The guess has changed. A running prefetch that is no longer wished for is given up at once.
  /// As many candidates as before.
  void guess(std::span<const Candidate> candidates);

  [[nodiscard]] std::span<const Fetched> fetched() const { return fetched_; }
  [[nodiscard]] std::span<const Candidate> candidates() const { return candidates_; }
  /// What runs now.
  [[nodiscard]] const std::optional<Wish>& running() const { return running_; }
  [[nodiscard]] const PrefetchReport& report() const { return report_; }

  /// Ids of prefetches are above this one.
  static constexpr TransferId last_of_title{std::uint64_t{1} << 40};

 private:
  [[nodiscard]] bool of_prefetch(TransferId transfer) const {
    return running_ && transfer == transfer_;
  }
  /// A title that would choose now does so when what runs is over, at the latest then; now where it
  /// does not wait.
  [[nodiscard]] Timestamp title_waits_until() const;
  /// What runs may go on beside the title's next transfer.
  [[nodiscard]] bool nearly_over() const;
  /// For how long the title may be made to wait from now on.
  [[nodiscard]] Duration longest_wait_now() const;
  [[nodiscard]] std::optional<View> view() const;
  /// The title's `request` goes out, whose end is foreseen from now on.
  void foresee_end(const session::FetchSegment& request);
  void look_at_transfer();
  /// A prefetch may be asked for before the title's transfer has ended.
  [[nodiscard]] bool may_ask_ahead() const;
  /// The best wish that may be fetched now; sets when to look again where there is none.
  [[nodiscard]] std::optional<Wish> choose();
  [[nodiscard]] session::Request start(const Wish& wish);
  void completed(const session::TransferCompleted& event);
  /// The running one comes to nothing.
  void set_back();

  session::StreamingSession& title_;
  Policy* policy_;
  std::vector<Candidate> candidates_;
  std::vector<Fetched> fetched_;
  Reveal reveal_;
  ProgressOf progress_of_;
  Options options_;
  Budget budget_;
  PrefetchReport report_;

  Timestamp now_{};
  Timestamp look_again_ = Timestamp::max();
  int title_transfers_ = 0;                ///< That run.
  std::optional<TransferEnd> title_ends_;  ///< Of the last one.
  bool has_waited_ = false;                ///< The title, before its next segment.
  Timestamp asks_from_{};                  ///< The title does not wait longer for what runs.
  Timestamp give_up_at_{};                 ///< What runs then, beside a transfer of the title.
  TransferId transfer_ = last_of_title;
  std::optional<Wish> running_;
  ByteCount running_received_;
  bool to_cancel_ = false;
  std::optional<session::Request> held_up_;  ///< Of the title, behind a cancellation.
};

}  // namespace rung::prefetch
