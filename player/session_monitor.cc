#include "player/session_monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <variant>

namespace rung::player {

using media::TrackKind;

void SessionMonitor::asked(const session::Request& request) {
  const std::lock_guard lock(mutex_);
  if (const auto* fetch = std::get_if<session::FetchSegment>(&request)) {
    SessionSnapshot::Transfer transfer{
        .request = *fetch, .requested = snapshot_.at, .running = true};
    const auto ladder = tracks_.of(fetch->track)->ladder(fetch->segment);
    transfer.bandwidth = ladder[fetch->representation];
    snapshot_.transfers[static_cast<std::size_t>(fetch->track)] = transfer;
  } else if (const auto* cancel = std::get_if<session::CancelTransfer>(&request)) {
    if (auto* transfer = running(cancel->transfer)) transfer->running = false;
  }
}

void SessionMonitor::told(const session::Event& event, const std::string& failure) {
  const std::lock_guard lock(mutex_);
  snapshot_.at = session::time_of(event);
  std::visit(
      [&](const auto& fact) {
        using Fact = std::decay_t<decltype(fact)>;
        if constexpr (std::is_same_v<Fact, session::TransferProgressed>) {
          auto* transfer = running(fact.transfer);
          if (transfer == nullptr) return;
          transfer->received = fact.received;
          transfer->expected = fact.expected;
        } else if constexpr (std::is_same_v<Fact, session::TransferCompleted>) {
          auto* transfer = running(fact.transfer);
          if (transfer == nullptr) return;
          transfer->running = false;
          transfer->received = fact.size;
          transfer->expected = fact.size;
          snapshot_.trouble.clear();
          auto& samples = snapshot_.throughput;
          if (samples.size() >= most_samples) samples.erase(samples.begin());
          samples.push_back(abr::throughput({.requested = transfer->requested,
                                             .first_byte = fact.first_byte,
                                             .completed = fact.at,
                                             .size = fact.size}));
        } else if constexpr (std::is_same_v<Fact, session::TransferFailed>) {
          if (auto* transfer = running(fact.transfer)) transfer->running = false;
          snapshot_.trouble = failure;
        }
      },
      event);
}

void SessionMonitor::updated(const session::StreamingSession& session) {
  const abr::PlaybackBuffer& buffer = session.buffer();
  const std::lock_guard lock(mutex_);
  snapshot_.state = buffer.state();
  snapshot_.position = buffer.position();
  snapshot_.end = buffer.end();
  snapshot_.buffer_level = buffer.level();
  snapshot_.forecast = session.forecast();
  snapshot_.report = session.report();
}

SessionSnapshot SessionMonitor::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

SessionSnapshot::Transfer* SessionMonitor::running(TransferId transfer) {
  for (auto& of_track : snapshot_.transfers)
    if (of_track && of_track->running && of_track->request.transfer == transfer) return &*of_track;
  return nullptr;
}

std::string waiting_reason(const SessionSnapshot& snapshot) {
  using abr::PlaybackState;
  const char* what = "waiting for pictures";
  if (snapshot.state == PlaybackState::starting) what = "starting";
  if (snapshot.state == PlaybackState::stalled) what = "buffer empty";
  if (snapshot.state == PlaybackState::seeking) what = "seeking";
  if (!snapshot.trouble.empty()) return fmt::format("{}: {}", what, snapshot.trouble);
  for (const auto& transfer : snapshot.transfers) {
    if (!transfer || !transfer->running) continue;
    const char* track = transfer->request.track == TrackKind::video ? "video" : "sound";
    if (transfer->received == ByteCount())
      return fmt::format("{}: the server is asked for {}", what, track);
    const double kilobytes = static_cast<double>(transfer->received.bytes()) / 1000;
    if (!transfer->expected || *transfer->expected == ByteCount())
      return fmt::format("{}: {:.0f} kB of {}", what, kilobytes, track);
    return fmt::format("{}: {:.0f} of {:.0f} kB of {}", what, kilobytes,
                       static_cast<double>(transfer->expected->bytes()) / 1000, track);
  }
  return what;
}

}  // namespace rung::player
