#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/time.h"
#include "core/units.h"
#include "network_sim/link_capacity.h"

namespace rung::emulator {

/// Someone with bytes to send over the link.
class LinkUser {
 public:
  LinkUser() = default;
  LinkUser(const LinkUser&) = delete;
  LinkUser& operator=(const LinkUser&) = delete;
  virtual ~LinkUser() = default;

  /// What it could send now if the link carried it at once.
  [[nodiscard]] virtual ByteCount wanted(Duration now) const = 0;
  /// The link has carried `bytes` of them. Must not join or leave within the call.
  virtual void grant(ByteCount bytes) = 0;
};

/// Divides a link among its users: at every moment all that have bytes to send get the same share,
/// and what one does not want goes to the others (max-min fairness, the fluid limit of fair
/// queueing). Time is given in from outside and never decreases. Capacity that nobody wanted is
/// lost. A resource; users must leave before they go.
class LinkScheduler {
 public:
  /// Grants are at most this far apart while anybody has something to send.
  static constexpr Duration quantum = std::chrono::milliseconds(2);

  explicit LinkScheduler(network_sim::LinkCapacity capacity) : capacity_(std::move(capacity)) {}

  /// Shares out what the link has carried since the last call.
  void advance(Duration now);
  void join(LinkUser& user, Duration now);
  void leave(LinkUser& user);
  [[nodiscard]] bool idle() const { return users_.empty(); }
  /// When to call advance() next: within a quantum, and sooner when a user will be done sooner.
  [[nodiscard]] Duration next_advance() const;
  [[nodiscard]] const network_sim::LinkCapacity& capacity() const { return capacity_; }

 private:
  network_sim::LinkCapacity capacity_;
  std::vector<LinkUser*> users_;
  Duration last_{};
  network_sim::LinkCapacity::Amount carry_ = 0;  ///< Carried but less than a byte.
  std::size_t turn_ = 0;                         ///< Who gets the odd byte.
};

}  // namespace rung::emulator
