#include "player/playback_environment.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "core/check.h"
#include "core/limits.h"
#include "media/decode/content_keys.h"
#include "media/url_policy.h"

namespace rung::player {
namespace {

using media::TrackKind;
using session::Event;
using session::PlaceRule;

/// Segments are encrypted whole, and not sample by sample.
bool is_whole(const media::Encryption& encryption) { return encryption.method == "AES-128"; }

session::Failure failure_of(const HttpFailure& failed) {
  return {.kind = failed.kind, .http_status = failed.status};
}

std::optional<TransferId> transfer_of(const Event& event) {
  if (const auto* progress = std::get_if<session::TransferProgressed>(&event))
    return progress->transfer;
  if (const auto* media = std::get_if<session::MediaArrived>(&event)) return media->transfer;
  if (const auto* completed = std::get_if<session::TransferCompleted>(&event))
    return completed->transfer;
  if (const auto* failed = std::get_if<session::TransferFailed>(&event)) return failed->transfer;
  return std::nullopt;
}

}  // namespace

PlaybackEnvironment::PlaybackEnvironment(const World& world, Resolver resolver)
    : world_(world), tracks_(world.tracks), resolver_(std::move(resolver)), keys_(world.client) {
  keep_behind(MediaTime{});
}

PlaybackEnvironment::~PlaybackEnvironment() {
  while (!transfers_.empty()) drop(transfers_.begin());
}

void PlaybackEnvironment::start(const session::Request& request) {
  std::visit([this](const auto& wish) { on(wish); }, request);
}

Event PlaybackEnvironment::wait(Timestamp until) {
  for (;;) {
    take_posted();
    if (events_.empty()) {
      world_.loop.run_until(until, [this] { return !events_.empty() || has_posted_; });
      take_posted();
    }
    // Told in the order of time, although `until` may be over when something else has happened.
    const bool woken_first = events_.empty() || until < session::time_of(events_.front());
    if (woken_first && (events_.empty() || until > last_told_)) {
      last_told_ = events_.empty() ? stamp() : until;
      return session::TimeReached{last_told_};
    }
    Event event = std::move(events_.front());
    events_.pop_front();
    const auto* observed = std::get_if<session::PlayheadObserved>(&event);
    if (observed != nullptr && !believable(*observed)) continue;
    if (observed != nullptr) keep_behind(observed->position);
    if (const auto* grew = std::get_if<session::PresentationGrew>(&event))
      tracks_.grow(grew->growth);
    if (const auto* changed = std::get_if<session::ViewerChangedAudio>(&event)) {
      tracks_.replace(TrackKind::audio, changed->track);
      world_.store.forget(TrackKind::audio);
      inits_.forget(TrackKind::audio);
      audio_changed_ = audio_is_new_ = true;
    }
    if (auto* sought = std::get_if<session::ViewerSought>(&event)) sought->held_from = held_from();
    if (std::holds_alternative<session::ViewerPaused>(event)) paused_ = true;
    if (std::holds_alternative<session::ViewerResumed>(event)) paused_ = false;
    if (const auto* changed = std::get_if<session::ViewerChangedSpeed>(&event))
      speed_ = changed->speed;
    last_told_ = session::time_of(event);
    return event;
  }
}

void PlaybackEnvironment::post(Event event) {
  {
    const std::lock_guard lock(posted_mutex_);
    if (std::holds_alternative<session::PlayheadObserved>(event) && !posted_.empty() &&
        std::holds_alternative<session::PlayheadObserved>(posted_.back())) {
      posted_.back() = event;
    } else {
      posted_.push_back(event);
    }
    has_posted_ = true;
  }
  world_.loop.post([] {});  // Wakes the loop.
}

void PlaybackEnvironment::tell(Event event) {
  take_posted();
  const Timestamp at = stamp();
  std::visit([at](auto& fact) { fact.at = at; }, event);
  events_.push_back(std::move(event));
}

void PlaybackEnvironment::on(const session::FetchSegment& request) {
  const TransferId id = request.transfer;
  RUNG_CHECK(!transfers_.contains(id));
  if (request.purpose == session::Purpose::prefetch) {
    RUNG_CHECK(world_.ahead != nullptr);
    world_.ahead->begin(request, [this](Event event) { tell(std::move(event)); });
    return;
  }
  if (hand_over(request)) return;
  if (const auto before = given_up_.extract(request.track);
      before && before.mapped().segment == request.segment &&
      before.mapped().attempt < request.attempt) {
    last_failure_ = before.mapped().url + ": did not arrive in time";
    if (leaves_sound(request, {.kind = session::FailureKind::timeout}, last_failure_)) return;
  }
  Transfer& transfer = transfers_[id];
  transfer.request = request;
  transfer.requested = world_.loop.now();
  world_.store.begin(id, request.track, request.segment, request.representation);
  transfer.progress_due = transfer.requested + request.first_progress;
  transfer.progress_timer =
      world_.loop.call_at(transfer.progress_due, [this, id] { report_progress(id); });
  resolver_(request, [this, id](tl::expected<Source, HttpFailure> source) {
    located(id, std::move(source));
  });
}

void PlaybackEnvironment::located(TransferId id, tl::expected<Source, HttpFailure> source) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  if (!source) return fail(found, source.error());
  Transfer& transfer = found->second;
  const session::FetchSegment& request = transfer.request;
  const std::optional<media::Track>& track = tracks_->of(request.track);
  RUNG_CHECK(track);
  const std::size_t part = track->place(request.segment).part;
  // All at once: the init segment and the key cost no round trip of their own.
  Cmcd cmcd = with_state(std::move(source->cmcd));
  transfer.parts = std::move(source->parts);
  transfer.listed_in = std::move(source->listed_in);
  // Other keys than those that are just fetched the viewer has to have.
  if (source->encryption && source->encryption->key_format == "identity")
    want_key(id, &Transfer::segment, *source->encryption);
  transfer.segment.exchange =
      fetch(id, &Transfer::segment,
            {.resource = std::move(source->segment), .limit = limits::segment_size, .cmcd = cmcd});
  if (source->init && !world_.store.init(request.track, part, request.representation)) {
    cmcd.object = Cmcd::Object::init;
    cmcd.duration.reset();
    cmcd.next_object.clear();
    if (source->init_encryption && is_whole(*source->init_encryption))
      want_key(id, &Transfer::init, *source->init_encryption);
    transfer.init.exchange = fetch(id, &Transfer::init,
                                   {.resource = *std::move(source->init),
                                    .limit = limits::init_segment_size,
                                    .cmcd = std::move(cmcd)});
  } else {
    transfer.init.ended = true;
    transfer.init.expected = ByteCount{};
  }
}

