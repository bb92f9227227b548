#include "evaluation/baseline.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

namespace rung::evaluation {
namespace {

constexpr std::string_view magic = "# rung evaluate baseline 1, ";
constexpr std::string_view columns =
    "policy\ttitle\ttrace\tseed\tend\tqoe_per_seg\tstartup_s\tstall_s\tmean_kbps\tswitches\t"
    "fingerprint";
constexpr std::size_t column_count = 11;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

template <typename T, typename... Base>
bool read_number(std::string_view cell, T& into, Base... base) {
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), into, base...);
  return error == std::errc() && end == cell.data() + cell.size();
}

bool read_finite(std::string_view cell, double& into) {
  return read_number(cell, into) && std::isfinite(into);
}

std::optional<SessionScore> read_row(std::string_view line) {
  std::array<std::string_view, column_count> cells;
  for (std::size_t i = 0; i < column_count; ++i) {
    const std::size_t tab = line.find('\t');
    if ((tab == std::string_view::npos) != (i + 1 == column_count)) return std::nullopt;
    cells[i] = line.substr(0, tab);
    if (tab != std::string_view::npos) line.remove_prefix(tab + 1);
  }
  SessionScore score{.policy = std::string(cells[0]),
                     .title = std::string(cells[1]),
                     .trace = std::string(cells[2]),
                     .played_out = cells[4] == "ended"};
  const bool good =
      (score.played_out || cells[4] == "failed") && read_number(cells[3], score.seed) &&
      read_finite(cells[5], score.qoe) && read_finite(cells[6], score.startup_s) &&
      read_finite(cells[7], score.stalled_s) && read_finite(cells[8], score.mean_kbps) &&
      read_finite(cells[9], score.switches) && cells[10].size() == 16 &&
      read_number(cells[10], score.fingerprint, 16);
  if (!good) return std::nullopt;
  return score;
}

}  // namespace

std::string format_baseline(std::span<const SessionScore> scores, std::string_view scored_with) {
  std::string text = fmt::format("{}{}\n{}\n", magic, scored_with, columns);
  for (const SessionScore& score : scores)
    fmt::format_to(std::back_inserter(text), "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{:016x}\n",
                   score.policy, score.title, score.trace, score.seed,
                   score.played_out ? "ended" : "failed", score.qoe, score.startup_s,
                   score.stalled_s, score.mean_kbps, score.switches, score.fingerprint);
  return text;
}

Expected<std::vector<SessionScore>> parse_baseline(std::string_view text,
                                                   std::string_view scored_with,
                                                   const std::string& where) {
  const std::string_view head = take_line(text);
  if (!head.starts_with(magic))
    return failure(ErrorCode::malformed, "is no baseline that rung evaluate wrote",
                   where + " line 1");
  if (const std::string_view other = head.substr(magic.size()); other != scored_with)
    return failure(
        ErrorCode::invalid_argument,
        fmt::format("was scored with {}, the suite with {}; write it anew", other, scored_with),
        where + " line 1");
  if (take_line(text) != columns)
    return failure(ErrorCode::malformed, "these are not the columns of a baseline",
                   where + " line 2");
  std::vector<SessionScore> scores;
  while (!text.empty()) {
    auto score = read_row(take_line(text));
    if (!score)
      return failure(ErrorCode::malformed, "is no session of a baseline",
                     fmt::format("{} line {}", where, scores.size() + 3));
    scores.push_back(*std::move(score));
  }
  return scores;
}

}  // namespace rung::evaluation
