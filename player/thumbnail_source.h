#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/still_picture.h"
#include "media/hls_presentation.h"
#include "media/live_playlist.h"
#include "media/presentation.h"
#include "media/thumbnails.h"
#include "player/document_fetcher.h"
#include "player/event_loop.h"
#include "player/http_client.h"

namespace rung::player {

/// The thumbnails of a title that plays: fetches the image that has the one for a place when
/// somebody looks at that place, and holds a few images, divided into their pictures. No part of
/// the session: one transfer at a time, the place that was asked for last first, none while the
/// title itself waits for media. What cannot be had is not asked for again, and the viewer sees the
/// time alone. A resource; begin() and the destructor belong to the loop's thread or to a time when
/// that does not run, at() may be called from any thread.
class ThumbnailSource {
 public:
  /// Pictures are made no wider, in pixels.
  static constexpr int widest = 240;
  /// Of one image, all of its pictures together; they are made smaller until they fit.
  static constexpr double most_pixels = 4e6;
  /// Images that are held at most.
  static constexpr std::size_t most_images = 4;

  struct World {
    EventLoop& loop;
    HttpClient& client;
    std::shared_ptr<const media::Presentation> presentation;
    /// Of a live title of DASH as it is by now; called on the loop's thread. Else empty.
    std::function<std::shared_ptr<const media::Presentation>()> grown = {};
    /// Of a live title of HLS a playlist of what is played, beside which that of the images is put;
    /// called on the loop's thread. Else empty.
    std::function<const media::LivePlaylist*()> beside = {};
  };

  explicit ThumbnailSource(World world);
  ThumbnailSource(const ThumbnailSource&) = delete;
  ThumbnailSource& operator=(const ThumbnailSource&) = delete;
  ~ThumbnailSource();

  /// From now on what is asked for is fetched. Called on the loop's thread.
  void begin(std::function<bool()> waits_for_media);
  /// Whether the title may have some.
  [[nodiscard]] bool any() const { return any_; }
  /// The picture for a place; null until it is there, and where there is none. Asks for it.
  [[nodiscard]] std::shared_ptr<const decode::StillPicture> at(MediaTime place);

 private:
  /// An image and its pictures, row by row; none where it cannot be had.
  struct Held {
    media::Resource image;
    std::vector<std::shared_ptr<const decode::StillPicture>> pictures;
  };

  void look();
  void fetch_playlist();
  void take_playlist(const Expected<Document>& document);
  /// Whether the playlist may tell of a place by now of which it has not.
  [[nodiscard]] bool reads_playlist() const;
  void fetch(const media::Thumbnail& thumbnail);
  void take_image(const media::Thumbnail& thumbnail, const Expected<Document>& document);
  void hold(Held held);
  /// With the mutex held.
  [[nodiscard]] std::optional<media::Thumbnail> thumbnail(MediaTime place) const;
  [[nodiscard]] const Held* find(const media::Resource& image) const;

  EventLoop& loop_;
  const std::shared_ptr<const media::Presentation> presentation_;
  const std::function<std::shared_ptr<const media::Presentation>()> grown_;
  const std::function<const media::LivePlaylist*()> beside_;
  const media::ImageRendition* const rendition_;  ///< HLS; null where there is none.
  const bool any_;

  // The loop's own.
  DocumentFetcher fetcher_;
  std::function<bool()> waits_for_media_;
  EventLoop::TimerId timer_;
  bool busy_ = false;  ///< With one image, until its pictures are held.
  std::optional<Timestamp> read_again_ = Timestamp{};  ///< When the playlist may be; else never.

  // Shared.
  mutable std::mutex mutex_;
  std::shared_ptr<const media::Presentation> newest_;  ///< As far as it has been looked at.
  std::optional<MediaTime> wanted_;
  std::optional<media::HlsMediaDocument> playlist_;
  Duration shift_{};      ///< Of the playlist's beginning, on the title's time line.
  std::list<Held> held_;  ///< The latest first.

  std::jthread decoder_;  ///< Declared last: of one image, while it is decoded.
};

/// An image's pictures, row by row. Fails as decode_still_picture() does.
[[nodiscard]] Expected<std::vector<std::shared_ptr<const decode::StillPicture>>> divided(
    std::string_view file, const media::TileGrid& grid);

}  // namespace rung::player
