#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "media/hls_delta.h"
#include "media/hls_playlist.h"
#include "media/live_playlist.h"
#include "media/presentation_loader.h"
#include "media/track_selection.h"

/// Two playlists with a zero byte between them: what is loaded, and what every document that it
/// asks for contains.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rung;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zero = input.find('\0');
  const std::string_view text = input.substr(0, zero);
  const std::string_view answer =
      zero == std::string_view::npos ? std::string_view{} : input.substr(zero + 1);
  if (const auto whole = media::undo_hls_skip(text, answer))
    (void)media::parse_hls_playlist(*whole, "https://host.test/a/main.m3u8", {});
  auto loader =
      media::PresentationLoader::create(text, "https://host.test/a/main.m3u8?token=1", {});
  if (!loader) return 0;
  while (const auto document = loader->next_document())
    if (!loader->supply(*document, answer, document->url)) loader->skip(*document);
  auto presentation = std::move(*loader).finish();
  if (!presentation) return 0;
  const auto selection = media::TrackSelection::create(
      std::make_shared<const media::Presentation>(std::move(*presentation)), {"en"});
  if (!selection) return 0;
  for (const auto kind : {media::TrackKind::video, media::TrackKind::audio}) {
    const auto& track = selection->tracks().of(kind);
    if (!track) continue;
    const SegmentNumber last = track->segment_count() - 1;
    (void)selection->resource_of(kind, last, track->ladder(last).size() - 1);
    (void)selection->representation(kind, last, 0).encryption_of(track->place(last).index);
    (void)track->size(last, 0);
  }
  if (selection->presentation().playlists == nullptr) return 0;
  // The same live playlist later on.
  auto later = media::parse_hls_playlist(answer, "https://host.test/a/main.m3u8", {});
  auto* const fresh = later ? std::get_if<media::HlsMediaPlaylist>(&later->content) : nullptr;
  if (fresh == nullptr) return 0;
  for (const auto& [url, playlist] : selection->presentation().playlists->playlists) {
    media::LivePlaylist live = playlist;
    (void)live.take({*fresh, url}, &selection->presentation().playlists->playlists.front().second);
    (void)live.delay({});
    for (const auto kind : {media::TrackKind::video, media::TrackKind::audio})
      if (const auto& track = selection->tracks().of(kind))
        (void)track->grown(media::growth(*track, media::LastSegment::presumed, live).track);
  }
  return 0;
}
