#include "player/player.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/check.h"
#include "media/url_policy.h"
#include "player/clock_text.h"
#include "player/title_loader.h"
#include "player/wall_clock.h"
#include "session/run.h"

namespace rung::player {
namespace {

using media::TrackKind;

/// The output may lag so far behind the session's idea of the end.
constexpr Duration longest_farewell = std::chrono::seconds(3);
/// So many times its bandwidth is all the throughput that a segment has use for.
constexpr std::int64_t enough_for_a_segment = 5;
/// Lengths that differ by no more are of one title.
constexpr Duration same_title = std::chrono::seconds(1);

/// However small the buffer is, playback goes on with no less behind a stall.
constexpr Duration least_resume_level = std::chrono::milliseconds(500);

/// `options` as they suit a buffer that cannot hold a segment and what playback usually goes on
/// with behind a stall: it goes on with less.
session::SessionOptions fitted(session::SessionOptions options, const media::Tracks& tracks) {
  Duration longest{};
  for (const auto* track : {&tracks.video, &tracks.audio})
    if (*track) longest = std::max(longest, (*track)->longest_duration());
  const Duration rest = options.buffer_capacity - longest;
  if (rest >= least_resume_level) options.resume_level = std::min(options.resume_level, rest);
  return options;
}

/// Milliseconds since 1970 at the loop's zero.
std::int64_t epoch_ms(const EventLoop& loop) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(wall - loop.now().time_since_epoch())
      .count();
}

}  // namespace

template <session::SessionEnvironment E>
class Player::PublishingEnvironment {
 public:
  PublishingEnvironment(Player& player, E& environment)
      : player_(player), environment_(environment) {}

  void start(const session::Request& request) {
    player_.monitor_->asked(request);
    environment_.start(request);
  }
  [[nodiscard]] session::Event wait(Timestamp until) {
    player_.publish_status();
    session::Event event = environment_.wait(until);
    if (std::holds_alternative<session::ViewerChangedAudio>(event)) player_.audio_changed();
    player_.monitor_->told(event, player_.environment_->last_failure());
    return event;
  }

 private:
  Player& player_;
  E& environment_;
};

Player::Player(PlayerOptions options)
    : options_(std::move(options)), client_(loop_, options_.http) {}

Player::~Player() = default;

Expected<std::unique_ptr<Player>> Player::open(PlayerOptions options,
                                               std::unique_ptr<abr::Policy> policy,
                                               std::unique_ptr<abr::ThroughputEstimator> estimator,
                                               const std::stop_token& stop) {
  std::unique_ptr<Player> player(new Player(std::move(options)));
  if (auto loaded = player->load(stop); !loaded) return tl::unexpected<Error>(loaded.error());
  if (auto opened = player->open_output(); !opened) return tl::unexpected<Error>(opened.error());
  player->begin_session(std::move(policy), std::move(estimator));
  return player;
}

Expected<void> Player::load(const std::stop_token& stop) {
  if (options_.prepared) options_.loaded = options_.prepared->loaded;
  if (options_.loaded) {
    client_.serve_title(options_.url);
    client_.confine(media::UrlPolicy(options_.loaded->manifest_url), options_.loaded->addresses);
  } else {
    auto title = TitleLoader(loop_, client_, {}, options_.kept).load(options_.url, stop);
    if (!title) return tl::unexpected<Error>(title.error());
    options_.loaded = *std::move(title);
    from_disk_ = options_.loaded->from_disk;
  }
  if (auto selected = select_tracks(stop); !selected) return selected;
  const media::Presentation& presentation = selection_->presentation();
  places_.emplace(presentation.places);
  places_->name(presentation.pathways);
  if (selection_->tracks().live) {
    live_ = LiveSource::create(loop_, client_, *options_.loaded, *selection_, selection_options(),
                               options_.latency, *places_);
    options_.session = live_->fitted(options_.session);
  } else {
    options_.session = fitted(options_.session, selection_->tracks());
  }
  find_text();
  monitor_.emplace(selection_->tracks(),
                   SessionMonitor::Settings{.title = media::redacted_url(options_.url),
                                            .policy = options_.policy,
                                            .estimator = options_.estimator,
                                            .buffer_capacity = options_.session.buffer_capacity,
                                            .ahead_record = options_.ahead_record});
  find_audio();
  auto valid = session::validate(options_.session, selection_->tracks());
  if (!valid) return tl::unexpected<Error>(valid.error());
  if (auto found = find_start(); !found) return found;
  if (options_.kept == nullptr || options_.prepared) return {};
  options_.prepared = kept_head(*options_.kept, options_.url, *options_.loaded, *selection_,
                                start_.value_or(MediaTime{}));
  from_disk_ = from_disk_ || options_.prepared != nullptr;
  return {};
}

