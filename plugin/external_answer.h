#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "abr/policy.h"
#include "core/expected.h"
#include "core/time.h"

namespace rung::plugin {

/// The decision that a policy outside Rung asked for, or an error (malformed, naming `policy` as
/// its place) where the ladder has no such representation or the wait is negative.
[[nodiscard]] Expected<abr::Decision> checked_decision(const abr::DecisionContext& context,
                                                       std::int64_t representation, Duration wait,
                                                       const std::string& policy);

/// The same for what is to be fetched in place of a running transfer: it must lie below that.
[[nodiscard]] Expected<RepresentationIndex> checked_lower(const abr::TransferContext& context,
                                                          std::int64_t representation,
                                                          const std::string& policy);

}  // namespace rung::plugin
