#include "network_sim/measured_log.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <variant>

#include "core/id.h"
#include "core/limits.h"
#include "media/iso8601.h"
#include "network_sim/trace_formats/trace_text.h"

namespace rung::network_sim {
namespace {

/// The cells of one line, found by the names of their columns.
class Table {
 public:
  /// Where `wanted` stand in the line of names; those behind the first `needed` may be missing.
  static Expected<Table> create(std::string_view header, std::span<const std::string_view> wanted,
                                std::size_t needed) {
    Table table;
    const auto names = split_cells(header);
    table.width_ = names.size();
    for (const std::string_view name : wanted) {
      const auto found = std::ranges::find(names, name);
      if (found != names.end()) {
        table.places_.emplace_back(static_cast<std::size_t>(found - names.begin()));
      } else if (table.places_.size() < needed) {
        return failure(ErrorCode::malformed, "there is no column " + std::string(name));
      } else {
        table.places_.emplace_back();
      }
    }
    return table;
  }
  /// In the order of `wanted`; empty where there is no such column.
  [[nodiscard]] Expected<std::vector<std::string_view>> cells(std::string_view line) const {
    const auto all = split_cells(line);
    if (all.size() != width_)
      return failure(ErrorCode::malformed, std::to_string(width_) + " columns expected, " +
                                               std::to_string(all.size()) + " found");
    std::vector<std::string_view> cells;
    for (const auto& place : places_) cells.push_back(place ? all[*place] : std::string_view());
    return cells;
  }

 private:
  std::size_t width_ = 0;
  std::vector<std::optional<std::size_t>> places_;
};

Expected<Duration> read_instant(std::string_view text) {
  const auto instant = media::parse_iso8601_instant(text);
  if (!instant) return failure(ErrorCode::malformed, quoted(text) + " is no date and time");
  return *instant;
}

Expected<MeasuredTransfer> read_transfer(const std::vector<std::string_view>& cells,
                                         Duration began) {
  const auto start = read_instant(cells[0]);
  if (!start) return tl::unexpected(start.error());
  const auto end = read_instant(cells[1]);
  if (!end) return tl::unexpected(end.error());
  if (*start < began)
    return failure(ErrorCode::malformed, "the transfer starts before the capacity is known");
  if (*end < *start) return failure(ErrorCode::malformed, "the transfer ends before it starts");
  const auto size = read_number(
      cells[2], {.name = "the size", .decimals = 3, .maximum = limits::segment_size.bytes()});
  if (!size) return tl::unexpected(size.error());
  MeasuredTransfer transfer{.requested = Timestamp(*start - began),
                            .completed = Timestamp(*end - began),
                            .size = ByteCount(*size),
                            .rtt = std::nullopt};
  if (!cells[3].empty()) {
    const auto rtt = read_rtt_milliseconds(cells[3]);
    if (!rtt) return tl::unexpected(rtt.error());
    transfer.rtt = *rtt;
  }
  return transfer;
}

}  // namespace

Expected<MeasuredCapacity> read_measured_capacity(std::string_view text, std::string name) {
  constexpr std::array<std::string_view, 2> columns{"start_time", "bandwidth"};
  TextLines lines(text);
  if (!lines.next()) return failure(ErrorCode::malformed, "the file is empty", name);
  const auto table = Table::create(lines.line(), columns, columns.size());
  if (!table) return at_line(table.error(), name, lines.number());
  TracePieces pieces(std::move(name));
  std::optional<Duration> began;
  Duration since{};
  Duration last = std::chrono::seconds(1);  // What a capacity that stands alone is known for.
  BitRate rate;
  while (lines.next()) {
    if (lines.line().empty()) continue;
    const auto cells = table->cells(lines.line());
    if (!cells) return at_line(cells.error(), pieces.name(), lines.number());
    const auto instant = read_instant((*cells)[0]);
    if (!instant) return at_line(instant.error(), pieces.name(), lines.number());
    const auto next = read_megabits_per_second((*cells)[1]);
    if (!next) return at_line(next.error(), pieces.name(), lines.number());
    if (began) {
      if (*instant < since)
        return at_line({ErrorCode::malformed, "time goes backwards", {}}, pieces.name(),
                       lines.number());
      last = *instant - since;
      const auto added = pieces.add({.duration = last, .rate = rate, .rtt = {}}, lines.number());
      if (!added) return tl::unexpected(added.error());
    } else {
      began = *instant;
    }
    since = *instant;
    rate = *next;
  }
  if (began) {
    const auto added = pieces.add({.duration = last, .rate = rate, .rtt = {}}, lines.number());
    if (!added) return tl::unexpected(added.error());
  }
  auto trace = std::move(pieces).trace();
  if (!trace) return tl::unexpected(trace.error());
  return MeasuredCapacity{.trace = *std::move(trace), .began = began.value_or(Duration::zero())};
}

Expected<std::vector<MeasuredTransfer>> read_measured_transfers(std::string_view text,
                                                                std::string_view name,
                                                                Duration began) {
  constexpr std::array<std::string_view, 4> columns{"start_time", "end_time", "size", "min_rtt"};
  TextLines lines(text);
  if (!lines.next()) return failure(ErrorCode::malformed, "the file is empty", std::string(name));
  const auto table = Table::create(lines.line(), columns, columns.size() - 1);
  if (!table) return at_line(table.error(), name, lines.number());
  std::vector<MeasuredTransfer> transfers;
  while (lines.next()) {
    if (lines.line().empty()) continue;
    const auto cells = table->cells(lines.line());
    if (!cells) return at_line(cells.error(), name, lines.number());
    const auto transfer = read_transfer(*cells, began);
    if (!transfer) return at_line(transfer.error(), name, lines.number());
    transfers.push_back(*transfer);
  }
  std::ranges::stable_sort(transfers, {}, &MeasuredTransfer::requested);
  return transfers;
}

std::vector<MeasuredTransfer> measured_transfers(const session::RecordedSession& session) {
  std::vector<MeasuredTransfer> transfers;
  std::map<TransferId, Timestamp> open;
  Timestamp now{};
  for (const auto& entry : session.entries) {
    if (const auto* event = std::get_if<session::Event>(&entry.fact)) {
      now = session::time_of(*event);
      if (const auto* completed = std::get_if<session::TransferCompleted>(event)) {
        const auto request = open.extract(completed->transfer);
        if (!request.empty())
          transfers.push_back({.requested = request.mapped(),
                               .completed = completed->at,
                               .size = completed->size,
                               .rtt = std::nullopt});
      }
    } else if (const auto* fetch =
                   std::get_if<session::FetchSegment>(&std::get<session::Request>(entry.fact))) {
      open.emplace(fetch->transfer, now);
    }
  }
  std::ranges::stable_sort(transfers, {}, &MeasuredTransfer::requested);
  return transfers;
}

}  // namespace rung::network_sim