void Player::find_text() {
  text_.emplace(TextSource::World{.loop = loop_,
                                  .client = client_,
                                  .presentation = options_.loaded->presentation,
                                  .live = live_.get()});
  std::string spoken = options_.audio_language;
  if (selection_->tracks().audio) spoken = selection_->adaptation_set(TrackKind::audio, 0).language;
  text_->choose_wanted(options_.subtitles, spoken);
  ThumbnailSource::World small{
      .loop = loop_, .client = client_, .presentation = options_.loaded->presentation};
  if (live_ && live_->presentation()) small.grown = [this] { return live_->presentation(); };
  if (live_ && live_->playlist() != nullptr) small.beside = [this] { return live_->playlist(); };
  thumbnails_.emplace(std::move(small));
}

Expected<void> Player::find_start() {
  if (!options_.start) return {};
  const StartPlace& asked = *options_.start;
  const MediaTime end = media::end_of(selection_->tracks());
  if (asked.left_of) {
    const Duration difference = *asked.left_of - end;
    if (live_ || difference > same_title || difference < -same_title) return {};
  } else if (live_) {
    return failure(ErrorCode::invalid_argument,
                   "is live: it begins near its live edge, not at a place that is asked for",
                   media::redacted_url(options_.url));
  }
  const auto* share = std::get_if<double>(&asked.place);
  const MediaTime place = share != nullptr
                              ? MediaTime(from_seconds(to_seconds(end.time_since_epoch()) * *share))
                              : std::get<MediaTime>(asked.place);
  if (place >= end)
    return failure(ErrorCode::invalid_argument,
                   "is " + clock_text(end.time_since_epoch()) + " long, so it cannot begin at " +
                       clock_text(place.time_since_epoch()),
                   media::redacted_url(options_.url));
  if (place > MediaTime{}) start_ = place;
  return {};
}

media::TrackSelection::Options Player::selection_options() const {
  media::TrackSelection::Options wishes{.audio_language = options_.audio_language,
                                        .max_height = options_.max_height,
                                        .max_bandwidth = options_.max_bandwidth};
  for (const auto& [id, key] : options_.keys) wishes.key_ids.insert(id);
  return wishes;
}

Expected<void> Player::open_output() {
  const std::string& title = selection_->presentation().title;
  const bool hls = selection_->presentation().format == media::ManifestFormat::hls;
  auto output = MediaOutput::create(
      {.display = options_.display,
       .tracks = selection_->tracks(),
       .grown = [this] { return tracks(); },
       .title = (title.empty() ? media::redacted_url(options_.url) : title) + " - rung",
       .keys = [this] { return keys(); },
       .timestamps = hls ? TimestampOrigin::first_segment : TimestampOrigin::timeline,
       .volume = options_.volume,
       .full_screen = options_.full_screen,
       .session = [this] { return monitor_->snapshot(); },
       .greeting = start_ && options_.start->left_of
                       ? "continues at " + clock_text(start_->time_since_epoch())
                       : std::string(),
       .opened_window = std::move(options_.window),
       .text = &*text_,
       .thumbnails = &*thumbnails_,
       .change_audio = [this](int steps) { return change_audio(steps); },
       .trouble = [this] { return take_trouble(); },
       .sign = options_.sign,
       .up_next = live_ ? std::nullopt : options_.up_next,
       .titles_before = options_.titles_before,
       .titles_behind = options_.titles_behind},
      store_, [this](const OutputReport& report) { take(report); });
  if (!output) return tl::unexpected<Error>(output.error());
  output_ = *std::move(output);
  return {};
}

