#include "plugin/pipe_policy.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "core/limits.h"
#include "media/json_text.h"
#include "media/track.h"
#include "plugin/external_answer.h"

namespace rung::plugin {
namespace {

using media::Json;

std::int64_t nanoseconds(Timestamp time) { return time.time_since_epoch().count(); }

/// Those that begin at the segment `from` or behind it.
Json periods_of(const media::Track& track, SegmentNumber from) {
  Json periods = Json::array();
  SegmentNumber next = 0;
  for (const media::Track::Part& part : track.parts()) {
    const SegmentNumber first = std::exchange(next, next + part.timeline.size());
    if (first < from) continue;
    Json representations = Json::array();
    for (std::size_t i = 0; i < part.bandwidths.size(); ++i) {
      const int height = i < part.heights.size() ? part.heights[i] : 0;
      representations.push_back({{"bandwidth_bps", part.bandwidths[i].bits_per_second()},
                                 {"height", height > 0 ? Json(height) : Json()}});
    }
    periods.push_back({{"first_segment", first}, {"representations", std::move(representations)}});
  }
  return periods;
}

/// From that one on.
Json segments_of(const media::Track& track, SegmentNumber from) {
  Json segments = Json::array();
  for (SegmentNumber i = from; i < track.segment_count(); ++i) {
    Json sizes = Json::array();
    for (RepresentationIndex rung = 0; rung < track.ladder(i).size(); ++rung)
      sizes.push_back(track.size(i, rung).bytes());
    segments.push_back({{"start_ns", track.start(i).time_since_epoch().count()},
                        {"duration_ns", track.duration(i).count()},
                        {"sizes", std::move(sizes)}});
  }
  return segments;
}

Json transfers_of(const std::vector<abr::TransferSample>& samples) {
  Json transfers = Json::array();
  for (const abr::TransferSample& sample : samples)
    transfers.push_back({{"requested_ns", nanoseconds(sample.requested)},
                         {"first_byte_ns", nanoseconds(sample.first_byte)},
                         {"completed_ns", nanoseconds(sample.completed)},
                         {"size", sample.size.bytes()}});
  return transfers;
}

std::int64_t size_count(const media::Track& track) {
  std::int64_t count = 0;
  for (const media::Track::Part& part : track.parts()) {
    const auto rungs = static_cast<std::int64_t>(part.bandwidths.size());
    if (part.timeline.size() > limits::policy_title_sizes / rungs)
      return limits::policy_title_sizes + 1;
    count += part.timeline.size() * rungs;
  }
  return count;
}

/// The member as a whole number; nullopt where there is none or it is something else.
std::optional<std::int64_t> whole(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  return found->get<std::int64_t>();
}

/// An answer as an error shows it.
std::string shown(std::string_view line) {
  constexpr std::size_t most = 80;
  std::string text(line.substr(0, most));
  std::ranges::replace_if(
      text, [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, ' ');
  return '"' + text + (line.size() > most ? "...\"" : "\"");
}

}  // namespace

Expected<std::unique_ptr<ChildProgram>> IdlePrograms::take(const std::string& command) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto waiting = idle_.find(command); waiting != idle_.end())
      return std::move(idle_.extract(waiting).mapped());
  }
  return ChildProgram::start(command);
}

void IdlePrograms::give_back(const std::string& command, std::unique_ptr<ChildProgram> program) {
  const std::scoped_lock lock(mutex_);
  idle_.emplace(command, std::move(program));
}

PipePolicy::PipePolicy(std::shared_ptr<IdlePrograms> idle, std::string command,
                       std::unique_ptr<ChildProgram> program, const abr::PolicyOptions& options,
                       Duration answer_time)
    : idle_(std::move(idle)),
      command_(std::move(command)),
      program_(std::move(program)),
      options_(options),
      answer_time_(answer_time) {}

PipePolicy::~PipePolicy() {
  if (program_ == nullptr) return;
  if (introduced_ && !program_->write("{\"type\":\"end\"}\n", answer_time_)) return;
  idle_->give_back(command_, std::move(program_));
}

abr::Decision PipePolicy::choose(const abr::DecisionContext& context) {
  constexpr abr::Decision lowest{.representation = 0, .reason = abr::Reason::external};
  if (failure_) return lowest;
  auto decision = ask(context);
  transfers_.clear();
  sought_ = false;
  if (decision) return *decision;
  failure_ = std::move(decision.error());
  program_.reset();  // What it would say next belongs to nothing.
  return lowest;
}

void PipePolicy::observe(const abr::TransferSample& sample) {
  if (transfers_.size() == limits::policy_transfers) transfers_.erase(transfers_.begin());
  transfers_.push_back(sample);
}

void PipePolicy::on_seek() { sought_ = true; }

Error PipePolicy::malformed(std::string message) const {
  return {ErrorCode::malformed, std::move(message), "pipe:" + command_};
}

Expected<void> PipePolicy::check_size(const media::Track& track) const {
  if (size_count(track) <= limits::policy_title_sizes) return {};
  return rung::failure(ErrorCode::limit_exceeded,
                       "the title has more than " + std::to_string(limits::policy_title_sizes) +
                           " segments in all representations, too many to tell",
                       "pipe:" + command_);
}

