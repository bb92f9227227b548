#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "media/dash_manifest.h"
#include "media/mpd_patch.h"
#include "media/presentation_loader.h"
#include "media/track_selection.h"

/// Any bytes as an MPD: parsed, turned into a presentation, and every question a player asks of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rung;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)media::patched_mpd(
      "<MPD id='m' publishTime='0'><Period id='1'/><Period><S/><S t='1'/></Period></MPD>", text,
      "");
  const auto manifest = media::parse_dash_manifest(text, "http://host.test/a/manifest.mpd",
                                                   std::chrono::seconds(1'700'000'000));
  if (!manifest) return 0;
  auto loader = media::PresentationLoader::create(text, "http://host.test/a/manifest.mpd",
                                                  {std::chrono::seconds(1'700'000'000)});
  if (!loader) return 0;
  while (const auto document = loader->next_document()) loader->skip(*document);
  auto presentation = std::move(*loader).finish();
  if (!presentation) return 0;
  const auto selection = media::TrackSelection::create(
      std::make_shared<const media::Presentation>(std::move(*presentation)), {});
  if (!selection) return 0;
  for (const auto kind : {media::TrackKind::video, media::TrackKind::audio}) {
    const auto& track = selection->tracks().of(kind);
    if (!track) continue;
    for (const SegmentNumber segment : {SegmentNumber{0}, track->segment_count() - 1}) {
      (void)selection->resource_of(kind, segment, 0);
      (void)selection->init_of(kind, segment, 0);
      (void)track->find(track->start(segment));
      (void)track->duration(segment);
    }
  }
  return 0;
}
