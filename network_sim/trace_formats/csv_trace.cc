#include "network_sim/trace_formats/csv_trace.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include "network_sim/trace_formats/trace_text.h"

namespace rung::network_sim {
namespace {

/// Which column holds what.
struct Columns {
  std::size_t duration = 0;
  std::size_t rate = 1;
  std::optional<std::size_t> rtt = 2;
  std::size_t count = 3;
  bool named = false;
};

Expected<Columns> read_column_names(const std::vector<std::string_view>& names) {
  std::optional<std::size_t> duration;
  std::optional<std::size_t> rate;
  std::optional<std::size_t> rtt;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto& column = names[i] == "duration_ms" ? duration : names[i] == "down_kbps" ? rate : rtt;
    if (&column == &rtt && names[i] != "rtt_ms")
      return failure(ErrorCode::malformed, "the column " + quoted(names[i]) +
                                               " is none of duration_ms, down_kbps, rtt_ms");
    if (column)
      return failure(ErrorCode::malformed, "the column " + quoted(names[i]) + " is there twice");
    column = i;
  }
  if (!duration || !rate)
    return failure(ErrorCode::malformed, "the columns duration_ms and down_kbps are both needed");
  return Columns{
      .duration = *duration, .rate = *rate, .rtt = rtt, .count = names.size(), .named = true};
}

Expected<Trace::Piece> read_piece(const std::vector<std::string_view>& cells,
                                  const Columns& columns) {
  const bool complete = cells.size() == columns.count;
  const bool without_rtt = !columns.named && cells.size() == 2;
  if (!complete && !without_rtt)
    return failure(ErrorCode::malformed, std::to_string(columns.count) + " columns expected, " +
                                             std::to_string(cells.size()) + " found");
  const auto duration = read_milliseconds(cells[columns.duration], "the duration");
  if (!duration) return tl::unexpected(duration.error());
  const auto rate = read_kilobits_per_second(cells[columns.rate]);
  if (!rate) return tl::unexpected(rate.error());
  Trace::Piece piece{.duration = *duration, .rate = *rate, .rtt = std::nullopt};
  if (columns.rtt && *columns.rtt < cells.size() && !cells[*columns.rtt].empty()) {
    const auto rtt = read_rtt_milliseconds(cells[*columns.rtt]);
    if (!rtt) return tl::unexpected(rtt.error());
    piece.rtt = *rtt;
  }
  return piece;
}

}  // namespace

Expected<Trace> read_csv_trace(std::string_view text, std::string name) {
  TracePieces pieces(std::move(name));
  Columns columns;
  bool first = true;
  TextLines lines(text);
  while (lines.next()) {
    if (lines.line().empty() || lines.line().front() == '#') continue;
    const auto cells = split_cells(lines.line());
    const bool names = first && std::isalpha(static_cast<unsigned char>(lines.line().front())) != 0;
    first = false;
    if (names) {
      const auto read = read_column_names(cells);
      if (!read) return at_line(read.error(), pieces.name(), lines.number());
      columns = *read;
      continue;
    }
    const auto piece = read_piece(cells, columns);
    if (!piece) return at_line(piece.error(), pieces.name(), lines.number());
    const auto added = pieces.add(*piece, lines.number());
    if (!added) return tl::unexpected(added.error());
  }
  return std::move(pieces).trace();
}

std::string write_csv_trace(const Trace& trace) {
  const bool with_rtt =
      std::ranges::any_of(trace.pieces(), [](const auto& piece) { return piece.rtt.has_value(); });
  std::string text = with_rtt ? "duration_ms,down_kbps,rtt_ms\n" : "duration_ms,down_kbps\n";
  for (const Trace::Piece& piece : trace.pieces()) {
    text += decimal_text(piece.duration.count(), 6) + ',' +
            decimal_text(piece.rate.bits_per_second(), 3);
    if (with_rtt) text += ',';
    if (piece.rtt) text += decimal_text(piece.rtt->count(), 6);
    text += '\n';
  }
  return text;
}

}  // namespace rung::network_sim
