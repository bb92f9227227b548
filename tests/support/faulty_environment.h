#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "session/event.h"
#include "session/request.h"
#include "session/run.h"

namespace rung::test {

struct Fault {
  std::int64_t first = 0;  ///< The transfer that fails, counted from 1 in order of completion.
  std::int64_t count = 1;  ///< So many in a row fail.
  session::FailureKind kind = session::FailureKind::connection;
  int http_status = 0;
};

/// An environment in which chosen transfers fail at the instant at which they would have been
/// complete. A SessionEnvironment.
template <session::SessionEnvironment E>
class FaultyEnvironment {
 public:
  FaultyEnvironment(E& environment, const Fault& fault)
      : environment_(environment), fault_(fault) {}

  void start(const session::Request& request) { environment_.start(request); }

  session::Event wait(Timestamp until) {
    session::Event event = environment_.wait(until);
    const auto* complete = std::get_if<session::TransferCompleted>(&event);
    if (complete == nullptr) return event;
    ++transfers_;
    if (transfers_ < fault_.first || transfers_ - fault_.first >= fault_.count) return event;
    ++failed_;
    return session::TransferFailed{.at = complete->at,
                                   .transfer = complete->transfer,
                                   .kind = fault_.kind,
                                   .http_status = fault_.http_status,
                                   .received = ByteCount(complete->size.bytes() / 2),
                                   .retry_after = std::nullopt};
  }

  [[nodiscard]] std::int64_t transfers() const { return transfers_; }
  [[nodiscard]] std::int64_t failed() const { return failed_; }

 private:
  E& environment_;
  Fault fault_;
  std::int64_t transfers_ = 0;
  std::int64_t failed_ = 0;
};

}  // namespace rung::test
