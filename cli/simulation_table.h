#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "network_sim/scenario.h"
#include "network_sim/sweep.h"

namespace rung::cli {

struct Column {
  std::string name;
  std::string value;
  bool text = false;
};
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
/// What sessions of one setting of a grid have in common, by column: numbers, true or false.
using SettingColumns = std::vector<std::pair<std::string, std::string>>;

/// Every scenario of the sweep as one row with all that is known of it, exactly: a head line and
/// comma-separated values, or one JSON object a line. Times are in seconds, to the nanosecond. The
/// columns of `setting` stand behind the seed.
[[nodiscard]] std::string simulation_csv(const network_sim::Sweep& sweep,
                                         const std::vector<network_sim::Outcome>& outcomes,
                                         const SettingColumns& setting = {}, bool with_head = true);
[[nodiscard]] std::string simulation_json_lines(const network_sim::Sweep& sweep,
                                                const std::vector<network_sim::Outcome>& outcomes,
                                                const SettingColumns& setting = {});
/// For people: for each policy the mean and the median over its scenarios, and the sums.
[[nodiscard]] std::string simulation_table(const network_sim::Sweep& sweep,
                                           const std::vector<network_sim::Outcome>& outcomes);

}  // namespace rung::cli
