#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rung::recommend {

/// One number of a sparse matrix within its row.
struct SparseEntry {
  std::uint32_t column = 0;
  float value = 0;

  friend bool operator==(const SparseEntry&, const SparseEntry&) = default;
};

/// Sums over columns of which few are touched. A value.
class SparseSums {
 public:
  explicit SparseSums(std::size_t columns) : sums_(columns), touched_(columns + 1) {}

  /// Without a branch: the column is always noted, and stays noted where it is new.
  void add(std::uint32_t column, float value) {
    touched_[count_] = column;
    count_ += static_cast<std::size_t>(sums_[column] == 0);
    sums_[column] += value;
  }
  [[nodiscard]] float at(std::uint32_t column) const { return sums_[column]; }
  /// The columns that were added to, in the order of their first term. Terms must be above zero.
  [[nodiscard]] std::span<const std::uint32_t> touched() const {
    return std::span(touched_).first(count_);
  }
  void clear();

 private:
  std::vector<float> sums_;
  std::vector<std::uint32_t> touched_;  ///< One more than there are columns.
  std::size_t count_ = 0;
};

/// A matrix of which few numbers are not zero, by row; the columns of a row ascend. A value.
struct SparseRows {
  std::vector<std::uint32_t> starts = {0};  ///< Where each row begins, and the end.
  std::vector<SparseEntry> entries;
  std::vector<float> totals;  ///< The sum of each row's values, in the order of its columns.

  [[nodiscard]] std::size_t size() const { return starts.size() - 1; }
  [[nodiscard]] std::span<const SparseEntry> row(std::size_t index) const {
    return std::span(entries).subspan(starts[index], starts[index + 1] - starts[index]);
  }
  /// Appends a row with the `widest` largest of the sums; the lower column wins where sums are
  /// equal.
  void append(const SparseSums& sums, std::size_t widest);
  /// Computes `totals` anew, for rows that were read. They must be consistent.
  void sum_rows();
  /// Whether starts ascend to the end of the entries, columns lie below `columns` and values above
  /// 0.
  [[nodiscard]] bool consistent(std::size_t rows, std::size_t columns) const;

  friend bool operator==(const SparseRows&, const SparseRows&) = default;
};

}  // namespace rung::recommend
