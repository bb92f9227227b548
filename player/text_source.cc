#include "player/text_source.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "core/limits.h"
#include "media/hls_playlist.h"
#include "media/url_policy.h"

namespace rung::player {
namespace {

constexpr Duration look_every = std::chrono::milliseconds(200);
/// However short the segments of a live playlist are.
constexpr Duration shortest_reload = std::chrono::milliseconds(500);
/// What was seen is held for so long, for a small step back.
constexpr Duration held_behind = std::chrono::seconds(10);
/// What is late in a live title is asked for again after so long.
constexpr Duration ask_again = std::chrono::milliseconds(500);
/// Cues come to lie no further from their piece than this, or its length, where their clock is
/// understood.
constexpr Duration least_away = std::chrono::seconds(1);
/// Of one place; of several, each of which is a try of its own, as often as there are, if more.
constexpr std::size_t tries = 3;
/// Before a place is asked once more.
constexpr Duration pause_of_round = std::chrono::milliseconds(500);

bool same_place(const media::TextPiece& a, const media::TextPiece& b) {
  return a.resource == b.resource && a.start == b.start;
}

}  // namespace

TextSource::TextSource(World world)
    : loop_(world.loop),
      client_(world.client),
      presentation_(std::move(world.presentation)),
      live_(world.live),
      tracks_(media::text_tracks(*presentation_)),
      places_(presentation_->places) {}

TextSource::~TextSource() { loop_.cancel(timer_); }

void TextSource::begin(Playback playback) {
  playback_ = std::move(playback);
  if (!tracks_.empty()) look_at(loop_.now());
}

void TextSource::choose_wanted(const std::string& wanted, const std::string& audio_language) {
  std::optional<std::size_t> found;
  if (wanted.empty()) {
    found = media::find_text_track(tracks_, audio_language, true);
  } else if (wanted != "off") {
    found = media::find_text_track(tracks_, wanted, false);
    const auto named = std::ranges::find(tracks_, wanted, &media::TextTrack::name);
    if (!found && named != tracks_.end()) found = static_cast<std::size_t>(named - tracks_.begin());
    if (!found) found = media::find_text_track(tracks_, wanted, true);
  }
  const std::lock_guard lock(mutex_);
  chosen_ = found;
  wanted_ = wanted;
  viewer_chose_ = false;
  ++choices_;
  if (!found && !wanted.empty() && wanted != "off")
    tell(tracks_.empty() ? "subtitles: the title has none"
                         : "subtitles: the title has none in " + wanted);
}

void TextSource::choose(std::optional<std::size_t> track) {
  const std::lock_guard lock(mutex_);
  chosen_ = track;
  viewer_chose_ = true;
  ++choices_;
  if (!track)
    wanted_ = "off";
  else
    wanted_ = tracks_[*track].language.empty() ? tracks_[*track].name : tracks_[*track].language;
}

std::optional<std::size_t> TextSource::chosen() const {
  const std::lock_guard lock(mutex_);
  return chosen_;
}

bool TextSource::follows_sound() const {
  const std::lock_guard lock(mutex_);
  return wanted_.empty() && !viewer_chose_;
}

std::string TextSource::wanted() const {
  const std::lock_guard lock(mutex_);
  return wanted_;
}

std::vector<media::Cue> TextSource::cues_at(MediaTime position) const {
  std::vector<media::Cue> seen;
  const std::lock_guard lock(mutex_);
  if (!chosen_ || choices_ != followed_choices_) return seen;
  for (const Held& held : held_)
    for (const media::Cue& cue : held.text.cues) {
      if (!held.shift || seen.size() == limits::cues_at_once) break;
      if (cue.start + *held.shift > position || cue.end + *held.shift <= position) continue;
      // What goes on over the end of a segment stands in both.
      const bool known = std::ranges::any_of(seen, [&](const media::Cue& other) {
        return other.text == cue.text && other.placement == cue.placement;
      });
      if (known) continue;
      seen.push_back(cue);
      seen.back().start += *held.shift;
      seen.back().end += *held.shift;
    }
  std::ranges::stable_sort(seen, {}, &media::Cue::start);
  return seen;
}

std::optional<std::string> TextSource::take_trouble() {
  const std::lock_guard lock(mutex_);
  if (trouble_.empty()) return std::nullopt;
  return std::exchange(trouble_, {});
}

TextSource::Statistics TextSource::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void TextSource::look_at(Timestamp at) {
  loop_.cancel(timer_);
  timer_ = loop_.call_at(at, [this] { look(); });
}

void TextSource::look() {
  look_at(loop_.now() + look_every);
  follow_choice();
  if (!followed_) return;
  const MediaTime position = playback_.position();
  const std::vector<media::TextPiece> wanted = wanted_pieces(position);
  forget_far_pieces(position, wanted);
  give_up_late_pieces(position);
  place_pieces(position);
  if (fetching_ && (fetching_->end <= position || fetching_->start >= position + ahead)) {
    fetcher_.reset();  // The viewer is elsewhere.
    fetching_.reset();
  }
  if ((fetcher_ && fetcher_->running() > 0) || playback_.waits_for_media()) return;
  if (reads_playlist(position)) return;
  const auto next = std::ranges::find_if(
      wanted, [&](const media::TextPiece& piece) { return !holds(piece) && is_due(piece); });
  if (next != wanted.end()) fetch(*next);
}

bool TextSource::holds(const media::TextPiece& piece) const {
  return std::ranges::any_of(held_,
                             [&](const Held& held) { return same_place(held.piece, piece); });
}

bool TextSource::is_due(const media::TextPiece& piece) const {
  const auto late =
      std::ranges::find_if(late_, [&](const Late& one) { return same_place(one.piece, piece); });
  return late == late_.end() || late->again <= loop_.now();
}

void TextSource::follow_choice() {
  const std::lock_guard lock(mutex_);
  if (followed_choices_ == choices_) return;
  followed_choices_ = choices_;
  followed_ = chosen_;
  held_.clear();
  fetcher_.reset();
  fetching_.reset();
  init_.reset();
  listed_.clear();
  live_playlist_.reset();
  playlist_read_ = false;
  read_again_ = {};
  late_.clear();
  failures_in_row_ = 0;
}

void TextSource::forget_far_pieces(MediaTime position,
                                   const std::vector<media::TextPiece>& wanted) {
  const std::lock_guard lock(mutex_);
  std::erase_if(held_, [&](const Held& held) {
    return held.piece.end + held_behind < position || held.piece.start > position + ahead;
  });
  const auto missing = static_cast<std::size_t>(
      std::ranges::count_if(wanted, [&](const media::TextPiece& piece) { return !holds(piece); }));
  const auto spare = [&](const Held& held) {
    return std::ranges::none_of(
        wanted, [&](const media::TextPiece& piece) { return same_place(held.piece, piece); });
  };
  // What was seen longest ago goes first.
  std::ranges::sort(held_, {}, [](const Held& held) { return held.piece.start; });
  for (auto held = held_.begin(); held != held_.end() && held_.size() + missing > most_pieces;)
    held = spare(*held) ? held_.erase(held) : std::next(held);
}

void TextSource::give_up_late_pieces(MediaTime position) {
  std::vector<Error> missed;
  std::erase_if(late_, [&](const Late& late) {
    const bool over = late.piece.end <= position;
    // A viewer who went further away has missed nothing.
    if (over && position < late.piece.end + held_behind) missed.push_back(late.error);
    return over || late.piece.start >= position + ahead;
  });
  for (const Error& error : missed) failed(error, false);
}

void TextSource::place_pieces(MediaTime position) {
  const bool any =
      std::ranges::any_of(held_, [](const Held& held) { return held.text.map.has_value(); });
  if (!any) return;
  const std::vector<Duration> offsets = playback_.offsets();
  const std::lock_guard lock(mutex_);
  for (Held& held : held_) {
    if (!held.text.map) continue;
    const auto best = media::clock_shift(held.text, held.piece, offsets);
    const Duration allowed = std::max(least_away, held.piece.end - held.piece.start);
    // What stands beside pictures that are seen is understood as well as it will ever be.
    held.shift.reset();
    if (best.away <= allowed || held.piece.start <= position) held.shift = best.shift;
  }
}

std::vector<media::TextPiece> TextSource::wanted_pieces(MediaTime position) const {
  const MediaTime to = position + ahead;
  if (!track().playlist.empty()) {
    const auto& segments = live_playlist_ ? live_playlist_->segments() : listed_;
    auto pieces = media::text_pieces(segments, position, to, most_pieces);
    for (media::TextPiece& piece : pieces) piece.is_live = live_playlist_.has_value();
    return pieces;
  }
  const auto newest = live_ != nullptr ? live_->presentation() : presentation_;
  if (!newest) return {};
  return media::text_pieces(*newest, track(), position, to, most_pieces);
}

bool TextSource::reads_playlist(MediaTime position) {
  const media::TextTrack& wanted = track();
  if (wanted.playlist.empty()) return false;
  const bool more_wanted =
      live_playlist_ && !live_playlist_->ended() && live_playlist_->end() < position + ahead;
  if (playlist_read_ && !more_wanted) return false;
  if (loop_.now() < read_again_) return !playlist_read_;
  fetch_document({wanted.playlist, std::nullopt},
                 [this](const Expected<Document>& document) { take_playlist(document); });
  return true;
}

void TextSource::take_playlist(const Expected<Document>& document) {
  const Expected<void> read =
      document ? read_playlist(*document) : tl::unexpected<Error>(document.error());
  if (read) {
    failures_in_row_ = 0;
  } else {
    // Without its first reading there is nothing to go on with.
    failed(read.error(), !playlist_read_);
    read_again_ = loop_.now() + shortest_reload;
  }
}

Expected<void> TextSource::read_playlist(const Document& document) {
  auto read = media::parse_hls_playlist(document.text, document.url, presentation_->variables);
  if (!read) return tl::unexpected<Error>(read.error());
  auto* const media = std::get_if<media::HlsMediaPlaylist>(&read->content);
  if (media == nullptr)
    return failure(ErrorCode::malformed, "is no media playlist", media::redacted_url(document.url));
  const media::HlsMediaDocument listed{std::move(*media), document.url};
  const media::LivePlaylist* const beside = live_ != nullptr ? live_->playlist() : nullptr;
  if (beside == nullptr) {
    listed_ = media::placed(listed);
  } else if (listed.playlist.segments.empty()) {
    read_again_ = loop_.now() + shortest_reload;
    return {};
  } else if (live_playlist_) {
    const bool more = live_playlist_->take(listed, beside);
    const Duration target = live_playlist_->target_duration();
    read_again_ = loop_.now() + std::max(more ? target : target / 2, shortest_reload);
  } else {
    live_playlist_.emplace(listed);
    live_playlist_->place_beside(*beside);
    read_again_ = loop_.now() + std::max(live_playlist_->target_duration(), shortest_reload);
  }
  playlist_read_ = true;
  return {};
}

void TextSource::fetch_document(const media::Resource& resource, DocumentFetcher::Done done,
                                std::size_t moves) {
  if (!fetcher_)
    fetcher_ = std::make_unique<DocumentFetcher>(
        loop_, client_, DocumentFetcher::Options{.attempts = static_cast<int>(tries)});
  const std::size_t places = places_.count(resource.url);
  DocumentFetcher::Special special;
  if (places > 1) special.attempts = 1;
  if (moves >= places) special.delay = pause_of_round;
  const media::Resource place{places_.now(resource.url), resource.range};
  fetcher_->fetch(
      place, limits::text_document_size,
      [this, resource, place, places, done = std::move(done), moves](Expected<Document> document) {
        if (!document && document.error().code == ErrorCode::network) {
          places_.failed(place.url);
          if (places > 1 && moves + 1 < std::max(places, tries))
            return fetch_document(resource, done, moves + 1);
        }
        done(std::move(document));
      },
      special);
}

void TextSource::fetch(const media::TextPiece& piece) {
  if (piece.is_encrypted) return failed({ErrorCode::unsupported, "they are encrypted", {}}, true);
  fetching_ = piece;
  if (piece.init && (!init_ || init_->first != *piece.init)) {
    fetch_document(*piece.init, [this, piece](const Expected<Document>& document) {
      if (!document) return take_piece(piece, document);
      init_.emplace(*piece.init, document->text);
      fetch(piece);
    });
    return;
  }
  fetch_document(piece.resource, [this, piece](const Expected<Document>& document) {
    take_piece(piece, document);
  });
}

void TextSource::take_piece(const media::TextPiece& piece, const Expected<Document>& document) {
  fetching_.reset();
  look_at(loop_.now());
  std::erase_if(late_, [&](const Late& late) { return same_place(late.piece, piece); });
  if (live_ != nullptr && !document && document.error().code == ErrorCode::network) {
    late_.push_back({.piece = piece, .again = loop_.now() + ask_again, .error = document.error()});
    return;
  }
  Expected<media::PieceText> text =
      document
          ? media::read_text(piece, piece.init ? init_->second : std::string_view(), document->text)
          : tl::unexpected<Error>(document.error());
  {
    const std::lock_guard lock(mutex_);
    if (document) {
      ++statistics_.documents;
      statistics_.received += ByteCount(static_cast<std::int64_t>(document->text.size()));
    }
    held_.push_back({.piece = piece, .text = text.value_or(media::PieceText()), .shift = {}});
    if (!held_.back().text.map) held_.back().shift = Duration{};
  }
  if (text) {
    failures_in_row_ = 0;
    return;
  }
  Error error = text.error();
  if (error.where.empty() && document) error.where = media::redacted_url(document->url);
  // Of a document of its own there is no further piece.
  failed(error, error.code == ErrorCode::unsupported || (piece.is_alone && live_ == nullptr));
}

void TextSource::failed(const Error& error, bool for_good) {
  const bool over = for_good || ++failures_in_row_ >= most_failures;
  const std::lock_guard lock(mutex_);
  ++statistics_.failures;
  if (followed_choices_ != choices_) return;  // Of one that nobody wants any more.
  if (over) {
    chosen_.reset();
    ++choices_;
    tell("subtitles off: " + to_string(error));
  } else if (failures_in_row_ == 1) {
    tell("subtitles: " + to_string(error));
  }
}

void TextSource::tell(std::string trouble) {
  statistics_.trouble = trouble;
  trouble_ = std::move(trouble);
}

std::string label_of(const std::vector<media::TextTrack>& tracks, std::size_t track) {
  const media::TextTrack& wanted = tracks[track];
  std::string label = wanted.name;
  if (label.empty()) label = wanted.language;
  if (label.empty()) label = "track " + std::to_string(track + 1);
  if (!wanted.language.empty() && label != wanted.language) label += " (" + wanted.language + ")";
  if (wanted.is_forced) label += ", forced";
  return label;
}

}  // namespace rung::player