void PlaybackEnvironment::on(const session::CancelTransfer& request) {
  const auto found = transfers_.find(request.transfer);
  if (found != transfers_.end()) {
    const Transfer& transfer = found->second;
    const Duration silent = world_.loop.now() - transfer.requested;
    if (!transfer.first_byte && session::place_after_silence(silent) != PlaceRule::keep)
      leave_place(transfer, transfer.segment);
    if (!transfer.segment.url.empty())
      given_up_[transfer.request.track] = {.segment = transfer.request.segment,
                                           .attempt = transfer.request.attempt,
                                           .url = transfer.segment.url};
    drop(found);
  }
  if (world_.ahead != nullptr) world_.ahead->cancel(request.transfer);
  world_.store.discard(request.transfer);
  std::erase_if(events_,
                [&](const Event& event) { return transfer_of(event) == request.transfer; });
}

Cmcd PlaybackEnvironment::with_state(Cmcd facts) {
  facts.startup = !playing_ && !paused_;
  facts.starved = std::exchange(starved_, false);
  facts.playback_percent = paused_ ? 0 : speed_.percent();
  if (facts.deadline) facts.deadline = speed_.time_for(*facts.deadline);
  return facts;
}

void PlaybackEnvironment::on(const session::FetchManifest& request) {
  RUNG_CHECK(world_.ahead != nullptr);
  world_.ahead->begin(request, [this](Event event) { tell(std::move(event)); });
}

