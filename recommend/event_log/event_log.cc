#include "recommend/event_log/event_log.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "core/catalogue_limits.h"

namespace rung::event_log {
namespace {

constexpr std::array<std::string_view, 9> kind_names{
    "impression", "focus", "play", "progress", "exit", "like", "skip", "save", "search"};
/// "Rung", so that no other program's file is taken for ours.
constexpr int our_application = 0x52756e67;
/// Without hour and device; it is read, and gets both when it is written.
constexpr int first_version = 1;
constexpr int our_version = 2;
/// Times of a log lie between 1970 and the year 2500; what another program wrote may not.
constexpr std::int64_t latest_time = 16'725'225'600'000;
/// A clock that goes back by less is put right by its own machine.
constexpr std::int64_t unsteady_clock = 1000;

constexpr const char* schema = R"(
CREATE TABLE event(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  time INTEGER NOT NULL,
  viewer TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  position REAL,
  length REAL,
  reason TEXT NOT NULL,
  slate TEXT,
  hour INTEGER,
  device TEXT);
CREATE INDEX event_by_viewer ON event(viewer, number);
)";
constexpr const char* from_first_version = R"(
ALTER TABLE event ADD COLUMN hour INTEGER;
ALTER TABLE event ADD COLUMN device TEXT;
)";

/// Its code is `io` where it may be better the next time.
Error error_of(sqlite3* database, int code, const std::string& file) {
  const int primary = code & 0xff;
  const std::string why = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::malformed,
              "the event log is damaged (" + why +
                  "); it is left as it is, and `rung history --forget` removes it",
              file};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::io, "another program has the event log", file};
    case SQLITE_FULL:
      return {ErrorCode::io, "there is no room for the event log on the disk", file};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return {ErrorCode::io, "the event log cannot be used: " + why, file};
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
      return {ErrorCode::limit_exceeded, "the event log refuses an event, which is dropped: " + why,
              file};
    default:
      return {ErrorCode::malformed, "the event log cannot be used: " + why, file};
  }
}

/// Whether the file that is open lies no longer where it was opened.
bool moved(sqlite3* database) {
  int is = 0;
  return sqlite3_file_control(database, "main", SQLITE_FCNTL_HAS_MOVED, &is) == SQLITE_OK &&
         is != 0;
}