void Player::begin_session(std::unique_ptr<abr::Policy> policy,
                           std::unique_ptr<abr::ThroughputEstimator> estimator) {
  const media::Tracks& tracks = selection_->tracks();
  session_.emplace(tracks, options_.session, std::move(policy), std::move(estimator));
  std::vector<session::HeldSegment> held;
  if (options_.prepared) held = options_.prepared->held();
  session_->hold(held);
  monitor_->held(held.size());
  begin_prefetching();
  if (options_.log_line) {
    log_.emplace(
        session::SessionSetup{.title = media::redacted_url(options_.url),
                              .policy = options_.policy,
                              .estimator = options_.estimator,
                              .options = options_.session,
                              .tracks = tracks,
                              .held = held},
        epoch_ms(loop_),
        session::SessionLog::Sinks{.line = options_.log_line,
                                   .url =
                                       [this](const session::FetchSegment& request) {
                                         return media::redacted_url(source_of(request).segment.url);
                                       },
                                   .output = [this] { return output_state(); },
                                   .after_another = options_.after_another});
  }
  environment_ = std::make_unique<PlaybackEnvironment>(
      PlaybackEnvironment::World{
          loop_, client_, store_, *output_, tracks, &*ahead_, options_.prepared.get(), &*places_,
          [this](const Error& error) { take_failure(error); },
          [this](const std::string& why) { return sound_lost(why); }, [this] { sound_came(); }},
      [this](const session::FetchSegment& request, PlaybackEnvironment::Located then) {
        locate(request, std::move(then));
      });
  control_.emplace(
      PlayerControl::Target{.post = [this](const session::Event& wish) { tell(wish); },
                            .position = [this] { return output_->statistics().position; },
                            .end = session_->buffer().end()});
  if (selection_->presentation().steering)
    steering_.emplace(loop_, client_, *places_, selection_->presentation(),
                      [this]() -> std::optional<BitRate> {
                        const auto forecast = session_->forecast();
                        if (!forecast) return std::nullopt;
                        return forecast->throughput;
                      });
  text_->begin({.position = [this] { return output_->statistics().position; },
                .waits_for_media = [this] { return waits_for_media(); },
                .offsets = [this] { return output_->timestamp_offsets(); }});
  thumbnails_->begin([this] { return waits_for_media(); });
  // First of all, so that nothing of another place is asked for.
  if (start_) control_->seek(*start_);
  if (live_) {
    control_->seek(live_->join());
    live_->begin(
        {.grew = [this](session::PresentationGrew grew) { environment_->tell(std::move(grew)); },
         .keys = [this](const decode::ContentKeys& more) { take_keys(more); },
         .failed = [this](const Error& error) { take_failure(error); }});
  }
}

void Player::begin_prefetching() {
  ahead_.emplace(loop_, options_.http, selection_options(), options_.next, options_.kept);
  planner_.emplace(options_.leaves);
  std::vector<prefetch::Candidate> candidates;
  for (const NextTitle& next : options_.next) {
    candidates.push_back(candidate_of(next));
    next_names_.push_back(next.name.empty() ? media::redacted_url(next.url) : next.name);
  }
  prefetching_.emplace(
      *session_, candidates.empty() ? nullptr : &*planner_, std::move(candidates),
      [this](std::size_t title) { return ahead_->tracks(title); },
      [this](TransferId transfer) { return environment_->progress_of(transfer); },
      prefetch::PrefetchingSession::Options{
          .metered = options_.metered,
          .budget = options_.metered ? prefetch::metered_budget : prefetch::BudgetLimits{},
          .buffer_capacity = options_.session.buffer_capacity});
}

bool Player::waits_for_media() const {
  const std::lock_guard lock(mutex_);
  return !first_frame_at_ || (status_.state != abr::PlaybackState::playing &&
                              status_.state != abr::PlaybackState::paused);
}

PlayerReport Player::play(const std::stop_token& stop) {
  std::stop_source over;
  {
    const std::stop_callback leave(stop, [this] { control_->stop(); });
    std::jthread session_thread([this, &over] {
      run_session();
      over.request_stop();
    });
    output_->run_on_main_thread(over.get_token());
  }
  PlayerReport report;
  report.session = session_->report();
  report.output = output_->statistics();
  report.most_held = store_.peak();
  for (std::size_t i = 0; i < prefetching_->candidates().size(); ++i)
    report.prepared.push_back(ahead_->take(i));
  report.prefetches = prefetching_->report();
  const SessionSnapshot seen = monitor_->snapshot();
  report.ahead_record = seen.ahead_record;
  report.held = seen.held;
  report.held_used = seen.held_used;
  report.began = start_.value_or(MediaTime{});
  if (!live_) report.end = media::end_of(selection_->tracks());
  if (live_) report.latency_target = options_.session.live_delay;
  report.from_disk = from_disk_;
  report.wanted_subtitles = text_->wanted();
  if (const auto chosen = text_->chosen()) report.subtitles = label_of(text_->tracks(), *chosen);
  report.text = text_->statistics();
  {
    const std::lock_guard lock(audio_mutex_);
    report.wanted_audio = wanted_audio_;
    report.audio_changes = audio_changes_;
    report.audio_trouble = audio_trouble_;
    if (!audio_tracks_.empty()) {
      report.audio = media::label_of(audio_tracks_, audio_track_);
      report.audio_language = audio_tracks_[audio_track_].language;
    }
  }
  const std::lock_guard lock(mutex_);
  report.first_frame_at = first_frame_at_;
  report.failure = failure_;
  report.throughput = status_.throughput;
  report.titles_on = titles_on_;
  report.forget_place = forget_place_;
  report.next_refused = next_refused_;
  report.cues_shown = cues_shown_;
  report.window = output_->window();
  if (!report.failure && report.session.end == session::EndReason::network_failure) {
    std::string why = environment_->last_failure();
    if (why.empty()) why = "a segment did not arrive in time";
    const abr::PlaybackBuffer& buffer = session_->buffer();
    if (buffer.state() == abr::PlaybackState::playing && buffer.level() > Duration::zero())
      why = "playback stands still, and what comes next is not to be had: " + why;
    report.failure = Error{ErrorCode::network, why, {}};
  }
  return report;
}

