#pragma once

#include <optional>

#include "core/time.h"
#include "media/hls_playlist.h"
#include "media/presentation.h"

namespace rung::media {

/// A small picture that stands for a while of a title: a part of an image. A value.
struct Thumbnail {
  Resource image;
  TileGrid grid;  ///< Of the image.
  int column = 0;
  int row = 0;
  friend bool operator==(const Thumbnail&, const Thumbnail&) = default;
};

/// A DASH title's thumbnail for a place (DASH-IF guidelines, section 6.2.6): of the representations
/// the one with the smallest pictures that are `width` pixels wide or more, else the widest one's.
/// Nullopt where there is none.
[[nodiscard]] std::optional<Thumbnail> thumbnail_at(const Presentation& presentation, MediaTime at,
                                                    int width);
/// The same of the image playlists of an HLS title; nullptr where it has none.
[[nodiscard]] const ImageRendition* image_rendition(const Presentation& presentation, int width);
/// Of such a playlist, which came from `url`.
[[nodiscard]] std::optional<Thumbnail> thumbnail_at(const HlsMediaPlaylist& playlist,
                                                    const std::string& url, MediaTime at);

}  // namespace rung::media
