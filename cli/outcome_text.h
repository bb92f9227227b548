#pragma once

#include <string>
#include <string_view>

#include "network_sim/bottleneck.h"
#include "network_sim/scenario.h"
#include "network_sim/viewing.h"

namespace rung::cli {

/// What simulations came to, as one line without its end; every field, exactly. And back: false for
/// anything that format_outcome() does not write, which leaves `into` in any state.
[[nodiscard]] std::string format_outcome(const network_sim::Outcome& outcome);
[[nodiscard]] bool parse_outcome(std::string_view line, network_sim::Outcome& into);

[[nodiscard]] std::string format_outcome(const network_sim::BottleneckOutcome& outcome);
[[nodiscard]] bool parse_outcome(std::string_view line, network_sim::BottleneckOutcome& into);

[[nodiscard]] std::string format_outcome(const network_sim::ViewingOutcome& outcome);
[[nodiscard]] bool parse_outcome(std::string_view line, network_sim::ViewingOutcome& into);

}  // namespace rung::cli
