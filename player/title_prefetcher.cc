#include "player/title_prefetcher.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/check.h"
#include "core/limits.h"
#include "media/url_policy.h"
#include "player/arrival_check.h"
#include "prefetch/title_ladder.h"

namespace rung::player {

const PreparedTitle::Piece* PreparedTitle::find(media::TrackKind track, SegmentNumber segment,
                                                RepresentationIndex representation) const {
  for (const Piece& piece : pieces)
    if (piece.segment.track == track && piece.segment.segment == segment &&
        piece.segment.representation == representation)
      return &piece;
  return nullptr;
}

std::vector<session::HeldSegment> PreparedTitle::held() const {
  std::vector<session::HeldSegment> held;
  for (const Piece& piece : pieces) held.push_back(piece.segment);
  return held;
}

ByteCount PreparedTitle::size() const {
  ByteCount size = loaded.documents;
  for (const Piece& piece : pieces) size += piece.segment.size;
  return size;
}

std::shared_ptr<const PreparedTitle> without_audio(PreparedTitle title) {
  std::erase_if(title.pieces, [](const PreparedTitle::Piece& piece) {
    return piece.segment.track == media::TrackKind::audio;
  });
  std::erase_if(title.inits, [](const auto& init) {
    return std::get<media::TrackKind>(init.first) == media::TrackKind::audio;
  });
  return std::make_shared<const PreparedTitle>(std::move(title));
}

std::shared_ptr<const PreparedTitle> kept_head(HeadCache& kept, const std::string& url,
                                               const LoadedTitle& loaded,
                                               const media::TrackSelection& selection,
                                               MediaTime begins) {
  if (loaded.identity == 0) return nullptr;
  PreparedTitle title{.url = url, .loaded = loaded};
  const auto add = [&](media::TrackKind kind, SegmentNumber segment,
                       RepresentationIndex representation) {
    auto bytes =
        kept.segment(url, loaded.identity, selection.resource_of(kind, segment, representation));
    if (!bytes) return false;
    ByteCount size(static_cast<std::int64_t>(bytes->size()));
    const PreparedTitle::InitKey key{kind, selection.tracks().of(kind)->place(segment).part,
                                     representation};
    const auto init = selection.init_of(kind, segment, representation);
    if (init && !title.inits.contains(key)) {
      auto begin = kept.segment(url, loaded.identity, *init);
      if (!begin) return false;
      size += ByteCount(static_cast<std::int64_t>(begin->size()));
      title.inits[key] = *std::move(begin);
    }
    title.pieces.push_back(
        {{.track = kind, .segment = segment, .representation = representation, .size = size},
         *std::move(bytes)});
    return true;
  };
  for (const media::TrackKind kind : {media::TrackKind::video, media::TrackKind::audio}) {
    const auto& track = selection.tracks().of(kind);
    if (!track) continue;
    const Duration longest = prefetch::HeadLengths{}.further;
    const SegmentNumber from = prefetch::first_segment(*track, begins);
    for (SegmentNumber segment = from;
         segment < track->segment_count() && track->start(segment) - track->start(from) < longest;
         ++segment) {
      RepresentationIndex representation = track->ladder(segment).size();
      while (representation > 0 && !add(kind, segment, representation - 1)) --representation;
      if (representation == 0) break;
    }
  }
  if (title.pieces.empty()) return nullptr;
  return std::make_shared<const PreparedTitle>(std::move(title));
}

prefetch::Candidate candidate_of(const NextTitle& title) {
  constexpr Duration first_seconds = prefetch::HeadLengths{}.thin;
  return {
      .probability = title.probability,
      .distance = title.distance,
      .stays = title.leaves ? 1 - title.leaves(title.begins.time_since_epoch(), first_seconds) : 1,
      .begins = title.begins};
}

TitlePrefetcher::TitlePrefetcher(EventLoop& loop, HttpClient::Options http,
                                 media::TrackSelection::Options selection,
                                 const std::vector<NextTitle>& titles, HeadCache* kept)
    : loop_(loop), http_(std::move(http)), selection_(std::move(selection)), kept_(kept) {
  for (const NextTitle& title : titles) titles_.emplace_back().prepared.url = title.url;
}

TitlePrefetcher::~TitlePrefetcher() { drop(); }

void TitlePrefetcher::begin(const session::FetchManifest& request, Tell tell) {
  RUNG_CHECK(!running_ && request.title < titles_.size());
  running_.emplace();
  running_->id = request.transfer;
  running_->title = request.title;
  running_->tell = std::move(tell);
  // The loader waits for its documents, so it has a thread and a loop of its own.
  loader_ = std::jthread([this, id = request.transfer,
                          url = titles_[request.title].prepared.url](const std::stop_token& stop) {
    auto title = std::make_shared<Expected<LoadedTitle>>(fetch_title(url, http_, stop, kept_));
    loop_.post([this, id, title] { loaded(id, std::move(*title)); });
  });
}

void TitlePrefetcher::begin(const session::FetchSegment& request, Tell tell) {
  RUNG_CHECK(!running_ && request.title < titles_.size() && titles_[request.title].client);
  const media::TrackSelection& selection = *titles_[request.title].selection;
  running_.emplace();
  running_->id = request.transfer;
  running_->title = request.title;
  running_->request = request;
  running_->tell = std::move(tell);
  auto init = request.with_init
                  ? selection.init_of(request.track, request.segment, request.representation)
                  : std::nullopt;
  fetch(&Transfer::segment,
        selection.resource_of(request.track, request.segment, request.representation),
        limits::segment_size);
  if (init) fetch(&Transfer::init, *std::move(init), limits::init_segment_size);
  running_->progress_timer = loop_.call_at(loop_.now() + request.first_progress,
                                           [this, id = request.transfer] { report_progress(id); });
}

void TitlePrefetcher::cancel(TransferId transfer) {
  if (running_ && running_->id == transfer) drop();
}

const media::Tracks* TitlePrefetcher::tracks(std::size_t title) const {
  const auto& selection = titles_[title].selection;
  return selection ? &selection->tracks() : nullptr;
}

std::shared_ptr<const PreparedTitle> TitlePrefetcher::take(std::size_t title) {
  Title& taken = titles_[title];
  if (!taken.selection) return nullptr;
  return std::make_shared<const PreparedTitle>(std::move(taken.prepared));
}

void TitlePrefetcher::loaded(TransferId id, Expected<LoadedTitle> title) {
  if (!running_ || running_->id != id) return;
  if (!title) return fail(session::FailureKind::connection, 0);
  Title& whose = titles_[running_->title];
  auto selection = media::TrackSelection::create(title->presentation, selection_);
  // What is kept would have to be decrypted when it is played.
  if (!selection || !check_playable(*selection, {}) || is_encrypted(*selection))
    return fail(session::FailureKind::refused, 0);
  whose.selection = *std::move(selection);
  whose.client = std::make_unique<HttpClient>(loop_, http_);
  whose.client->confine(media::UrlPolicy(title->manifest_url), title->addresses);
  const ByteCount size = title->documents;
  whose.prepared.loaded = *std::move(title);
  const Transfer done = *std::exchange(running_, std::nullopt);
  done.tell(session::TransferCompleted{
      .at = loop_.now(), .transfer = id, .first_byte = loop_.now(), .size = size});
}

void TitlePrefetcher::fetch(Part Transfer::*part, media::Resource resource, ByteCount limit) {
  Part& begun = (*running_).*part;
  begun.ended = false;
  begun.resource = std::move(resource);
  const TransferId id = running_->id;
  if (read_kept(begun)) {
    loop_.post([this, id, part] {
      if (!running_ || running_->id != id) return;
      ((*running_).*part).ended = true;
      complete();
    });
    return;
  }
  begun.exchange = titles_[running_->title].client->start(
      {.resource = begun.resource, .limit = limit},
      {[this](const HttpAnswer& answer) {
         running_->first_byte =
             std::min(running_->first_byte.value_or(answer.first_byte), answer.first_byte);
       },
       [this, part](std::span<const std::byte> bytes) {
         auto& kept = ((*running_).*part).bytes;
         kept.insert(kept.end(), bytes.begin(), bytes.end());
       },
       [this, part](const HttpClient::Outcome& outcome) { ended(part, outcome); }});
}

void TitlePrefetcher::ended(Part Transfer::*part, const HttpClient::Outcome& outcome) {
  Part& over = (*running_).*part;
  over.ended = true;
  over.exchange.reset();
  if (!outcome) return fail(outcome.error().kind, outcome.error().status);
  ArrivalCheck check;
  check.take(over.bytes);
  const auto what = part == &Transfer::init ? ArrivalCheck::Of::init : ArrivalCheck::Of::segment;
  if (const auto defect = check.defect(what, outcome->content_type)) return fail(defect->kind, 0);
  const PreparedTitle& title = titles_[running_->title].prepared;
  if (kept_ != nullptr && title.loaded.identity != 0)
    kept_->keep(title.url, title.loaded.identity, over.resource, over.bytes, outcome->freshness);
  complete();
}

bool TitlePrefetcher::read_kept(Part& part) {
  const PreparedTitle& title = titles_[running_->title].prepared;
  if (kept_ == nullptr || title.loaded.identity == 0) return false;
  auto bytes = kept_->segment(title.url, title.loaded.identity, part.resource);
  if (bytes) part.bytes = *std::move(bytes);
  return bytes.has_value();
}

void TitlePrefetcher::complete() {
  if (!running_->segment.ended || !running_->init.ended) return;
  loop_.cancel(running_->progress_timer);
  const TransferId id = running_->id;
  const ByteCount size = received();
  Transfer done = *std::exchange(running_, std::nullopt);
  const session::FetchSegment& request = done.request;
  Title& title = titles_[done.title];
  const std::size_t place =
      title.selection->tracks().of(request.track)->place(request.segment).part;
  if (!done.init.bytes.empty())
    title.prepared.inits[{request.track, place, request.representation}] =
        std::move(done.init.bytes);
  auto& pieces = title.prepared.pieces;
  std::erase_if(pieces, [&](const PreparedTitle::Piece& piece) {
    return piece.segment.track == request.track && piece.segment.segment == request.segment;
  });
  pieces.push_back({{.track = request.track,
                     .segment = request.segment,
                     .representation = request.representation,
                     .size = size},
                    std::move(done.segment.bytes)});
  done.tell(session::TransferCompleted{.at = loop_.now(),
                                       .transfer = id,
                                       .first_byte = done.first_byte.value_or(loop_.now()),
                                       .size = size});
}

void TitlePrefetcher::report_progress(TransferId id) {
  running_->tell(session::TransferProgressed{.at = loop_.now(),
                                             .transfer = id,
                                             .first_byte = running_->first_byte,
                                             .received = received(),
                                             .expected = std::nullopt});
  running_->progress_timer = loop_.call_at(loop_.now() + running_->request.progress_every,
                                           [this, id] { report_progress(id); });
}

void TitlePrefetcher::fail(session::FailureKind kind, int status) {
  const Tell tell = running_->tell;
  const session::TransferFailed event{.at = loop_.now(),
                                      .transfer = running_->id,
                                      .kind = kind,
                                      .http_status = status,
                                      .received = received(),
                                      .retry_after = std::nullopt};
  drop();
  tell(event);
}

ByteCount TitlePrefetcher::received() const {
  return ByteCount(
      static_cast<std::int64_t>(running_->segment.bytes.size() + running_->init.bytes.size()));
}

void TitlePrefetcher::drop() {
  if (!running_) return;
  for (const Part& part : {running_->segment, running_->init})
    if (part.exchange) titles_[running_->title].client->cancel(*part.exchange);
  loop_.cancel(running_->progress_timer);
  running_.reset();
  loader_ = {};
}

}  // namespace rung::player
