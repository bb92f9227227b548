#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/presentation.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"
#include "player/url_places.h"

namespace rung::player {

/// Asks a title's steering server again and again from which pathways to fetch, and lets `places`
/// follow. A server that fails, or answers what is no steering manifest, changes nothing and is
/// asked again when it would have been. A resource, used on the loop's thread.
class ContentSteering {
 public:
  /// `throughput` tells the forecast, for the server; may be empty. All must outlive it.
  ContentSteering(EventLoop& loop, HttpClient& client, UrlPlaces& places,
                  const media::Presentation& presentation,
                  std::function<std::optional<BitRate>()> throughput);
  ContentSteering(const ContentSteering&) = delete;
  ContentSteering& operator=(const ContentSteering&) = delete;
  ~ContentSteering();

 private:
  void ask();
  void answered(const Expected<Document>& document);

  EventLoop& loop_;
  DocumentFetcher fetcher_;
  UrlPlaces& places_;
  std::function<std::optional<BitRate>()> throughput_;
  std::string url_;
  std::string answers_;  ///< The last URL at which there was an answer.
  media::ManifestFormat format_;
  std::map<std::string, media::StableId> stable_ids_;
  Duration wait_;  ///< Until it is asked again.
  EventLoop::TimerId timer_;
};

}  // namespace rung::player
