#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "network_sim/shared_link.h"
#include "session/chunk_pace.h"
#include "session/event.h"
#include "session/request.h"

namespace rung::network_sim {

/// A world without bytes: transfers run on a modelled link, the viewer does what a script says, and
/// time jumps from event to event. A SessionEnvironment (session/run.h). Allocates nothing
/// once it is made. A resource.
///
/// Of facts at the same instant, those of transfers come first, in order of transfer id (and a
/// completion stands for the progress report that is due with it), then the viewer's in the order
/// of the script, then what a live title has grown by, then TimeReached. A pause that the script
/// does not end is for ever: once nothing is under way any more, the viewer leaves.
class SimulatedEnvironment {
 public:
  using ViewerAction = std::variant<session::ViewerPaused, session::ViewerResumed,
                                    session::ViewerSought, session::ViewerLeft>;

  struct Options {
    /// What a representation's init segment adds to the transfer that brings it.
    ByteCount init_size{800};
    /// Of the manifest, which is loaded before the session is told anything; zero where a session
    /// begins with its manifest in hand.
    ByteCount manifest_size;
    /// Of a response's head: the link carries it, no event counts it.
    ByteCount head_size;
    /// Request to first byte, where the trace does not tell.
    Duration default_rtt{};
    LatencyRule latency = LatencyRule::at_request;
    /// What the viewer does, in order of time. Must outlive the environment.
    std::span<const ViewerAction> viewer;
    /// What is added to a live title, in order of time. Must outlive the environment.
    std::span<const session::PresentationGrew> growth;
    /// A segment that is asked for as growing comes in chunks of so much media, each not before it
    /// has been produced; zero where none may be.
    Duration chunk{};
    /// What has been produced when the link's time begins.
    MediaTime live_edge{};
    /// When the session's time begins on the link's.
    Timestamp begins_at{};
    /// What there is of the title already, as session::StreamingSession::hold() is told.
    std::span<const session::HeldSegment> held;
    /// The titles that may be fetched ahead, as they travel; must outlive the environment.
    std::span<const media::Tracks* const> others;
    ByteCount other_manifest_size;  ///< Of each of those.
    /// Transfers at once, at most SharedLink::max_transfers.
    std::size_t most_transfers = 4;
  };

  /// `actual` are the sizes that travel; the session may know less. It and `link` must outlive the
  /// environment.
  SimulatedEnvironment(const media::Tracks& actual, const LinkCapacity& link,
                       const Options& options);
  SimulatedEnvironment(const SimulatedEnvironment&) = delete;
  SimulatedEnvironment& operator=(const SimulatedEnvironment&) = delete;

  void start(const session::Request& request);
  /// The next fact, not later than `until`. Timestamp::max() with nothing under way is a bug,
  /// unless the viewer has paused.
  [[nodiscard]] session::Event wait(Timestamp until);
  /// What a report of that transfer would tell now; none where it does not run.
  [[nodiscard]] std::optional<session::TransferProgressed> progress_of(TransferId transfer) const;

 private:
  /// When a running transfer's next report is due; Timestamp::max() for never.
  struct Report {
    TransferId transfer;
    Timestamp at{};
    Duration every{};
    ByteCount heads;        ///< Of the transfer's responses.
    double early = 0;       ///< Nanoseconds by which it is due before `at`.
    Timestamp told_at{};    ///< The last report.
    double told_early = 0;  ///< As `early`, of the last report.
  };

  /// A segment whose end is still to be produced: its chunks follow one another on the link.
  struct Growing {
    TransferId transfer;
    const media::Track* track = nullptr;
    SegmentNumber segment = 0;
    RepresentationIndex representation = 0;
    std::int64_t chunks = 0;  ///< That have come.
    ByteCount received;       ///< With them, heads included.
    std::optional<Timestamp> first_byte;
    std::optional<Timestamp> last_byte;  ///< Of them.
    session::ChunkPace pace;
  };

  void fetch(const session::FetchSegment& request);
  /// Of a growing segment: where its first chunks end in its media, and in its bytes.
  [[nodiscard]] Duration media_of(const Growing& growing, std::int64_t chunks) const;
  [[nodiscard]] ByteCount bytes_of(const Growing& growing, std::int64_t chunks) const;
  [[nodiscard]] const Growing* find_growing(TransferId transfer) const;
  [[nodiscard]] Growing* find_growing(TransferId transfer);
  /// A chunk has come; the next one follows.
  [[nodiscard]] session::Event arrived(Growing& growing, const SharedLink::Completion& completion);
  /// A transfer begins of which reports come at that cadence; max() for none.
  Report& begin(TransferId transfer, ByteCount size, int heads, Duration first_progress,
                Duration progress_every);
  void cancel(TransferId transfer);
  /// The report that comes first; nullptr when none is due.
  [[nodiscard]] Report* next_report();
  void load_manifest();
  [[nodiscard]] ByteCount heads_of(TransferId transfer) const;
  /// By how many nanoseconds the report that is told now was due before now.
  [[nodiscard]] double early_of(TransferId transfer) const;
  [[nodiscard]] session::Event progressed(Report& report);
  /// Writes down what has come of its transfer.
  void tell(const Report& report, session::TransferProgressed& fact) const;
  [[nodiscard]] session::Event completed(const SharedLink::Completion& completion);
  /// The same of a transfer that is not a segment that grows.
  [[nodiscard]] session::Event whole(const SharedLink::Completion& completion);
  void forget(TransferId transfer);
  [[nodiscard]] session::Event act();

  const media::Tracks& actual_;
  Options options_;
  SharedLink link_;
  std::vector<Report> reports_;   ///< In order of id; has room for all from the start.
  std::vector<Growing> growing_;  ///< Has room for all from the start.
  /// Complete on the link, but not told yet.
  std::optional<SharedLink::Completion> completion_;
  /// It was there when it was asked for; told at once.
  std::optional<session::TransferCompleted> held_;
  std::size_t next_action_ = 0;
  bool viewer_paused_ = false;
  std::size_t next_growth_ = 0;
};

}  // namespace rung::network_sim
