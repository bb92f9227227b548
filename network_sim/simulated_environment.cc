#include "network_sim/simulated_environment.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace rung::network_sim {

namespace {

using session::Event;

Timestamp later(Timestamp at, Duration by) {
  return by > Timestamp::max() - at ? Timestamp::max() : at + by;
}

Timestamp time_of(const SimulatedEnvironment::ViewerAction& action) {
  return std::visit([](const auto& fact) { return fact.at; }, action);
}

}  // namespace

SimulatedEnvironment::SimulatedEnvironment(const media::Tracks& actual, const LinkCapacity& link,
                                           const Options& options)
    : actual_(actual),
      options_(options),
      link_(link, options.default_rtt, options.latency, options.most_transfers) {
  RUNG_CHECK(options.init_size >= ByteCount{} && options.manifest_size >= ByteCount{} &&
             options.head_size >= ByteCount{} && options.other_manifest_size >= ByteCount{});
  RUNG_CHECK(std::ranges::is_sorted(options.viewer, {}, time_of));
  RUNG_CHECK(options.viewer.empty() || time_of(options.viewer.front()) >= Timestamp{});
  RUNG_CHECK(options.chunk >= Duration::zero());
  reports_.reserve(options.most_transfers);
  if (options.chunk > Duration::zero()) growing_.reserve(options.most_transfers);
  link_.advance(options.begins_at);
  load_manifest();
}

void SimulatedEnvironment::start(const session::Request& request) {
  // Playback has no output here: the session's own buffer model is the truth.
  if (const auto* wanted = std::get_if<session::FetchSegment>(&request)) {
    fetch(*wanted);
  } else if (const auto* manifest = std::get_if<session::FetchManifest>(&request)) {
    begin(manifest->transfer, options_.other_manifest_size + options_.head_size, 1, Duration::max(),
          Duration(1));
  } else if (const auto* given_up = std::get_if<session::CancelTransfer>(&request)) {
    cancel(given_up->transfer);
  }
}

Event SimulatedEnvironment::wait(Timestamp until) {
  if (held_) return *std::exchange(held_, std::nullopt);
  until = std::max(until, link_.now());
  Report* const report = next_report();
  const bool scripted = next_action_ < options_.viewer.size();
  // What the viewer does while the manifest is under way is told behind it.
  const Timestamp acts =
      scripted ? std::max(time_of(options_.viewer[next_action_]), link_.now()) : Timestamp::max();
  const Timestamp reports = report != nullptr ? report->at : Timestamp::max();
  const Timestamp grows = next_growth_ < options_.growth.size()
                              ? std::max(options_.growth[next_growth_].at, link_.now())
                              : Timestamp::max();
  const Timestamp next = std::min({until, acts, reports, grows});

  if (next == Timestamp::max() && !completion_ && link_.transfers().empty()) {
    RUNG_CHECK(viewer_paused_);
    return session::ViewerLeft{link_.now()};
  }
  const std::optional<SharedLink::Completion> completion =
      completion_ ? completion_ : link_.advance(next);
  if (completion) {
    // A report of an earlier transfer at the same instant goes first.
    if (reports == completion->at && report->transfer < completion->transfer) {
      completion_ = completion;
      return progressed(*report);
    }
    completion_.reset();
    return completed(*completion);
  }
  RUNG_CHECK(next != Timestamp::max());
  if (reports == next) return progressed(*report);
  if (acts == next) return act();
  if (grows == next) {
    session::PresentationGrew grew = options_.growth[next_growth_++];
    grew.at = next;
    return grew;
  }
  return session::TimeReached{next};
}

