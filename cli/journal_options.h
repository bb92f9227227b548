#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace rung::cli {

/// `--journal` and `--continue`, as SweepJournal::open() takes them.
inline void add_journal_options(CLI::App& command, std::string& journal, bool& go_on) {
  command
      .add_option("--journal", journal,
                  "Write down every session that is done, so that --continue can go on")
      ->type_name("FILE");
  command.add_flag("--continue", go_on, "Go on with the journal of a run that was interrupted");
}

}  // namespace rung::cli
