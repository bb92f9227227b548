#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace rung::test {

/// The title that all sessions play: 16 s of demo in three rungs (144, 216 and 360 lines) with
/// sound in two languages (en, de), in segments of 2 s. The build makes it before the first test
/// runs.
inline constexpr int title_pictures = 16 * 24;
inline constexpr int title_segments = 8;
[[nodiscard]] std::filesystem::path title_directory();

struct Output {
  int status = -1;  ///< -1 where it did not exit by itself.
  std::string out;
  std::string err;
};

/// Runs the program `rung` with the arguments to its end.
[[nodiscard]] Output run_rung(const std::vector<std::string>& arguments);

/// The program `rung`, running for as long as the object lives; ended by SIGTERM. A resource.
class RunningRung {
 public:
  explicit RunningRung(const std::vector<std::string>& arguments);
  RunningRung(const RunningRung&) = delete;
  RunningRung& operator=(const RunningRung&) = delete;
  ~RunningRung();

  /// The next line of its standard output, without the end; empty when there is no more.
  [[nodiscard]] std::string read_line();
  /// Ends it at once, whatever it is at.
  void kill_now();
  /// Waits for its end and returns the exit status, -1 where it did not exit by itself.
  int wait();

 private:
  pid_t process_ = -1;
  int output_ = -1;
};

/// `rung serve` on a free port with the given further arguments. A resource.
class ServingRung {
 public:
  explicit ServingRung(const std::filesystem::path& directory,
                       const std::vector<std::string>& more = {});
  [[nodiscard]] std::string url(const std::string& path) const { return url_ + path; }

 private:
  RunningRung rung_;
  std::string url_;
};

[[nodiscard]] std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace rung::test
