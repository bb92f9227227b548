#pragma once

namespace CLI {
class App;
}

namespace rung::cli {

// Every subcommand adds itself to the program: its flags, its help, and a callback that leaves the
// exit status in `status` (0 done, 1 failed, 2 usage, and what the command documents).

void add_agree_command(CLI::App& app, int& status);
void add_catalogue_command(CLI::App& app, int& status);
void add_demo_command(CLI::App& app, int& status);
void add_evaluate_command(CLI::App& app, int& status);
void add_history_command(CLI::App& app, int& status);
void add_home_command(CLI::App& app, int& status);
void add_inspect_command(CLI::App& app, int& status);
void add_measure_command(CLI::App& app, int& status);
void add_package_command(CLI::App& app, int& status);
void add_play_command(CLI::App& app, int& status);
void add_predict_command(CLI::App& app, int& status);
void add_recommend_command(CLI::App& app, int& status);
void add_replay_command(CLI::App& app, int& status);
void add_report_command(CLI::App& app, int& status);
void add_serve_command(CLI::App& app, int& status);
void add_simulate_command(CLI::App& app, int& status);
void add_trace_command(CLI::App& app, int& status);

}  // namespace rung::cli
