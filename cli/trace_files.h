#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "network_sim/trace.h"
#include "network_sim/trace_format.h"

namespace rung::cli {

/// The files that the arguments name; a directory stands for all files below it, in order of name.
[[nodiscard]] Expected<std::vector<std::string>> trace_files(const std::vector<std::string>& paths);

/// The format that a flag names; nullopt for an empty one. invalid_argument for an unknown name.
[[nodiscard]] Expected<std::optional<network_sim::TraceFormat>> trace_format_flag(
    const std::string& name);

/// The trace in a file; its content tells the format where none is given.
[[nodiscard]] Expected<network_sim::Trace> read_trace(
    const std::string& path, std::optional<network_sim::TraceFormat> format = std::nullopt);

/// Says on the standard error, in one line, which traces look like the goodput of a client that
/// adapts and not like the capacity of a link (network_sim/goodput_signs.h); nothing where none
/// does.
class GoodputWarning {
 public:
  void look_at(const network_sim::Trace& trace);
  void print() const;

 private:
  std::string first_;  ///< What is said of the first one.
  std::size_t others_ = 0;
};

}  // namespace rung::cli
