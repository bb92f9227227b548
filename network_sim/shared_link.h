#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/link_cursor.h"

namespace rung::network_sim {

/// How the time from a request to its first byte passes.
///
/// By the rules of other simulators a transfer that is requested where another one ended begins
/// when that truly ended, between two nanoseconds, so that what is rounded never adds up.
enum class LatencyRule : std::uint8_t {
  at_request,  ///< The RTT in force at the request.
  by_piece,    ///< Every piece's own RTT sets the pace while it holds; what comes is counted from
               ///< then on, even if the link is out at first (Sabre).
  link_stops,  ///< As at_request, but where nothing flows the trace stands still (Pensieve).
};

/// A fluid link: a transfer's body flows from one RTT after its request on (until then it uses no
/// capacity), and all that flow share the capacity equally at every instant. Everything between two
/// events is integrated exactly; a transfer is complete at the first whole nanosecond at which all
/// of its bits have arrived, and bytes received are whole ones only. Nothing is allocated once it
/// is made. A value; the LinkCapacity must outlive it.
class SharedLink {
 public:
  using Amount = LinkCapacity::Amount;
  /// Transfers at once. More are a bug.
  static constexpr std::size_t max_transfers = 16;

  /// A transfer that runs.
  struct Transfer {
    TransferId id;
    ByteCount size;
    Timestamp flows_from{};               ///< Request + RTT.
    std::optional<Timestamp> first_byte;  ///< Once something has arrived: when that began to.
    Amount remaining = 0;                 ///< In shares (see share_unit_) of a bit-nanosecond.
    double early = 0;  ///< Nanoseconds, less than one, by which it flows before flows_from.
  };
  struct Completion {
    Timestamp at{};
    TransferId transfer;
    Timestamp first_byte{};
    ByteCount size;
  };

  /// The RTT is the trace's own at the instant of the request, or `default_rtt` where it tells
  /// none. Never more than `most_transfers` at once: where they are few, shares are counted in a
  /// coarser unit, which is as exact and faster.
  SharedLink(const LinkCapacity& link, Duration default_rtt,
             LatencyRule latency = LatencyRule::at_request, std::size_t most_transfers = 4);

  [[nodiscard]] Timestamp now() const { return cursor_.at() + stood_still_; }
  /// In order of id.
  [[nodiscard]] std::span<const Transfer> transfers() const { return transfers_; }
  [[nodiscard]] const Transfer* find(TransferId id) const;
  /// Since then nothing has been carried, of any transfer: before now in an outage.
  [[nodiscard]] Timestamp carried_until() const { return cursor_.carried_until() + stood_still_; }
  /// Whole bytes that have arrived.
  [[nodiscard]] ByteCount received(const Transfer& transfer) const;

  /// `bytes` in the unit of `remaining`.
  [[nodiscard]] Amount amount(ByteCount bytes) const { return amount_of_byte_ * bytes.bytes(); }

  /// A request goes out now. No other transfer with its id may run.
  void start(TransferId id, ByteCount size);
  /// More of a transfer that was complete: the other end has these bytes from `there` on, and they
  /// flow half an RTT later, or now where that is past.
  void go_on(TransferId id, ByteCount size, Timestamp there);
  /// Gives a transfer up, `early` nanoseconds ago; false where it is not running.
  bool cancel(TransferId id, double early = 0);
  /// Lets time pass up to `until`, or to the first completion where that comes at or before it, and
  /// returns that one. Of several at one instant the lowest id comes first; call again for the
  /// others.
  std::optional<Completion> advance(Timestamp until);

 private:
  /// Divisible by any number of transfers, so that equal shares are whole numbers: of one, of up to
  /// 4, and of up to 16.
  static constexpr int unit_of_one = 1;
  static constexpr int unit_of_few = 12;
  static constexpr int unit_of_many = 720'720;

  /// The first nanosecond by which a transfer had ended, and by how many nanoseconds, less than
  /// one, it had before.
  struct End {
    Timestamp at{};
    double early = 0;
  };

  /// advance() for one transfer: the usual case, without the search for who flows and who is next.
  std::optional<Completion> advance_alone(Timestamp until);
  /// A transfer of which everything has arrived; nullptr where there is none.
  [[nodiscard]] const Transfer* complete() const;
  /// Among the others, in order of id.
  Transfer& add(TransferId id, ByteCount size, Timestamp flows_from);
  /// When the body of what is requested now begins to flow.
  [[nodiscard]] Timestamp flow_begins() const;
  /// Goes to `to`, up to which nothing flows.
  void idle_until(Timestamp to);
  /// LinkCursor::walk() in the link's time, told in the session's.
  LinkCursor::Carried walk(Amount wanted, Timestamp limit);
  /// Lets a transfer that begins to flow have what came before the nanosecond at hand.
  void begin_flow(Transfer& transfer) const;
  Completion take(const Transfer& transfer);
  void remove(const Transfer& transfer);

  LinkCursor cursor_;
  Duration default_rtt_;
  LatencyRule latency_;
  std::size_t most_transfers_;
  int share_unit_;                   ///< `remaining` is counted in this part of a bit-nanosecond.
  Amount amount_of_byte_;            ///< In the unit of `remaining`.
  Duration stood_still_{};           ///< For how long the trace has.
  End last_end_;                     ///< Of a transfer, completed or given up.
  std::vector<Transfer> transfers_;  ///< Has room for most_transfers_ from the start.
};

}  // namespace rung::network_sim
