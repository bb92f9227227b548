#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <variant>

#include "session/event.h"
#include "session/request.h"
#include "session/run.h"

namespace rung::test {

/// Passes everything through to an environment and checks the rules of the seam at every event:
/// time never goes back, equal times come in order of transfer id, transfers are known, told of in
/// a sensible order and never after their end, and a wait ends in time. Counts bytes. A
/// SessionEnvironment.
template <session::SessionEnvironment E>
class AuditedEnvironment {
 public:
  explicit AuditedEnvironment(E& environment) : environment_(environment) {}

  void start(const session::Request& request) {
    if (const auto* fetch = std::get_if<session::FetchSegment>(&request)) {
      EXPECT_GT(fetch->transfer, last_asked_) << "ids must grow";
      last_asked_ = fetch->transfer;
      running_[fetch->transfer] = {};
      ++fetches_;
    } else if (const auto* cancel = std::get_if<session::CancelTransfer>(&request)) {
      EXPECT_EQ(running_.erase(cancel->transfer), 1U) << "cancels what does not run";
    }
    environment_.start(request);
  }

  session::Event wait(Timestamp until) {
    const session::Event event = environment_.wait(until);
    const Timestamp at = session::time_of(event);
    EXPECT_GE(at, now_) << "time goes back";
    EXPECT_LE(at, std::max(until, now_)) << "waits too long";
    if (at > now_) last_told_.reset();
    now_ = at;
    ++events_;
    std::visit([this](const auto& fact) { this->check(fact); }, event);
    return event;
  }

  [[nodiscard]] ByteCount completed_bytes() const { return completed_bytes_; }
  [[nodiscard]] std::int64_t fetches() const { return fetches_; }
  [[nodiscard]] std::int64_t events() const { return events_; }
  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  struct Known {
    ByteCount received;
    std::optional<Timestamp> first_byte;
  };

  template <typename Fact>
  void check(const Fact&) {}
  void check(const session::TransferProgressed& fact) {
    Known* known = find(fact.transfer);
    if (known == nullptr) return;
    EXPECT_GE(fact.received, known->received) << "bytes vanish";
    EXPECT_TRUE(fact.first_byte || fact.received == ByteCount{});
    if (fact.first_byte) {
      EXPECT_LE(*fact.first_byte, fact.at);
    }
    if (known->first_byte) {
      EXPECT_EQ(fact.first_byte, known->first_byte);
    }
    if (fact.last_byte) {
      EXPECT_TRUE(fact.first_byte && *fact.first_byte <= *fact.last_byte);
      EXPECT_LE(*fact.last_byte, fact.at);
    }
    if (fact.expected) {
      EXPECT_LE(fact.received, *fact.expected);
    }
    *known = {.received = fact.received, .first_byte = fact.first_byte};
  }
  void check(const session::TransferCompleted& fact) {
    const Known* known = find(fact.transfer);
    if (known == nullptr) return;
    EXPECT_GE(fact.size, known->received);
    EXPECT_LE(fact.first_byte, fact.at);
    if (known->first_byte) {
      EXPECT_EQ(fact.first_byte, *known->first_byte);
    }
    completed_bytes_ += fact.size;
    running_.erase(fact.transfer);
  }
  void check(const session::TransferFailed& fact) {
    if (find(fact.transfer) != nullptr) running_.erase(fact.transfer);
  }
  Known* find(TransferId transfer) {
    if (last_told_) {
      EXPECT_GE(transfer, *last_told_) << "equal times out of order";
    }
    last_told_ = transfer;
    const auto found = running_.find(transfer);
    EXPECT_NE(found, running_.end()) << "told of a transfer that does not run";
    return found == running_.end() ? nullptr : &found->second;
  }

  E& environment_;
  std::map<TransferId, Known> running_;
  TransferId last_asked_;
  std::optional<TransferId> last_told_;  ///< At this very instant.
  Timestamp now_{};
  ByteCount completed_bytes_;
  std::int64_t fetches_ = 0;
  std::int64_t events_ = 0;
};

}  // namespace rung::test
