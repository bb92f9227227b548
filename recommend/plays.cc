#include "recommend/plays.h"

#include <algorithm>
#include <optional>

#include "core/limits.h"
#include "recommend/csv_table.h"

namespace rung::recommend {
namespace {

constexpr std::int64_t latest_time = 16'725'225'600;  // The year 2500.

/// Of a title.
constexpr double longest_stay = 7 * 24 * 3600;

/// The columns that tell of a stay.
struct StayColumns {
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t left = 0;
};

Expected<std::optional<StayColumns>> stay_columns(const CsvTable& table) {
  const auto from = table.column({"from"});
  const auto to = table.column({"to"});
  const auto left = table.column({"left"});
  if (from && to && left) return StayColumns{*from, *to, *left};
  if (from || to || left)
    return failure(ErrorCode::malformed,
                   "the columns from, to and left go together; name all three, or none",
                   table.place());
  return std::nullopt;
}

/// The columns that tell of the moment.
struct MomentColumns {
  std::optional<std::size_t> hour;
  std::optional<std::size_t> device;
};

/// Of this row; unknown where its fields are empty.
Expected<Moment> moment_of(const CsvTable& table, const MomentColumns& columns,
                           NameNumbers& devices) {
  Moment moment;
  if (columns.hour && !table[*columns.hour].empty()) {
    const auto hour = whole_number(table[*columns.hour]);
    if (!hour || *hour < 0 || *hour >= static_cast<std::int64_t>(Moment::hours))
      return failure(ErrorCode::malformed, "the hour must be a whole number from 0 to 23, or empty",
                     table.place());
    moment.hour = static_cast<std::uint8_t>(*hour);
  }
  if (columns.device && !table[*columns.device].empty()) {
    if (!good_name(table[*columns.device]))
      return failure(ErrorCode::malformed,
                     "the device needs a name of 1 to 256 bytes without control characters, or "
                     "none",
                     table.place());
    const std::uint32_t device = devices.number(table[*columns.device]);
    if (devices.size() > Moment::devices)
      return failure(ErrorCode::limit_exceeded,
                     "more than 64 devices; name kinds of them, as tv and phone", table.place());
    moment.device = static_cast<std::uint8_t>(device);
  }
  return moment;
}

/// Of this row; none where its fields are empty.
Expected<std::optional<Stay>> stay_of(const CsvTable& table, const StayColumns& columns,
                                      TitleIndex title) {
  if (table[columns.from].empty() && table[columns.to].empty() && table[columns.left].empty())
    return std::nullopt;
  const auto from = real_number(table[columns.from]);
  const auto to = real_number(table[columns.to]);
  const std::string_view left = table[columns.left];
  if (!from || !to || *from < 0 || *to < *from || *to > longest_stay ||
      (left != "0" && left != "1"))
    return failure(ErrorCode::malformed,
                   "from and to must be seconds within a week, in that order, and left 0 or 1; or "
                   "all three empty",
                   table.place());
  return Stay{
      .title = title, .from = from_seconds(*from), .to = from_seconds(*to), .left = left == "1"};
}

}  // namespace

std::size_t Plays::size() const {
  std::size_t sum = 0;
  for (const std::vector<Play>& plays : by_viewer) sum += plays.size();
  return sum;
}

Expected<Plays> parse_plays(std::string_view text, const std::string& name) {
  auto table = CsvTable::open(text, name, "log of plays");
  if (!table) return tl::unexpected(table.error());
  const auto viewer_column = table->column({"viewer", "user", "userId"});
  const auto title_column = table->column({"title", "item", "movieId"});
  const auto time_column = table->column({"time", "timestamp"});
  if (!viewer_column || !title_column || !time_column)
    return failure(ErrorCode::malformed,
                   "the head line must name the columns viewer, title and time", table->place());
  const auto stay_told = stay_columns(*table);
  if (!stay_told) return tl::unexpected(stay_told.error());
  std::size_t needed = std::max({*viewer_column, *title_column, *time_column}) + 1;
  if (*stay_told)
    needed =
        std::max({needed, (*stay_told)->from + 1, (*stay_told)->to + 1, (*stay_told)->left + 1});
  const MomentColumns moment_told{.hour = table->column({"hour"}),
                                  .device = table->column({"device"})};
  for (const auto& column : {moment_told.hour, moment_told.device})
    if (column) needed = std::max(needed, *column + 1);
  NameNumbers viewers;
  NameNumbers titles;
  NameNumbers devices;
  Plays plays;
  std::size_t rows = 0;
  for (;;) {
    const auto row = table->next(needed);
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    if (!good_name((*table)[*viewer_column]) || !good_name((*table)[*title_column]))
      return failure(ErrorCode::malformed,
                     "viewer and title need a name of 1 to 256 bytes without control characters",
                     table->place());
    const auto time = whole_number((*table)[*time_column]);
    if (!time || *time < 0 || *time > latest_time)
      return failure(ErrorCode::malformed,
                     "the time must be whole seconds since 1970, before the year 2500",
                     table->place());
    if (++rows > limits::plays)
      return failure(ErrorCode::limit_exceeded, "more than 20 million plays", table->place());
    const std::uint32_t viewer = viewers.number((*table)[*viewer_column]);
    const TitleIndex title = titles.number((*table)[*title_column]);
    if (titles.size() > limits::recommended_titles)
      return failure(ErrorCode::limit_exceeded, "more than a million titles", table->place());
    if (viewers.size() > limits::viewers)
      return failure(ErrorCode::limit_exceeded, "more than 5 million viewers", table->place());
    const auto moment = moment_of(*table, moment_told, devices);
    if (!moment) return tl::unexpected(moment.error());
    if (viewer == plays.by_viewer.size()) plays.by_viewer.emplace_back();
    plays.by_viewer[viewer].push_back(
        {.title = title,
         .moment = *moment,
         .time = std::chrono::sys_seconds(std::chrono::seconds(*time))});
    if (!*stay_told) continue;
    const auto stay = stay_of(*table, **stay_told, title);
    if (!stay) return tl::unexpected(stay.error());
    if (*stay) plays.stays.push_back(**stay);
  }
  if (rows == 0) return failure(ErrorCode::malformed, "the log has no plays", name);
  for (std::vector<Play>& own : plays.by_viewer) std::ranges::stable_sort(own, {}, &Play::time);
  plays.titles = titles.take();
  plays.viewers = viewers.take();
  plays.devices = devices.take();
  return plays;
}

Plays without_last(const Plays& plays, std::size_t count) {
  Plays result = plays;
  for (std::vector<Play>& own : result.by_viewer)
    if (!own.empty()) own.resize(own.size() > count ? own.size() - count : 1);
  return result;
}

std::vector<TitleIndex> titles_of(std::span<const Play> plays) {
  std::vector<TitleIndex> titles;
  titles.reserve(plays.size());
  for (const Play& play : plays) titles.push_back(play.title);
  return titles;
}

}  // namespace rung::recommend
