#include "network_sim/trace_formats/mahimahi_trace.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "network_sim/trace_formats/trace_text.h"

namespace rung::network_sim {
namespace {

using Milliseconds = std::chrono::duration<std::int64_t, std::milli>;

constexpr std::int64_t packet_bits = std::int64_t{1500} * 8;

/// So many packets in a millisecond.
BitRate packets_per_millisecond(std::int64_t packets) {
  return BitRate::bits_per_second(packets * packet_bits * 1000);
}

/// Puts spans of constant rate behind each other, joining equal neighbours.
class Spans {
 public:
  explicit Spans(std::string name) : pieces_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const { return pieces_.name(); }
  [[nodiscard]] Expected<void> add(Milliseconds duration, BitRate rate, std::size_t line) {
    if (duration == Milliseconds::zero()) return {};
    if (open_ && open_->rate == rate) {
      open_->duration += duration;
      return {};
    }
    const auto closed = close(line);
    open_ = Trace::Piece{.duration = duration, .rate = rate, .rtt = std::nullopt};
    return closed;
  }
  [[nodiscard]] Expected<Trace> trace(std::size_t line) && {
    const auto closed = close(line);
    if (!closed) return tl::unexpected(closed.error());
    return std::move(pieces_).trace();
  }

 private:
  [[nodiscard]] Expected<void> close(std::size_t line) {
    if (!open_) return {};
    const auto added = pieces_.add(*open_, line);
    open_.reset();
    return added;
  }

  TracePieces pieces_;
  std::optional<Trace::Piece> open_;
};

/// The deliveries of one millisecond.
struct Delivery {
  Milliseconds time{};
  std::int64_t packets = 0;
};

Expected<void> add_delivery(Spans& spans, Milliseconds& end, const Delivery& delivery,
                            std::size_t line) {
  const auto silent = spans.add(delivery.time - Milliseconds(1) - end, BitRate{}, line);
  if (!silent) return silent;
  end = delivery.time;
  const BitRate rate = packets_per_millisecond(delivery.packets);
  if (rate > limits::trace_rate)
    return failure(ErrorCode::limit_exceeded, "the rate is too large", place(spans.name(), line));
  return spans.add(Milliseconds(1), rate, line);
}

}  // namespace

Expected<Trace> read_mahimahi_trace(std::string_view text, std::string name) {
  constexpr NumberKind time_kind{
      .name = "the time",
      .decimals = 0,
      .maximum = std::chrono::duration_cast<Milliseconds>(limits::trace_duration).count()};
  Spans spans(std::move(name));
  Milliseconds end{};
  std::optional<Delivery> current;
  std::int64_t at_zero = 0;
  std::size_t count = 0;
  TextLines lines(text);
  while (lines.next()) {
    if (lines.line().empty()) continue;
    if (lines.line().find_first_not_of("-0123456789") != std::string_view::npos)
      return failure(ErrorCode::malformed,
                     "a whole number of milliseconds expected, " + quoted(lines.line()) + " found",
                     place(spans.name(), lines.number()));
    const auto number = read_number(lines.line(), time_kind);
    if (!number) return at_line(number.error(), spans.name(), lines.number());
    const Milliseconds time(*number);
    if (current && time < current->time)
      return failure(ErrorCode::malformed, "the time " + quoted(lines.line()) + " goes backwards",
                     place(spans.name(), lines.number()));
    if (++count > limits::trace_points)
      return failure(ErrorCode::limit_exceeded,
                     "the trace has more than " + std::to_string(limits::trace_points) + " points",
                     place(spans.name(), lines.number()));
    if (time == Milliseconds::zero()) {
      ++at_zero;
    } else if (!current || time > current->time) {
      if (current) {
        const auto added = add_delivery(spans, end, *current, lines.number());
        if (!added) return tl::unexpected(added.error());
      }
      current = Delivery{.time = time, .packets = 1};
    } else {
      ++current->packets;
    }
  }
  if (!current)
    return failure(ErrorCode::malformed, "the trace has no delivery behind time 0", spans.name());
  current->packets += at_zero;
  const auto added = add_delivery(spans, end, *current, lines.number());
  if (!added) return tl::unexpected(added.error());
  return std::move(spans).trace(lines.number());
}

Expected<std::string> write_mahimahi_trace(const Trace& trace) {
  __extension__ using Wide = __int128;
  constexpr Wide packet = Wide{packet_bits} * 1'000'000'000;  // in bits/s times nanoseconds
  std::string text;
  std::size_t count = 0;
  Wide through = 0;  // of the packet under way
  Duration begin{};
  std::int64_t last_time = 0;
  for (const Trace::Piece& piece : trace.pieces()) {
    const Wide rate = piece.rate.bits_per_second();
    Wide offset = 0;  // nanoseconds into the piece
    while (rate > 0) {
      const Wide wait = (packet - through + rate - 1) / rate;
      if (offset + wait > piece.duration.count()) break;
      // The nanosecond in which the packet ends; what the link carries in the rest of it belongs
      // to the next packet.
      offset += wait;
      through += wait * rate - packet;
      const Wide at = begin.count() + offset;
      last_time = static_cast<std::int64_t>((at + 999'999) / 1'000'000);
      if (++count > limits::trace_points)
        return failure(ErrorCode::limit_exceeded,
                       "the trace needs more than " + std::to_string(limits::trace_points) +
                           " packets of 1500 bytes",
                       trace.name());
      text += std::to_string(last_time) + '\n';
    }
    through += rate * (piece.duration.count() - offset);
    begin += piece.duration;
  }
  const std::int64_t length = (trace.duration().count() + 999'999) / 1'000'000;
  if (last_time < length) text += std::to_string(length) + '\n';
  return text;
}

}  // namespace rung::network_sim
