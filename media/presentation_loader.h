#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "media/hls_playlist.h"
#include "media/hls_presentation.h"
#include "media/iso_bmff.h"
#include "media/live_playlist.h"
#include "media/presentation.h"
#include "media/url_policy.h"

namespace rung::media {

/// Turns a manifest into a Presentation without fetching anything itself. It says which further
/// documents it needs (HLS media playlists, DASH index segments), is fed their bytes in any order,
/// and is finished when none is left:
///
///   auto loader = PresentationLoader::create(bytes, url, {});
///   while (auto document = loader->next_document()) fetch it, then supply() or skip() it
///   auto presentation = loader->finish();
///
/// Every document asked for has passed the URL policy of the manifest. A value.
class PresentationLoader {
 public:
  struct Options {
    /// The wall clock, since 1970, for live documents whose segments follow from it.
    std::optional<Duration> wall_clock;
  };

  /// `url` is where the manifest came from after redirects, or the URL that a local file stands
  /// for.
  static Expected<PresentationLoader> create(std::string_view manifest, std::string url,
                                             Options options);

  /// As the manifest alone tells it.
  [[nodiscard]] const Presentation& announced() const { return presentation_; }

  /// A document that has not been asked for yet; the answer may come later, so several can be under
  /// way. Each one is given once; at most limits::documents in all.
  [[nodiscard]] std::optional<Resource> next_document();
  /// The bytes of a document that next_document() gave. `final_url` is where they came from after
  /// redirects. Fails when they are malformed; skip() the document then, or give up.
  [[nodiscard]] Expected<void> supply(const Resource& document, std::string_view bytes,
                                      const std::string& final_url);
  /// The document cannot be had: what depends on it is left out of the presentation.
  void skip(const Resource& document);
  /// Whether every document has been supplied or skipped.
  [[nodiscard]] bool complete() const;

  /// The presentation; call when complete(). Fails when nothing playable is left.
  [[nodiscard]] Expected<Presentation> finish() &&;

 private:
  explicit PresentationLoader(Presentation presentation);

  struct Place {
    std::size_t period = 0;
    std::size_t adaptation_set = 0;
    std::size_t representation = 0;
  };
  struct Document {
    enum class State { wanted, asked, read, skipped };
    Resource resource;
    std::vector<Place> needed_by;
    State state = State::wanted;
    std::optional<HlsMediaDocument> playlist;
  };

  [[nodiscard]] Representation& at(const Place& place);
  [[nodiscard]] Expected<void> want_pending_documents();
  [[nodiscard]] Document& find(const Resource& resource);
  /// Counts what `segments` more segments with URLs of about this length take; fails beyond
  /// limits::presentation_size.
  [[nodiscard]] Expected<void> charge(std::size_t segments, std::size_t url_length);
  [[nodiscard]] Expected<void> use_index(const Place& place, const SegmentIndex& index);
  [[nodiscard]] Expected<void> assemble_hls();
  /// Puts the playlists of a live title beside each other.
  void place_playlists();
  /// The segments that `document` lists; of a live title those that all playlists of `set` have.
  [[nodiscard]] std::vector<PlacedSegment> segments_of(const Document& document,
                                                       const AdaptationSet& set) const;
  /// The document that was read for it; null where there is none.
  [[nodiscard]] const Document* playlist_of(const Representation& representation) const;
  [[nodiscard]] const LivePlaylist* live_playlist(const std::string& url) const;

  Presentation presentation_;
  UrlPolicy policy_;
  std::vector<Document> documents_;
  std::vector<HlsVariable> variables_;
  std::optional<Duration> start_offset_;       ///< EXT-X-START.
  std::shared_ptr<const LivePlaylists> live_;  ///< Of a live HLS title.
  ByteCount expanded_;
};

}  // namespace rung::media