bool PlaybackEnvironment::hand_over(const session::FetchSegment& request) {
  if (world_.prepared == nullptr || (audio_changed_ && request.track == TrackKind::audio))
    return false;
  const PreparedTitle& title = *world_.prepared;
  const PreparedTitle::Piece* piece =
      title.find(request.track, request.segment, request.representation);
  if (piece == nullptr) return false;
  const std::size_t part = world_.tracks.of(request.track)->place(request.segment).part;
  const auto init = title.inits.find({request.track, part, request.representation});
  if (init != title.inits.end() && !world_.store.init(request.track, part, request.representation))
    world_.store.put_init(request.track, part, request.representation, init->second);
  // Without its init segment it is of no use.
  if (request.with_init && !world_.store.init(request.track, part, request.representation))
    return false;
  world_.store.begin(request.transfer, request.track, request.segment, request.representation);
  world_.store.append(request.transfer, piece->bytes);
  const bool in_time = world_.store.complete(request.transfer);
  const Timestamp at = stamp();
  events_.push_back(session::TransferCompleted{.at = at,
                                               .transfer = request.transfer,
                                               .first_byte = at,
                                               .size = piece->segment.size,
                                               .held = true,
                                               .late = !in_time});
  return true;
}

HttpClient::ExchangeId PlaybackEnvironment::fetch(TransferId transfer, Part Transfer::*part,
                                                  HttpRequest request) {
  const std::string& listed_in = transfers_.at(transfer).listed_in;
  Part& fetched = transfers_.at(transfer).*part;
  if (world_.places != nullptr) {
    fetched.request = request;
    request.resource.url = world_.places->now(request.resource.url, listed_in);
  }
  fetched.fetched = request.resource.url;
  fetched.url = media::redacted_url(request.resource.url);
  return world_.client.start(
      std::move(request), {[this, transfer, part](const HttpAnswer& answer) {
                             Transfer& running = transfers_.at(transfer);
                             if (part == &Transfer::init || !running.parts)
                               (running.*part).expected = answer.expected;
                             running.first_byte = std::min(
                                 running.first_byte.value_or(answer.first_byte), answer.first_byte);
                           },
                           [this, transfer, part](std::span<const std::byte> bytes) {
                             received(transfer, part, bytes);
                           },
                           [this, transfer, part](const HttpClient::Outcome& outcome) {
                             ended(transfer, part, outcome);
                           }});
}

void PlaybackEnvironment::want_key(TransferId id, Part Transfer::*part,
                                   const media::Encryption& encryption) {
  (transfers_.at(id).*part).locked.emplace();
  keys_.fetch(encryption.key_url, [this, id, part, encryption](
                                      const tl::expected<decode::CipherBlock, HttpFailure>& key) {
    unlock(id, part, encryption, key);
  });
}

void PlaybackEnvironment::unlock(TransferId id, Part Transfer::*part,
                                 const media::Encryption& encryption,
                                 const tl::expected<decode::CipherBlock, HttpFailure>& key) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  if (!key) {
    // It came, and is none.
    if (key.error().kind == session::FailureKind::incomplete && world_.undecipherable)
      world_.undecipherable({ErrorCode::malformed, key.error().message, {}});
    return fail(found, key.error());
  }
  Part& locked = found->second.*part;
  const std::vector<std::byte> bytes = *std::exchange(locked.locked, std::nullopt);
  const decode::CipherBlock vector =
      decode::cipher_block(encryption.iv).value_or(decode::CipherBlock{});
  if (is_whole(encryption)) {
    locked.decryptor.emplace(*key, vector);
    take(found->second, part, locked.decryptor->take(bytes));
  } else {
    world_.store.set_key(id, {.key = *key, .vector = vector});
    take(found->second, part, bytes);
  }
  if (locked.arrived) finish(found, part);
}

void PlaybackEnvironment::received(TransferId id, Part Transfer::*part,
                                   std::span<const std::byte> bytes) {
  Transfer& transfer = transfers_.at(id);
  Part& whose = transfer.*part;
  whose.received += ByteCount(static_cast<std::int64_t>(bytes.size()));
  if (whose.locked)
    whose.locked->insert(whose.locked->end(), bytes.begin(), bytes.end());
  else if (whose.decryptor)
    take(transfer, part, whose.decryptor->take(bytes));
  else
    take(transfer, part, bytes);
  transfer.last_bytes = world_.loop.now();
}

void PlaybackEnvironment::take(Transfer& transfer, Part Transfer::*part,
                               std::span<const std::byte> bytes) {
  (transfer.*part).check.take(bytes);
  if (part == &Transfer::init) {
    transfer.init_bytes.insert(transfer.init_bytes.end(), bytes.begin(), bytes.end());
  } else if (transfer.init.ended) {
    keep(transfer, bytes);
  } else {
    transfer.held_back.insert(transfer.held_back.end(), bytes.begin(), bytes.end());
  }
}

