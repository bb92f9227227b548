#include "network_sim/emulator/link_scheduler.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace rung::emulator {
namespace {

using namespace std::chrono_literals;
using network_sim::Trace;

class Sender : public LinkUser {
 public:
  explicit Sender(std::int64_t bytes) : left_(bytes) {}
  [[nodiscard]] ByteCount wanted(Duration) const override { return ByteCount(left_); }
  void grant(ByteCount bytes) override {
    left_ -= bytes.bytes();
    sent_ += bytes.bytes();
  }
  void add(std::int64_t bytes) { left_ += bytes; }
  [[nodiscard]] std::int64_t sent() const { return sent_; }
  [[nodiscard]] std::int64_t left() const { return left_; }

 private:
  std::int64_t left_;
  std::int64_t sent_ = 0;
};

LinkScheduler scheduler_for(BitRate rate) {
  return LinkScheduler(network_sim::LinkCapacity(
      *Trace::create("test", {{.duration = 1s, .rate = rate, .rtt = {}}})));
}

TEST(LinkScheduler, CarriesFractionsOfBytes) {
  LinkScheduler scheduler = scheduler_for(1000_bps);  // a byte every 8 ms
  Sender sender(1'000'000);
  scheduler.join(sender, 0s);
  for (Duration now = 0s; now <= 8s; now += 3ms) scheduler.advance(now);
  scheduler.advance(8s);
  EXPECT_EQ(sender.sent(), 1000);
}

TEST(LinkScheduler, LosesWhatNobodyWanted) {
  LinkScheduler scheduler = scheduler_for(8000_kbps);
  Sender sender(100);
  scheduler.join(sender, 1s);
  scheduler.advance(2s);
  EXPECT_EQ(sender.sent(), 100);
  sender.add(10'000'000);
  scheduler.advance(2s);
  EXPECT_EQ(sender.sent(), 100);
  scheduler.advance(3s);
  EXPECT_EQ(sender.sent(), 1'000'100);
}

TEST(LinkScheduler, GivesOthersWhatOneDoesNotWant) {
  LinkScheduler scheduler = scheduler_for(8000_kbps);
  Sender small(100);
  Sender middle(400'000);
  Sender large(10'000'000);
  for (Sender* sender : {&large, &small, &middle}) scheduler.join(*sender, 0s);
  scheduler.advance(1s);
  EXPECT_EQ(small.sent(), 100);
  EXPECT_EQ(middle.sent(), 400'000);
  EXPECT_EQ(large.sent(), 599'900);
}

TEST(LinkScheduler, CountsANewUserFromItsArrival) {
  LinkScheduler scheduler = scheduler_for(8000_kbps);
  Sender first(10'000'000);
  Sender second(10'000'000);
  scheduler.join(first, 0s);
  scheduler.join(second, 1s);
  scheduler.advance(2s);
  EXPECT_EQ(first.sent(), 1'500'000);
  EXPECT_EQ(second.sent(), 500'000);
  scheduler.leave(first);
  scheduler.advance(3s);
  EXPECT_EQ(second.sent(), 1'500'000);
}

TEST(LinkScheduler, WakesWhenTheFirstUserIsDone) {
  LinkScheduler scheduler = scheduler_for(8000_kbps);
  Sender first(500);
  Sender second(10'000);
  scheduler.join(first, 1s);
  EXPECT_EQ(scheduler.next_advance(), 1s + 500us);
  scheduler.join(second, 1s);
  EXPECT_EQ(scheduler.next_advance(), 1s + 1ms);
  scheduler.advance(scheduler.next_advance());
  EXPECT_EQ(first.left(), 0);
  EXPECT_EQ(scheduler.next_advance(), 1s + 1ms + LinkScheduler::quantum);
}

TEST(LinkScheduler, NeverGivesMoreThanTheTraceUnderRandomUse) {
  Random random(11);
  LinkScheduler scheduler = scheduler_for(3'333'333_bps);
  Sender senders[] = {Sender(0), Sender(0), Sender(0)};
  for (Sender& sender : senders) scheduler.join(sender, 0s);
  Duration now{};
  for (int i = 0; i < 10'000; ++i) {
    now += Duration(static_cast<std::int64_t>(random.below(5'000'000)));
    if (random.below(4) == 0)
      senders[random.below(3)].add(static_cast<std::int64_t>(random.below(20'000)));
    scheduler.advance(now);
    const std::int64_t sent = senders[0].sent() + senders[1].sent() + senders[2].sent();
    ASSERT_LE(sent, (3'333'333_bps * now).bytes());
    for (const Sender& sender : senders) ASSERT_GE(sender.left(), 0);
  }
}

}  // namespace
}  // namespace rung::emulator
