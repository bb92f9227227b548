#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/link_cursor.h"

namespace rung::network_sim {

/// A fluid link: a transfer's body flows from one RTT after its request on (until then it uses no
/// capacity), and all that flow share the capacity equally at every instant. Everything between two
/// events is integrated exactly; a transfer is complete at the first whole nanosecond at which all
/// of its bits have arrived, and bytes received are whole ones only. Nothing is allocated. A value;
/// the LinkCapacity must outlive it.
class SharedLink {
 public:
  using Amount = LinkCapacity::Amount;
  /// Transfers at once. More are a bug.
  static constexpr std::size_t max_transfers = 4;

  /// A transfer that runs.
  struct Transfer {
    TransferId id;
    ByteCount size;
    Timestamp flows_from{};               ///< Request + RTT.
    std::optional<Timestamp> first_byte;  ///< Once something has arrived: when that began to.
    Amount remaining = 0;                 ///< In `share_unit`s of a bit-nanosecond.
  };
  struct Completion {
    Timestamp at{};
    TransferId transfer;
    Timestamp first_byte{};
    ByteCount size;
  };

  /// The RTT is the trace's own at the instant of the request, or `default_rtt` where it tells
  /// none.
  SharedLink(const LinkCapacity& link, Duration default_rtt);

  [[nodiscard]] Timestamp now() const { return cursor_.at(); }
  /// In order of id.
  [[nodiscard]] std::span<const Transfer> transfers() const { return {transfers_.data(), count_}; }
  [[nodiscard]] const Transfer* find(TransferId id) const;
  /// Whole bytes that have arrived.
  [[nodiscard]] static ByteCount received(const Transfer& transfer);

  /// A request goes out now. Ids must grow from call to call.
  void start(TransferId id, ByteCount size);
  /// Gives a transfer up; false where it is not running.
  bool cancel(TransferId id);
  /// Lets time pass up to `until`, or to the first completion where that comes at or before it, and
  /// returns that one. Of several at one instant the lowest id comes first; call again for the
  /// others.
  std::optional<Completion> advance(Timestamp until);

 private:
  /// Divisible by any number of transfers, so that equal shares are whole numbers.
  static constexpr int share_unit = 12;
  static_assert(share_unit % 2 == 0 && share_unit % 3 == 0 && share_unit % max_transfers == 0);

  /// advance() for one transfer: the usual case, without the search for who flows and who is next.
  std::optional<Completion> advance_alone(Timestamp until);
  /// A transfer of which everything has arrived; nullptr where there is none.
  [[nodiscard]] const Transfer* complete() const;
  Completion take(const Transfer& transfer);
  void remove(const Transfer& transfer);

  LinkCursor cursor_;
  Duration default_rtt_;
  std::array<Transfer, max_transfers> transfers_{};
  std::size_t count_ = 0;
};

}  // namespace rung::network_sim
