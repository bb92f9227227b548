#include "network_sim/link_cursor.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/check.h"

namespace rung::network_sim {

namespace {

using Amount = LinkCapacity::Amount;

/// Pieces that are walked before the prefix sums take over.
constexpr int longest_walk = 16;

/// The sum, or Timestamp::max() where it is out of range.
Timestamp saturated(Timestamp at, Duration distance) {
  return distance > Timestamp::max() - at ? Timestamp::max() : at + distance;
}

/// `amount / rate` nanoseconds, rounded up. Most amounts fit into 64 bits, which divide faster.
Duration time_for(Amount amount, std::int64_t rate) {
  if (amount <= std::numeric_limits<std::int64_t>::max()) {
    const auto narrow = static_cast<std::int64_t>(amount);
    return Duration(narrow / rate + (narrow % rate != 0 ? 1 : 0));
  }
  return Duration(static_cast<std::int64_t>((amount + rate - 1) / rate));
}

}  // namespace

LinkCursor::LinkCursor(const LinkCapacity& link)
    : link_(&link), piece_end_(Timestamp(link.piece(0).duration)) {}

void LinkCursor::enter_piece_at(Timestamp to) {
  for (int walked = 0; to >= piece_end_; ++walked) {
    if (walked == longest_walk || piece_end_ == Timestamp::max()) {
      place(to);
      return;
    }
    piece_ = piece_ + 1 == link_->piece_count() ? 0 : piece_ + 1;
    piece_end_ = saturated(piece_end_, link_->piece(piece_).duration);
  }
}

LinkCursor::Carried LinkCursor::walk(Amount wanted, Timestamp limit) {
  RUNG_CHECK(wanted > 0 && limit >= at_);
  const LinkCursor origin = *this;
  Carried carried;
  for (int walked = 0; walked < longest_walk; ++walked) {
    const std::int64_t rate = link_->piece(piece_).rate.bits_per_second();
    const Timestamp end = std::min(piece_end_, limit);
    if (rate > 0 && end > at_) {
      if (!carried.began) carried.began = at_;
      const Amount here = Amount{rate} * (end - at_).count();
      if (carried.amount + here >= wanted) {
        const Duration time = time_for(wanted - carried.amount, rate);
        carried.amount += Amount{rate} * time.count();
        skip_to(at_ + time);
        return carried;
      }
      carried.amount += here;
    }
    skip_to(end);
    if (end == limit) return carried;
  }
  *this = origin;
  return jump(wanted, limit);
}

LinkCursor::Carried LinkCursor::jump(Amount wanted, Timestamp limit) {
  const Amount before = link_->carried_by(at_);
  const Timestamp end = std::min(link_->time_of(before + wanted), limit);
  const Timestamp first =
      link_->time_of(before + 1);  // The first nanosecond that carries anything.
  Carried carried{.amount = link_->carried_by(end) - before, .began = std::nullopt};
  if (carried.amount > 0) carried.began = first - Duration(1);
  place(end);
  return carried;
}

void LinkCursor::place(Timestamp to) {
  const Duration in_round = to.time_since_epoch() % link_->trace().duration();
  piece_ = link_->piece_at(in_round);
  at_ = to;
  piece_end_ = saturated(to, link_->begin(piece_) + link_->piece(piece_).duration - in_round);
}

}  // namespace rung::network_sim
