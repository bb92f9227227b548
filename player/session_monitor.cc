#include "player/session_monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/limits.h"
#include "player/clock_text.h"

namespace rung::player {

using media::TrackKind;

namespace {

[[nodiscard]] const char* name_of(TrackKind kind) {
  return kind == TrackKind::video ? "video" : "sound";
}

}  // namespace

std::optional<Rung> rung_of(const media::Track& track, SegmentNumber segment,
                            RepresentationIndex representation) {
  const media::Track::Part& part = track.parts()[track.place(segment).part];
  if (representation >= part.bandwidths.size()) return std::nullopt;
  Rung rung{.index = representation,
            .of = part.bandwidths.size(),
            .bandwidth = part.bandwidths[representation]};
  if (representation < part.heights.size()) rung.height = part.heights[representation];
  return rung;
}

SessionMonitor::SessionMonitor(const media::Tracks& tracks, Settings settings) : tracks_(tracks) {
  snapshot_.title = std::move(settings.title);
  snapshot_.policy = std::move(settings.policy);
  snapshot_.estimator = std::move(settings.estimator);
  snapshot_.buffer_capacity = settings.buffer_capacity;
  snapshot_.ahead_record = settings.ahead_record;
}

void SessionMonitor::asked(const session::Request& request) {
  const std::lock_guard lock(mutex_);
  const auto* fetch = std::get_if<session::FetchSegment>(&request);
  if (std::holds_alternative<session::FetchManifest>(request) ||
      (fetch != nullptr && fetch->purpose == session::Purpose::prefetch)) {
    return;  // looked_ahead() tells of it.
  }
  if (fetch != nullptr) {
    SessionSnapshot::Transfer transfer{
        .request = *fetch, .requested = snapshot_.at, .running = true};
    const media::Track& track = *tracks_->of(fetch->track);
    transfer.rung = rung_of(track, fetch->segment, fetch->representation).value_or(Rung{});
    note(fmt::format("{} {}: {}, {}", name_of(fetch->track), fetch->segment,
                     to_string(transfer.rung), sentence(fetch->reason)));
    snapshot_.transfers[static_cast<std::size_t>(fetch->track)] = std::move(transfer);
  } else if (const auto* cancel = std::get_if<session::CancelTransfer>(&request)) {
    auto* transfer = running(cancel->transfer);
    if (transfer == nullptr) return;
    transfer->running = false;
    note(fmt::format("{} {}: given up after {:.0f} kB", name_of(transfer->request.track),
                     transfer->request.segment,
                     static_cast<double>(transfer->received.bytes()) / 1000));
  } else if (const auto* start = std::get_if<session::StartPlayback>(&request)) {
    note("plays from " + clock_text(start->position.time_since_epoch()));
  } else if (const auto* seek = std::get_if<session::SeekPlayback>(&request)) {
    if (!seek->keep_media) snapshot_.buffered.clear();
    if (seek->left_out == Duration::zero()) return;
    loss_ = fmt::format("{:.1f} s before {} cannot be had and are left out",
                        to_seconds(seek->left_out), clock_text(seek->position.time_since_epoch()));
    note(*loss_);
  } else if (const auto* set = std::get_if<session::SetSpeed>(&request)) {
    note("speed " + speed_text(set->speed) + ", for the latency");
  } else {
    note("stands still");
  }
}

void SessionMonitor::told(const session::Event& event, const std::string& failure) {
  const std::lock_guard lock(mutex_);
  snapshot_.at = session::time_of(event);
  if (const auto* grew = std::get_if<session::PresentationGrew>(&event)) tracks_.grow(grew->growth);
  std::visit(
      [&](const auto& fact) {
        using Fact = std::decay_t<decltype(fact)>;
        if constexpr (std::is_same_v<Fact, session::TransferProgressed>) {
          auto* transfer = running(fact.transfer);
          if (transfer == nullptr) return;
          transfer->received = fact.received;
          transfer->expected = fact.expected;
        } else if constexpr (std::is_same_v<Fact, session::TransferCompleted>) {
          auto* transfer = running(fact.transfer);
          if (transfer == nullptr) return;
          transfer->running = false;
          transfer->received = fact.size;
          transfer->expected = fact.size;
          if (!fact.late) arrived(*transfer);
          snapshot_.trouble.clear();
          if (fact.held) {
            ++snapshot_.held_used;
            return;
          }
          auto& samples = snapshot_.throughput;
          if (samples.size() >= most_samples) samples.erase(samples.begin());
          samples.push_back(abr::throughput({.requested = transfer->requested,
                                             .first_byte = fact.first_byte,
                                             .completed = fact.at - fact.idle,
                                             .size = fact.size}));
        } else if constexpr (std::is_same_v<Fact, session::TransferFailed>) {
          auto* transfer = running(fact.transfer);
          if (transfer == nullptr) return;
          transfer->running = false;
          snapshot_.trouble = failure;
          note(fmt::format("{} {}: {}", name_of(transfer->request.track), transfer->request.segment,
                           failure));
        } else if constexpr (std::is_same_v<Fact, session::ViewerSought>) {
          note("the viewer goes to " + clock_text(fact.to.time_since_epoch()));
        } else if constexpr (std::is_same_v<Fact, session::ViewerChangedSpeed>) {
          note("speed " + speed_text(fact.speed));
        } else if constexpr (std::is_same_v<Fact, session::ViewerChangedAudio>) {
          tracks_.replace(TrackKind::audio, fact.track);
          note("the viewer hears " + snapshot_.audio);
        } else if constexpr (std::is_same_v<Fact, session::ViewerPinned>) {
          note(fact.representation
                   ? fmt::format("the viewer pins rung {}", *fact.representation + 1)
                   : std::string("the policy chooses the rung"));
        }
      },
      event);
}

void SessionMonitor::updated(const session::StreamingSession& session) {
  const abr::PlaybackBuffer& buffer = session.buffer();
  const std::lock_guard lock(mutex_);
  snapshot_.state = buffer.state();
  snapshot_.position = buffer.position();
  snapshot_.end = end_of(session.tracks());
  snapshot_.buffer_level = buffer.level();
  snapshot_.latency = session.latency();
  snapshot_.latency_target = session.latency_target();
  snapshot_.speed = buffer.speed();
  snapshot_.forecast = session.forecast();
  snapshot_.report = session.report();
  forget_played();
}

void SessionMonitor::looked_ahead(const prefetch::PrefetchingSession& session,
                                  const std::vector<std::string>& names) {
  const std::lock_guard lock(mutex_);
  snapshot_.prefetches = session.report();
  snapshot_.ahead.clear();
  for (std::size_t i = 0; i < session.candidates().size(); ++i) {
    const prefetch::Fetched& fetched = session.fetched()[i];
    std::string stage = "nothing yet";
    if (fetched.tracks != nullptr) stage = "manifest";
    if (!fetched.held.empty()) stage = fmt::format("{} segments", fetched.held.size());
    if (session.running() && session.running()->title == i)
      stage = fmt::format("fetches: {}", prefetch::to_string(session.running()->stage));
    snapshot_.ahead.push_back({.title = names[i],
                               .probability = session.candidates()[i].probability,
                               .stage = std::move(stage),
                               .received = fetched.bytes});
  }
}

void SessionMonitor::held(std::size_t segments) {
  const std::lock_guard lock(mutex_);
  snapshot_.held = segments;
}

void SessionMonitor::hears(std::string audio) {
  const std::lock_guard lock(mutex_);
  snapshot_.audio = std::move(audio);
}

SessionSnapshot SessionMonitor::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

std::optional<std::string> SessionMonitor::take_loss() {
  const std::lock_guard lock(mutex_);
  return std::exchange(loss_, std::nullopt);
}

void SessionMonitor::note(std::string text) {
  auto& notes = snapshot_.notes;
  if (notes.size() >= most_notes) notes.erase(notes.begin());
  notes.push_back({snapshot_.at, std::move(text)});
}

void SessionMonitor::arrived(const SessionSnapshot::Transfer& transfer) {
  const TrackKind shown = tracks_->video ? TrackKind::video : TrackKind::audio;
  auto& buffered = snapshot_.buffered;
  if (transfer.request.track != shown) return;
  const media::Track& track = *tracks_->of(shown);
  const MediaTime start = track.start(transfer.request.segment);
  const auto there = std::ranges::find(buffered, start, &SessionSnapshot::Buffered::start);
  if (there != buffered.end()) {
    there->rung = transfer.rung;
    return;
  }
  if (buffered.size() >= most_buffered) return;
  buffered.push_back({start, start + track.duration(transfer.request.segment), transfer.rung});
}

void SessionMonitor::forget_played() {
  std::erase_if(snapshot_.buffered, [this](const SessionSnapshot::Buffered& segment) {
    return segment.end + limits::kept_behind_playhead <= snapshot_.position;
  });
}

SessionSnapshot::Transfer* SessionMonitor::running(TransferId transfer) {
  for (auto& of_track : snapshot_.transfers)
    if (of_track && of_track->running && of_track->request.transfer == transfer) return &*of_track;
  return nullptr;
}

std::string_view sentence(abr::Reason reason) {
  switch (reason) {
    case abr::Reason::fixed:
      return "as it was set";
    case abr::Reason::startup_unknown:
      return "nothing is known of the link yet";
    case abr::Reason::startup_delay:
      return "the best that starts in time";
    case abr::Reason::throughput:
      return "the best that the forecast carries";
    case abr::Reason::buffer:
      return "by the buffer's level";
    case abr::Reason::hysteresis:
      return "a change is not worth it yet";
    case abr::Reason::plan:
      return "the best plan for the next segments";
    case abr::Reason::insufficient_buffer:
      return "what arrives before the buffer is empty";
    case abr::Reason::retry_lower:
      return "another rung failed";
    case abr::Reason::abandoned:
      return "a higher one would have come too late";
    case abr::Reason::audio_share:
      return "its share of the forecast";
    case abr::Reason::prefetched:
      return "it is there already";
    case abr::Reason::external:
      return "chosen from outside";
    case abr::Reason::upgrade:
      return "in place of a lower one";
  }
  return "";
}

std::string to_string(const Rung& rung) {
  std::string text = rung.height > 0 ? fmt::format("{}p ", rung.height) : std::string();
  text += fmt::format("{:.2f} Mbit/s", static_cast<double>(rung.bandwidth.bits_per_second()) / 1e6);
  if (rung.of > 1) text += fmt::format(" ({} of {})", rung.index + 1, rung.of);
  return text;
}

std::string waiting_reason(const SessionSnapshot& snapshot) {
  using abr::PlaybackState;
  const char* what = "waiting for pictures";
  if (snapshot.state == PlaybackState::starting) what = "starting";
  if (snapshot.state == PlaybackState::stalled) what = "buffer empty";
  if (snapshot.state == PlaybackState::seeking) what = "seeking";
  if (!snapshot.trouble.empty()) return fmt::format("{}: {}", what, snapshot.trouble);
  for (const auto& transfer : snapshot.transfers) {
    if (!transfer || !transfer->running) continue;
    const char* track = name_of(transfer->request.track);
    if (transfer->received == ByteCount())
      return fmt::format("{}: the server is asked for {}", what, track);
    const double kilobytes = static_cast<double>(transfer->received.bytes()) / 1000;
    if (!transfer->expected || *transfer->expected == ByteCount())
      return fmt::format("{}: {:.0f} kB of {}", what, kilobytes, track);
    return fmt::format("{}: {:.0f} of {:.0f} kB of {}", what, kilobytes,
                       static_cast<double>(transfer->expected->bytes()) / 1000, track);
  }
  return what;
}

}  // namespace rung::player