void SimulatedEnvironment::fetch(const session::FetchSegment& request) {
  const bool ahead = request.purpose == session::Purpose::prefetch;
  RUNG_CHECK(!ahead || request.title < options_.others.size());
  const auto& track = (ahead ? *options_.others[request.title] : actual_).of(request.track);
  RUNG_CHECK(track && request.segment < track->segment_count());
  if (!ahead)
    for (const session::HeldSegment& held : options_.held)
      if (held.track == request.track && held.segment == request.segment &&
          held.representation == request.representation) {
        RUNG_CHECK(!held_);
        held_ = session::TransferCompleted{.at = link_.now(),
                                           .transfer = request.transfer,
                                           .first_byte = link_.now(),
                                           .size = held.size,
                                           .held = true};
        return;
      }
  ByteCount size = track->size(request.segment, request.representation);
  if (request.growing && options_.chunk > Duration::zero()) {
    Growing& segment = growing_.emplace_back();
    segment.transfer = request.transfer;
    segment.track = &*track;
    segment.segment = request.segment;
    segment.representation = request.representation;
    size = bytes_of(segment, 1);
  }
  size += options_.head_size;
  // The init segment is a response of its own, beside that of the segment.
  if (request.with_init) size += options_.init_size + options_.head_size;
  Report& report = begin(request.transfer, size, request.with_init ? 2 : 1, request.first_progress,
                         request.progress_every);
  // Counted from where the transfer truly begins.
  report.early = request.first_progress_early + link_.find(request.transfer)->early;
}

SimulatedEnvironment::Report& SimulatedEnvironment::begin(TransferId transfer, ByteCount size,
                                                          int heads, Duration first_progress,
                                                          Duration progress_every) {
  link_.start(transfer, size);
  const bool silent = first_progress == Duration::max();
  RUNG_CHECK(silent || (first_progress >= Duration::zero() && progress_every > Duration::zero()));
  Report& report = reports_.emplace_back();
  report.transfer = transfer;
  report.at = silent ? Timestamp::max() : later(link_.now(), first_progress);
  report.every = progress_every;
  report.heads = heads > 1 ? options_.head_size + options_.head_size : options_.head_size;
  return report;
}

Duration SimulatedEnvironment::media_of(const Growing& growing, std::int64_t chunks) const {
  const Duration whole = growing.track->duration(growing.segment);
  return chunks > whole / options_.chunk ? whole : chunks * options_.chunk;
}

ByteCount SimulatedEnvironment::bytes_of(const Growing& growing, std::int64_t chunks) const {
  // All of its media weighs the same.
  __extension__ using Wide = __int128;
  const Wide whole = growing.track->size(growing.segment, growing.representation).bytes();
  return ByteCount(static_cast<std::int64_t>(whole * media_of(growing, chunks).count() /
                                             growing.track->duration(growing.segment).count()));
}

const SimulatedEnvironment::Growing* SimulatedEnvironment::find_growing(TransferId transfer) const {
  const auto found = std::ranges::find(growing_, transfer, &Growing::transfer);
  return found == growing_.end() ? nullptr : &*found;
}

SimulatedEnvironment::Growing* SimulatedEnvironment::find_growing(TransferId transfer) {
  const auto found = std::ranges::find(growing_, transfer, &Growing::transfer);
  return found == growing_.end() ? nullptr : &*found;
}

Event SimulatedEnvironment::arrived(Growing& growing, const SharedLink::Completion& completion) {
  if (!growing.first_byte) growing.first_byte = completion.first_byte;
  growing.pace.came(completion.first_byte, false);
  growing.pace.came(completion.at, true);
  growing.pace.completed(1);
  growing.last_byte = completion.at;
  growing.received += completion.size;
  const ByteCount before = bytes_of(growing, ++growing.chunks);
  const Duration media = media_of(growing, growing.chunks);
  if (media < growing.track->duration(growing.segment)) {
    const MediaTime next_end =
        growing.track->start(growing.segment) + media_of(growing, growing.chunks + 1);
    link_.go_on(growing.transfer, bytes_of(growing, growing.chunks + 1) - before,
                Timestamp(next_end - options_.live_edge));
    return session::MediaArrived{.at = completion.at, .transfer = growing.transfer, .media = media};
  }
  const session::TransferCompleted whole{
      .at = completion.at,
      .transfer = growing.transfer,
      .first_byte = *growing.first_byte,
      .size = growing.received - heads_of(growing.transfer),
      .idle = growing.pace.idle(*growing.first_byte, completion.at)};
  forget(whole.transfer);
  return whole;
}

void SimulatedEnvironment::cancel(TransferId transfer) {
  if (completion_ && completion_->transfer == transfer) completion_.reset();
  link_.cancel(transfer, early_of(transfer));
  forget(transfer);
}

