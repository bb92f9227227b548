#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>

#include "cli/commands.h"
#include "cli/flag_values.h"
#include "cli/unknown_word.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Adaptive bitrate streaming client and simulator.", "rung");
  app.set_version_flag("--version", "rung " RUNG_VERSION);
  app.require_subcommand(1);
  int status = 0;
#if RUNG_PLAYER
  rung::cli::add_demo_command(app, status);
  rung::cli::add_play_command(app, status);
  rung::cli::add_catalogue_command(app, status);
  rung::cli::add_history_command(app, status);
  rung::cli::add_home_command(app, status);
  rung::cli::add_package_command(app, status);
  rung::cli::add_measure_command(app, status);
  rung::cli::add_serve_command(app, status);
#endif
  rung::cli::add_simulate_command(app, status);
  rung::cli::add_agree_command(app, status);
  rung::cli::add_evaluate_command(app, status);
  rung::cli::add_predict_command(app, status);
  rung::cli::add_recommend_command(app, status);
  rung::cli::add_replay_command(app, status);
  rung::cli::add_report_command(app, status);
  rung::cli::add_inspect_command(app, status);
  rung::cli::add_trace_command(app, status);
  rung::cli::refuse_empty_values(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // For help, or the version.
    const auto unknown = asked ? std::nullopt : rung::cli::unknown_word(app);
    if (!unknown) return app.exit(error) == 0 ? 0 : 2;
    std::fprintf(stderr, "rung: %s\nRun with --help for more information.\n", unknown->c_str());
    return 2;
  }
  return status;
}

/// 1 in place of success where something of the standard output was lost.
int after_output(int status) {
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && std::ferror(stdout) == 0) return status;
  std::fprintf(stderr, "rung: standard output cannot be written\n");
  return status == 0 ? 1 : status;
}

/// Tells of the exception that is being handled.
int fail() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "rung: there is not enough memory\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rung: %s\n", error.what());
  }
  return 1;
}

/// What leaves a thread, nobody else can catch.
[[noreturn]] void end_of_thread() {
  if (std::current_exception()) std::_Exit(fail());
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(end_of_thread);
  // A file that may not grow is one that cannot be written.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return after_output(run(argc, argv));
  } catch (const std::exception&) {
    return fail();
  }
}
