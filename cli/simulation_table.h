#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "network_sim/scenario.h"
#include "network_sim/sweep.h"

namespace rung::cli {

/// Of all values of a column: a real number is never written as a whole one, so that whoever reads
/// finds the same type in every file. `null` (in CSV too) stands for a number that does not exist.
enum class ColumnType : std::uint8_t { whole, real, truth, text };

struct Column {
  std::string name;
  std::string value;
  ColumnType type = ColumnType::whole;
};
/// Reading gives the same value back.
[[nodiscard]] Column real_column(std::string name, double value);

/// One session of the scenario `index`. Numbers are written so that reading gives the same value
/// back.
[[nodiscard]] std::vector<Column> session_columns(const network_sim::Sweep& sweep,
                                                  std::size_t index,
                                                  const network_sim::Outcome& outcome,
                                                  std::string_view estimator);
/// Rows with the same columns, as comma-separated values with a head line, and as JSON lines.
[[nodiscard]] std::string columns_csv(const std::vector<std::vector<Column>>& rows,
                                      bool with_head = true);
[[nodiscard]] std::string columns_json_lines(const std::vector<std::vector<Column>>& rows);
/// What sessions of one setting of a grid have in common.
using SettingColumns = std::vector<Column>;

/// Every scenario of the sweep as one row with all that is known of it, exactly: a head line and
/// comma-separated values, or one JSON object a line. Times are in seconds, to the nanosecond. The
/// columns of `setting` stand behind the seed.
[[nodiscard]] std::string simulation_csv(const network_sim::Sweep& sweep,
                                         const std::vector<network_sim::Outcome>& outcomes,
                                         const SettingColumns& setting = {}, bool with_head = true);
[[nodiscard]] std::string simulation_json_lines(const network_sim::Sweep& sweep,
                                                const std::vector<network_sim::Outcome>& outcomes,
                                                const SettingColumns& setting = {});
/// Comma-separated values, of every number of simulation_csv() one row a policy: over how many
/// sessions, their median, mean and standard deviation (of the sessions as a whole). A number that
/// does not exist is left out.
[[nodiscard]] std::string simulation_stats(const network_sim::Sweep& sweep,
                                           const std::vector<network_sim::Outcome>& outcomes,
                                           const SettingColumns& setting = {},
                                           bool with_head = true);
/// For people: for each policy the mean and the median over its scenarios, and the sums.
[[nodiscard]] std::string simulation_table(const network_sim::Sweep& sweep,
                                           const std::vector<network_sim::Outcome>& outcomes);

}  // namespace rung::cli
