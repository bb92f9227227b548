#include "network_sim/link_cursor.h"

#include <algorithm>
#include <cmath>
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

}  // namespace

LinkCursor::LinkCursor(const LinkCapacity& link)
    : link_(&link), piece_end_(Timestamp(link.piece(0).duration)) {}

inline void LinkCursor::enter_next_piece() {
  piece_ = piece_ + 1 == link_->piece_count() ? 0 : piece_ + 1;
  piece_end_ = saturated(piece_end_, link_->piece(piece_).duration);
}

void LinkCursor::enter_piece_at(Timestamp to) {
  for (int walked = 0; to >= piece_end_; ++walked) {
    if (walked == longest_walk || piece_end_ == Timestamp::max()) {
      place(to);
      return;
    }
    enter_next_piece();
  }
}

Timestamp LinkCursor::rtt_passes_at(Duration default_rtt) const {
  LinkCursor here = *this;
  double left = 1;  // Of the wait.
  while (true) {
    const Duration rtt = here.rtt().value_or(default_rtt);
    const double needed = left * static_cast<double>(rtt.count());
    const Duration in_piece = here.piece_end_ - here.at_;
    if (needed <= static_cast<double>(in_piece.count()))
      return saturated(here.at_, Duration(std::llround(needed)));
    left -= static_cast<double>(in_piece.count()) / static_cast<double>(rtt.count());
    if (here.piece_end_ == Timestamp::max()) return Timestamp::max();
    here.at_ = here.piece_end_;
    here.enter_next_piece();
  }
}

LinkCursor::Carried LinkCursor::walk(Amount wanted, Timestamp limit) {
  RUNG_CHECK(wanted > 0 && limit >= at_);
  Carried carried;
  // Ordinary amounts fit into 64 bits, where arithmetic is several times faster.
  const bool there = wanted <= std::numeric_limits<std::int64_t>::max()
                         ? walk_pieces(static_cast<std::int64_t>(wanted), limit, carried)
                         : walk_pieces(wanted, limit, carried);
  if (!there) jump(wanted, limit, carried);
  return carried;
}

template <typename Whole>
bool LinkCursor::walk_pieces(Whole wanted, Timestamp limit, Carried& carried) {
  // In variables of their own, which stay in registers.
  const Trace::Piece* const pieces = link_->trace().pieces().data();
  const std::size_t count = link_->piece_count();
  Timestamp at = at_;
  std::size_t piece = piece_;
  Timestamp piece_end = piece_end_;
  Whole left = wanted;
  Timestamp began = Timestamp::max();
  bool arrived = false;
  for (int walked = 0; !arrived; ++walked) {
    if (walked == longest_walk) return false;
    const std::int64_t rate = pieces[piece].rate.bits_per_second();
    const Timestamp end = std::min(piece_end, limit);
    if (rate > 0 && end > at) {
      if (began == Timestamp::max()) began = at;
      Whole by_end = 0;  // What overflows is more than enough.
      if (__builtin_mul_overflow(Whole{rate}, Whole{(end - at).count()}, &by_end) ||
          by_end >= left) {
        auto time = static_cast<std::int64_t>(left / rate);
        const auto rest = static_cast<std::int64_t>(left % rate);
        const std::int64_t more = rest == 0 ? 0 : rate - rest;
        if (rest != 0) ++time;
        at += Duration(time);
        carried.amount = Amount{wanted} + more;
        carried.early = static_cast<double>(more) / static_cast<double>(rate);
        arrived = true;
      } else {
        left -= by_end;
      }
    }
    if (!arrived) {
      at = end;
      if (end == limit) {
        carried.amount = Amount{wanted} - left;
        arrived = true;
      }
    }
    if (at == piece_end) {
      piece = piece + 1 == count ? 0 : piece + 1;
      piece_end = saturated(piece_end, pieces[piece].duration);
    }
  }
  if (began != Timestamp::max()) carried.began = began;
  at_ = at;
  piece_ = piece;
  piece_end_ = piece_end;
  return true;
}

void LinkCursor::jump(Amount wanted, Timestamp limit, Carried& carried) {
  const Amount before = link_->carried_by(at_);
  const Timestamp end = std::min(link_->time_of(before + wanted), limit);
  const Timestamp first =
      link_->time_of(before + 1);  // The first nanosecond that carries anything.
  carried.amount = link_->carried_by(end) - before;
  if (carried.amount > 0) carried.began = first - Duration(1);
  if (carried.amount >= wanted) {
    const Amount last = carried.amount - (link_->carried_by(end - Duration(1)) - before);
    carried.early = static_cast<double>(carried.amount - wanted) / static_cast<double>(last);
  }
  place(end);
}

void LinkCursor::place(Timestamp to) {
  const Duration in_round = to.time_since_epoch() % link_->trace().duration();
  piece_ = link_->piece_at(in_round);
  at_ = to;
  piece_end_ = saturated(to, link_->begin(piece_) + link_->piece(piece_).duration - in_round);
}

}  // namespace rung::network_sim