PlayerStatus Player::status() const {
  PlayerStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
    status.first_frame_shown = first_frame_at_.has_value();
  }
  const MediaOutputStatistics output = output_->statistics();
  status.position = output.position;
  status.height = output.picture_height;
  const auto now = tracks();
  const auto& video = now->video;
  if (video && output.frames_presented > 0) {
    const SegmentNumber last = video->segment_count() - 1;
    const auto ladder = video->ladder(video->find(output.position).value_or(last));
    if (output.representation < ladder.size())
      status.representation = ladder[output.representation];
  }
  return status;
}

void Player::run_session() {
  if (log_) {
    session::RecordingEnvironment recording(*environment_, *session_, *log_);
    PublishingEnvironment publishing(*this, recording);
    session::run(*prefetching_, publishing);
    log_->finished(session_->report());
  } else {
    PublishingEnvironment publishing(*this, *environment_);
    session::run(*prefetching_, publishing);
  }
  publish_status();
  store_.close();
  if (session_->report().end != session::EndReason::played_out) return;
  std::unique_lock lock(mutex_);
  output_ended_.wait_for(lock, longest_farewell, [this] { return output_has_ended_; });
}

void Player::publish_status() {
  monitor_->updated(*session_);
  if (!next_names_.empty()) monitor_->looked_ahead(*prefetching_, next_names_);
  const abr::PlaybackBuffer& buffer = session_->buffer();
  const auto forecast = session_->forecast();
  const std::lock_guard lock(mutex_);
  status_.state = buffer.state();
  status_.end = media::end_of(session_->tracks());
  status_.buffer_level = buffer.level();
  status_.throughput = forecast ? std::optional(forecast->throughput) : std::nullopt;
}

session::OutputState Player::output_state() const {
  const MediaOutputStatistics output = output_->statistics();
  session::OutputState state;
  state.height = output.picture_height;
  state.frames = output.frames_presented;
  state.dropped = output.frames_dropped;
  if (output.frames_presented > 0) state.shown = output.representation;
  return state;
}

std::shared_ptr<const media::Tracks> Player::tracks() const {
  if (live_) return live_->tracks();
  auto now = selection();
  return {now, &now->tracks()};
}

PlaybackEnvironment::Source Player::source_of(const session::FetchSegment& request) const {
  if (live_) return live_->source_of(request);
  const auto now = selection();
  const media::Representation& representation =
      now->representation(request.track, request.segment, request.representation);
  const SegmentNumber index = now->tracks().of(request.track)->place(request.segment).index;
  return {.segment = representation.resource(index),
          .init = representation.init,
          .encryption = representation.encryption_of(index),
          .init_encryption = representation.init_encryption,
          .listed_in = representation.playlist};
}

void Player::locate(const session::FetchSegment& request, PlaybackEnvironment::Located then) {
  const auto with_facts = [this, request, then = std::move(then)](
                              tl::expected<PlaybackEnvironment::Source, HttpFailure> source) {
    if (source && options_.http.cmcd != CmcdMode::off)
      source->cmcd = cmcd_of(request, source->segment);
    then(std::move(source));
  };
  if (live_) return live_->locate(request, with_facts);
  with_facts(source_of(request));
}

