#include "player/title_loader.h"

#include <array>
#include <chrono>
#include <utility>

#include "core/check.h"
#include "core/limits.h"
#include "media/url_policy.h"

namespace rung::player {
namespace {

constexpr std::size_t documents_at_a_time = 6;

Duration since_1970() {
  return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
}

/// Lets a stop wake the loop.
class WakeOnStop {
 public:
  WakeOnStop(EventLoop& loop, const std::stop_token& stop) : callback_(stop, Wake{&loop}) {}

 private:
  struct Wake {
    EventLoop* loop;
    void operator()() const {
      loop->post([] {});
    }
  };
  std::stop_callback<Wake> callback_;
};

tl::unexpected<Error> stopped() { return failure(ErrorCode::network, "stopped while loading"); }

Expected<void> check_representation(const media::Representation& representation) {
  for (const auto& keyed : representation.encryption) {
    if (keyed.encryption)
      return failure(ErrorCode::unsupported,
                     "segments are encrypted (" + keyed.encryption->method + ")",
                     "representation " + representation.id);
  }
  return {};
}

}  // namespace

TitleLoader::TitleLoader(EventLoop& loop, HttpClient& client,
                         const DocumentFetcher::Options& options)
    : loop_(loop), client_(client), options_(options) {}

Expected<LoadedTitle> TitleLoader::load(const std::string& url, const std::stop_token& stop) {
  client_.serve_title(url);
  const Expected<Document> manifest = fetch_manifest(url, stop);
  if (!manifest) return tl::unexpected<Error>(manifest.error());
  LoadedTitle title;
  title.manifest_url = manifest->url;
  if (media::is_private_address(manifest->address)) title.addresses = HttpClient::Addresses::any;
  client_.confine(media::UrlPolicy(title.manifest_url), title.addresses);
  auto loader = media::PresentationLoader::create(manifest->text, manifest->url,
                                                  {.wall_clock = since_1970()});
  if (!loader) {
    Error error = loader.error();
    if (error.code == ErrorCode::malformed && !manifest->content_type.empty())
      error.message += " (the server calls it " + manifest->content_type + ")";
    return tl::unexpected<Error>(std::move(error));
  }
  if (!fetch_documents(*loader, stop)) return stopped();
  Expected<media::Presentation> presentation = std::move(*loader).finish();
  if (!presentation)
    return tl::unexpected<Error>(first_failure_ ? *first_failure_ : presentation.error());
  title.presentation = std::make_shared<const media::Presentation>(*std::move(presentation));
  return title;
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
  return *std::move(result);
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
        Expected<void> read = document.map([](const Document&) {});
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
                                  const std::stop_token& stop) {
  EventLoop loop;
  HttpClient client(loop, options);
  return TitleLoader(loop, client, {}).load(url, stop);
}

Expected<std::shared_ptr<const media::Presentation>> fetch_presentation(
    const std::string& url, const HttpClient::Options& options) {
  return fetch_title(url, options, std::stop_token()).map([](LoadedTitle title) {
    return std::move(title.presentation);
  });
}

Expected<void> check_playable(const media::TrackSelection& selection) {
  if (selection.presentation().type == media::PresentationType::live)
    return failure(ErrorCode::unsupported, "live presentations cannot be played");
  for (const media::TrackKind kind : {media::TrackKind::video, media::TrackKind::audio}) {
    const auto& track = selection.tracks().of(kind);
    if (!track) continue;
    SegmentNumber first = 0;
    for (const media::Track::Part& part : track->parts()) {
      const media::AdaptationSet& set = selection.adaptation_set(kind, first);
      if (set.is_protected)
        return failure(ErrorCode::unsupported, "the title is protected (DRM)",
                       "adaptation set " + set.id);
      for (RepresentationIndex index = 0; index < part.bandwidths.size(); ++index) {
        if (auto checked = check_representation(selection.representation(kind, first, index));
            !checked)
          return checked;
      }
      first += part.timeline.size();
    }
  }
  return {};
}

}  // namespace rung::player