void PlaybackEnvironment::ended(TransferId id, Part Transfer::*part,
                                const HttpClient::Outcome& outcome) {
  const auto found = transfers_.find(id);
  Part& whose = found->second.*part;
  whose.exchange.reset();
  if (!outcome) {
    // It may have been promised, and not have come: what is listed tells.
    if (part == &Transfer::segment && found->second.preload == Preload::allowed &&
        whose.received == found->second.before_part)
      return fetch_part(id, Preload::refused);
    return fail_at_place(found, part, outcome.error());
  }
  if (part == &Transfer::segment && found->second.parts) {
    ++found->second.part;
    return fetch_part(id, Preload::allowed);
  }
  whose.arrived = true;
  whose.content_type = outcome->content_type;
  if (!whose.locked) finish(found, part);
}

void PlaybackEnvironment::fetch_part(TransferId id, Preload preload) {
  Transfer& transfer = transfers_.at(id);
  transfer.preload = preload;
  transfer.before_part = transfer.segment.received;
  // A copy: what it calls may end the transfer.
  const auto parts = transfer.parts;
  parts(transfer.part, preload,
        [this, id](const tl::expected<std::optional<media::Resource>, HttpFailure>& next) {
          const auto found = transfers_.find(id);
          if (found == transfers_.end()) return;
          if (!next) return fail(found, next.error());
          Part& segment = found->second.segment;
          if (!*next) {
            segment.arrived = true;
            return finish(found, &Transfer::segment);
          }
          HttpFailure failed;
          failed.kind = session::FailureKind::too_large;
          failed.message = segment.url + ": is one part too many of a segment";
          if (segment.received > limits::segment_size) return fail(found, failed);
          segment.exchange = fetch(id, &Transfer::segment, {.resource = **next});
        });
}

void PlaybackEnvironment::finish(Transfers::iterator found, Part Transfer::*part) {
  auto& [id, transfer] = *found;
  Part& whose = transfer.*part;
  HttpFailure failed;
  if (whose.decryptor && whose.received > ByteCount{}) {
    const auto rest = whose.decryptor->finish();
    if (!rest) {
      failed.kind = session::FailureKind::incomplete;
      failed.message = whose.url + ": " + rest.error().message;
      if (world_.undecipherable) world_.undecipherable({ErrorCode::decode, failed.message, {}});
      return fail(found, failed);
    }
    take(transfer, part, *rest);
  }
  whose.ended = true;
  const auto what = part == &Transfer::init ? ArrivalCheck::Of::init : ArrivalCheck::Of::segment;
  if (const auto defect = whose.check.defect(what, whose.content_type)) {
    failed.kind = defect->kind;
    failed.message = whose.url + ": " + defect->message;
    return fail_at_place(found, part, failed);
  }
  if (part == &Transfer::init) {
    const bool is_new_sound = audio_is_new_ && transfer.request.track == TrackKind::audio;
    if (const auto refusal = inits_.refusal(transfer.request, *tracks_->of(transfer.request.track),
                                            transfer.init_bytes)) {
      failed.kind = session::FailureKind::incomplete;
      failed.message = whose.url + ": " + refusal->message;
      if (refusal->none_left && !is_new_sound && world_.undecipherable)
        world_.undecipherable({ErrorCode::unsupported, failed.message, {}});
      return fail(found, failed);
    }
    keep_init(transfer);
  }
  if (!transfer.segment.ended || !transfer.init.ended) return;
  const bool in_time = world_.store.complete(id);
  if (transfer.request.track == TrackKind::audio && std::exchange(audio_is_new_, false) &&
      world_.sound_came)
    world_.sound_came();
  const ByteCount size = transfer.segment.received + transfer.init.received;
  const Timestamp at = stamp();
  const Timestamp first_byte = transfer.first_byte.value_or(at);
  events_.push_back(session::TransferCompleted{.at = at,
                                               .transfer = id,
                                               .first_byte = first_byte,
                                               .size = size,
                                               .idle = transfer.pace.idle(first_byte, at),
                                               .late = !in_time});
  drop(found);
}

void PlaybackEnvironment::leave_place(const Transfer& transfer, const Part& part) {
  if (world_.places != nullptr) world_.places->failed(part.fetched, transfer.listed_in);
}

