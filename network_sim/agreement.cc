#include "network_sim/agreement.h"

#include <algorithm>

#include "core/check.h"
#include "core/id.h"
#include "network_sim/shared_link.h"

namespace rung::network_sim {
namespace {

/// Whether another transfer ran while `place` did.
bool has_company(std::span<const MeasuredTransfer> transfers, std::size_t place,
                 Timestamp latest_before) {
  const MeasuredTransfer& transfer = transfers[place];
  if (latest_before > transfer.requested) return true;
  return place + 1 < transfers.size() && transfers[place + 1].requested < transfer.completed;
}

}  // namespace

Agreement agreement(std::span<const MeasuredTransfer> transfers, const LinkCapacity& link,
                    const AgreementOptions& options) {
  RUNG_CHECK(options.offset >= Duration::zero());
  RUNG_CHECK(std::ranges::is_sorted(transfers, {}, &MeasuredTransfer::requested));
  const Timestamp end = options.known ? Timestamp(*options.known) : Timestamp::max();
  Agreement found;
  Timestamp latest_end = Timestamp::min();
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    const MeasuredTransfer& transfer = transfers[i];
    const bool company = has_company(transfers, i, latest_end);
    latest_end = std::max(latest_end, transfer.completed);
    if (company) {
      ++found.overlapping;
      continue;
    }
    if (transfer.completed == transfer.requested) {
      ++found.instant;
      continue;
    }
    const Timestamp begins = transfer.requested + options.offset;
    if (begins > end || transfer.completed + options.offset > end) {
      ++found.outside;
      continue;
    }
    const std::optional<Duration> own =
        link.piece(link.piece_at((begins - Timestamp{}) % link.trace().duration())).rtt;
    const Duration rtt = own.value_or(transfer.rtt.value_or(options.default_rtt));
    SharedLink world(link, rtt);
    static_cast<void>(world.advance(begins));  // Nothing runs yet.
    world.start(TransferId{}, transfer.size);
    const auto completion = world.advance(Timestamp::max());
    RUNG_CHECK(completion);
    if (completion->at > end) {
      ++found.outside;
      continue;
    }
    found.transfers.push_back(
        {.measured = transfer, .rtt = rtt, .simulated = completion->at - begins});
  }
  return found;
}

}  // namespace rung::network_sim