/// A statement of a database. A resource.
class Statement {
 public:
  Statement(sqlite3* database, const char* text) {
    code_ = sqlite3_prepare_v2(database, text, -1, &statement_, nullptr);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  void bind(int place, const std::string& text) {
    sqlite3_bind_text(statement_, place, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
  }
  void bind(int place, std::int64_t number) { sqlite3_bind_int64(statement_, place, number); }
  void bind(int place, std::optional<Duration> time) {
    if (time) sqlite3_bind_double(statement_, place, to_seconds(*time));
  }
  /// True while there is a row.
  [[nodiscard]] bool step() {
    if (code_ != SQLITE_OK && code_ != SQLITE_ROW) return false;
    code_ = sqlite3_step(statement_);
    return code_ == SQLITE_ROW;
  }
  [[nodiscard]] bool done() const { return code_ == SQLITE_DONE; }
  [[nodiscard]] int code() const { return code_; }
  void reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    code_ = SQLITE_OK;
  }
  [[nodiscard]] std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string text(int column) {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return text == nullptr
               ? std::string()
               : std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  }
  [[nodiscard]] std::size_t size(int column) {
    return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  }
  [[nodiscard]] std::optional<Duration> time(int column) {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return from_seconds(std::clamp(sqlite3_column_double(statement_, column), 0.0, 1e9));
  }
  [[nodiscard]] std::optional<int> hour(int column) {
    if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
    return static_cast<int>(std::clamp<std::int64_t>(number(column), 0, 23));
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
  int code_ = SQLITE_OK;
};

std::string slate_text(const std::vector<Shown>& slate) {
  nlohmann::json list = nlohmann::json::array();
  for (const Shown& shown : slate) {
    if (list.size() >= limits::slate_titles) break;
    list.push_back({{"title", shown.title},
                    {"row", shown.row},
                    {"place", shown.place},
                    {"propensity", shown.propensity}});
    if (!shown.usual.empty()) list.back()["usual"] = shown.usual;
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<Shown> slate_of(const std::string& text) {
  std::vector<Shown> slate;
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return slate;
  for (const auto& shown : list) {
    if (!shown.is_object()) continue;
    try {
      slate.push_back({shown.value("title", ""), shown.value("row", ""), shown.value("place", 0),
                       shown.value("propensity", 1.0), shown.value("usual", "")});
    } catch (const nlohmann::json::exception&) {
      continue;  // Another program's.
    }
  }
  return slate;
}

Expected<std::int64_t> pragma(sqlite3* database, const char* text, const std::string& file) {
  Statement asked(database, text);
  if (asked.step()) return asked.number(0);
  return tl::unexpected(error_of(database, asked.code(), file));
}

Expected<void> run(sqlite3* database, const char* text, const std::string& file) {
  const int code = sqlite3_exec(database, text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error_of(database, code, file));
  return {};
}

enum class Form { ours, earlier, empty, foreign };

Expected<Form> form_of(sqlite3* database, const std::string& file) {
  const auto application = pragma(database, "PRAGMA application_id", file);
  if (!application) return tl::unexpected(application.error());
  const auto version = pragma(database, "PRAGMA user_version", file);
  if (!version) return tl::unexpected(version.error());
  const auto tables = pragma(database, "SELECT count(*) FROM sqlite_master", file);
  if (!tables) return tl::unexpected(tables.error());
  if (*application == our_application && *version == our_version) return Form::ours;
  if (*application == our_application && *version == first_version) return Form::earlier;
  return *tables == 0 && *version == 0 ? Form::empty : Form::foreign;
}

tl::unexpected<Error> not_ours(const std::string& file) {
  return failure(ErrorCode::malformed,
                 "is no event log of this version of Rung; it is left as it is", file);
}

/// Within a transaction, so that nobody else does the same meanwhile.
Expected<void> make_ours(sqlite3* database, const std::string& file, bool to_write) {
  const auto form = form_of(database, file);
  if (!form) return tl::unexpected(form.error());
  if (*form == Form::foreign) return not_ours(file);
  if (*form == Form::ours || (*form == Form::earlier && !to_write)) return {};
  const std::string version = "PRAGMA user_version=" + std::to_string(our_version);
  if (*form == Form::earlier)
    return run(database, (std::string(from_first_version) + version).c_str(), file);
  const std::string make = std::string(schema) +
                           "PRAGMA application_id=" + std::to_string(our_application) + ";" +
                           version;
  return run(database, make.c_str(), file);
}

/// Makes an empty file ours, and one of an earlier version this one's where it is to be written; or
/// says that it is another one's.
Expected<void> prepare(sqlite3* database, const std::string& file, bool to_write) {
  if (auto begun = run(database, "BEGIN", file); !begun) return begun;
  const auto form = form_of(database, file);
  if (auto ended = run(database, "ROLLBACK", file); form && !ended) return ended;
  if (!form) return tl::unexpected(form.error());
  if (*form == Form::foreign) return not_ours(file);
  if (*form == Form::ours || (*form == Form::earlier && !to_write)) return {};
  // Whoever comes at the same time waits here, and finds it made.
  if (auto begun = run(database, "BEGIN IMMEDIATE", file); !begun) return begun;
  auto made = make_ours(database, file, to_write);
  if (made) made = run(database, "COMMIT", file);
  if (!made) sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
  return made;
}

}  // namespace

std::string_view to_string(EventKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::optional<EventKind> event_kind(std::string_view name) {
  const auto* const found = std::ranges::find(kind_names, name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<EventKind>(found - kind_names.begin());
}

void EventLog::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Expected<EventLog::Database> EventLog::open(const std::string& file, bool create) {
  if (create) {
    std::error_code failed;
    const auto folder = std::filesystem::path(file).parent_path();
    std::filesystem::create_directories(folder, failed);
    if (failed)
      return failure(ErrorCode::io, "the event log's folder cannot be made: " + failed.message(),
                     folder.string());
  }
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) return tl::unexpected(error_of(raw, code, file));
  // What one watches is nobody else's business.
  if (create) chmod(file.c_str(), S_IRUSR | S_IWUSR);
  sqlite3_busy_timeout(raw, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                                 limits::event_log_patience)
                                                 .count()));
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024);
  if (auto ready = prepare(raw, file, create); !ready) return tl::unexpected(ready.error());
  return database;
}

EventLog::EventLog(std::string file, Warn warn, Duration retry_after, std::optional<History> wanted)
    : file_(std::move(file)),
      warn_(std::move(warn)),
      retry_after_(retry_after),
      wanted_(std::move(wanted)),
      writer_([this](const std::stop_token& stop) { write(stop); }) {}

EventLog::~EventLog() {
  writer_.request_stop();
  came_.notify_all();
  writer_.join();
}

void EventLog::append(Event event) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= limits::waiting_events) {
      // The least is lost with where a viewer was once: the next one says where they came to.
      const auto least =
          std::find_if(waiting_.begin() + static_cast<std::ptrdiff_t>(in_hand_), waiting_.end(),
                       [](const Waiting& one) { return one.event.kind == EventKind::progress; });
      if (least == waiting_.end()) return;
      waiting_.erase(least);
    }
    waiting_.push_back({std::move(event), std::chrono::steady_clock::now()});
  }
  came_.notify_one();
}

