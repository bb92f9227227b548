#include "session/streaming_session.h"

#include <algorithm>
#include <utility>

#include "abr/audio_choice.h"
#include "abr/startup.h"
#include "core/check.h"
#include "core/limits.h"

namespace rung::session {

namespace {

using abr::PlaybackState;
using media::TrackKind;

constexpr std::array<TrackKind, media::track_kinds> all_kinds{TrackKind::video, TrackKind::audio};

constexpr std::size_t slot(TrackKind kind) { return static_cast<std::size_t>(kind); }

/// Less than this of a cancelled transfer says nothing about the link.
constexpr ByteCount least_sample{16 * 1024};

/// Sound that ends no farther behind the pictures ends where they do: frames of sound are up to 85
/// ms long and seldom end where pictures do.
constexpr Duration alike = std::chrono::milliseconds(100);

/// A viewer of a live presentation who is no farther from its edge wants to be there.
constexpr Duration at_the_edge = std::chrono::seconds(1);

/// An output that has told so often of the same place waits for media. Where nothing more comes it
/// would wait for ever: what is in the buffer cannot be shown.
constexpr int most_unmoved = 100;

abr::PlaybackBuffer::Bounds bounds_of(const media::Tracks& tracks, const SessionOptions& options) {
  abr::PlaybackBuffer::Bounds bounds{.startup_level = options.startup_level,
                                     .resume_level = options.resume_level};
  for (const TrackKind kind : all_kinds)
    if (const auto& track = tracks.of(kind))
      bounds.ends[slot(kind)] = tracks.live ? MediaTime::max() : track->end();
  return bounds;
}

}  // namespace

StreamingSession::StreamingSession(const media::Tracks& tracks, const SessionOptions& options,
                                   std::unique_ptr<abr::Policy> policy,
                                   std::unique_ptr<abr::ThroughputEstimator> estimator)
    : tracks_(tracks),
      options_(options),
      policy_(std::move(policy)),
      estimator_(std::move(estimator)),
      forecast_(estimator_->forecast()),
      random_(options.seed),
      buffer_(bounds_of(tracks, options)),
      latency_control_({.target = options.live_delay,
                        .slowest = options.live_slowest,
                        .fastest = options.live_fastest}),
      tally_(options.qoe, options.first_segment_counts) {
  RUNG_CHECK(policy_);
  for (const TrackKind kind : all_kinds)
    if (const auto& track = tracks_->of(kind))
      schedulers_[slot(kind)] = std::make_unique<TrackScheduler>(kind, *track);
  for (const TrackKind kind : all_kinds)
    if (scheduler(kind) != nullptr && !tracks_->live) leave_gap(kind);
}

void StreamingSession::handle(const Event& event) {
  RUNG_CHECK(!ended());
  all_asked_ = false;
  now_ = time_of(event);
  buffer_.advance(now_);
  if (hole_ahead_) cross_hole();
  if (now_ - Timestamp{} > limits::session_time) {
    finish(EndReason::time_limit);
    return;
  }
  visit_fact([this](const auto& fact) { on(fact); }, event);
  if (ended()) return;
  if (live_edge_ > MediaTime{}) hold_latency();
  if (hole_ahead_) cross_hole();
  if (stuck_before_hole()) out_of_segments_ = true;
  if (buffer_.state() == PlaybackState::ended) finish(EndReason::played_out);
  if (out_of_segments_ && buffer_.state() != PlaybackState::paused &&
      (buffer_.state() != PlaybackState::playing || buffer_.level() == Duration::zero() ||
       unmoved_ >= most_unmoved))
    finish(EndReason::network_failure);
}

std::optional<Request> StreamingSession::next_request() {
  if (all_asked_ || ended()) return std::nullopt;
  for (auto& transfer : to_cancel_)
    if (transfer) return CancelTransfer{*std::exchange(transfer, std::nullopt)};

  if (to_seek_) {
    shown_ = false;
    return *std::exchange(to_seek_, std::nullopt);
  }
  if (buffer_.speed() != told_speed_) {
    told_speed_ = buffer_.speed();
    return SetSpeed{told_speed_};
  }
  const bool playing = buffer_.state() == PlaybackState::playing;
  if (playing != shown_) {
    shown_ = playing;
    if (playing) return StartPlayback{buffer_.position()};
    return HoldPlayback{};
  }
  TrackScheduler* const track = track_to_fetch();
  if (track == nullptr) return std::nullopt;
  // Made in its place: what is copied right behind being written is waited for.
  static constexpr FetchSegment blank;
  std::optional<Request> request(std::in_place, blank);
  begin_fetch(*track, *std::get_if<FetchSegment>(&*request));
  return request;
}

Timestamp StreamingSession::wake_at() const {
  Timestamp wake = std::min(next_fetch_at(), steer_at_);
  if (hole_ahead_) wake = std::min(wake, buffer_.crosses_at());
  // One tick after the buffer is dry it is stalled; at the end of the title it is over at once.
  if (buffer_.state() == PlaybackState::playing)
    wake = std::min(wake, buffer_.dry_at() + (more_to_come() || tracks_->live
                                                  ? buffer_.speed().time_for(Duration(1))
                                                  : Duration::zero()));
  return wake;
}

Timestamp StreamingSession::next_fetch_at() const {
  const TrackScheduler* const track = track_to_ask();
  return track != nullptr ? std::max(may_fetch_at(*track), now_) : Timestamp::max();
}

SessionReport StreamingSession::report() const {
  SessionReport report;
  report.end = end_;
  report.elapsed = now_ - Timestamp{};
  report.startup_delay = buffer_.startup_delay();
  report.played = buffer_.played();
  report.stalled = buffer_.stalled();
  report.seeking = buffer_.seeking();
  report.paused = buffer_.paused();
  report.stall_count = buffer_.stall_count();
  report.latency = latency();
  report.received = counts_.received;
  report.discarded = counts_.discarded;
  report.upgrades = counts_.upgrades;
  report.replaced = counts_.replaced;
  report.abandonments = counts_.abandonments;
  report.failures = counts_.failures;
  report.fallbacks = counts_.fallbacks;
  report.losses = counts_.losses;
  report.corrected = counts_.corrected;
  report.observations = counts_.observations;
  report.segments = tally_.segments();
  report.mean_kbps = tally_.mean_kbps();
  report.switches = tally_.switches();
  report.qoe_sum = tally_.quality() - tally_.switching() -
                   options_.qoe.rebuffer_cost(report.stalled) -
                   options_.qoe.startup_cost(report.startup_delay);
  const std::int64_t counted = report.segments - (options_.first_segment_counts ? 0 : 1);
  if (counted > 0) report.qoe_per_segment = report.qoe_sum / static_cast<double>(counted);
  if (counted > 0 && options_.qoe.measured())
    report.mean_measure = options_.qoe.measure_of(tally_.quality()) / static_cast<double>(counted);
  return report;
}

bool StreamingSession::choice_pending() const {
  if (ended() ||
      std::ranges::any_of(to_cancel_, [](const auto& transfer) { return transfer.has_value(); }) ||
      to_seek_ || buffer_.speed() != told_speed_)
    return false;
  if ((buffer_.state() == PlaybackState::playing) != shown_) return false;
  const TrackScheduler* const track = track_due();
  return track != nullptr && track->kind() == main_track() && !track->decided() && !pinned_;
}

void StreamingSession::lend_link() {
  RUNG_CHECK(choice_pending());
  if (!level_when_lent_) level_when_lent_ = buffer_.level(main_track());
}

abr::DecisionContext StreamingSession::pending_choice() const {
  RUNG_CHECK(choice_pending());
  return context(*scheduler(main_track()));
}

void StreamingSession::on(const TimeReached&) {}

void StreamingSession::on(const TransferProgressed& event) {
  TrackScheduler* const runs = running_track(event.transfer);
  if (runs == nullptr) return;
  TrackScheduler& track = *runs;
  const TrackKind kind = track.kind();
  track.progressed(event.first_byte, event.last_byte, event.received, event.expected, now_);
  const Running& running = *track.running();

  if (overdue(running)) {
    to_cancel_[slot(kind)] = event.transfer;
    fail_running(kind, {.kind = FailureKind::timeout}, std::nullopt);
    return;
  }
  if (running.reason == abr::Reason::upgrade) {
    reconsider_upgrade(track);
    return;
  }
  // Below the lowest representation there is nothing to go to.
  if (!options_.abandonment || kind != main_track() || running.representation == 0) return;
  // It waits for what is produced: that it is slow says nothing.
  if (running.growing) return;
  if (running.representation == pinned_) return;
  const abr::DecisionContext decision = context_in_real_time(track);
  const bool beginning =
      buffer_.state() == PlaybackState::starting || buffer_.state() == PlaybackState::seeking;
  const Duration until_start = running.requested + options_.startup_delay_target - now_;
  auto lower = policy_->reconsider(running.seen_at(
      decision, beginning ? std::max(decision.buffer_level, until_start) : decision.buffer_level));
  // As near to what the viewer wants as below goes.
  if (lower && pinned_) lower = std::max(*lower, std::min(*pinned_, running.representation - 1));
  // What does not exist is nothing to go to.
  while (lower && track.excluded(*lower))
    lower = *lower > 0 ? std::optional(*lower - 1) : std::nullopt;
  if (!lower) return;
  RUNG_CHECK(*lower < running.representation);
  ++counts_.abandonments;
  cancel_running(kind);
  if (options_.choose_after_abandonment || running.segment != track.next()) {
    track.abandoned();
  } else {
    track.abandoned({.representation = *lower, .reason = abr::Reason::abandoned});
  }
}

void StreamingSession::on(const TransferCompleted& event) {
  TrackScheduler* const runs = running_track(event.transfer);
  if (runs == nullptr) return;
  TrackScheduler& track = *runs;
  const TrackKind kind = track.kind();
  if (event.size <= ByteCount{}) {  // A segment without a byte is not media, as logs may have it.
    fail_running(kind, {.kind = FailureKind::truncated}, std::nullopt);
    return;
  }
  const SegmentNumber segment = track.running()->segment;
  const Timestamp requested = track.running()->requested;
  if (!event.held) {
    observe(kind, {.requested = requested,
                   .first_byte = std::clamp(event.first_byte, requested, now_),
                   .completed = std::max(now_ - event.idle, requested),
                   .size = event.size});
    counts_.received += event.size;
  }
  if (segment != track.next()) {
    replace(track, event);
    return;
  }
  const RepresentationIndex representation = track.running()->representation;
  const Duration duration = track.next_duration();
  track.completed();
  upgrades_failed_ = false;
  if (kind == main_track()) tally_.add(track.track(), segment, representation, buffer_.position());
  // The track's end also stands for a last segment that is shorter than announced.
  const media::Track& media = track.track();
  const bool ends = track.finished() && !tracks_->live;
  buffer_.append(kind, ends ? media.end() : media.start(segment) + duration);
  leave_gap(kind);
  if (options_.seek && kind == main_track() && !track.finished() &&
      media.start(track.next()) >= options_.seek->fetched) {
    const MediaTime to = options_.seek->to;
    options_.seek.reset();
    go_to(to);
    return;
  }
  const Duration quantum = options_.wait_quantum;
  if (quantum == Duration::zero() || track.finished()) return;
  const Duration excess = buffer_.level(kind) - room(track);
  if (excess > Duration::zero())
    track.wait_until(now_ + (excess + quantum - Duration(1)) / quantum * quantum);
}

void StreamingSession::on(const TransferFailed& event) {
  TrackScheduler* const track = running_track(event.transfer);
  if (track == nullptr) return;
  const Running& running = *track->running();
  track->progressed(running.first_byte, std::nullopt, std::max(event.received, running.received),
                    std::nullopt, now_);
  fail_running(track->kind(), {.kind = event.kind, .http_status = event.http_status},
               event.retry_after);
}

void StreamingSession::on(const PlayheadObserved& event) {
  const bool moves = event.position > observed_ || buffer_.state() != PlaybackState::playing;
  unmoved_ = moves ? 0 : unmoved_ + 1;
  observed_ = event.position;
  const Duration correction = buffer_.correct(event.position);
  counts_.corrected += correction < Duration::zero() ? -correction : correction;
  ++counts_.observations;
}

void StreamingSession::on(const ViewerPaused&) { buffer_.pause(); }

void StreamingSession::on(const ViewerResumed&) {
  buffer_.resume();
  // Who has paused for a while wants to see what they have left.
  const auto behind = latency();
  if (behind && *behind > options_.live_delay + at_the_edge) follows_edge_ = false;
  catch_up();
}

void StreamingSession::on(const ViewerSought& event) {
  const MediaTime to =
      tracks_->live ? into_window(event.to) : std::clamp(event.to, MediaTime{}, buffer_.end());
  const bool here = in_buffer(event, to);
  if (live_edge_ > MediaTime{}) follows_edge_ = to + at_the_edge >= into_window(MediaTime::max());
  if (here)
    jump_to(to);
  else
    go_to(to);
}

void StreamingSession::jump_to(MediaTime to) {
  level_when_lent_.reset();
  buffer_.jump(to);
  to_seek_ = SeekPlayback{.position = buffer_.position(), .keep_media = true};
  if (hole_ahead_ && buffer_.position() >= buffer_.hole().end) leave_hole();
}

void StreamingSession::go_to(MediaTime to) {
  to_seek_ = SeekPlayback{.position = to, .keep_media = false};
  level_when_lent_.reset();
  buffer_.seek(to);
  behind_hole_ = {};
  hole_ahead_ = false;
  crossed_to_ = {};
  for (const TrackKind kind : all_kinds) {
    TrackScheduler* track = scheduler(kind);
    if (track == nullptr) continue;
    if (track->running()) cancel_running(kind);
    track->seek(track->track().find(to));
    if (track->finished() && !tracks_->live) buffer_.append(kind, track->track().end());
    leave_gap(kind);
  }
  out_of_segments_ = false;
  policy_->on_seek();
}

void StreamingSession::on(const ViewerPinned& event) {
  pinned_ = event.representation;
  // A choice that only waits for its time is made anew; a retry waits on.
  TrackScheduler& track = *scheduler(main_track());
  if (!track.running() && track.attempt() == 1) track.undecide();
}

void StreamingSession::on(const ViewerChangedSpeed& event) {
  buffer_.set_speed(event.speed);
  told_speed_ = event.speed;
}

void StreamingSession::on(const ViewerLeft&) { finish(EndReason::viewer_left); }

bool StreamingSession::in_buffer(const ViewerSought& event, MediaTime to) const {
  const MediaTime position = buffer_.position();
  if (to < std::min(position, event.held_from.value_or(position))) return false;
  // Between there and what was left out nothing leads on.
  if (to < crossed_to_) return false;
  return std::ranges::all_of(all_kinds, [&](TrackKind kind) {
    const TrackScheduler* track = scheduler(kind);
    // A track that is there to its end holds nothing up behind it.
    return track == nullptr || (track->finished() && !tracks_->live) ||
           to < buffer_.buffered_end(kind);
  });
}

TrackScheduler* StreamingSession::scheduler(TrackKind kind) {
  return schedulers_[slot(kind)].get();
}

const TrackScheduler* StreamingSession::scheduler(TrackKind kind) const {
  return schedulers_[slot(kind)].get();
}

TrackScheduler* StreamingSession::running_track(TransferId transfer) const {
  for (const auto& track : schedulers_)
    if (track != nullptr && track->running() && track->running()->transfer == transfer)
      return track.get();
  return nullptr;
}

bool StreamingSession::more_to_come() const {
  return !out_of_segments_ && std::ranges::any_of(schedulers_, [](const auto& track) {
    return track != nullptr && !track->finished();
  });
}

TrackScheduler* StreamingSession::track_to_ask() const {
  TrackScheduler* chosen = nullptr;
  if (out_of_segments_) return chosen;
  // A viewer who has seen nothing yet waits for the picture. Later the sound, which is small, must
  // not wait behind pictures that are late.
  const PlaybackState state = buffer_.state();
  const bool unseen = state == PlaybackState::starting || state == PlaybackState::seeking;
  const bool in_chunks = options_.live_chunks && tracks_->live;
  const Duration lead = unseen || in_chunks ? Duration::zero() : alike;
  for (const auto& track : schedulers_) {
    if (track == nullptr) continue;
    if (track->running() && !track->running()->growing) return nullptr;
    if (track->running() || track->finished() || behind_hole_[slot(track->kind())]) continue;
    if (chosen == nullptr ||
        buffer_.buffered_end(track->kind()) < buffer_.buffered_end(chosen->kind()) + lead)
      chosen = track.get();
  }
  return chosen;
}

Timestamp StreamingSession::may_fetch_at(const TrackScheduler& track) const {
  return std::max(track.not_before(), buffer_.falls_to(track.kind(), room(track)));
}

Duration StreamingSession::room(const TrackScheduler& track) const {
  if (options_.capacity_rule == CapacityRule::level) return options_.buffer_capacity;
  return options_.buffer_capacity - track.next_duration();
}

TrackScheduler* StreamingSession::track_due() const {
  TrackScheduler* const track = track_to_ask();
  return track != nullptr && may_fetch_at(*track) <= now_ ? track : nullptr;
}

TrackScheduler* StreamingSession::track_to_fetch() {
  TrackScheduler* const due = track_due();
  if (due == nullptr) return track_to_upgrade();

  TrackScheduler& track = *due;
  if (!track.decided()) {
    abr::Decision decision = choose(track);
    if (!decision.replaces && track.excluded(decision.representation))
      decision.representation =
          track.alternative(decision.representation).value_or(decision.representation);
    const SegmentNumber wanted = decision.replaces.value_or(track.next());
    RUNG_CHECK(wanted >= 0 && wanted <= track.next() &&
               decision.representation < track.track().ladder(wanted).size());
    RUNG_CHECK(!decision.replaces || (track.kind() == main_track() && wanted < track.next() &&
                                      track.track().start(wanted) >= buffer_.position()));
    Timestamp not_before = decision.not_before;
    // A wait never outlasts the buffer.
    if (not_before > now_)
      not_before =
          std::min(not_before, now_ + buffer_.speed().time_for(buffer_.level(track.kind())));
    track.decide(decision, not_before);
    if (not_before > now_) return track_to_upgrade();
  }
  return due;
}

void StreamingSession::begin_fetch(TrackScheduler& track, FetchSegment& request) {
  const abr::Decision& decision = *track.decided();
  const Duration level = buffer_.level(track.kind());
  const Cadence reports = cadence(track, decision);
  if (track.kind() == main_track()) level_when_lent_.reset();
  last_transfer_ = last_transfer_.next();
  request.transfer = last_transfer_;
  request.track = track.kind();
  request.segment = decision.replaces.value_or(track.next());
  request.representation = decision.representation;
  request.with_init = track.needs_init(request.segment, request.representation);
  request.attempt = track.attempt();
  request.growing = is_growing(track.kind());
  request.first_progress = reports.first;
  request.first_progress_early = reports.first_early;
  request.progress_every = reports.every;
  request.reason = decision.reason;
  if (forecast_) request.forecast = forecast_->throughput;
  request.buffer_level = level;
  all_asked_ = !request.growing;
  track.started(request, now_);
}

abr::DecisionContext StreamingSession::context(const TrackScheduler& track) const {
  abr::DecisionContext context = context_in_real_time(track);
  context.buffer_level = buffer_.level(track.kind());
  if (track.kind() == main_track() && level_when_lent_)
    context.lent = std::max(*level_when_lent_ - context.buffer_level, Duration::zero());
  // A policy weighs media against transfers. At twice the speed a link carries half as much of it.
  const Speed speed = buffer_.speed();
  if (context.forecast && speed != Speed()) {
    context.forecast->throughput = std::max(
        scaled(context.forecast->throughput, 100.0 / speed.percent()), BitRate::bits_per_second(1));
    context.forecast->latency = speed.media_in(context.forecast->latency);
  }
  return context;
}

abr::DecisionContext StreamingSession::context_in_real_time(const TrackScheduler& track) const {
  return {.now = now_,
          .track = track.track(),
          .segment = track.next(),
          .buffer = buffer_,
          .buffer_level = buffer_.speed().time_for(buffer_.level(track.kind())),
          .buffer_capacity = options_.buffer_capacity,
          .previous = track.previous(),
          .forecast = forecast_};
}

abr::Decision StreamingSession::choose(const TrackScheduler& track) {
  if (!held_.empty())
    if (const auto held = held_representation(track))
      return {.representation = *held, .reason = abr::Reason::prefetched};
  const abr::DecisionContext situation = context(track);
  if (track.kind() != main_track()) return abr::choose_audio(situation);
  if (pinned_) {
    const std::size_t top = situation.track.ladder(situation.segment).size() - 1;
    return {.representation = std::min(*pinned_, top), .reason = abr::Reason::fixed};
  }
  return choose(situation);
}

abr::Decision StreamingSession::choose(const abr::DecisionContext& situation) {
  abr::Decision decision = policy_->choose(situation);
  const bool beginning = !situation.previous && situation.buffer_level == Duration::zero();
  // A policy that always says the same is not second-guessed, nor is one from outside.
  if (!beginning || options_.policy_starts || decision.reason == abr::Reason::fixed ||
      decision.reason == abr::Reason::external)
    return decision;
  abr::DecisionContext first = situation;
  if (!first.forecast && options_.expected_throughput)
    first.forecast = abr::Forecast{.throughput = *options_.expected_throughput};
  decision = abr::choose_startup(first, options_.startup_delay_target);
  return decision;
}

std::optional<RepresentationIndex> StreamingSession::held_representation(
    const TrackScheduler& track) const {
  for (const HeldSegment& held : held_)
    if (held.track == track.kind() && held.segment == track.next() &&
        held.representation < track.track().ladder(held.segment).size() &&
        !track.excluded(held.representation))
      return held.representation;
  return std::nullopt;
}

void StreamingSession::cancel_running(TrackKind kind) {
  const Running& running = *scheduler(kind)->running();
  to_cancel_[slot(kind)] = running.transfer;
  counts_.discarded += running.received;
  if (running.first_byte && running.received >= least_sample)
    observe(kind, {.requested = running.requested,
                   .first_byte = *running.first_byte,
                   .completed = now_,
                   .size = running.received});
  retract_growing(kind);
}

void StreamingSession::observe(TrackKind kind, const abr::TransferSample& sample) {
  // Small audio transfers say little about the link; they count until something better comes.
  if (kind == main_track() || !forecast_) {
    estimator_->observe(sample);
    forecast_ = estimator_->forecast();
  }
  if (kind == main_track()) policy_->observe(sample);
}

void StreamingSession::finish(EndReason reason) { end_ = reason; }

TrackKind StreamingSession::main_track() const {
  return tracks_->video ? TrackKind::video : TrackKind::audio;
}

}  // namespace rung::session
