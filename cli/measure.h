#pragma once

namespace CLI {
class App;
}

namespace rung::cli {

/// `rung measure`, as cli/commands.h has the other subcommands.
void add_measure_command(CLI::App& app, int& status);

}  // namespace rung::cli
