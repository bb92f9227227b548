#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/trace.h"

namespace rung::network_sim {

/// One rate for the whole trace.
struct ConstantLink {
  BitRate rate;
};

/// The rates in turn, each for `hold`, again from the first one until the trace is full.
struct StepLink {
  std::vector<BitRate> rates;
  Duration hold = std::chrono::seconds(30);
};

/// Rises from `low` to `high` in equal steps within `period`, then falls back to `low` at once.
/// The rate changes every `step`.
struct SawtoothLink {
  BitRate low;
  BitRate high;
  Duration period = std::chrono::seconds(60);
  Duration step = std::chrono::seconds(1);
};

/// A random walk on `states` rates that are spaced by equal ratios from `low` to `high`. Every
/// `step` the walk leaves its state with probability step / mean_hold, up or down with equal
/// probability, at the ends inwards. Within a state the rate of every step is the state's times
/// exp(noise * z - noise^2 / 2), z standard normal: mean one, never negative.
struct MarkovLink {
  BitRate low;
  BitRate high;
  std::uint32_t states = 8;
  Duration mean_hold = std::chrono::seconds(10);
  Duration step = std::chrono::seconds(1);
  double noise = 0.1;
};

/// A link that is there (`rate`) and away (`low`) in turn, each for exponentially distributed times
/// with the given means (the continuous form of the Gilbert model), rounded to milliseconds, at
/// least one. Starts there.
struct OutageLink {
  BitRate rate;
  BitRate low;
  Duration mean_up = std::chrono::seconds(30);
  Duration mean_down = std::chrono::seconds(5);
};

using LinkModel = std::variant<ConstantLink, StepLink, SawtoothLink, MarkovLink, OutageLink>;

struct SyntheticTraceOptions {
  std::string name = "synthetic";
  Duration duration = std::chrono::minutes(5);  ///< Exactly kept: the last piece is cut.
  std::optional<Duration> rtt;                  ///< The same for all pieces.
  std::uint64_t seed = 1;                       ///< For the models that draw.
};

/// A trace from a model: the same one for the same model, options and seed, with every compiler.
/// Rates that are computed are rounded to whole kbit/s. Fails (invalid_argument) on options that
/// make no sense or a trace beyond core/limits.h.
[[nodiscard]] Expected<Trace> synthetic_trace(const LinkModel& model,
                                              const SyntheticTraceOptions& options);

}  // namespace rung::network_sim
