#include "player/title_loader.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <utility>

#include "core/check.h"
#include "core/limits.h"
#include "media/iso8601.h"
#include "media/live_presentation.h"
#include "media/url.h"
#include "media/url_policy.h"
#include "player/wall_clock.h"

namespace rung::player {
namespace {

constexpr std::size_t documents_at_a_time = 6;
/// Ways to learn the time that are tried, and how long one may take.
constexpr int most_clocks = 4;
constexpr Duration clock_timeout = std::chrono::seconds(3);

/// A machine's clock that differs no more from what the manifest's answer tells is as good as that.
constexpr Duration doubtful_clock = std::chrono::seconds(5);

tl::unexpected<Error> stopped() { return failure(ErrorCode::network, "stopped while loading"); }

Expected<void> check_representation(const media::Representation& representation,
                                    const decode::ContentKeys& keys) {
  for (const auto& keyed : representation.encryption)
    if (keyed.encryption)
      if (auto checked = check_playable(*keyed.encryption, representation.init.has_value(), keys);
          !checked) {
        checked.error().where = "representation " + representation.id;
        return checked;
      }
  return {};
}

bool has(const media::Presentation& presentation, media::ContentType type) {
  return std::ranges::any_of(presentation.periods, [&](const media::Period& period) {
    return std::ranges::any_of(period.adaptation_sets, [&](const media::AdaptationSet& set) {
      return set.type == type && !set.representations.empty();
    });
  });
}

/// The server's clock when it wrote the document's Date, since 1970, without the fraction of a
/// second that it does not tell.
std::optional<Duration> date_of(const Document& document) {
  const std::time_t date = curl_getdate(document.date.c_str(), nullptr);
  if (date <= 0) return std::nullopt;
  return std::chrono::seconds(date);
}

/// The origin's clock at the middle of the exchange that told it.
std::optional<Duration> time_of(const media::UtcTiming& timing, const Document& document) {
  if (timing.scheme.find(":http-head:") == std::string::npos)
    return media::parse_iso8601_instant(
        std::string_view(document.text).substr(0, document.text.find_last_not_of(" \r\n\t") + 1));
  const auto date = date_of(document);
  if (!date) return std::nullopt;
  return *date + std::chrono::milliseconds(500);
}

}  // namespace

TitleLoader::TitleLoader(EventLoop& loop, HttpClient& client,
                         const DocumentFetcher::Options& options, HeadCache* kept)
    : loop_(loop), client_(client), options_(options), kept_(kept) {}

Expected<LoadedTitle> TitleLoader::load(const std::string& url, const std::stop_token& stop) {
  client_.serve_title(url);
  if (auto title = load_kept(url)) return *std::move(title);
  const Expected<Document> manifest = fetch_manifest(url, stop);
  if (!manifest) return tl::unexpected<Error>(manifest.error());
  LoadedTitle title;
  title.manifest_url = manifest->url;
  if (media::is_private_address(manifest->address)) title.addresses = HttpClient::Addresses::any;
  client_.confine(media::UrlPolicy(title.manifest_url), title.addresses);
  auto loader = media::PresentationLoader::create(manifest->text, manifest->url,
                                                  {.wall_clock = since_1970()});
  if (loader && loader->announced().live) {
    const auto ahead = clock_ahead(loader->announced(), *manifest, stop);
    if (!ahead) return tl::unexpected<Error>(ahead.error());
    title.clock_ahead = *ahead;
    title.manifest = manifest->text;
    loader = media::PresentationLoader::create(manifest->text, manifest->url,
                                               {.wall_clock = since_1970() + *ahead});
  }
  if (!loader) {
    Error error = loader.error();
    if (error.code == ErrorCode::malformed && !manifest->content_type.empty())
      error.message += " (the server calls it " + manifest->content_type + ")";
    return tl::unexpected<Error>(std::move(error));
  }
  title.loaded = since_1970();
  const bool had_pictures = has(loader->announced(), media::ContentType::video);
  const bool had_sound = has(loader->announced(), media::ContentType::audio);
  if (!fetch_documents(*loader, stop)) return stopped();
  Expected<media::Presentation> presentation = std::move(*loader).finish();
  if (!presentation)
    return tl::unexpected<Error>(first_failure_ ? *first_failure_ : presentation.error());
  // Sound alone is not what the manifest promises; pictures alone are better than nothing.
  if (first_failure_ && had_pictures && !has(*presentation, media::ContentType::video))
    return tl::unexpected<Error>(*first_failure_);
  if (first_failure_ && had_sound && !has(*presentation, media::ContentType::audio))
    title.sound_lost = to_string(*first_failure_);
  if (presentation->live) {
    const media::LiveWindow window =
        media::window_at(*presentation->live, since_1970() + title.clock_ahead);
    presentation = media::available(*std::move(presentation), window);
    if (presentation->periods.empty())
      return failure(ErrorCode::unsupported, "no segment of the live presentation is there now",
                     media::redacted_url(title.manifest_url));
  }
  title.presentation = std::make_shared<const media::Presentation>(*std::move(presentation));
  title.documents = received_;
  const bool whole = !first_failure_ && title.presentation->type != media::PresentationType::live;
  if (kept_ != nullptr && whole && freshness_.may_keep) {
    title.identity = identity_of(noted_);
    kept_->keep(url, noted_, freshness_);
  }
  return title;
}

std::optional<LoadedTitle> TitleLoader::load_kept(const std::string& url) {
  if (kept_ == nullptr) return std::nullopt;
  const std::optional<TitleDocuments> kept = kept_->documents(url);
  if (!kept) return std::nullopt;
  const TitleDocuments::Document& manifest = kept->documents.front();
  LoadedTitle title{
      .manifest_url = manifest.url, .identity = identity_of(*kept), .from_disk = true};
  if (kept->private_address) title.addresses = HttpClient::Addresses::any;
  auto loader =
      media::PresentationLoader::create(manifest.text, manifest.url, {.wall_clock = since_1970()});
  if (!loader || loader->announced().live) return std::nullopt;
  while (const std::optional<media::Resource> wanted = loader->next_document()) {
    const auto found =
        std::ranges::find(kept->documents, *wanted, &TitleDocuments::Document::asked);
    if (found == kept->documents.end() || !loader->supply(*wanted, found->text, found->url))
      return std::nullopt;
  }
  Expected<media::Presentation> presentation = std::move(*loader).finish();
  if (!presentation) return std::nullopt;
  title.presentation = std::make_shared<const media::Presentation>(*std::move(presentation));
  for (const TitleDocuments::Document& document : kept->documents)
    title.documents += ByteCount(static_cast<std::int64_t>(document.text.size()));
  client_.confine(media::UrlPolicy(title.manifest_url), title.addresses);
  return title;
}

void TitleLoader::note(media::Resource asked, const Document& document) {
  if (kept_ == nullptr) return;
  freshness_ = both(freshness_, document.freshness);
  noted_.documents.push_back({std::move(asked), document.url, document.text});
}

Expected<Document> TitleLoader::fetch_manifest(const std::string& url,
                                               const std::stop_token& stop) {
  const WakeOnStop wake(loop_, stop);
  DocumentFetcher fetcher(loop_, client_, options_);
  std::optional<Expected<Document>> result;
  fetcher.fetch({url, std::nullopt}, limits::manifest_size,
                [&](Expected<Document> document) { result = std::move(document); });
  loop_.run_until(Timestamp::max(), [&] { return result.has_value() || stop.stop_requested(); });
  if (!result) return stopped();
  if (*result) {
    received_ = ByteCount(static_cast<std::int64_t>((*result)->text.size()));
    noted_.private_address = media::is_private_address((*result)->address);
    note({url, std::nullopt}, **result);
  }
  return *std::move(result);
}

Duration TitleLoader::clock_ahead(const Document& manifest) const {
  const auto date = date_of(manifest);
  if (!date) return Duration::zero();
  // Rather late than early: what is asked for then is there.
  const Duration since = age_of(manifest.age) + (loop_.now() - manifest.completed);
  const Duration ahead = *date + since - since_1970();
  if (ahead > doubtful_clock) return ahead;
  // An older one may be of a copy that a cache has had for long, and does not say so.
  const Freshness& freshness = manifest.freshness;
  const bool recent =
      !manifest.age.empty() || !freshness.may_keep || freshness.fresh_for <= doubtful_clock;
  return recent && ahead < -doubtful_clock ? ahead : Duration::zero();
}

Expected<Duration> TitleLoader::clock_ahead(const media::Presentation& presentation,
                                            const Document& manifest, const std::stop_token& stop) {
  const WakeOnStop wake(loop_, stop);
  int tries = 0;
  for (const media::UtcTiming& timing : presentation.live->timings) {
    if (timing.scheme == "urn:mpeg:dash:utc:direct:2014") {
      if (const auto time = media::parse_iso8601_instant(timing.value)) return *time - since_1970();
      continue;
    }
    const auto is = [&](std::string_view name) {
      return timing.scheme == "urn:mpeg:dash:utc:" + std::string(name) + ":2014" ||
             timing.scheme == "urn:mpeg:dash:utc:" + std::string(name) + ":2012";
    };
    if (!is("http-iso") && !is("http-xsdate") && !is("http-head")) continue;
    if (++tries > most_clocks) break;
    // Several addresses may stand there, with spaces between them; the first one has to do.
    const std::string url =
        media::resolve_url(presentation.url, timing.value.substr(0, timing.value.find(' ')));
    DocumentFetcher fetcher(loop_, client_, {.attempts = 1, .attempt_timeout = clock_timeout});
    std::optional<Expected<Document>> result;
    fetcher.fetch({url, std::nullopt}, limits::init_segment_size,
                  [&](Expected<Document> document) { result = std::move(document); });
    loop_.run_until(Timestamp::max(), [&] { return result.has_value() || stop.stop_requested(); });
    if (!result) return stopped();
    if (!*result) continue;
    const auto time = time_of(timing, **result);
    const Timestamp middle =
        (*result)->requested + ((*result)->completed - (*result)->requested) / 2;
    if (time) return *time + (loop_.now() - middle) - since_1970();
  }
  return clock_ahead(manifest);
}

bool TitleLoader::fetch_documents(media::PresentationLoader& presentation,
                                  const std::stop_token& stop) {
  const WakeOnStop wake(loop_, stop);
  DocumentFetcher fetcher(loop_, client_, options_);
  while (!presentation.complete()) {
    while (fetcher.running() < documents_at_a_time) {
      const std::optional<media::Resource> wanted = presentation.next_document();
      if (!wanted) break;
      const ByteCount limit = wanted->range ? limits::init_segment_size : limits::manifest_size;
      fetcher.fetch(*wanted, limit, [this, &presentation, wanted](Expected<Document> document) {
        Expected<void> read = document.map([&](const Document& there) {
          received_ += ByteCount(static_cast<std::int64_t>(there.text.size()));
          note(*wanted, there);
        });
        if (document) read = presentation.supply(*wanted, document->text, document->url);
        if (read) return;
        if (!first_failure_) first_failure_ = read.error();
        presentation.skip(*wanted);
      });
    }
    const std::size_t running = fetcher.running();
    RUNG_CHECK(running > 0);
    loop_.run_until(Timestamp::max(),
                    [&] { return fetcher.running() < running || stop.stop_requested(); });
    if (stop.stop_requested()) return false;
  }
  return true;
}

Expected<LoadedTitle> fetch_title(const std::string& url, const HttpClient::Options& options,
                                  const std::stop_token& stop, HeadCache* kept) {
  EventLoop loop;
  HttpClient client(loop, options);
  return TitleLoader(loop, client, {}, kept).load(url, stop);
}

Expected<std::shared_ptr<const media::Presentation>> fetch_presentation(
    const std::string& url, const HttpClient::Options& options) {
  return fetch_title(url, options, std::stop_token()).map([](LoadedTitle title) {
    return std::move(title.presentation);
  });
}

Expected<void> check_playable(const media::TrackSelection& selection,
                              const decode::ContentKeys& keys) {
  for (const media::TrackKind kind : {media::TrackKind::video, media::TrackKind::audio}) {
    const auto& track = selection.tracks().of(kind);
    if (!track) continue;
    SegmentNumber first = 0;
    for (const media::Track::Part& part : track->parts()) {
      const media::AdaptationSet& set = selection.adaptation_set(kind, first);
      if (set.is_protected && keys.empty())
        return failure(ErrorCode::unsupported,
                       "the title is protected (DRM); it plays for those who have its keys (--key)",
                       "adaptation set " + set.id);
      for (const std::string& id : set.key_ids)
        if (!keys.contains(id))
          return failure(ErrorCode::unsupported,
                         "the title is protected, and no key is given for " + id,
                         "adaptation set " + set.id);
      for (RepresentationIndex index = 0; index < part.bandwidths.size(); ++index) {
        if (auto checked = check_representation(selection.representation(kind, first, index), keys);
            !checked)
          return checked;
      }
      first += part.timeline.size();
    }
  }
  return {};
}

Expected<void> check_playable(const media::Encryption& encryption, bool has_init,
                              const decode::ContentKeys& keys) {
  const bool of_samples =
      encryption.method == "SAMPLE-AES" || encryption.method == "SAMPLE-AES-CTR";
  if (encryption.key_format == "identity" ? of_samples || encryption.method == "AES-128"
                                          : of_samples && has_init && !keys.empty())
    return {};
  std::string how = encryption.method;
  if (encryption.key_format != "identity") how += ", keys of " + encryption.key_format;
  if (of_samples && !keys.empty())
    how += "; --key is of use only for segments with an init segment";
  return failure(ErrorCode::unsupported, "segments are encrypted (" + how + ")");
}

bool is_encrypted(const media::TrackSelection& selection) {
  for (const media::TrackKind kind : {media::TrackKind::video, media::TrackKind::audio}) {
    const auto& track = selection.tracks().of(kind);
    if (!track) continue;
    SegmentNumber first = 0;
    for (const media::Track::Part& part : track->parts()) {
      for (RepresentationIndex index = 0; index < part.bandwidths.size(); ++index)
        if (!selection.representation(kind, first, index).encryption.empty()) return true;
      first += part.timeline.size();
    }
  }
  return false;
}

}  // namespace rung::player
