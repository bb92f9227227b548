#pragma once

#include <sys/types.h>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/expected.h"
#include "core/time.h"

namespace rung::plugin {

/// The words of a command line as a shell reads them: quotes, `~`, `$VARIABLE` and patterns, but no
/// command substitution, pipes or redirections. Fails with invalid_argument.
[[nodiscard]] Expected<std::vector<std::string>> command_words(const std::string& command);

/// A program that runs beside ours and is spoken to in lines over its standard input and output;
/// its standard error is ours. It does not outlive the object, nor our process, however that ends.
/// Waits are bounded by what the caller says. Errors name the command as their place. A resource;
/// one thread at a time.
class ChildProgram {
 public:
  /// Runs `command`, found on PATH. Fails as command_words() does, and with not_found or io where
  /// it cannot be run.
  static Expected<std::unique_ptr<ChildProgram>> start(const std::string& command);
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;
  /// Closes the program's input, gives it limits::policy_end_time to end, then kills it and what it
  /// started.
  ~ChildProgram();

  /// Sends `line`, which ends with a line end. Fails with io where the program does not take it
  /// within `bound` or has ended.
  [[nodiscard]] Expected<void> write(std::string_view line, Duration bound);

  /// The next line without its end, good until the next call. Fails with io where none comes
  /// within `bound` or the program has ended, and with limit_exceeded where the line is longer than
  /// limits::policy_answer_size.
  [[nodiscard]] Expected<std::string_view> read_line(Duration bound);

  /// Whether the program has said something that nobody has read.
  [[nodiscard]] bool spoke();

 private:
  struct Ends {
    int input = -1;
    int output = -1;
  };
  ChildProgram(std::string command, Ends ends) : command_(std::move(command)), ends_(ends) {}
  [[nodiscard]] Error error(ErrorCode code, std::string message) const;
  /// "ended with status 1", once it has said all.
  [[nodiscard]] Error ended();
  void close_input();
  /// What there is to read; false at the end of the output.
  bool receive();

  std::string command_;
  Ends ends_;  ///< Ours: what we write to, what we read from.
  pid_t child_ = -1;
  std::string received_;
  std::size_t taken_ = 0;  ///< Of `received_`, by the last read_line().
  // The system ends the child with the thread that started it, so that thread lives as long.
  std::promise<void> over_;
  std::jthread starter_;
};

}  // namespace rung::plugin