Cmcd Player::cmcd_of(const session::FetchSegment& request, const media::Resource& segment) const {
  const auto known = tracks();
  const media::Track& track = *known->of(request.track);
  const media::Presentation& presentation = selection_->presentation();
  const bool video = request.track == TrackKind::video;
  const bool muxed =
      video && selection_->adaptation_set(request.track, live_ ? 0 : request.segment).is_muxed;
  const std::span<const BitRate> ladder = track.ladder(request.segment);
  Cmcd facts{.object = muxed   ? Cmcd::Object::muxed
                       : video ? Cmcd::Object::video
                               : Cmcd::Object::audio,
             .bandwidth = ladder[request.representation],
             .top_bandwidth = ladder.back(),
             .duration = track.duration(request.segment),
             .buffer_level = request.buffer_level,
             .deadline = request.buffer_level,
             .throughput = request.forecast,
             .format = presentation.format == media::ManifestFormat::hls ? 'h' : 'd',
             .stream_type = presentation.type == media::PresentationType::live ? 'l' : 'v'};
  facts.enough_throughput = BitRate::bits_per_second(
      ladder[request.representation].bits_per_second() * enough_for_a_segment);
  // The same representation, as long as nothing else is known. What a live presentation goes on
  // with is not known.
  if (const SegmentNumber next = request.segment + 1;
      !live_ && next < track.segment_count() && request.representation < track.ladder(next).size())
    facts.next_object = relative_reference(
        segment.url, selection()->resource_of(request.track, next, request.representation).url);
  return facts;
}

void Player::take(const OutputReport& report) {
  std::visit(
      [this](const auto& fact) {
        using Fact = std::decay_t<decltype(fact)>;
        if constexpr (std::is_same_v<Fact, PlayheadMoved>) {
          environment_->post(session::PlayheadObserved{{}, fact.position});
        } else if constexpr (std::is_same_v<Fact, FirstFrame>) {
          take_arrival(fact);
        } else if constexpr (std::is_same_v<Fact, PlayedOut>) {
          environment_->post(session::PlayheadObserved{{}, fact.position});
          end_output();
        } else if constexpr (std::is_same_v<Fact, OutputFailed>) {
          take_failure(fact.error);
        } else if constexpr (std::is_same_v<Fact, ViewerWantsPause>) {
          control_->pause();
        } else if constexpr (std::is_same_v<Fact, ViewerWantsResume>) {
          control_->resume();
        } else if constexpr (std::is_same_v<Fact, ViewerWantsSeek>) {
          control_->seek(fact.to);
        } else if constexpr (std::is_same_v<Fact, ViewerWantsRung>) {
          control_->pin(fact.representation);
        } else if constexpr (std::is_same_v<Fact, ViewerWantsSpeed>) {
          control_->set_speed(fact.speed);
        } else if constexpr (std::is_same_v<Fact, CuesChanged>) {
          take_cues(fact);
        } else if constexpr (std::is_same_v<Fact, ViewerRefusesNext>) {
          const std::lock_guard lock(mutex_);
          next_refused_ = true;
        } else {
          static_assert(std::is_same_v<Fact, ViewerWantsQuit>);
          {
            const std::lock_guard lock(mutex_);
            titles_on_ = fact.titles;
            forget_place_ = fact.forget_place;
          }
          control_->stop();
        }
      },
      report);
}

void Player::tell(const session::Event& wish) {
  if (std::holds_alternative<session::ViewerSought>(wish)) {
    const std::lock_guard lock(mutex_);
    output_has_ended_ = false;
  }
  environment_->post(wish);
  if (std::holds_alternative<session::ViewerLeft>(wish)) end_output();
}

void Player::take_arrival(const FirstFrame& frame) {
  const Timestamp now = loop_.now();
  control_->arrived(frame.seeks);
  {
    const std::lock_guard lock(mutex_);
    if (!first_frame_at_) first_frame_at_ = now;
  }
  // The log is the session thread's.
  if (log_) loop_.post([this, frame, now] { log_->shown(now, frame.position, frame.seeks); });
}

void Player::take_cues(const CuesChanged& changed) {
  if (!changed.text.empty()) {
    const std::lock_guard lock(mutex_);
    ++cues_shown_;
  }
  if (!options_.log_line) return;
  nlohmann::ordered_json line{{"t", static_cast<double>(since_1970().count()) / 1e6},
                              {"ev", "cue"},
                              {"pos", to_seconds(changed.position.time_since_epoch())},
                              {"text", changed.text}};
  // The log is the session thread's.
  loop_.post([this, text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)] {
    options_.log_line(text);
  });
}

void Player::take_failure(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
  }
  control_->stop();
}

void Player::end_output() {
  // Told with the lock: whoever waits may end the player as soon as it is free.
  const std::lock_guard lock(mutex_);
  output_has_ended_ = true;
  output_ended_.notify_all();
}

}  // namespace rung::player
