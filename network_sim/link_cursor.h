#pragma once

#include <cstddef>
#include <optional>

#include "core/check.h"
#include "core/time.h"
#include "network_sim/link_capacity.h"

namespace rung::network_sim {

/// A place on a link's time line that only moves forward, so that walking along costs O(1)
/// amortised per piece. Long ways are jumped with the prefix sums in O(log pieces), over any number
/// of rounds. A value; the LinkCapacity must outlive it.
class LinkCursor {
 public:
  using Amount = LinkCapacity::Amount;

  explicit LinkCursor(const LinkCapacity& link);

  [[nodiscard]] Timestamp at() const { return at_; }
  /// The RTT that the trace tells for now.
  [[nodiscard]] std::optional<Duration> rtt() const { return link_->piece(piece_).rtt; }

  [[nodiscard]] BitRate rate() const { return link_->piece(piece_).rate; }
  [[nodiscard]] Amount cost_of_byte() const { return link_->cost_of_byte(); }
  /// The end, not behind at(), of the last time that had a rate above zero; Timestamp{} where there
  /// was none.
  [[nodiscard]] Timestamp carried_until() const;

  /// When a wait of one RTT that begins now is over, if in every piece it passes at the pace of
  /// that piece's RTT: half of it in a piece of 100 ms and half in one of 60 ms take 80 ms.
  [[nodiscard]] Timestamp rtt_passes_at(Duration default_rtt) const;

  /// Goes to `to`, which must not lie before at().
  void skip_to(Timestamp to) {
    RUNG_CHECK(to >= at_);
    if (to >= piece_end_) enter_piece_at(to);
    at_ = to;
  }

  /// What walk() came over.
  struct Carried {
    Amount amount = 0;
    std::optional<Timestamp>
        began;  ///< When the first of it began to flow; none where all is outage.
    /// By how many nanoseconds, less than one, `wanted` had come before at(); zero where it has
    /// not.
    double early = 0;
  };
  /// Goes to the first nanosecond by which `wanted` (above zero) has been carried since at(), but
  /// not beyond `limit`. `amount` is what was carried up to there: `wanted` or slightly more when
  /// it was reached, less when it was not.
  Carried walk(Amount wanted, Timestamp limit);

 private:
  /// Makes the piece in force at `to`, which lies behind the one at hand, the one at hand.
  void enter_piece_at(Timestamp to);
  void enter_next_piece();
  void place(Timestamp to);
  /// walk() along the next few pieces, of which each is looked at once, and by what they sum up to
  /// along the rest of a round; false where it goes over many rounds or time may not last, and
  /// then nothing has changed.
  [[nodiscard]] bool stride(Amount wanted, Timestamp limit, Carried& carried);
  /// walk() however far and however much.
  void jump(Amount wanted, Timestamp limit, Carried& carried);

  const LinkCapacity* link_;
  Timestamp at_{};
  std::size_t piece_ = 0;
  Timestamp piece_end_;
};

}  // namespace rung::network_sim
