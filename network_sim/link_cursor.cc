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
  // Ordinary amounts fit into 64 bits, where arithmetic is several times faster.
  const auto carried = wanted <= std::numeric_limits<std::int64_t>::max()
                           ? walk_pieces(static_cast<std::int64_t>(wanted), limit)
                           : walk_pieces(wanted, limit);
  return carried ? *carried : jump(wanted, limit);
}

template <typename Whole>
std::optional<LinkCursor::Carried> LinkCursor::walk_pieces(Whole wanted, Timestamp limit) {
  LinkCursor here = *this;
  Whole left = wanted;
  std::optional<Timestamp> began;
  for (int walked = 0; walked < longest_walk; ++walked) {
    const std::int64_t rate = link_->piece(here.piece_).rate.bits_per_second();
    const Timestamp end = std::min(here.piece_end_, limit);
    if (rate > 0 && end > here.at_) {
      if (!began) began = here.at_;
      Whole carried = 0;  // By the piece's end; what overflows is more than enough.
      if (__builtin_mul_overflow(Whole{rate}, Whole{(end - here.at_).count()}, &carried) ||
          carried >= left) {
        const auto time = static_cast<std::int64_t>(left / rate + (left % rate != 0 ? 1 : 0));
        here.at_ += Duration(time);
        if (here.at_ == here.piece_end_) here.enter_next_piece();
        *this = here;
        const Amount more = Amount{rate} * time - left;
        return Carried{.amount = Amount{wanted} + more,
                       .began = began,
                       .early = static_cast<double>(more) / static_cast<double>(rate)};
      }
      left -= carried;
    }
    here.at_ = end;
    if (end == here.piece_end_) here.enter_next_piece();
    if (end == limit) {
      *this = here;
      return Carried{.amount = Amount{wanted} - left, .began = began};
    }
  }
  return std::nullopt;
}

LinkCursor::Carried LinkCursor::jump(Amount wanted, Timestamp limit) {
  const Amount before = link_->carried_by(at_);
  const Timestamp end = std::min(link_->time_of(before + wanted), limit);
  const Timestamp first =
      link_->time_of(before + 1);  // The first nanosecond that carries anything.
  Carried carried{.amount = link_->carried_by(end) - before, .began = std::nullopt};
  if (carried.amount > 0) carried.began = first - Duration(1);
  if (carried.amount >= wanted) {
    const Amount last = carried.amount - (link_->carried_by(end - Duration(1)) - before);
    carried.early = static_cast<double>(carried.amount - wanted) / static_cast<double>(last);
  }
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
