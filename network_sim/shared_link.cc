#include "network_sim/shared_link.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/check.h"

namespace rung::network_sim {

namespace {

using Amount = LinkCapacity::Amount;

/// Of amounts that are not negative. Most fit into 64 bits, which divide several times faster.
Amount quotient(Amount amount, std::int64_t divisor) {
  if (amount <= std::numeric_limits<std::int64_t>::max())
    return static_cast<std::int64_t>(amount) / divisor;
  return amount / divisor;
}

/// What the link must carry until a transfer has had its `remaining`, rounded up.
Amount wanted_for(Amount remaining, int share) { return quotient(remaining + share - 1, share); }

}  // namespace

SharedLink::SharedLink(const LinkCapacity& link, Duration default_rtt)
    : cursor_(link), default_rtt_(default_rtt) {
  RUNG_CHECK(default_rtt >= Duration::zero());
}

const SharedLink::Transfer* SharedLink::find(TransferId id) const {
  for (const Transfer& transfer : transfers())
    if (transfer.id == id) return &transfer;
  return nullptr;
}

ByteCount SharedLink::received(const Transfer& transfer) {
  constexpr Amount per_byte = LinkCapacity::per_byte * share_unit;
  const Amount arrived = per_byte * transfer.size.bytes() - transfer.remaining;
  return ByteCount(
      static_cast<std::int64_t>(quotient(arrived, static_cast<std::int64_t>(per_byte))));
}

void SharedLink::start(TransferId id, ByteCount size) {
  RUNG_CHECK(count_ < max_transfers && size >= ByteCount{});
  RUNG_CHECK(count_ == 0 || transfers_[count_ - 1].id < id);
  const Duration rtt = cursor_.rtt().value_or(default_rtt_);
  RUNG_CHECK(rtt <= Timestamp::max() - now());
  transfers_[count_++] = Transfer{.id = id,
                                  .size = size,
                                  .flows_from = now() + rtt,
                                  .first_byte = std::nullopt,
                                  .remaining = LinkCapacity::per_byte * share_unit * size.bytes()};
}

bool SharedLink::cancel(TransferId id) {
  const Transfer* transfer = find(id);
  if (transfer == nullptr) return false;
  remove(*transfer);
  return true;
}

std::optional<SharedLink::Completion> SharedLink::advance(Timestamp until) {
  RUNG_CHECK(until >= now());
  if (count_ == 1) return advance_alone(until);
  while (true) {
    if (const Transfer* transfer = complete()) return take(*transfer);
    if (now() == until) return std::nullopt;

    // Up to `limit` the same transfers flow.
    Timestamp limit = until;
    int flowing = 0;
    Amount least = 0;  // That the one nearest to its end still needs.
    for (const Transfer& transfer : transfers()) {
      if (transfer.flows_from > now()) {
        limit = std::min(limit, transfer.flows_from);
      } else {
        least = flowing == 0 ? transfer.remaining : std::min(least, transfer.remaining);
        ++flowing;
      }
    }
    if (flowing == 0) {
      cursor_.skip_to(limit);
      continue;
    }
    const Timestamp begin = now();
    const int share = share_unit / flowing;
    const LinkCursor::Carried carried = cursor_.walk(wanted_for(least, share), limit);
    for (Transfer& transfer : std::span(transfers_).first(count_)) {
      if (transfer.flows_from > begin) continue;
      if (!transfer.first_byte) transfer.first_byte = carried.began;
      transfer.remaining = std::max(transfer.remaining - carried.amount * share, Amount{0});
    }
  }
}

std::optional<SharedLink::Completion> SharedLink::advance_alone(Timestamp until) {
  Transfer& transfer = transfers_.front();
  if (transfer.flows_from > now()) {
    cursor_.skip_to(std::min(until, transfer.flows_from));
    if (transfer.flows_from > now()) return std::nullopt;
  }
  if (transfer.remaining > 0 && until > now()) {
    const LinkCursor::Carried carried =
        cursor_.walk(wanted_for(transfer.remaining, share_unit), until);
    if (!transfer.first_byte) transfer.first_byte = carried.began;
    transfer.remaining = std::max(transfer.remaining - carried.amount * share_unit, Amount{0});
  }
  if (transfer.remaining > 0) return std::nullopt;
  return take(transfer);
}

const SharedLink::Transfer* SharedLink::complete() const {
  for (const Transfer& transfer : transfers())
    if (transfer.remaining == 0 && transfer.flows_from <= now()) return &transfer;
  return nullptr;
}

SharedLink::Completion SharedLink::take(const Transfer& transfer) {
  const Completion completion{.at = now(),
                              .transfer = transfer.id,
                              .first_byte = transfer.first_byte.value_or(now()),
                              .size = transfer.size};
  remove(transfer);
  return completion;
}

void SharedLink::remove(const Transfer& transfer) {
  const auto place = static_cast<std::size_t>(&transfer - transfers_.data());
  std::move(transfers_.begin() + static_cast<std::ptrdiff_t>(place) + 1,
            transfers_.begin() + static_cast<std::ptrdiff_t>(count_),
            transfers_.begin() + static_cast<std::ptrdiff_t>(place));
  --count_;
}

}  // namespace rung::network_sim
