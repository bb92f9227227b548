#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/catalogue_limits.h"
#include "core/expected.h"
#include "core/time.h"

struct sqlite3;

namespace rung::event_log {

/// What a viewer did, or was shown.
enum class EventKind : std::uint8_t {
  impression,  ///< Was shown a slate of titles.
  focus,       ///< Looked at a title of a slate.
  play,
  progress,  ///< Is at `position` of a title of `length`.
  exit,      ///< Left a title; `reason` says how: ended, left, next, failed.
  like,
  skip,    ///< Did not want what was offered; with the reason `passed_over` without saying so.
  save,    ///< For later; with the reason `no_longer` not any more.
  search,  ///< `reason` is what was looked for.
};
inline constexpr std::string_view no_longer = "no-longer";
inline constexpr std::string_view passed_over = "passed-over";
[[nodiscard]] std::string_view to_string(EventKind kind);
[[nodiscard]] std::optional<EventKind> event_kind(std::string_view name);

/// A title of a slate: where it stood, and how probable it was that it stood there.
struct Shown {
  std::string title;
  std::string row;
  int place = 0;
  double propensity = 1;
  std::string usual = {};  ///< What stands there without chance; empty where it is the same.
  friend bool operator==(const Shown&, const Shown&) = default;
};

/// A value.
struct Event {
  std::int64_t time = 0;  ///< Milliseconds since 1970.
  std::string viewer;
  EventKind kind{};
  std::string title;  ///< Its identifier; empty where it is about none.
  std::optional<Duration> position;
  std::optional<Duration> length;
  std::string reason;
  std::vector<Shown> slate;
  std::optional<int> hour = {};  ///< Of the viewer's own day, 0 to 23.
  std::string device = {};       ///< What they watch on; empty where that is not told.
  friend bool operator==(const Event&, const Event&) = default;
};

/// What happened, in an SQLite file that is only appended to. Nothing that goes wrong with it
/// reaches whoever plays: each different failure is told once. What could not be written, because
/// the disk is full or another program has the file, waits and is tried again in a newly opened
/// file, the last time when the log is closed. An event that the file refuses is dropped. A file
/// that is damaged, or is none of ours, is left as it is. A resource; every method may be called
/// from any thread. Events are written by a thread of its own; at most limits::waiting_events wait,
/// and where one more comes, the oldest progress goes.
///
/// Where the log is forgotten meanwhile, a new file is begun. What had been tried before that and
/// waited does not come back: it is dropped once the newest event that was here (of this run, or at
/// its first writing of the viewer) is gone.
class EventLog {
 public:
  /// Called on the log's own thread, for the first `most_told` different failures.
  using Warn = std::function<void(const Error&)>;
  static constexpr std::size_t most_told = 8;

  /// What the log had of `viewer`, for `take`, which is called once, on the log's own thread,
  /// before anything is written.
  struct History {
    std::string viewer;
    std::function<void(std::vector<Event>)> take;
  };

  /// Opens or creates `file`, and the folders that lead to it. After a failure it is tried again
  /// after `retry_after`, then after twice as long each time, up to
  /// limits::event_log_longest_pause; as long as the history that is `wanted` was not read, nothing
  /// is written.
  EventLog(std::string file, Warn warn, Duration retry_after = limits::event_log_first_pause,
           std::optional<History> wanted = {});
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  /// Writes what waits.
  ~EventLog();

  /// At the time `time`; at that of the newest event where others were written while it waited.
  /// Where the clock went back behind the newest event: so long after that one as has passed in
  /// this run since, until the clock has caught up.
  void append(Event event);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  using Database = std::unique_ptr<sqlite3, Close>;
  friend Expected<std::vector<Event>> read_events(const std::string& file,
                                                  const std::string& viewer);
  friend Expected<std::int64_t> forget(const std::string& file, const std::string& viewer);

  /// An event, and when it came by a clock that never goes back.
  struct Waiting {
    Event event;
    std::chrono::steady_clock::time_point came;
    bool tried = false;  ///< It could not be written.
  };
  /// What the log's times follow from. A value.
  struct Clock {
    std::int64_t newest = 0;  ///< Time of the newest event of the file.
    /// The newest event of this run: its own time, and when it came.
    std::optional<std::pair<std::int64_t, std::chrono::steady_clock::time_point>> last;
    std::int64_t behind = 0;  ///< How far the machine's clock is, in milliseconds.
  };
  /// A row of the file. A value.
  struct Row {
    std::int64_t number = 0;
    std::int64_t time = 0;
  };

  [[nodiscard]] static Expected<Database> open(const std::string& file, bool create);
  void write(const std::stop_token& stop);
  [[nodiscard]] Expected<void> read_history();
  [[nodiscard]] Expected<void> open_and_insert(const std::vector<Waiting>& events);
  [[nodiscard]] Expected<void> insert(const std::vector<Waiting>& events);
  /// Whether the newest event that was here is gone.
  [[nodiscard]] Expected<bool> forgotten(const std::string& viewer);
  /// When `event` happened, in the log's time; `clock_` moves there.
  [[nodiscard]] std::int64_t time_of(const Waiting& event);
  void warn(const Error& error);

  const std::string file_;
  const Warn warn_;
  const Duration retry_after_;
  // The writer's own.
  std::vector<Error> told_;
  std::optional<History> wanted_;  ///< Until it was read.
  Database database_;              ///< Null before the first event, and after a failure.
  Clock clock_;
  std::optional<Row> newest_;  ///< That is known to have been in the file.
  std::mutex mutex_;
  std::condition_variable_any came_;
  std::deque<Waiting> waiting_;
  std::size_t in_hand_ = 0;  ///< The first of those that wait, which the writer is writing.
  std::jthread writer_;      ///< Declared last: it uses all of the above.
};

/// Of text that is read of a log at most, all events together: what another program wrote may have
/// more than memory.
inline constexpr std::size_t read_event_bytes = 256 * 1024 * 1024;

/// The latest events of a viewer, of all viewers where `viewer` is empty, in the order in which
/// they happened: limits::read_events, and no more than have `read_event_bytes` of text. None where
/// there is no file.
[[nodiscard]] Expected<std::vector<Event>> read_events(const std::string& file,
                                                       const std::string& viewer);

/// Removes what a viewer did, or the whole log where `viewer` is empty, from the disk; how many
/// events there were.
[[nodiscard]] Expected<std::int64_t> forget(const std::string& file, const std::string& viewer);

}  // namespace rung::event_log
