#pragma once

#include <CLI/CLI.hpp>

#include "recommend/next_titles.h"

namespace rung::cli {

/// --hour and --device.
void add_moment_options(CLI::App& command, recommend::ViewingMoment& moment);

}  // namespace rung::cli
