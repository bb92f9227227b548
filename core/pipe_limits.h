#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/time.h"

/// The bounds of core/limits.h for a policy in a program of its own.
namespace rung::limits {

/// It may take so long to start and to answer that it knows the title, so long for each answer
/// (`--policy-timeout` says otherwise), and so long to end.
inline constexpr Duration policy_start_time = std::chrono::seconds(30);
inline constexpr Duration policy_answer_time = std::chrono::seconds(5);
inline constexpr Duration policy_end_time = std::chrono::milliseconds(500);
/// One line of its answers, in bytes.
inline constexpr std::size_t policy_answer_size = 64 * 1024;
/// Sizes of segments that it can be told.
inline constexpr std::int64_t policy_title_sizes = 2'000'000;
/// Transfers that it is told at one decision, the latest of them; older ones are left out.
inline constexpr std::size_t policy_transfers = 64;

}  // namespace rung::limits
