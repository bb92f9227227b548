#include "network_sim/shared_link.h"

#include <algorithm>
#include <cstdint>

#include "core/check.h"

namespace rung::network_sim {

namespace {

using Amount = LinkCapacity::Amount;

/// What the link must carry until a transfer has had its `remaining`, rounded up.
Amount wanted_for(Amount remaining, int share) {
  return share == 1 ? remaining : quotient(remaining + share - 1, share);
}

/// What the link carries from where the cursor is, in the unit of `remaining`.
Amount carried_in(double nanoseconds, const LinkCursor& cursor, int unit) {
  const auto rate = static_cast<double>(cursor.rate().bits_per_second());
  const double carried = nanoseconds * rate * unit + 0.5;
  // Seldom exceeds 64 bits, to which a double comes several times faster.
  constexpr double most = 0x1p62;
  return carried < most ? static_cast<std::int64_t>(carried) : static_cast<Amount>(carried);
}

}  // namespace

SharedLink::SharedLink(const LinkCapacity& link, Duration default_rtt, LatencyRule latency,
                       std::size_t most_transfers)
    : cursor_(link),
      default_rtt_(default_rtt),
      latency_(latency),
      most_transfers_(most_transfers),
      share_unit_(most_transfers == 1   ? unit_of_one
                  : most_transfers <= 4 ? unit_of_few
                                        : unit_of_many),
      amount_of_byte_(cursor_.cost_of_byte() * share_unit_) {
  RUNG_CHECK(default_rtt >= Duration::zero());
  RUNG_CHECK(most_transfers > 0 && most_transfers <= max_transfers);
  transfers_.reserve(most_transfers);
}

const SharedLink::Transfer* SharedLink::find(TransferId id) const {
  for (const Transfer& transfer : transfers())
    if (transfer.id == id) return &transfer;
  return nullptr;
}

ByteCount SharedLink::received(const Transfer& transfer) const {
  const Amount arrived = amount(transfer.size) - transfer.remaining;
  return ByteCount(static_cast<std::int64_t>(quotient(arrived, amount_of_byte_)));
}

void SharedLink::start(TransferId id, ByteCount size) {
  const bool exact = latency_ != LatencyRule::at_request;
  Transfer& transfer = add(id, size, flow_begins());
  transfer.early = exact && last_end_.at == now() ? last_end_.early : 0;
}

void SharedLink::go_on(TransferId id, ByteCount size, Timestamp there) {
  const Duration rtt = cursor_.rtt().value_or(default_rtt_);
  RUNG_CHECK(there <= Timestamp::max() - rtt);
  add(id, size, std::max(there + rtt / 2, now()));
}

SharedLink::Transfer& SharedLink::add(TransferId id, ByteCount size, Timestamp flows_from) {
  RUNG_CHECK(transfers_.size() < most_transfers_ && size >= ByteCount{});
  auto behind = transfers_.end();
  while (behind != transfers_.begin() && id < behind[-1].id) --behind;
  RUNG_CHECK(behind == transfers_.begin() || behind[-1].id != id);
  Transfer& transfer =
      behind == transfers_.end() ? transfers_.emplace_back() : *transfers_.emplace(behind);
  transfer.id = id;
  transfer.size = size;
  transfer.flows_from = flows_from;
  transfer.remaining = amount(size);
  return transfer;
}

Timestamp SharedLink::flow_begins() const {
  if (latency_ == LatencyRule::by_piece) return cursor_.rtt_passes_at(default_rtt_);
  const Duration rtt = cursor_.rtt().value_or(default_rtt_);
  RUNG_CHECK(rtt <= Timestamp::max() - now());
  return now() + rtt;
}

void SharedLink::idle_until(Timestamp to) {
  if (latency_ == LatencyRule::link_stops && !transfers_.empty()) {
    stood_still_ += to - now();
  } else {
    cursor_.skip_to(to - stood_still_);
  }
}

LinkCursor::Carried SharedLink::walk(Amount wanted, Timestamp limit) {
  LinkCursor::Carried carried = cursor_.walk(wanted, limit - stood_still_);
  if (carried.began) *carried.began += stood_still_;
  return carried;
}

bool SharedLink::cancel(TransferId id, double early) {
  const Transfer* transfer = find(id);
  if (transfer == nullptr) return false;
  last_end_ = {.at = now(), .early = early};
  remove(*transfer);
  return true;
}

std::optional<SharedLink::Completion> SharedLink::advance(Timestamp until) {
  RUNG_CHECK(until >= now());
  if (transfers_.size() == 1) return advance_alone(until);
  while (true) {
    if (const Transfer* transfer = complete()) return take(*transfer);
    if (now() == until) return std::nullopt;

    // Up to `limit` the same transfers flow.
    Timestamp limit = until;
    int flowing = 0;
    Amount least = 0;  // That the one nearest to its end still needs.
    for (Transfer& transfer : transfers_) {
      if (transfer.flows_from > now()) {
        limit = std::min(limit, transfer.flows_from);
      } else {
        least = flowing == 0 ? transfer.remaining : std::min(least, transfer.remaining);
        begin_flow(transfer);
        ++flowing;
      }
    }
    if (flowing == 0) {
      idle_until(limit);
      continue;
    }
    const Timestamp begin = now();
    const int share = share_unit_ / flowing;
    const LinkCursor::Carried carried = walk(wanted_for(least, share), limit);
    for (Transfer& transfer : transfers_) {
      if (transfer.flows_from > begin) continue;
      if (!transfer.first_byte) transfer.first_byte = carried.began;
      if (transfer.remaining <= carried.amount * share)
        last_end_ = {.at = now(), .early = carried.early};
      transfer.remaining = std::max(transfer.remaining - carried.amount * share, Amount{0});
    }
  }
}

std::optional<SharedLink::Completion> SharedLink::advance_alone(Timestamp until) {
  Transfer& transfer = transfers_.front();
  if (transfer.flows_from > now()) {
    idle_until(std::min(until, transfer.flows_from));
    if (transfer.flows_from > now()) return std::nullopt;
  }
  begin_flow(transfer);
  if (transfer.remaining > 0) {
    if (until == now()) return std::nullopt;
    const LinkCursor::Carried carried = walk(wanted_for(transfer.remaining, share_unit_), until);
    // By its value: an optional that is copied right behind being made is waited for.
    if (!transfer.first_byte && carried.began) transfer.first_byte = *carried.began;
    const Amount came = carried.amount * share_unit_;
    if (came < transfer.remaining) {
      transfer.remaining -= came;
      return std::nullopt;
    }
    last_end_ = {.at = now(), .early = carried.early};
  }
  return take(transfer);
}

void SharedLink::begin_flow(Transfer& transfer) const {
  if (latency_ == LatencyRule::by_piece) transfer.first_byte = transfer.flows_from;
  if (transfer.early == 0) return;
  transfer.remaining =
      std::max(transfer.remaining - carried_in(transfer.early, cursor_, share_unit_), Amount{1});
  transfer.early = 0;
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
  transfers_.erase(transfers_.begin() + (&transfer - transfers_.data()));
}

}  // namespace rung::network_sim
