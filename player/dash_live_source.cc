#include "player/dash_live_source.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "core/limits.h"
#include "media/mpd_patch.h"
#include "media/presentation_loader.h"
#include "media/url_policy.h"
#include "player/wall_clock.h"

namespace rung::player {
namespace {

using media::TrackKind;

constexpr std::array all_tracks{TrackKind::video, TrackKind::audio};
/// While keys are waited for.
constexpr Duration licence_look = std::chrono::milliseconds(100);
/// However soon the manifest wants to be read again.
constexpr Duration shortest_update = std::chrono::milliseconds(500);
/// Between two looks at it.
constexpr Duration shortest_look = std::chrono::milliseconds(50);
/// What a manifest does not announce for so long will not come.
constexpr Duration furthest_look = std::chrono::hours(24);
/// A segment is asked for so long after it should be there, so that a rounded clock does no harm.
constexpr Duration margin = std::chrono::milliseconds(20);

}  // namespace

DashLiveSource::DashLiveSource(EventLoop& loop, HttpClient& client, const LoadedTitle& title,
                               const media::TrackSelection& first,
                               media::TrackSelection::Options wishes,
                               std::optional<Duration> latency)
    : LiveSource(first.tracks(), media::safe_delay(first.presentation(), first.tracks(), latency),
                 range_of(*first.presentation().live),
                 media::first_chunk(first.presentation(), first.tracks()) <
                     media::longest_segment(first.tracks())),
      loop_(loop),
      client_(client),
      fetcher_(loop, client, {.attempts = 1}),
      wishes_(std::move(wishes)),
      first_url_(title.manifest_url),
      url_(title.manifest_url),
      text_(title.manifest),
      clock_at_zero_(since_1970() + title.clock_ahead - loop.now().time_since_epoch()),
      availability_start_(first.presentation().live->availability_start),
      keys_(title.keys),
      patch_(first.presentation().live->patch),
      newest_(std::make_shared<const media::TrackSelection>(first)),
      before_(newest_),
      grown_at_(loop.now()) {}

DashLiveSource::~DashLiveSource() { loop_.cancel(timer_); }

void DashLiveSource::begin(Receiver receiver) {
  receiver_ = std::move(receiver);
  const auto& times = *newest_->presentation().live;
  if (times.update_period)
    reload_at_ = loop_.now() + std::max(*times.update_period, shortest_update);
  const media::LiveWindow window = media::window_at(times, wall_clock());
  receiver_.grew({.at = {}, .growth = {}, .window_start = window.start, .live_edge = window.edge});
  look_at(loop_.now());
}

MediaTime DashLiveSource::join() const {
  const MediaTime place = std::max(edge() - delay(), MediaTime{});
  return chunked() ? place : beginning_at(place);
}

PlaybackEnvironment::Source DashLiveSource::source_of(const session::FetchSegment& request) const {
  const auto known = tracks();
  const media::Track& track = *known->of(request.track);
  for (const auto& selection : {newest_, before_}) {
    const auto& fresh = selection->tracks().of(request.track);
    // Of sound that has been left somebody may still want to know.
    if (!fresh || request.segment >= track.segment_count()) continue;
    const auto segment = media::counterpart(track, request.segment, *fresh);
    if (!segment) continue;
    return {selection->resource_of(request.track, *segment, request.representation),
            selection->init_of(request.track, *segment, request.representation)};
  }
  // It has left the window: the manifest's own URL tells of it, and the origin will answer so.
  return {{.url = url_, .range = media::ByteRange{.first = 0, .length = ByteCount(1)}},
          std::nullopt};
}

MediaTime DashLiveSource::edge() const {
  return MediaTime(std::max(wall_clock() - availability_start_, Duration::zero()));
}

Duration DashLiveSource::wall_clock() const {
  return clock_at_zero_ + loop_.now().time_since_epoch();
}

void DashLiveSource::find_audio(const media::AudioTrack& audio, AudioFound then) {
  media::TrackSelection::Options wishes = wishes_;
  wishes.audio = audio;
  auto found = read(wishes);
  if (found && !found->tracks().audio)
    found = failure(ErrorCode::unsupported, "not all of the title has this one");
  if (found)
    if (const auto playable = check_playable(*found, keys_); !playable)
      found = tl::unexpected<Error>(playable.error());
  if (!then(found.map([](const media::TrackSelection& made) { return *made.tracks().audio; })))
    return;
  to_come_.emplace_back(audio, std::make_shared<const media::TrackSelection>(*std::move(found)));
}

void DashLiveSource::change_audio() {
  auto [audio, selection] = std::move(to_come_.front());
  to_come_.pop_front();
  wishes_.audio = std::move(audio);
  set_audio(*selection->tracks().audio);
  // The one before has the other sound.
  newest_ = before_ = std::move(selection);
  look_at(loop_.now());
}

Expected<media::TrackSelection> DashLiveSource::read(
    const media::TrackSelection::Options& wishes) const {
  return read_at(wishes, wall_clock());
}

Expected<media::TrackSelection> DashLiveSource::read_at(
    const media::TrackSelection::Options& wishes, Duration now,
    std::optional<MediaTime> window_start) const {
  auto loader = media::PresentationLoader::create(text_, url_, {.wall_clock = now});
  if (!loader) return tl::unexpected<Error>(loader.error());
  while (const auto document = loader->next_document()) loader->skip(*document);
  auto presentation = std::move(*loader).finish();
  if (!presentation) return tl::unexpected<Error>(presentation.error());
  if (presentation->live) {
    media::LiveWindow window = media::window_at(*presentation->live, now);
    window.start = window_start.value_or(window.start);
    presentation = media::available(*std::move(presentation), window);
  }
  return media::TrackSelection::create(
      std::make_shared<const media::Presentation>(*std::move(presentation)), wishes);
}

void DashLiveSource::look() {
  if (over_ || !to_come_.empty()) return;
  // Where nothing is there now, something may be later.
  if (auto fresh = read(wishes_)) {
    const bool playable = unlocked(*fresh);
    if (over_) return;
    if (!playable) return look_at(loop_.now() + licence_look);
    offer(*std::move(fresh));
  }
  if (over_) return;
  const Timestamp now = loop_.now();
  const bool silent = now - grown_at_ > limits::live_silence;
  // A manifest that will be read again may tell of more.
  const bool final = !reload_at_ && !reloading_;
  if ((silent || final) && played_out()) return end();
  if (silent)
    return give_up({ErrorCode::network,
                    "the live presentation has not gone on for " +
                        std::to_string(limits::live_silence / std::chrono::seconds(1)) + " s" +
                        (last_failure_.empty() ? "" : ": " + last_failure_),
                    media::redacted_url(url_)});
  if (reload_at_ && *reload_at_ <= now && !reloading_) reload();
  Timestamp next = std::max(next_segment_due(), now + shortest_look);
  if (reload_at_ && !reloading_) next = std::min(next, std::max(*reload_at_, now));
  look_at(std::min(next, now + limits::live_silence));
}

void DashLiveSource::look_at(Timestamp at) {
  loop_.cancel(timer_);
  timer_ = loop_.call_at(at, [this] { look(); });
}

void DashLiveSource::offer(media::TrackSelection fresh) {
  const auto known = tracks();
  const bool ended = fresh.presentation().type == media::PresentationType::on_demand;
  media::TracksGrowth growth = media::growth(*known, *newest_, fresh);
  growth.ended = ended;
  auto grown = media::grown(*known, growth);
  if (!grown) {
    last_failure_ = to_string(grown.error());
    return;
  }
  const bool more = std::ranges::any_of(
      growth.tracks, [](const media::TrackGrowth& track) { return !track.parts.empty(); });
  media::LiveWindow window{.start = {}, .edge = media::end_of(*grown)};
  if (!ended) window = media::window_at(*fresh.presentation().live, wall_clock());
  set_tracks(*std::move(grown));
  if (!ended) availability_start_ = fresh.presentation().live->availability_start;
  auto selection = std::make_shared<const media::TrackSelection>(std::move(fresh));
  if (more) before_ = newest_;
  newest_ = std::move(selection);
  if (!more && !ended) return;
  grown_at_ = loop_.now();
  over_ = ended;
  receiver_.grew({.at = {},
                  .growth = std::move(growth),
                  .window_start = window.start,
                  .live_edge = window.edge});
}

bool DashLiveSource::played_out() const {
  const auto known = tracks();
  // What comes next may have left the window long before that look.
  const auto then = read_at(wishes_, wall_clock() + furthest_look, MediaTime{});
  return then && media::end_of(then->tracks()) <= media::end_of(*known);
}

void DashLiveSource::end() {
  media::TracksGrowth growth;
  growth.ended = true;
  auto grown = media::grown(*tracks(), growth);
  if (!grown) return give_up(grown.error());
  const MediaTime edge = media::end_of(*grown);
  set_tracks(*std::move(grown));
  over_ = true;
  receiver_.grew({.at = {}, .growth = std::move(growth), .window_start = {}, .live_edge = edge});
}

const std::string& DashLiveSource::location() const {
  const auto& live = newest_->presentation().live;
  if (!live || live->locations.empty()) return url_;
  // Behind the last one comes where it was found first.
  const std::size_t next =
      static_cast<std::size_t>(failed_locations_) % (live->locations.size() + 1);
  return next < live->locations.size() ? live->locations[next] : first_url_;
}

void DashLiveSource::reload() {
  reloading_ = true;
  asked_ = loop_.now();
  if (patch_ && patch_->until && wall_clock() >= *patch_->until) patch_.reset();
  fetcher_.fetch({patch_ ? patch_->url : location(), std::nullopt}, limits::manifest_size,
                 [this](const Expected<Document>& document) { reloaded(document); },
                 {.timeout = reload_timeout(update_period(), failures_)});
}

Duration DashLiveSource::update_period() const {
  const auto& live = newest_->presentation().live;
  return live ? live->update_period.value_or(Duration::zero()) : Duration::zero();
}

void DashLiveSource::reloaded(const Expected<Document>& document) {
  reloading_ = false;
  const Timestamp now = loop_.now();
  const bool patched = std::exchange(patch_, std::nullopt).has_value();
  Expected<std::string> text = document.map(&Document::text);
  if (document && patched) text = media::patched_mpd(text_, document->text, document->url);
  const std::string url = document && !patched ? document->url : url_;
  Expected<void> read = text.map([](const std::string&) {});
  std::optional<media::LiveTimes> times;
  if (text) {
    const auto loader = media::PresentationLoader::create(*text, url, {.wall_clock = wall_clock()});
    read = loader.map([](const media::PresentationLoader&) {});
    if (loader) times = loader->announced().live;
  }
  // Whatever is wrong with a patch, the whole manifest tells the same.
  if (!read && patched) return reload();
  if (!read) {
    last_failure_ = to_string(read.error());
    ++failed_locations_;
    reload_at_ = std::max(now, asked_ + reload_wait(update_period(), ++failures_));
  } else {
    failures_ = 0;
    last_failure_.clear();
    text_ = *std::move(text);
    url_ = url;
    reload_at_.reset();
    if (times) patch_ = times->patch;
    if (times && times->update_period)
      reload_at_ = now + std::max(*times->update_period, shortest_update);
  }
  look();
}

Timestamp DashLiveSource::next_segment_due() const {
  Timestamp next = Timestamp::max();
  const auto known = tracks();
  for (const TrackKind kind : all_tracks) {
    const auto& track = known->of(kind);
    if (!track) continue;
    const media::Track& fresh = *track;
    const Duration length = fresh.duration(fresh.segment_count() - 1);
    const media::AdaptationSet* set = nullptr;
    if (const auto& newest = newest_->tracks().of(kind))
      set = &newest_->adaptation_set(kind, newest->segment_count() - 1);
    Duration offset = set != nullptr ? set->availability_offset : Duration::zero();
    offset = std::min(offset, std::max(length - shortest_look, Duration::zero()));
    const Duration due =
        availability_start_ + fresh.end().time_since_epoch() + length - offset + margin;
    // One that should be there and is not may come with any look; soon enough is twice a segment,
    // but of those that come in chunks a small part of one.
    const Duration soon = std::max(length / (chunked() ? 16 : 2), shortest_look);
    const Timestamp at(due - clock_at_zero_);
    next = std::min(next, at > loop_.now() ? at : loop_.now() + soon);
  }
  return next;
}

bool DashLiveSource::unlocked(const media::TrackSelection& fresh) {
  auto playable = check_playable(fresh, keys_);
  if (playable) return true;
  if (!licences_) {
    auto requests = licence_requests(fresh.presentation(), keys_);
    if (requests.empty()) {
      give_up(playable.error());
      return false;
    }
    licences_ = std::make_unique<LicenceRound>(loop_, client_, std::move(requests));
  }
  if (!licences_->over()) return false;
  const Licences came = licences_->licences();
  licences_.reset();
  keys_.insert(came.keys.begin(), came.keys.end());
  for (const auto& [id, key] : came.keys) wishes_.key_ids.insert(id);
  playable = check_playable(fresh, keys_);
  if (!playable) {
    if (!came.trouble.empty()) playable.error().message += "; " + came.trouble;
    give_up(playable.error());
    return false;
  }
  if (receiver_.keys) receiver_.keys(came.keys);
  return true;
}

void DashLiveSource::give_up(const Error& error) {
  over_ = true;
  receiver_.failed(error);
}

}  // namespace rung::player