void EventLog::warn(const Error& error) {
  if (told_.size() == most_told || std::ranges::find(told_, error) != told_.end()) return;
  told_.push_back(error);
  if (warn_) warn_(error);
}

void EventLog::write(const std::stop_token& stop) {
  Duration pause = retry_after_;
  bool failed = false;
  for (bool over = false; !over;) {
    std::vector<Waiting> events;
    {
      std::unique_lock lock(mutex_);
      // After a failure new events wait for the end of the pause, too.
      if (failed)
        came_.wait_for(lock, stop, pause, [] { return false; });
      else
        came_.wait(lock, stop, [this] { return !waiting_.empty() || wanted_; });
      over = stop.stop_requested();
      events.assign(waiting_.begin(), waiting_.end());
      in_hand_ = events.size();
    }
    if (events.empty() && (over || !wanted_)) continue;
    Expected<void> written;
    if (wanted_) written = read_history();
    if (written && !events.empty()) written = open_and_insert(events);
    if (!written) {
      warn(written.error());
      database_.reset();
    }
    const std::lock_guard lock(mutex_);
    in_hand_ = 0;
    // It would be no better next time with a file that is damaged or another one's.
    const bool keep = !written && written.error().code == ErrorCode::io;
    if (keep) {
      for (std::size_t i = 0; i < events.size(); ++i) waiting_[i].tried = true;
    } else {
      wanted_.reset();
      waiting_.erase(waiting_.begin(),
                     waiting_.begin() + static_cast<std::ptrdiff_t>(events.size()));
    }
    pause = failed && keep ? std::min(pause * 2, limits::event_log_longest_pause) : retry_after_;
    failed = keep;
  }
}

Expected<void> EventLog::read_history() {
  auto history = read_events(file_, wanted_->viewer);
  if (!history) return tl::unexpected(history.error());
  wanted_->take(*std::move(history));
  wanted_.reset();
  return {};
}

Expected<void> EventLog::open_and_insert(const std::vector<Waiting>& events) {
  if (database_ && moved(database_.get())) database_.reset();
  if (!database_) {
    auto opened = open(file_, true);
    if (!opened) return tl::unexpected(opened.error());
    database_ = *std::move(opened);
  }
  return insert(events);
}

std::int64_t EventLog::time_of(const Waiting& event) {
  using std::chrono::milliseconds;
  std::int64_t time = event.event.time;
  if (clock_.last) {
    const auto& [before, before_came] = *clock_.last;
    const std::int64_t put_forward =
        time - before - std::chrono::floor<milliseconds>(event.came - before_came).count();
    if (std::abs(put_forward) > unsteady_clock)
      clock_.behind = std::max(clock_.behind - put_forward, std::int64_t{0});
  }
  clock_.last = {time, event.came};
  if (time >= clock_.newest) {
    clock_.behind = 0;
  } else {
    // So late it can be as it waited while others were written.
    const auto waited =
        std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - event.came);
    if (clock_.newest - time - clock_.behind > waited.count() + unsteady_clock)
      clock_.behind = clock_.newest - time;
    if (clock_.behind > 0)
      warn({ErrorCode::io,
            "the clock is behind the newest event; what happens is logged behind that", file_});
    time = std::max(clock_.newest, time + clock_.behind);
  }
  clock_.newest = time;
  return time;
}

Expected<bool> EventLog::forgotten(const std::string& viewer) {
  Statement select(database_.get(),
                   newest_ ? "SELECT number, time FROM event WHERE number = ?1 AND time = ?2"
                           : "SELECT number, time FROM event WHERE viewer = ?1 "
                             "ORDER BY number DESC LIMIT 1");
  if (newest_) {
    select.bind(1, newest_->number);
    select.bind(2, newest_->time);
  } else {
    select.bind(1, viewer);
  }
  const bool found = select.step();
  if (!found && !select.done())
    return tl::unexpected(error_of(database_.get(), select.code(), file_));
  if (found) newest_ = {select.number(0), select.number(1)};
  return newest_ && !found;
}