SimulatedEnvironment::Report* SimulatedEnvironment::next_report() {
  Report* first = nullptr;
  for (Report& report : reports_)
    if (first == nullptr || report.at < first->at) first = &report;
  return first;
}

Event SimulatedEnvironment::progressed(Report& report) {
  report.told_at = report.at;
  report.told_early = std::exchange(report.early, 0);
  report.at = later(report.at, report.every);
  // Made in its place: what is copied right behind being written is waited for.
  Event event(std::in_place_type<session::TransferProgressed>);
  tell(report, *std::get_if<session::TransferProgressed>(&event));
  return event;
}

void SimulatedEnvironment::tell(const Report& report, session::TransferProgressed& fact) const {
  const SharedLink::Transfer* running = link_.find(report.transfer);
  RUNG_CHECK(running != nullptr);
  fact.at = link_.now();
  fact.transfer = running->id;
  fact.first_byte = running->first_byte;
  if (running->first_byte) fact.last_byte = std::max(*running->first_byte, link_.carried_until());
  ByteCount received = link_.received(*running);
  if (const Growing* const segment = find_growing(running->id)) {
    // How long it will be nobody tells.
    if (segment->first_byte) fact.first_byte = segment->first_byte;
    // The next chunk has not begun.
    if (!fact.last_byte) fact.last_byte = segment->last_byte;
    received += segment->received;
  } else if (running->first_byte) {
    fact.expected = running->size - report.heads;
  }
  fact.received = std::max(received - report.heads, ByteCount{});
}

Event SimulatedEnvironment::completed(const SharedLink::Completion& completion) {
  if (!growing_.empty())
    if (Growing* const segment = find_growing(completion.transfer))
      return arrived(*segment, completion);
  return whole(completion);
}

Event SimulatedEnvironment::whole(const SharedLink::Completion& completion) {
  const auto report = std::ranges::find(reports_, completion.transfer, &Report::transfer);
  RUNG_CHECK(report != reports_.end());
  Event event(std::in_place_type<session::TransferCompleted>);
  auto& fact = *std::get_if<session::TransferCompleted>(&event);
  fact.at = completion.at;
  fact.transfer = completion.transfer;
  fact.first_byte = completion.first_byte;
  fact.size = completion.size - report->heads;
  reports_.erase(report);
  return event;
}

Event SimulatedEnvironment::act() {
  const ViewerAction& action = options_.viewer[next_action_++];
  if (std::holds_alternative<session::ViewerPaused>(action)) viewer_paused_ = true;
  if (std::holds_alternative<session::ViewerResumed>(action)) viewer_paused_ = false;
  return std::visit(
      [this](auto fact) {
        fact.at = std::max(fact.at, link_.now());
        return Event(fact);
      },
      action);
}

std::optional<session::TransferProgressed> SimulatedEnvironment::progress_of(
    TransferId transfer) const {
  for (const Report& report : reports_)
    if (report.transfer == transfer) {
      session::TransferProgressed fact;
      tell(report, fact);
      return fact;
    }
  return std::nullopt;
}

ByteCount SimulatedEnvironment::heads_of(TransferId transfer) const {
  for (const Report& report : reports_)
    if (report.transfer == transfer) return report.heads;
  return {};
}

double SimulatedEnvironment::early_of(TransferId transfer) const {
  for (const Report& report : reports_)
    if (report.transfer == transfer) return report.told_at == link_.now() ? report.told_early : 0;
  return 0;
}

void SimulatedEnvironment::load_manifest() {
  if (options_.manifest_size == ByteCount{}) return;
  link_.start(TransferId{}, options_.manifest_size + options_.head_size);
  const auto loaded = link_.advance(Timestamp::max());
  RUNG_CHECK(loaded);
}

void SimulatedEnvironment::forget(TransferId transfer) {
  std::erase_if(reports_, [&](const Report& report) { return report.transfer == transfer; });
  if (!growing_.empty())
    std::erase_if(growing_, [&](const Growing& segment) { return segment.transfer == transfer; });
}

}  // namespace rung::network_sim
