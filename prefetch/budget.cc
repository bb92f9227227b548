#include "prefetch/budget.h"

#include <algorithm>

namespace rung::prefetch {

Timestamp Budget::affordable_at(ByteCount size, Timestamp now) const {
  if (size > limits_.burst || kept_ + size > limits_.kept) return Timestamp::max();
  const ByteCount there = tokens(now);
  if (size <= there) return now;
  if (limits_.refill.bits_per_second() == 0) return Timestamp::max();
  return now + (size - there) / limits_.refill;
}

void Budget::spend(ByteCount size, Timestamp now) {
  tokens_ = std::max(tokens(now) - size, ByteCount());
  counted_at_ = std::max(counted_at_, now);
  kept_ += size;
}

ByteCount Budget::tokens(Timestamp now) const {
  if (now <= counted_at_) return tokens_;
  return std::min(limits_.burst, tokens_ + limits_.refill * (now - counted_at_));
}

}  // namespace rung::prefetch