void PlaybackEnvironment::fail_at_place(Transfers::iterator transfer, Part Transfer::*part,
                                        const HttpFailure& failed) {
  const Part& whose = transfer->second.*part;
  const PlaceRule rule = session::place_after(failure_of(failed), whose.received);
  if (rule != PlaceRule::keep) leave_place(transfer->second, whose);
  if (rule == PlaceRule::go_on_there && move_on(transfer->first, part)) return;
  if (part != &Transfer::init || !tracks_->live) return fail(transfer, failed);
  HttpFailure of_init = failed;
  of_init.kind = session::of_init(failure_of(failed)).kind;
  fail(transfer, of_init);
}

bool PlaybackEnvironment::move_on(TransferId id, Part Transfer::*part) {
  Transfer& transfer = transfers_.at(id);
  Part& left = transfer.*part;
  if (world_.places == nullptr ||
      left.moves + 1 >= world_.places->count(left.request.resource.url, transfer.listed_in))
    return false;
  ++left.moves;
  left.exchange = fetch(id, part, left.request);
  return true;
}

bool PlaybackEnvironment::leaves_sound(const session::FetchSegment& request,
                                       const session::Failure& failure, const std::string& why) {
  const auto segments =
      tracks_->live ? session::Availability::live : session::Availability::all_there;
  const bool lost = audio_is_new_ && request.track == TrackKind::audio &&
                    session::leaves_new_sound(failure, request.attempt, segments) &&
                    world_.sound_lost && world_.sound_lost(why);
  if (lost) audio_is_new_ = false;
  return lost;
}

void PlaybackEnvironment::fail(Transfers::iterator transfer, const HttpFailure& failed) {
  const auto& [id, parts] = *transfer;
  last_failure_ = failed.message;
  if (!leaves_sound(parts.request, failure_of(failed), failed.message))
    events_.push_back(
        session::TransferFailed{.at = stamp(),
                                .transfer = id,
                                .kind = failed.kind,
                                .http_status = failed.status,
                                .received = parts.segment.received + parts.init.received,
                                .retry_after = failed.retry_after});
  world_.store.discard(id);
  drop(transfer);
}

void PlaybackEnvironment::keep_init(Transfer& transfer) {
  const session::FetchSegment& request = transfer.request;
  const std::size_t part = tracks_->of(request.track)->place(request.segment).part;
  world_.store.put_init(request.track, part, request.representation,
                        std::exchange(transfer.init_bytes, {}));
  keep(transfer, std::exchange(transfer.held_back, {}));
}

void PlaybackEnvironment::keep(Transfer& transfer, std::span<const std::byte> bytes) {
  const session::FetchSegment& request = transfer.request;
  world_.store.append(request.transfer, bytes);
  if (!request.growing || bytes.empty()) return;
  if (!transfer.chunks) {
    const std::size_t part = tracks_->of(request.track)->place(request.segment).part;
    const auto init = world_.store.init(request.track, part, request.representation);
    const auto timing = init ? media::parse_fragment_timing(
                                   {reinterpret_cast<const char*>(init->data()), init->size()})
                             : std::nullopt;
    if (!timing) return;
    transfer.chunks.emplace(*timing);
  }
  transfer.pace.came(world_.loop.now(), transfer.chunks->inside());
  const auto whole = transfer.chunks->take(bytes);
  if (whole.empty()) return;
  transfer.pace.completed(whole.size());
  events_.push_back(session::MediaArrived{
      .at = stamp(), .transfer = request.transfer, .media = whole.back().media});
}

void PlaybackEnvironment::drop(Transfers::iterator transfer) {
  for (const Part* part : {&transfer->second.segment, &transfer->second.init})
    if (part->exchange) world_.client.cancel(*part->exchange);
  world_.loop.cancel(transfer->second.progress_timer);
  transfers_.erase(transfer);
}

void PlaybackEnvironment::take_posted() {
  if (!has_posted_) return;
  std::vector<Event> posted;
  {
    const std::lock_guard lock(posted_mutex_);
    posted.swap(posted_);
    has_posted_ = false;
  }
  for (Event& event : posted) {
    const Timestamp at = stamp();
    std::visit([at](auto& fact) { fact.at = at; }, event);
    events_.push_back(std::move(event));
  }
}

Timestamp PlaybackEnvironment::stamp() {
  last_stamp_ = std::max(world_.loop.now(), last_stamp_ + Duration(1));
  return last_stamp_;
}

}  // namespace rung::player
