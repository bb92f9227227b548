#include "prefetch/prefetching_session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/check.h"
#include "core/limits.h"
#include "prefetch/shadow_price.h"
#include "prefetch/transfer_end.h"

namespace rung::prefetch {

namespace {

using session::Event;
using session::Request;

/// A prefetch that takes longer is not waited for.
constexpr Duration longest_forecast = std::chrono::seconds(5);

/// The title waits for no less, which is more than what rounding leaves of a wait that is over.
constexpr Duration least_wait = std::chrono::milliseconds(1);

/// Setbacks with one title, after which it is left alone.
constexpr int most_setbacks = 8;

}  // namespace

PrefetchingSession::PrefetchingSession(session::StreamingSession& title, Policy* policy,
                                       std::vector<Candidate> candidates, Reveal reveal,
                                       ProgressOf progress_of, const Options& options)
    : title_(title),
      policy_(policy),
      candidates_(std::move(candidates)),
      reveal_(std::move(reveal)),
      progress_of_(std::move(progress_of)),
      options_(options),
      budget_(options.budget) {
  candidates_.resize(std::min(candidates_.size(), limits::prefetched_titles));
  fetched_.resize(candidates_.size());
}

void PrefetchingSession::handle(const Event& event) {
  now_ = session::time_of(event);
  look_again_ = Timestamp::max();
  if (const auto* progress = std::get_if<session::TransferProgressed>(&event);
      progress != nullptr && of_prefetch(progress->transfer)) {
    running_received_ = progress->received;
  } else if (const auto* done = std::get_if<session::TransferCompleted>(&event);
             done != nullptr && of_prefetch(done->transfer)) {
    completed(*done);
  } else if (const auto* failed = std::get_if<session::TransferFailed>(&event);
             failed != nullptr && of_prefetch(failed->transfer)) {
    running_received_ = failed->received;
    ++report_.failures;
    fetched_[running_->title].setbacks = most_setbacks;  // It would fail again.
    set_back();
  } else {
    if (done != nullptr || failed != nullptr) --title_transfers_;
    title_.handle(event);
    return;
  }
  // The title learns but that time has passed.
  title_.handle(session::TimeReached{now_});
}

std::optional<Request> PrefetchingSession::next_request() {
  if (ended()) return std::nullopt;
  if (to_cancel_) {
    to_cancel_ = false;
    return session::CancelTransfer{transfer_};
  }
  if (running_ && title_transfers_ > 0 && now_ >= give_up_at_) {
    ++report_.cancelled;
    set_back();
    has_waited_ = true;  // Another one would come no sooner.
    return session::CancelTransfer{transfer_};
  }
  if (held_up_) return std::exchange(held_up_, std::nullopt);
  if (title_.choice_pending()) {
    if (title_waits_until() > now_) {
      title_.lend_link();
      return std::nullopt;
    }
    if (!running_ && !has_waited_ && title_transfers_ == 0 && policy_ != nullptr) {
      if (const auto wish = choose()) {
        has_waited_ = true;
        title_.lend_link();
        return start(*wish);
      }
    }
  }
  if (auto request = title_.next_request()) {
    if (std::holds_alternative<session::CancelTransfer>(*request)) --title_transfers_;
    const auto* fetch = std::get_if<session::FetchSegment>(&*request);
    if (fetch == nullptr) return request;
    ++title_transfers_;
    has_waited_ = false;
    foresee_end(*fetch);
    if (!running_ || nearly_over()) return request;
    ++report_.cancelled;
    set_back();
    held_up_ = std::move(request);
    return session::CancelTransfer{transfer_};
  }
  if (running_ || policy_ == nullptr) return std::nullopt;
  if (title_transfers_ > 0) {
    if (!may_ask_ahead()) return std::nullopt;
    if (title_ends_->look_at() <= now_) look_at_transfer();
    if (!may_ask_ahead() || title_ends_->ask_at() > now_) return std::nullopt;
    has_waited_ = true;
  }
  const auto wish = choose();
  if (!wish) return std::nullopt;
  return start(*wish);
}

Timestamp PrefetchingSession::wake_at() const {
  // While the title waits it would be woken at once; its buffer lasts longer than that.
  if (title_.choice_pending())
    if (const Timestamp until = title_waits_until(); until > now_) return until;
  const Timestamp give_up = running_ && title_transfers_ > 0 ? give_up_at_ : Timestamp::max();
  const Timestamp ahead = !running_ && may_ask_ahead()
                              ? std::min(title_ends_->look_at(), title_ends_->ask_at())
                              : Timestamp::max();
  return std::min({title_.wake_at(), look_again_, give_up, ahead});
}

void PrefetchingSession::foresee_end(const session::FetchSegment& request) {
  title_ends_.reset();
  const auto forecast = title_.forecast();
  if (policy_ == nullptr || candidates_.empty() || !forecast || title_.tracks().live) return;
  const media::Track& track = *title_.tracks().of(request.track);
  title_ends_.emplace(request, track.size(request.segment, request.representation), *forecast,
                      now_);
}

void PrefetchingSession::look_at_transfer() {
  if (const auto progress = progress_of_(title_ends_->transfer()))
    title_ends_->looked(*progress);
  else
    title_ends_.reset();
}

bool PrefetchingSession::may_ask_ahead() const {
  return title_transfers_ == 1 && title_ends_ && !has_waited_;
}

Timestamp PrefetchingSession::title_waits_until() const {
  if (!running_ || now_ >= asks_from_) return now_;
  const Duration wait = longest_wait_now();
  return wait < least_wait ? now_ : std::min(asks_from_, now_ + wait);
}

bool PrefetchingSession::nearly_over() const {
  return now_ >= asks_from_ && now_ < give_up_at_ && longest_wait_now() >= least_wait;
}

Duration PrefetchingSession::longest_wait_now() const {
  // A seek may have emptied the buffer, and another speed may drain it sooner.
  const auto situation = view();
  return situation ? longest_wait(*situation) : Duration::zero();
}

void PrefetchingSession::guess(std::span<const Candidate> candidates) {
  RUNG_CHECK(candidates.size() >= candidates_.size());
  std::copy_n(candidates.begin(), candidates_.size(), candidates_.begin());
  if (!running_ || policy_ == nullptr) return;
  const auto situation = view();
  const auto wishes = situation ? policy_->wishes(*situation) : std::vector<Wish>{};
  if (std::ranges::any_of(wishes, [&](const Wish& wish) { return wish.same_as(*running_); }))
    return;
  ++report_.cancelled;
  set_back();
  to_cancel_ = true;
}

std::optional<View> PrefetchingSession::view() const {
  const auto forecast = title_.forecast();
  if (!forecast) return std::nullopt;
  Timestamp next = title_.next_fetch_at();
  abr::PlaybackBuffer buffer = title_.buffer();
  if (title_transfers_ > 0 && title_ends_ && !running_) {
    // As it will be when the title's transfer is over.
    const media::Track& track = *title_.tracks().of(title_ends_->track());
    const SegmentNumber segment = title_ends_->segment();
    const Timestamp ends = std::max(title_ends_->at(), now_);
    buffer.advance(ends);
    buffer.append(title_ends_->track(), track.start(segment) + track.duration(segment));
    next = Timestamp::max();
    for (const media::TrackKind kind : {media::TrackKind::video, media::TrackKind::audio})
      if (const auto& each = title_.tracks().of(kind);
          each && buffer.buffered_end(kind) < each->end())
        next = std::min(next,
                        buffer.falls_to(kind, options_.buffer_capacity - each->longest_duration()));
  }
  const Speed speed = buffer.speed();
  return View{.now = now_,
              .candidates = candidates_,
              .fetched = fetched_,
              .forecast = *forecast,
              .buffer_level = speed.time_for(buffer.level()),
              .buffer_capacity = speed.time_for(options_.buffer_capacity),
              .free_for = next == Timestamp::max() ? Duration::max() : next - now_,
              .live = title_.tracks().live,
              .metered = options_.metered,
              .position = title_.buffer().position().time_since_epoch(),
              .received = title_.report().received,
              .spent = report_.received + report_.discarded};
}

std::optional<Wish> PrefetchingSession::choose() {
  const auto situation = view();
  if (!situation) return std::nullopt;
  for (const Wish& wish : policy_->wishes(*situation)) {
    if (fetched_[wish.title].setbacks >= most_setbacks) continue;
    const Timestamp at = budget_.affordable_at(wish.size, now_);
    if (at <= now_) return wish;
    look_again_ = std::min(look_again_, at);
  }
  return std::nullopt;
}

Request PrefetchingSession::start(const Wish& wish) {
  const auto situation = view();
  transfer_ = transfer_.next();
  running_ = wish;
  running_received_ = ByteCount();
  constexpr int patience = 2;
  const Duration forecast = forecast_time(situation->forecast, wish.size);
  give_up_at_ =
      now_ + std::min(longest_wait(*situation), std::min(forecast, longest_forecast) * patience);
  const Duration beside = time_beside(situation->forecast, wish.size);
  asks_from_ = std::min(give_up_at_, now_ + std::min(beside, longest_forecast));
  return request_of(wish, transfer_, title_.buffer().level());
}

void PrefetchingSession::completed(const session::TransferCompleted& event) {
  const Wish wish = *std::exchange(running_, std::nullopt);
  Fetched& title = fetched_[wish.title];
  keep(title, wish, event.size);
  report_.received += event.size;
  ++report_.transfers;
  budget_.spend(event.size, now_);
  if (wish.stage == Stage::manifest) {
    title.tracks = reveal_(wish.title);
    if (title.tracks == nullptr) title.setbacks = most_setbacks;
  }
}

void PrefetchingSession::set_back() {
  ++fetched_[running_->title].setbacks;
  report_.discarded += running_received_;
  budget_.spend(running_received_, now_);
  budget_.give_back(running_received_);
  running_.reset();
}

}  // namespace rung::prefetch
