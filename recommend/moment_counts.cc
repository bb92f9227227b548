#include "recommend/moment_counts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "recommend/vector_math.h"

namespace rung::recommend {
namespace {

/// What an hour counts that lies so many hours away; on either side.
constexpr std::array away{0.4F, 0.2F, 0.1F};
/// A title is drawn to what is usual as by so many plays.
constexpr float shrinkage = 10;

std::vector<float> sums_by_title(const SparseRows& rows, std::size_t titles) {
  std::vector<float> sums(titles);
  for (const SparseEntry& entry : rows.entries) sums[entry.column] += entry.value;
  return sums;
}

/// How often the titles were played at each moment, of `moments`; no rows where none is known.
template <typename MomentOf>
SparseRows count_by(const Plays& plays, std::size_t moments, const MomentOf& moment_of) {
  std::vector<std::vector<TitleIndex>> played(moments);
  bool any = false;
  for (const std::vector<Play>& own : plays.by_viewer)
    for (const Play& play : own)
      if (const std::uint8_t moment = moment_of(play.moment); moment < moments) {
        played[moment].push_back(play.title);
        any = true;
      }
  SparseRows rows;
  if (!any) return rows;
  SparseSums sums(plays.titles.size());
  for (const std::vector<TitleIndex>& titles : played) {
    for (const TitleIndex title : titles) sums.add(title, 1);
    rows.append(sums, plays.titles.size());
    sums.clear();
  }
  return rows;
}

struct WeightedRow {
  std::size_t row = 0;
  float weight = 1;
};

/// log((plays at the moment + s x usual) / ((all plays + s) x usual)), where `usual` is the share
/// of the moment in all plays.
void write_lifts(const SparseRows& rows, std::span<const WeightedRow> moment,
                 std::span<const float> all, std::span<float> column) {
  float sum = 0;
  for (const float total : rows.totals) sum += total;
  float usual = 0;
  for (const auto& [row, weight] : moment) usual += weight * rows.totals[row] / sum;
  // A moment at which nothing was ever played says nothing.
  if (!(usual > 0)) return;
  std::ranges::fill(column, shrinkage * usual);
  for (const auto& [row, weight] : moment)
    for (const SparseEntry& entry : rows.row(row)) column[entry.column] += weight * entry.value;
  for (std::size_t title = 0; title < column.size(); ++title)
    column[title] /= (all[title] + shrinkage) * usual;
  take_logarithms(column);
}

}  // namespace

MomentCounts MomentCounts::count(const Plays& plays) {
  return of(plays.devices, count_by(plays, Moment::hours, [](Moment at) { return at.hour; }),
            count_by(plays, plays.devices.size(), [](Moment at) { return at.device; }),
            plays.titles.size());
}

MomentCounts MomentCounts::of(std::vector<std::string> devices, SparseRows hours,
                              SparseRows on_devices, std::size_t titles) {
  MomentCounts result;
  result.devices_ = std::move(devices);
  result.hours_ = std::move(hours);
  result.on_devices_ = std::move(on_devices);
  result.with_hour_ = sums_by_title(result.hours_, titles);
  result.with_device_ = sums_by_title(result.on_devices_, titles);
  return result;
}

std::uint8_t MomentCounts::find_device(std::string_view name) const {
  const auto found = std::ranges::find(devices_, name);
  return found == devices_.end() ? Moment::unknown
                                 : static_cast<std::uint8_t>(found - devices_.begin());
}

void MomentCounts::write_hour_lifts(std::uint8_t hour, std::span<float> column) const {
  if (hour >= hours_.size()) return;
  std::vector<WeightedRow> rows{{hour, away[0]}};
  for (std::size_t step = 1; step < away.size(); ++step) {
    rows.push_back({(hour + step) % Moment::hours, away[step]});
    rows.push_back({(hour + Moment::hours - step) % Moment::hours, away[step]});
  }
  write_lifts(hours_, rows, with_hour_, column);
}

void MomentCounts::write_device_lifts(std::uint8_t device, std::span<float> column) const {
  if (device >= on_devices_.size()) return;
  write_lifts(on_devices_, std::array{WeightedRow{device}}, with_device_, column);
}

}  // namespace rung::recommend
