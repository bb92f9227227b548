#include "player/content_steering.h"

#include <string_view>
#include <utility>

#include "core/limits.h"
#include "media/steering_manifest.h"
#include "media/url.h"

namespace rung::player {
namespace {

constexpr ByteCount largest_manifest{64 * 1024};

}  // namespace

ContentSteering::ContentSteering(EventLoop& loop, HttpClient& client, UrlPlaces& places,
                                 const media::Presentation& presentation,
                                 std::function<std::optional<BitRate>()> throughput)
    : loop_(loop),
      fetcher_(loop, client, {.attempts = 1}),
      places_(places),
      throughput_(std::move(throughput)),
      url_(presentation.steering->server),
      answers_(url_),
      format_(presentation.format),
      stable_ids_(presentation.stable_ids),
      wait_(media::usual_steering_ttl) {
  places_.steer(presentation.steering->first);
  ask();
}

ContentSteering::~ContentSteering() { loop_.cancel(timer_); }

void ContentSteering::ask() {
  const bool hls = format_ == media::ManifestFormat::hls;
  const std::string prefix = hls ? "_HLS_" : "_DASH_";
  std::string url = url_;
  if (const std::string pathway = places_.pathway(); !pathway.empty())
    url = media::with_parameter(
        url, prefix + "pathway=" + media::query_escaped(hls ? pathway : '"' + pathway + '"'));
  if (const auto rate = throughput_ ? throughput_() : std::nullopt)
    url = media::with_parameter(url,
                                prefix + "throughput=" + std::to_string(rate->bits_per_second()));
  fetcher_.fetch({url, std::nullopt}, largest_manifest,
                 [this](const Expected<Document>& document) { answered(document); });
}

void ContentSteering::answered(const Expected<Document>& document) {
  // What a server names for the next time may not be there, or not be allowed.
  if (!document) url_ = answers_;
  if (document) {
    answers_ = url_;
    if (const auto manifest = media::parse_steering_manifest(document->text)) {
      wait_ = manifest->ttl;
      if (!manifest->reload_uri.empty() && manifest->reload_uri.size() <= limits::url_length)
        url_ = media::resolve_url(document->url, manifest->reload_uri);
      for (const media::PathwayClone& clone : manifest->clones)
        places_.clone(clone, format_, stable_ids_);
      places_.steer(manifest->priority);
    }
  }
  timer_ = loop_.call_at(loop_.now() + wait_, [this] { ask(); });
}

}  // namespace rung::player
