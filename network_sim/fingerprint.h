#pragma once

#include <cstdint>
#include <variant>

#include "core/time.h"
#include "session/event.h"
#include "session/request.h"
#include "session/run.h"

namespace rung::network_sim {

/// Mixes whole numbers into 64 bits, in order. A value.
class Fingerprint {
 public:
  constexpr void add(std::uint64_t number) {
    // A multiply-rotate step for each number, with odd constants; the finish spreads the last ones.
    state_ = (state_ ^ number) * 0x9e3779b97f4a7c15U;
    state_ = (state_ << 29 | state_ >> 35) + 0x632be59bd9b4e019U;
  }
  [[nodiscard]] constexpr std::uint64_t value() const {
    std::uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93U;
    mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93U;
    return mixed ^ mixed >> 32;
  }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3U;
};

/// Mixes in a request that comes at `now`.
inline void add_request(Fingerprint& fingerprint, Timestamp now, const session::Request& request) {
  fingerprint.add(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  fingerprint.add(request.index());
  if (const auto* fetch = std::get_if<session::FetchSegment>(&request)) {
    fingerprint.add(static_cast<std::uint64_t>(fetch->segment) * 2 +
                    static_cast<std::uint64_t>(fetch->track));
    fingerprint.add(fetch->representation * 2 + (fetch->with_init ? 1 : 0));
    fingerprint.add(static_cast<std::uint64_t>(fetch->reason));
  }
}

/// Passes everything through to an environment and takes the fingerprint of the requests and of
/// when they came. A SessionEnvironment.
template <session::SessionEnvironment E>
class FingerprintingEnvironment {
 public:
  explicit FingerprintingEnvironment(E& environment) : environment_(environment) {}

  void start(const session::Request& request) {
    add_request(fingerprint_, now_, request);
    environment_.start(request);
  }
  [[nodiscard]] session::Event wait(Timestamp until) {
    const session::Event event = environment_.wait(until);
    now_ = session::time_of(event);
    return event;
  }

  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_.value(); }

 private:
  E& environment_;
  Fingerprint fingerprint_;
  Timestamp now_{};
};

}  // namespace rung::network_sim