Expected<void> PipePolicy::introduce(const abr::DecisionContext& context) {
  const media::Track& track = context.track;
  if (const auto fits = check_size(track); !fits) return fits;
  const Json told{{"type", "title"},
                  {"protocol", pipe_protocol},
                  {"seed", options_.seed},
                  {"buffer_capacity_ns", context.buffer_capacity.count()},
                  {"qoe",
                   {{"model", abr::to_string(options_.qoe.model)},
                    {"switch_penalty", options_.qoe.switch_penalty},
                    {"rebuffer_penalty", options_.qoe.rebuffer_penalty},
                    {"startup_penalty", options_.qoe.startup_penalty}}},
                  {"sizes_known", track.sizes_known()},
                  {"periods", periods_of(track, 0)},
                  {"segments", segments_of(track, 0)}};
  const Duration bound = std::max(answer_time_, limits::policy_start_time);
  if (const auto sent = program_->write(told.dump() + '\n', bound); !sent) return sent;
  const auto line = program_->read_line(bound);
  if (!line) return tl::unexpected(line.error());
  const auto answer = media::parse_json(*line, "answer");
  if (!answer || !answer->is_object() || !whole(*answer, "protocol"))
    return tl::unexpected(
        malformed("answered the title with " + shown(*line) + "; {\"protocol\": 1} is needed"));
  if (const auto spoken = whole(*answer, "protocol"); spoken != pipe_protocol)
    return tl::unexpected(malformed("speaks version " + std::to_string(*spoken) +
                                    " of the protocol; this Rung speaks " +
                                    std::to_string(pipe_protocol)));
  introduced_ = true;
  keep_told(track);
  return {};
}

void PipePolicy::keep_told(const media::Track& track) {
  told_ = track.segment_count();
  last_duration_ = track.duration(told_ - 1);
}

Expected<void> PipePolicy::tell_growth(const media::Track& track) {
  const Duration last = track.duration(told_ - 1);
  if (track.segment_count() == told_ && last == last_duration_) return {};
  if (const auto fits = check_size(track); !fits) return fits;
  Json told{{"type", "grown"},
            {"periods", periods_of(track, told_)},
            {"segments", segments_of(track, told_)}};
  if (last != last_duration_) told["last_duration_ns"] = last.count();
  keep_told(track);
  return program_->write(told.dump() + '\n', answer_time_);
}

Expected<abr::Decision> PipePolicy::ask(const abr::DecisionContext& context) {
  if (!introduced_)
    if (const auto met = introduce(context); !met) return tl::unexpected(met.error());
  if (const auto told = tell_growth(context.track); !told) return tl::unexpected(told.error());
  if (program_->spoke())
    return tl::unexpected(malformed("said something before segment " +
                                    std::to_string(context.segment) +
                                    " without being asked; its output is for answers only"));
  const auto& forecast = context.forecast;
  const Json question{
      {"type", "choose"},
      {"now_ns", nanoseconds(context.now)},
      {"segment", context.segment},
      {"playback", abr::to_string(context.buffer.state())},
      {"buffer_level_ns", context.buffer_level.count()},
      {"buffer_capacity_ns", context.buffer_capacity.count()},
      {"previous", context.previous ? Json(*context.previous) : Json()},
      {"forecast_bps", forecast ? Json(forecast->throughput.bits_per_second()) : Json()},
      {"forecast_latency_ns", forecast ? Json(forecast->latency.count()) : Json()},
      {"startup_delay_ns", context.buffer.startup_delay().count()},
      {"stalled_ns", context.buffer.stalled().count()},
      {"sought", sought_},
      {"transfers", transfers_of(transfers_)}};
  if (const auto sent = program_->write(question.dump() + '\n', answer_time_); !sent)
    return tl::unexpected(sent.error());
  const auto line = program_->read_line(answer_time_);
  if (!line) return tl::unexpected(line.error());
  const auto wrong = [&](const std::string& why) {
    return tl::unexpected(malformed("answered segment " + std::to_string(context.segment) +
                                    " with " + shown(*line) + ": " + why));
  };
  const auto answer = media::parse_json(*line, "answer");
  if (!answer || !answer->is_object()) return wrong("a JSON object on one line is needed");
  const auto representation = whole(*answer, "representation");
  if (!representation) return wrong("\"representation\" must be a whole number");
  Duration wait{};
  if (answer->contains("not_before_ns")) {
    const auto time = whole(*answer, "not_before_ns");
    if (!time) return wrong("\"not_before_ns\" must be a whole number");
    wait = std::max(Timestamp(Duration(*time)), context.now) - context.now;
  }
  auto decision = checked_decision(context, *representation, wait, "pipe:" + command_);
  if (!decision || !answer->contains("reason")) return decision;
  const Json& text = answer->at("reason");
  const auto reason =
      text.is_string() ? abr::parse_reason(text.get_ref<const std::string&>()) : std::nullopt;
  if (!reason) return wrong("\"reason\" is none of Rung's reasons");
  // Rung's start-up rule stands behind other reasons at the start; a first choice from outside
  // counts.
  if (context.previous) decision->reason = *reason;
  return decision;
}

}  // namespace rung::plugin