Expected<void> EventLog::insert(const std::vector<Waiting>& events) {
  sqlite3* const database = database_.get();
  const auto gone = forgotten(events.front().event.viewer);
  if (!gone) return tl::unexpected(gone.error());
  if (auto begun = run(database, "BEGIN IMMEDIATE", file_); !begun) return begun;
  const Clock before = clock_;
  const auto give_up = [&](const Error& error) {
    sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
    clock_ = before;
    return tl::unexpected<Error>(error);
  };
  const auto newest = pragma(database, "SELECT ifnull(max(time), 0) FROM event", file_);
  if (!newest) return give_up(newest.error());
  clock_.newest = std::max(clock_.newest, std::min(*newest, latest_time));
  Statement insert(database,
                   "INSERT INTO event(time, viewer, kind, title, position, length, reason, slate, "
                   "hour, device) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (insert.code() != SQLITE_OK) return give_up(error_of(database, insert.code(), file_));
  std::optional<Row> written = *gone ? std::nullopt : newest_;
  for (const Waiting& waiting : events) {
    if (*gone && waiting.tried) continue;
    const Event& event = waiting.event;
    const std::int64_t time = time_of(waiting);
    insert.reset();
    insert.bind(1, time);
    insert.bind(2, event.viewer);
    insert.bind(3, std::string(to_string(event.kind)));
    insert.bind(4, event.title);
    insert.bind(5, event.position);
    insert.bind(6, event.length);
    insert.bind(7, event.reason);
    if (!event.slate.empty()) insert.bind(8, slate_text(event.slate));
    if (event.hour) insert.bind(9, std::int64_t{*event.hour});
    if (!event.device.empty()) insert.bind(10, event.device);
    if (insert.step() || !insert.done()) {
      const Error error = error_of(database, insert.code(), file_);
      if (error.code != ErrorCode::limit_exceeded) return give_up(error);
      warn(error);
      continue;
    }
    written = {sqlite3_last_insert_rowid(database), time};
  }
  if (auto kept = run(database, "COMMIT", file_); !kept) return give_up(kept.error());
  newest_ = written;
  return {};
}

Expected<std::vector<Event>> read_events(const std::string& file, const std::string& viewer) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::vector<Event>();
  const auto database = EventLog::open(file, false);
  if (!database) return tl::unexpected(database.error());
  const auto version = pragma(database->get(), "PRAGMA user_version", file);
  if (!version) return tl::unexpected(version.error());
  const std::string moment = *version == first_version ? "NULL, NULL" : "hour, device";
  Statement select(database->get(),
                   ("SELECT time, viewer, kind, title, position, length, reason, slate, " + moment +
                    " FROM event WHERE ?1 = '' OR viewer = ?1 ORDER BY number DESC LIMIT ?2")
                       .c_str());
  select.bind(1, viewer);
  select.bind(2, static_cast<std::int64_t>(limits::read_events));
  std::vector<Event> events;
  std::size_t room = read_event_bytes;
  while (select.step()) {
    const auto kind = event_kind(select.text(2));
    if (!kind) continue;
    for (const int texts : {1, 3, 6, 7, 9}) room -= std::min(room, select.size(texts));
    if (room == 0) break;
    events.push_back({.time = std::clamp<std::int64_t>(select.number(0), 0, latest_time),
                      .viewer = select.text(1),
                      .kind = *kind,
                      .title = select.text(3),
                      .position = select.time(4),
                      .length = select.time(5),
                      .reason = select.text(6),
                      .slate = slate_of(select.text(7)),
                      .hour = select.hour(8),
                      .device = select.text(9)});
  }
  if (room > 0 && !select.done())
    return tl::unexpected(error_of(database->get(), select.code(), file));
  std::ranges::reverse(events);
  return events;
}

Expected<std::int64_t> forget(const std::string& file, const std::string& viewer) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return 0;
  if (viewer.empty()) {
    const auto events = read_events(file, {});  // A damaged log goes, too.
    for (const char* ending : {"", "-journal", "-wal", "-shm"}) {
      std::filesystem::remove(file + ending, failed);
      if (failed)
        return failure(ErrorCode::io, "cannot be removed: " + failed.message(), file + ending);
    }
    return events ? static_cast<std::int64_t>(events->size()) : 0;
  }
  const auto database = EventLog::open(file, false);
  if (!database) return tl::unexpected(database.error());
  // What is forgotten is overwritten.
  if (auto set = run(database->get(), "PRAGMA secure_delete=ON", file); !set)
    return tl::unexpected(set.error());
  Statement remove(database->get(), "DELETE FROM event WHERE viewer = ?1");
  remove.bind(1, viewer);
  if (remove.step() || !remove.done())
    return tl::unexpected(error_of(database->get(), remove.code(), file));
  return sqlite3_changes(database->get());
}

}  // namespace rung::event_log
