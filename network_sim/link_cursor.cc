#include "network_sim/link_cursor.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "core/check.h"

namespace rung::network_sim {

namespace {

using Amount = LinkCapacity::Amount;

/// Pieces that are walked before the prefix sums take over.
constexpr int longest_walk = 32;

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

Timestamp LinkCursor::carried_until() const {
  const Duration in_round = at_.time_since_epoch() % link_->trace().duration();
  Timestamp end = at_;
  Duration held = in_round - link_->begin(piece_);  // For so long the piece has been in force.
  std::size_t piece = piece_;
  while (end > Timestamp{} && (held == Duration::zero() || link_->piece(piece).rate == BitRate{})) {
    end -= held;
    piece = piece == 0 ? link_->piece_count() - 1 : piece - 1;
    held = link_->piece(piece).duration;
  }
  return end;
}

LinkCursor::Carried LinkCursor::walk(Amount wanted, Timestamp limit) {
  RUNG_CHECK(wanted > 0 && limit >= at_);
  Carried carried;
  if (!stride(wanted, limit, carried)) jump(wanted, limit, carried);
  return carried;
}

bool LinkCursor::stride(Amount wanted, Timestamp limit, Carried& carried) {
  using Step = LinkCapacity::Step;
  const std::span<const Step> steps = link_->steps();
  if (piece_end_ == Timestamp::max()) return false;
  const Step* step = steps.data() + piece_;
  // Since when the round at hand runs, how long it may go on, and what is still wanted behind the
  // step's end.
  Timestamp round = piece_end_ - step->end;
  Duration last = limit - round;
  Amount left = wanted - Amount{step->rate} * (piece_end_ - at_).count();
  Timestamp began = at_;
  for (int walked = 1; left > 0 && step->end < last; ++walked) {
    const bool silent = left == wanted;
    if (step == &steps.back()) {
      if (walked > 2 * longest_walk) return false;  // So many rounds are passed with one division.
      if (silent) began = round + step->end;
      round += step->end;
      last -= step->end;
      step = steps.data();
      left -= step->carried();
    } else if (walked < longest_walk) {
      if (silent) began = round + step->end;
      ++step;
      left -= step->carried();
    } else {
      // The rest of the round at once. Where nothing has come yet, up to where something does.
      const auto here = static_cast<std::size_t>(step - steps.data());
      const std::size_t there = link_->piece_behind(here, silent ? 1 : left, last);
      step = steps.data() + there;
      if (silent) began = round + step[-1].end;
      left -= link_->carried_in_round(there) - link_->carried_in_round(here);
    }
  }
  if (step->end > Timestamp::max() - round) return false;
  // It ends in this step, at what comes first: `wanted`, or the limit.
  Timestamp at = limit;
  if (left <= 0) {
    // Of what the step carries.
    const auto unused = static_cast<std::int64_t>(quotient(-left, step->rate));
    const Timestamp there = round + step->end - Duration(unused);
    if (there <= limit) {
      at = there;
      const Amount too_much = -left - Amount{step->rate} * unused;
      carried.amount = wanted + too_much;
      carried.early = static_cast<double>(static_cast<std::int64_t>(too_much)) /
                      static_cast<double>(step->rate);
    }
  }
  if (carried.amount == 0)
    carried.amount = wanted - left - Amount{step->rate} * (round + step->end - at).count();
  if (carried.amount > 0) carried.began = began;
  at_ = at;
  piece_ = static_cast<std::size_t>(step - steps.data());
  piece_end_ = round + step->end;
  if (at_ == piece_end_) enter_next_piece();
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
