#include "recommend/sparse_rows.h"

#include <algorithm>

namespace rung::recommend {

bool SparseRows::consistent(std::size_t rows, std::size_t columns) const {
  return starts.size() == rows + 1 && starts.front() == 0 && starts.back() == entries.size() &&
         std::ranges::is_sorted(starts) &&
         std::ranges::all_of(entries, [columns](const SparseEntry& entry) {
           return entry.column < columns && entry.value > 0 && entry.value < 1e30F;
         });
}

void SparseRows::sum_rows() {
  totals.clear();
  totals.reserve(size());
  for (std::size_t index = 0; index < size(); ++index) {
    float total = 0;
    for (const SparseEntry& entry : row(index)) total += entry.value;
    totals.push_back(total);
  }
}

void SparseSums::clear() {
  for (const std::uint32_t column : touched()) sums_[column] = 0;
  count_ = 0;
}

void SparseRows::append(const SparseSums& sums, std::size_t widest) {
  std::vector<SparseEntry> row;
  row.reserve(sums.touched().size());
  for (const std::uint32_t column : sums.touched())
    row.push_back({.column = column, .value = sums.at(column)});
  if (row.size() > widest) {
    const auto larger = [](const SparseEntry& left, const SparseEntry& right) {
      return left.value != right.value ? left.value > right.value : left.column < right.column;
    };
    std::ranges::nth_element(row, row.begin() + static_cast<std::ptrdiff_t>(widest), larger);
    row.resize(widest);
  }
  std::ranges::sort(row, {}, &SparseEntry::column);
  entries.insert(entries.end(), row.begin(), row.end());
  starts.push_back(static_cast<std::uint32_t>(entries.size()));
  float total = 0;
  for (const SparseEntry& entry : row) total += entry.value;
  totals.push_back(total);
}

}  // namespace rung::recommend
