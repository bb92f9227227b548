#include "player/playback_environment.h"

// How much of what runs has come.

namespace rung::player {

ByteCount PlaybackEnvironment::in_flight() const {
  ByteCount sum;
  for (const auto& [id, transfer] : transfers_)
    sum += transfer.segment.received + transfer.init.received;
  return sum;
}

std::optional<session::TransferProgressed> PlaybackEnvironment::progress_of(TransferId id) const {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return std::nullopt;
  const Transfer& transfer = found->second;
  session::TransferProgressed progress{
      .at = world_.loop.now(),
      .transfer = id,
      .first_byte = transfer.first_byte,
      .received = transfer.segment.received + transfer.init.received,
      .expected = std::nullopt,
      .last_byte = transfer.last_bytes};
  if (transfer.segment.expected && transfer.init.expected)
    progress.expected = *transfer.segment.expected + *transfer.init.expected;
  return progress;
}

void PlaybackEnvironment::report_progress(TransferId id) {
  Transfer& transfer = transfers_.at(id);
  session::TransferProgressed progress = *progress_of(id);
  progress.at = stamp();
  events_.push_back(progress);
  if (transfer.request.progress_every <= Duration::zero()) return;
  transfer.progress_due += transfer.request.progress_every;
  transfer.progress_timer =
      world_.loop.call_at(transfer.progress_due, [this, id] { report_progress(id); });
}

}  // namespace rung::player
