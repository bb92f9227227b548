#include "player/hls_live_source.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "core/check.h"
#include "core/limits.h"
#include "media/hls_delta.h"
#include "media/hls_playlist.h"
#include "media/url.h"
#include "media/url_policy.h"
#include "player/wall_clock.h"

namespace rung::player {
namespace {

using media::TrackKind;

constexpr std::array all_tracks{TrackKind::video, TrackKind::audio};
constexpr std::size_t slot(TrackKind kind) { return static_cast<std::size_t>(kind); }
/// However short the segments are.
constexpr Duration shortest_wait = std::chrono::milliseconds(500);
/// A server that has left so many reloads in a row without an answer is not asked to wait any more.
constexpr int most_vain_waits = 2;
/// A playlist that has just been read is not read again for a segment before this.
constexpr Duration longest_patience = std::chrono::seconds(1);

const media::LivePlaylist* find(const media::LivePlaylists& playlists, const std::string& url) {
  for (const auto& [name, playlist] : playlists.playlists)
    if (name == url) return &playlist;
  return nullptr;
}

Duration delay_of(const media::TrackSelection& first, std::optional<Duration> latency) {
  Duration delay{};
  for (const TrackKind kind : all_tracks)
    if (first.tracks().of(kind))
      if (const auto* playlist =
              find(*first.presentation().playlists, first.representation(kind, 0, 0).playlist))
        delay = std::max(delay, playlist->delay(latency));
  return delay;
}

/// All playlists that are played have parts.
bool comes_in_parts(const media::TrackSelection& first) {
  return std::ranges::all_of(all_tracks, [&](TrackKind kind) {
    if (!first.tracks().of(kind)) return true;
    const auto* playlist =
        find(*first.presentation().playlists, first.representation(kind, 0, 0).playlist);
    return playlist != nullptr && playlist->part_target().has_value();
  });
}

}  // namespace

HlsLiveSource::HlsLiveSource(EventLoop& loop, HttpClient& client, const LoadedTitle& title,
                             const media::TrackSelection& first,
                             media::TrackSelection::Options wishes, std::optional<Duration> latency,
                             UrlPlaces& places)
    : LiveSource(first.tracks(), delay_of(first, latency),
                 first.presentation().playlists->start_offset ? unheld() : LatencyRange{},
                 comes_in_parts(first)),
      loop_(loop),
      fetcher_(loop, client, {.attempts = 1}),
      places_(places),
      presentation_(title.presentation),
      wishes_(std::move(wishes)),
      first_(first),
      keys_(title.keys) {
  const Timestamp loaded = loop.now() - std::max(since_1970() - title.loaded, Duration::zero());
  for (const auto& [url, listed] : first.presentation().playlists->playlists) {
    auto& playlist = playlists_[url];
    if (!playlist)
      playlist =
          std::make_unique<Playlist>(Playlist{.url = url, .listed = listed, .asked = loaded});
  }
  for (const TrackKind kind : all_tracks) {
    if (!first.tracks().of(kind)) continue;
    followed(kind).playlist = playlists_.at(first.representation(kind, 0, 0).playlist).get();
    followed(kind).grown = loop.now();
  }
}

HlsLiveSource::~HlsLiveSource() {
  for (const auto& [url, playlist] : playlists_) loop_.cancel(playlist->timer);
}

void HlsLiveSource::begin(Receiver receiver) {
  receiver_ = std::move(receiver);
  receiver_.grew({.at = {},
                  .growth = {},
                  .window_start = window_start(),
                  .live_edge = steady_edge(listed_edge())});
  if (chunked()) offer();  // What was being produced when it was loaded.
  for (const Followed& track : followed_)
    if (track.playlist != nullptr)
      read_at(*track.playlist,
              blocks(*track.playlist)
                  ? loop_.now()
                  : track.playlist->asked + track.playlist->listed.target_duration());
}

MediaTime HlsLiveSource::join() const {
  MediaTime end = MediaTime::max();
  for (const Followed& track : followed_)
    if (track.playlist != nullptr) end = std::min(end, track.playlist->listed.edge());
  const MediaTime latest = end - delay();
  MediaTime join = latest;
  if (const auto& offset = first_.presentation().playlists->start_offset)
    join = *offset < Duration::zero() ? end + *offset : window_start() + *offset;
  const MediaTime place = std::max(std::min(join, latest), window_start());
  return chunked() ? place : beginning_at(place);
}

PlaybackEnvironment::Source HlsLiveSource::source_of(const session::FetchSegment& request) const {
  const Playlist& playlist = playlist_of(request);
  if (auto source = listed(playlist, request)) return *std::move(source);
  return {.segment = {.url = playlist.url, .range = std::nullopt}, .init = std::nullopt};
}

void HlsLiveSource::locate(const session::FetchSegment& request,
                           PlaybackEnvironment::Located then) {
  Playlist& playlist = playlist_of(request);
  // Since all was over it is not read by itself, and what grew there may have come to its end.
  const bool outdated = over_ && !playlist.listed.ended();
  if (auto source = listed(playlist, request); source && !outdated) {
    follow(request.track, playlist);
    return then(*std::move(source));
  }
  playlist.waiting.push_back({request, std::move(then)});
  const Duration patience = std::min(playlist.listed.target_duration() / 2, longest_patience);
  read_at(playlist, outdated ? loop_.now() : playlist.asked + patience);
}

const media::LivePlaylist* HlsLiveSource::playlist() const {
  for (const Followed& track : followed_)
    if (track.playlist != nullptr) return &track.playlist->listed;
  return nullptr;
}

HlsLiveSource::Playlist& HlsLiveSource::playlist_of(const session::FetchSegment& request) const {
  // The ladder stays what it was at first.
  const media::TrackSelection& selection =
      request.track == TrackKind::audio && audio_ ? *audio_ : first_;
  const SegmentNumber last = selection.tracks().of(request.track)->segment_count() - 1;
  const media::Representation& representation = selection.representation(
      request.track, std::min(request.segment, last), request.representation);
  return *playlists_.at(representation.playlist);
}

std::optional<PlaybackEnvironment::Source> HlsLiveSource::listed(
    const Playlist& playlist, const session::FetchSegment& request) const {
  const media::PlacedSegment* const found = segment_of(playlist, request);
  if (found == nullptr) return std::nullopt;
  if (found->growing) {
    // Parts that are encrypted are waited for, to be had as one.
    if (found->encryption || found->parts.empty()) return std::nullopt;
    return PlaybackEnvironment::Source{
        .segment = found->parts.front(),
        .init = found->init,
        .init_encryption = found->init_encryption,
        .parts =
            [this, request](std::size_t index, PlaybackEnvironment::Preload preload,
                            PlaybackEnvironment::PartLocated then) {
              locate_part({request, index, preload, std::move(then)});
            },
        .listed_in = playlist.url};
  }
  return PlaybackEnvironment::Source{
      .segment = found->resource,
      .init = found->init,
      .encryption = found->encryption
                        ? std::optional(media::with_vector(*found->encryption, found->sequence))
                        : std::nullopt,
      .init_encryption = found->init_encryption,
      .listed_in = playlist.url};
}

const media::PlacedSegment* HlsLiveSource::segment_of(const Playlist& playlist,
                                                      const session::FetchSegment& request) const {
  const auto known = tracks();
  const media::Track& track = *known->of(request.track);
  // Of sound that has been left, and that nobody waits for any more.
  if (request.segment >= track.segment_count()) return nullptr;
  return playlist.listed.find(track.start(request.segment), track.duration(request.segment));
}

bool HlsLiveSource::tell_part(const Playlist& playlist, const WaitingPart& part) const {
  const media::PlacedSegment* const found = segment_of(playlist, part.request);
  if (found != nullptr && part.index < found->parts.size()) {
    part.then(found->parts[part.index]);
    return true;
  }
  if (found != nullptr && found->next_part && part.index == found->parts.size() &&
      part.preload == PlaybackEnvironment::Preload::allowed) {
    part.then(*found->next_part);
    return true;
  }
  // Of a presentation that is over nothing will come any more.
  if (!playlist.listed.ended() && (found == nullptr || found->growing)) return false;
  if (found != nullptr && part.index == found->parts.size()) {
    part.then(std::nullopt);
  } else {
    HttpFailure failed;
    failed.message = media::redacted_url(playlist.url) + ": does not list the parts any more";
    failed.kind = session::FailureKind::connection;
    part.then(tl::unexpected<HttpFailure>(std::move(failed)));
  }
  return true;
}

void HlsLiveSource::locate_part(WaitingPart part) const {
  Playlist& playlist = playlist_of(part.request);
  if (!tell_part(playlist, part)) playlist.waiting_parts.push_back(std::move(part));
}

bool HlsLiveSource::blocks(const Playlist& playlist) const {
  return chunked() && is_followed(playlist) && playlist.listed.part_target().has_value() &&
         playlist.vain_waits < most_vain_waits;
}

MediaTime HlsLiveSource::listed_edge() const {
  if (!chunked()) return media::end_of(*tracks());
  MediaTime edge = MediaTime::max();
  for (const Followed& track : followed_)
    if (track.playlist != nullptr) edge = std::min(edge, track.playlist->listed.edge());
  return edge;
}

bool HlsLiveSource::is_followed(const Playlist& playlist) const {
  return std::ranges::any_of(followed_,
                             [&](const Followed& track) { return track.playlist == &playlist; });
}

void HlsLiveSource::follow(TrackKind kind, Playlist& playlist) {
  if (followed(kind).playlist == &playlist) return;
  followed(kind).playlist = &playlist;
  read_at(playlist,
          blocks(playlist) ? loop_.now() : playlist.asked + playlist.listed.target_duration());
  offer();
}

void HlsLiveSource::read_at(Playlist& playlist, Timestamp at) {
  if (playlist.reading) return;
  loop_.cancel(playlist.timer);
  playlist.timer = loop_.call_at(at, [this, &playlist] { read(playlist); });
}

void HlsLiveSource::read(Playlist& playlist) {
  const bool wanted = is_followed(playlist) && !over_ && !playlist.listed.ended();
  const bool asked = !playlist.waiting.empty() || !playlist.wanted_audio.empty() ||
                     (over_ && !playlist.waiting_parts.empty());
  if (playlist.reading || (!wanted && !asked)) return;
  playlist.reading = true;
  playlist.asked = loop_.now();
  const auto boundary = playlist.listed.skip_boundary();
  if (!boundary || playlist.asked - playlist.read > *boundary / 2) playlist.text.clear();
  const std::string place = places_.now(playlist.url);
  // What another server lists may not be what is known.
  if (place != std::exchange(playlist.fetched, place)) playlist.text.clear();
  std::string url = place;
  // One that failed may have waited for what does not come.
  playlist.waits = blocks(playlist) && playlist.failures == 0;
  if (playlist.waits) url = media::with_parameter(url, playlist.listed.next_part());
  if (!playlist.text.empty()) url = media::with_parameter(url, "_HLS_skip=YES");
  fetcher_.fetch(
      {url, std::nullopt}, limits::manifest_size,
      [this, &playlist](const Expected<Document>& document) { has_read(playlist, document); },
      {.timeout = reload_timeout(playlist.listed.target_duration(), playlist.failures)});
}

Expected<bool> HlsLiveSource::take(Playlist& playlist, const Expected<Document>& document) {
  if (!document) return tl::unexpected<Error>(document.error());
  auto text = media::undo_hls_skip(std::exchange(playlist.text, {}), document->text);
  if (!text) return tl::unexpected<Error>(text.error());
  auto read =
      media::parse_hls_playlist(*text, document->url, first_.presentation().playlists->variables);
  if (!read) return tl::unexpected<Error>(read.error());
  auto* const fresh = std::get_if<media::HlsMediaPlaylist>(&read->content);
  if (fresh == nullptr)
    return failure(ErrorCode::malformed, "is no media playlist any more",
                   media::redacted_url(document->url));
  if (fresh->can_skip_until) {
    playlist.text = *std::move(text);
    playlist.read = playlist.asked;
  }
  media::HlsMediaDocument listed{std::move(*fresh), document->url};
  for (const media::PlacedSegment& segment : media::placed(listed))
    if (segment.encryption)
      if (auto playable = check_playable(*segment.encryption, segment.init.has_value(), keys_);
          !playable)
        return tl::unexpected<Error>(playable.error());
  // What has been followed meanwhile knows how long all was that this one has not been read for.
  const media::LivePlaylist* beside = nullptr;
  for (const Followed& track : followed_)
    if (track.playlist != nullptr && track.playlist != &playlist && beside == nullptr)
      beside = &track.playlist->listed;
  return playlist.listed.take(listed, beside);
}

void HlsLiveSource::has_read(Playlist& playlist, const Expected<Document>& document) {
  playlist.reading = false;
  const MediaTime before = playlist.listed.edge();
  const Expected<bool> more = take(playlist, document);
  const Duration target = playlist.listed.target_duration();
  if (playlist.waits) playlist.vain_waits = more ? 0 : playlist.vain_waits + 1;
  if (more) {
    playlist.failures = 0;
    last_failure_.clear();
    Timestamp next = playlist.asked + std::max(*more ? target : target / 2, shortest_wait);
    // A server that does not wait, although it says so, is not asked without end.
    if (blocks(playlist)) {
      const Duration part = *playlist.listed.part_target();
      next = playlist.listed.edge() > before ? std::max(loop_.now(), playlist.asked + part / 8)
                                             : loop_.now() + part;
    }
    read_at(playlist, next);
  } else {
    last_failure_ = to_string(more.error());
    places_.failed(playlist.fetched, playlist.url);
    read_at(playlist,
            std::max(loop_.now(), playlist.asked + reload_wait(target, ++playlist.failures)));
  }
  // How long a segment is is told before it is whole.
  if (is_followed(playlist) && !over_) offer();
  tell_audio(playlist, more ? std::nullopt : std::optional(more.error()));
  answer(playlist, more ? std::nullopt : std::optional(more.error()));
  if (!is_followed(playlist) || over_) return;
  if (!more && more.error().code == ErrorCode::unsupported) return give_up(more.error());
  for (const Followed& track : followed_)
    if (!over_ && track.playlist == &playlist && !playlist.listed.ended() &&
        loop_.now() - track.grown > limits::live_silence)
      give_up({ErrorCode::network,
               "the live presentation has not gone on for " +
                   std::to_string(limits::live_silence / std::chrono::seconds(1)) + " s" +
                   (last_failure_.empty() ? "" : ": " + last_failure_),
               media::redacted_url(playlist.url)});
}

void HlsLiveSource::answer(Playlist& playlist, const std::optional<Error>& failure) {
  for (WaitingPart& part : std::exchange(playlist.waiting_parts, {}))
    if (!tell_part(playlist, part)) playlist.waiting_parts.push_back(std::move(part));
  for (Waiting& waiting : std::exchange(playlist.waiting, {})) {
    if (auto source = listed(playlist, waiting.request)) {
      follow(waiting.request.track, playlist);
      waiting.then(*std::move(source));
      continue;
    }
    HttpFailure failed;
    failed.message = failure ? to_string(*failure)
                             : media::redacted_url(playlist.url) + ": does not list the segment";
    failed.kind = session::FailureKind::connection;
    waiting.then(tl::unexpected<HttpFailure>(std::move(failed)));
  }
}

void HlsLiveSource::find_audio(const media::AudioTrack& audio, AudioFound then) {
  media::TrackSelection::Options wishes = wishes_;
  wishes.audio = audio;
  auto found = media::TrackSelection::create(presentation_, wishes);
  if (found && !found->tracks().audio)
    found = failure(ErrorCode::unsupported, "not all of the title has this one");
  if (found)
    if (const auto playable = check_playable(*found, keys_); !playable)
      found = tl::unexpected<Error>(playable.error());
  if (!found) {
    (void)then(tl::unexpected<Error>(found.error()));
    return;
  }
  Playlist& playlist = *playlists_.at(found->representation(TrackKind::audio, 0, 0).playlist);
  playlist.wanted_audio.push_back(
      {std::make_shared<const media::TrackSelection>(*std::move(found)), std::move(then)});
  read_at(playlist, loop_.now());
}

void HlsLiveSource::tell_audio(Playlist& playlist, const std::optional<Error>& failure) {
  for (WantedAudio& wanted : std::exchange(playlist.wanted_audio, {})) {
    const media::Track& known = *wanted.selection->tracks().audio;
    const auto more = media::growth(known, media::LastSegment::known, playlist.listed);
    Expected<media::Track> track = known.grown(more.track);
    if (failure) track = tl::unexpected<Error>(*failure);
    if (wanted.then(track))
      to_come_.push_back({wanted.selection, &playlist, *std::move(track), more.last});
  }
}

void HlsLiveSource::change_audio() {
  AudioToCome came = std::move(to_come_.front());
  to_come_.pop_front();
  audio_ = std::move(came.selection);
  // The session has given up what it waited for of the other one.
  const auto of_the_other = [](const auto& waiting) {
    return waiting.request.track == TrackKind::audio;
  };
  for (const auto& [url, playlist] : playlists_) {
    std::erase_if(playlist->waiting, of_the_other);
    std::erase_if(playlist->waiting_parts, of_the_other);
  }
  followed(TrackKind::audio) = {.playlist = came.playlist, .grown = loop_.now()};
  lasts_[slot(TrackKind::audio)] = came.last;
  set_audio(std::move(came.track));
  read_at(*came.playlist, blocks(*came.playlist)
                              ? loop_.now()
                              : came.playlist->asked + came.playlist->listed.target_duration());
  offer();
}

void HlsLiveSource::offer() {
  if (!to_come_.empty()) return;
  const auto known = tracks();
  media::TracksGrowth growth;
  auto lasts = lasts_;
  bool more = false;
  for (const TrackKind kind : all_tracks) {
    if (followed(kind).playlist == nullptr) continue;
    auto live = media::growth(*known->of(kind), lasts[slot(kind)], followed(kind).playlist->listed);
    lasts[slot(kind)] = live.last;
    growth.of(kind) = std::move(live.track);
    if (growth.of(kind).empty()) continue;
    followed(kind).grown = loop_.now();
    more = true;
  }
  auto grown = media::grown(*known, growth);
  if (!grown) {
    last_failure_ = to_string(grown.error());
    return;
  }
  lasts_ = lasts;
  growth.ended = ended(*grown);
  if (over_ || (!more && !growth.ended)) return;
  grown->live = !growth.ended;
  over_ = growth.ended;
  set_tracks(*std::move(grown));
  const MediaTime edge = listed_edge();
  receiver_.grew({.at = {},
                  .growth = std::move(growth),
                  .window_start = window_start(),
                  .live_edge = steady_edge(edge)});
}

MediaTime HlsLiveSource::steady_edge(MediaTime end) {
  Duration target{};
  for (const Followed& track : followed_)
    if (track.playlist != nullptr)
      target = std::max(target, track.playlist->listed.target_duration());
  const Timestamp now = loop_.now();
  if (edge_) {
    const MediaTime goes_on = edge_->first + (now - edge_->second);
    if (goes_on > end && goes_on - end <= target) end = goes_on;
  }
  edge_ = {end, now};
  return end;
}

bool HlsLiveSource::ended(const media::Tracks& tracks) const {
  // Where one track is over the others may be a little longer, but are not waited for.
  MediaTime end = MediaTime::max();
  for (const TrackKind kind : all_tracks)
    if (const auto& track = followed_[slot(kind)];
        track.playlist != nullptr && track.playlist->listed.ended())
      end = std::min(end, tracks.of(kind)->end());
  return end < MediaTime::max() && std::ranges::all_of(all_tracks, [&](TrackKind kind) {
           const auto& track = followed_[slot(kind)];
           return track.playlist == nullptr || track.playlist->listed.ended() ||
                  tracks.of(kind)->end() >= end;
         });
}

MediaTime HlsLiveSource::window_start() const {
  MediaTime start{};
  for (const Followed& track : followed_)
    if (track.playlist != nullptr) start = std::max(start, track.playlist->listed.start());
  return start;
}

void HlsLiveSource::give_up(const Error& error) {
  over_ = true;
  receiver_.failed(error);
}

}  // namespace rung::player
