#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "core/expected.h"
#include "media/decode/content_keys.h"
#include "media/presentation.h"
#include "media/presentation_loader.h"
#include "media/track_selection.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/freshness.h"
#include "player/head_cache.h"
#include "player/head_entry.h"
#include "player/http_client.h"

namespace rung::player {

/// A title as it was loaded, with what its manifest may lead to. A value.
struct LoadedTitle {
  std::shared_ptr<const media::Presentation> presentation;
  std::string manifest_url;  ///< Where the redirects ended.
  HttpClient::Addresses addresses = HttpClient::Addresses::public_only;
  ByteCount documents;            ///< The size of the manifest and of all that it needed.
  std::string manifest = {};      ///< Its text, where it is live.
  Duration loaded{};              ///< This machine's clock then, since 1970.
  Duration clock_ahead{};         ///< The origin's clock, of this machine's.
  std::uint64_t identity = 0;     ///< Of its documents, where they may be kept; else 0.
  bool from_disk = false;         ///< Its documents were kept.
  decode::ContentKeys keys = {};  ///< That the viewer has of it.
  std::string sound_lost = {};    ///< Why there is no sound, where the manifest tells of some.
};

/// From a manifest's URL to what can be played: fetches the manifest and all further documents,
/// several at a time, and confines the client to where the manifest may lead. A resource; load()
/// runs the loop until it is done.
class TitleLoader {
 public:
  /// All must outlive it. What is fresh of `kept`, which may be null, is not fetched; what is
  /// fetched is kept there, as far as it may be.
  TitleLoader(EventLoop& loop, HttpClient& client, const DocumentFetcher::Options& options,
              HeadCache* kept = nullptr);
  TitleLoader(const TitleLoader&) = delete;
  TitleLoader& operator=(const TitleLoader&) = delete;

  /// Fails with network, refused, malformed, limit_exceeded or unsupported; with network, too, when
  /// `stop` ends it. A document that cannot be had costs its representations, not the title.
  [[nodiscard]] Expected<LoadedTitle> load(const std::string& url, const std::stop_token& stop);

 private:
  /// The title from documents that were kept; nothing where they do not do.
  [[nodiscard]] std::optional<LoadedTitle> load_kept(const std::string& url);
  /// Notes a document that was fetched.
  void note(media::Resource asked, const Document& document);
  [[nodiscard]] Expected<Document> fetch_manifest(const std::string& url,
                                                  const std::stop_token& stop);
  /// How far the origin's clock is ahead of this machine's, by the first way that works; by the
  /// manifest's own answer where none does.
  [[nodiscard]] Expected<Duration> clock_ahead(const media::Presentation& presentation,
                                               const Document& manifest,
                                               const std::stop_token& stop);
  /// The same by the Date of the answer; zero where that is about the same or tells nothing.
  [[nodiscard]] Duration clock_ahead(const Document& manifest) const;
  [[nodiscard]] bool fetch_documents(media::PresentationLoader& presentation,
                                     const std::stop_token& stop);

  EventLoop& loop_;
  HttpClient& client_;
  DocumentFetcher::Options options_;
  std::optional<Error> first_failure_;  ///< Of a further document.
  ByteCount received_;                  ///< In documents.
  HeadCache* kept_;
  TitleDocuments noted_;  ///< What was fetched, where it may be kept.
  Freshness freshness_;
};

/// Loads one title with a loop and a client of its own, as load() does.
[[nodiscard]] Expected<LoadedTitle> fetch_title(const std::string& url,
                                                const HttpClient::Options& options,
                                                const std::stop_token& stop,
                                                HeadCache* kept = nullptr);

/// Loads one presentation with a loop and a client of its own, and waits for it: for programs that
/// want nothing else from the network.
[[nodiscard]] Expected<std::shared_ptr<const media::Presentation>> fetch_presentation(
    const std::string& url, const HttpClient::Options& options);

/// Unsupported, and why, where the player cannot play what was selected: what is encrypted in
/// another way than with AES-128, as a whole or its samples, or with a key that can neither just be
/// fetched nor is among `keys`.
[[nodiscard]] Expected<void> check_playable(const media::TrackSelection& selection,
                                            const decode::ContentKeys& keys);
/// The same for what is encrypted like that. Which of `keys` it needs only an init segment tells.
[[nodiscard]] Expected<void> check_playable(const media::Encryption& encryption, bool has_init,
                                            const decode::ContentKeys& keys);

/// Whether any of its segments is encrypted.
[[nodiscard]] bool is_encrypted(const media::TrackSelection& selection);

}  // namespace rung::player
