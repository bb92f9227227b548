#include "network_sim/emulator/link_scheduler.h"

#include <algorithm>

#include "core/check.h"

namespace rung::emulator {
namespace {

using network_sim::LinkCapacity;

/// Timers are not finer than this.
constexpr Duration shortest_wait = std::chrono::microseconds(50);

struct Share {
  LinkUser* user = nullptr;
  std::int64_t wanted = 0;
  std::int64_t given = 0;
};

}  // namespace

void LinkScheduler::advance(Duration now) {
  RUNG_CHECK(now >= last_);
  const LinkCapacity::Amount amount =
      capacity_.carried_by(Timestamp(now)) - capacity_.carried_by(Timestamp(last_)) + carry_;
  last_ = now;
  carry_ = 0;
  std::vector<Share> shares;
  for (std::size_t i = 0; i < users_.size(); ++i) {
    LinkUser* const user = users_[(i + turn_) % users_.size()];
    const std::int64_t wanted = user->wanted(now).bytes();
    if (wanted > 0) shares.push_back({.user = user, .wanted = wanted});
  }
  if (shares.empty()) return;
  ++turn_;
  auto budget = static_cast<std::int64_t>(amount / LinkCapacity::per_byte);
  // Those who want least are satisfied first; what they leave is divided among the rest.
  std::ranges::stable_sort(shares, {}, &Share::wanted);
  const std::int64_t offered = budget;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const auto rest = static_cast<std::int64_t>(shares.size() - i);
    shares[i].given = std::min(shares[i].wanted, (budget + rest - 1) / rest);
    budget -= shares[i].given;
  }
  if (budget == 0) carry_ = amount - LinkCapacity::Amount{offered} * LinkCapacity::per_byte;
  for (const Share& share : shares)
    if (share.given > 0) share.user->grant(ByteCount(share.given));
}

void LinkScheduler::join(LinkUser& user, Duration now) {
  advance(now);
  users_.push_back(&user);
}

void LinkScheduler::leave(LinkUser& user) { std::erase(users_, &user); }

Duration LinkScheduler::next_advance() const {
  std::int64_t least = 0;
  std::int64_t active = 0;
  for (const LinkUser* user : users_) {
    const std::int64_t wanted = user->wanted(last_).bytes();
    if (wanted == 0) continue;
    least = active == 0 ? wanted : std::min(least, wanted);
    ++active;
  }
  Duration wait = quantum;
  if (active > 0) {
    const LinkCapacity::Amount done = capacity_.carried_by(Timestamp(last_)) - carry_ +
                                      LinkCapacity::Amount{least} * active * LinkCapacity::per_byte;
    wait = std::clamp(capacity_.time_of(done).time_since_epoch() - last_, shortest_wait, quantum);
  }
  return last_ + wait;
}

}  // namespace rung::emulator
