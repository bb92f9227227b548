#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "session/event.h"
#include "session/request.h"
#include "session/run.h"
#include "session/streaming_session.h"

namespace rung::network_sim {

/// One transfer of a session's main track (video, or audio where there is no video): what was
/// decided, and what came of it.
struct TransferRecord {
  SegmentNumber segment = 0;
  RepresentationIndex representation = 0;
  ByteCount size;  ///< Of the body; of an abandoned transfer what had arrived.
  Timestamp requested{};
  std::optional<Timestamp> first_byte;
  Timestamp done{};          ///< The last byte, or when it was given up.
  Duration buffer_before{};  ///< Media ahead of the viewer at the request.
  Duration buffer_after{};   ///< The same once the segment is in the buffer.
  Duration stalled{};        ///< Rebuffering in between, start-up where that is told as such.
  bool abandoned = false;    ///< Given up, or under way when the session ended.

  friend bool operator==(const TransferRecord&, const TransferRecord&) = default;
};

/// Passes everything through to an environment and takes down the session's transfers. A
/// SessionEnvironment; the three it is made of must outlive it.
template <session::SessionEnvironment E>
class TransferRecordingEnvironment {
 public:
  TransferRecordingEnvironment(E& environment, const session::StreamingSession& session,
                               std::vector<TransferRecord>& records, bool startup_stalls = false)
      : environment_(environment),
        session_(session),
        records_(records),
        startup_stalls_(startup_stalls) {}

  void start(const session::Request& request) {
    conclude();
    if (const auto* fetch = std::get_if<session::FetchSegment>(&request)) {
      if (fetch->track == main_track()) begin(*fetch);
    } else if (const auto* given_up = std::get_if<session::CancelTransfer>(&request)) {
      if (running_ == given_up->transfer) {
        records_.back().abandoned = true;
        complete_ = true;
        conclude();
      }
    }
    environment_.start(request);
  }
  [[nodiscard]] session::Event wait(Timestamp until) {
    conclude();
    const session::Event event = environment_.wait(until);
    if (const auto* progressed = std::get_if<session::TransferProgressed>(&event)) {
      if (running_ == progressed->transfer)
        arrived(progressed->at, progressed->first_byte, progressed->received);
    } else if (const auto* completed = std::get_if<session::TransferCompleted>(&event)) {
      if (running_ == completed->transfer) {
        arrived(completed->at, completed->first_byte, completed->size);
        complete_ = true;
      }
    }
    return event;
  }
  /// Once the session has ended: what still runs then comes to nothing.
  void finish() {
    if (running_ && !complete_) records_.back().abandoned = complete_ = true;
    conclude();
  }

 private:
  [[nodiscard]] media::TrackKind main_track() const {
    return session_.tracks().video ? media::TrackKind::video : media::TrackKind::audio;
  }
  void begin(const session::FetchSegment& fetch) {
    const abr::PlaybackBuffer& buffer = session_.buffer();
    running_ = fetch.transfer;
    stalled_before_ = stalled();
    records_.push_back({.segment = fetch.segment,
                        .representation = fetch.representation,
                        .requested = buffer.now(),
                        .done = buffer.now(),
                        .buffer_before = buffer.level(fetch.track)});
  }
  [[nodiscard]] Duration stalled() const {
    const abr::PlaybackBuffer& buffer = session_.buffer();
    return buffer.stalled() + (startup_stalls_ ? buffer.startup_delay() : Duration::zero());
  }
  void arrived(Timestamp at, std::optional<Timestamp> first_byte, ByteCount received) {
    records_.back().done = at;
    records_.back().first_byte = first_byte;
    records_.back().size = received;
  }
  /// The session has been told of the end by now: its buffer is that after it.
  void conclude() {
    if (!complete_) return;
    records_.back().buffer_after = session_.buffer().level(main_track());
    records_.back().stalled = stalled() - stalled_before_;
    if (records_.back().abandoned) records_.back().done = session_.buffer().now();
    running_.reset();
    complete_ = false;
  }

  E& environment_;
  const session::StreamingSession& session_;
  std::vector<TransferRecord>& records_;
  bool startup_stalls_;
  std::optional<TransferId> running_;  ///< The one of the last record, until it has ended.
  bool complete_ = false;
  Duration stalled_before_{};
};

}  // namespace rung::network_sim
