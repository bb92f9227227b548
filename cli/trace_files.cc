#include "cli/trace_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "cli/files.h"
#include "core/limits.h"
#include "network_sim/goodput_signs.h"
#include "network_sim/parse_trace.h"

namespace rung::cli {

Expected<std::vector<std::string>> trace_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> below;
    std::filesystem::recursive_directory_iterator entry(path, error);
    while (!error && entry != std::filesystem::recursive_directory_iterator{}) {
      if (entry->is_regular_file(error)) below.push_back(entry->path().string());
      entry.increment(error);
    }
    if (error) return failure(ErrorCode::io, error.message(), path);
    std::ranges::sort(below);
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

Expected<std::optional<network_sim::TraceFormat>> trace_format_flag(const std::string& name) {
  if (name.empty()) return std::optional<network_sim::TraceFormat>{};
  const auto format = network_sim::trace_format_from_name(name);
  if (!format)
    return failure(ErrorCode::invalid_argument,
                   "no trace format \"" + name + "\"; there are csv, sabre, pensieve, mahimahi");
  return format;
}

Expected<network_sim::Trace> read_trace(const std::string& path,
                                        std::optional<network_sim::TraceFormat> format) {
  const auto text = read_file(path, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  return network_sim::parse_trace(*text, path, format);
}

void GoodputWarning::look_at(const network_sim::Trace& trace) {
  const network_sim::GoodputSigns signs = network_sim::goodput_signs(trace);
  if (!signs.suspect()) return;
  if (!first_.empty()) {
    ++others_;
    return;
  }
  first_ =
      signs.paused()
          ? fmt::format("{}: pauses {:.0f} times a minute", trace.name(), signs.pauses_a_minute)
          : fmt::format("{}: the shorter a piece, the lower its rate (correlation {:.2f})",
                        trace.name(), signs.rate_by_duration);
}

void GoodputWarning::print() const {
  if (first_.empty()) return;
  std::string line = fmt::format(
      "rung: warning: {}, as what an adapting client downloaded and not what a link could carry",
      first_);
  if (others_ > 0) line += fmt::format("; so do {} other traces", others_);
  for (char& letter : line)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  fmt::print(stderr, "{}\n", line);
}

}  // namespace rung::cli
