#include "player/thumbnail_source.h"

extern "C" {
#include <libavutil/log.h>
}

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <variant>

#include "core/catalogue_limits.h"
#include "core/limits.h"

namespace rung::player {
namespace {

/// While the title waits for media, or nothing has begun.
constexpr Duration look_again = std::chrono::milliseconds(200);
/// Between two readings of a live title's playlist, however short its images are.
constexpr Duration shortest_reload = std::chrono::seconds(1);
constexpr DocumentFetcher::Options fetching{.attempts = 2};

bool has_thumbnails(const media::Presentation& presentation) {
  return std::ranges::any_of(presentation.periods, [](const media::Period& period) {
    return std::ranges::any_of(period.adaptation_sets, [](const media::AdaptationSet& set) {
      return set.type == media::ContentType::image &&
             std::ranges::any_of(set.representations, [](const media::Representation& images) {
               return images.tiles.has_value();
             });
    });
  });
}

}  // namespace

Expected<std::vector<std::shared_ptr<const decode::StillPicture>>> divided(
    std::string_view file, const media::TileGrid& grid) {
  // As wide as the pictures of a screen's shape may be for all to fit.
  const double shape = 16.0 / 9;
  const int count = grid.columns * grid.rows;
  const int width =
      std::clamp(static_cast<int>(std::sqrt(ThumbnailSource::most_pixels / count * shape)), 16,
                 ThumbnailSource::widest);
  const auto image =
      decode::decode_still_picture(std::as_bytes(std::span(file)), grid.columns * width, 1);
  if (!image) return tl::unexpected<Error>(image.error());
  const int each_width = image->width / grid.columns;
  const int each_height = image->height / grid.rows;
  if (each_width < 1 || each_height < 1)
    return failure(ErrorCode::decode, "the image has fewer pixels than pictures");
  std::vector<std::shared_ptr<const decode::StillPicture>> pictures;
  constexpr std::size_t pixel = 4;
  const auto row_bytes = pixel * static_cast<std::size_t>(each_width);
  for (int number = 0; number < count; ++number) {
    decode::StillPicture picture{.width = each_width, .height = each_height, .rgba = {}};
    picture.rgba.reserve(row_bytes * static_cast<std::size_t>(each_height));
    const int left = number % grid.columns * each_width;
    const int top = number / grid.columns * each_height;
    for (int y = top; y < top + each_height; ++y) {
      const auto from =
          image->rgba.begin() + static_cast<std::ptrdiff_t>(pixel) *
                                    (static_cast<std::ptrdiff_t>(y) * image->width + left);
      picture.rgba.insert(picture.rgba.end(), from, from + static_cast<std::ptrdiff_t>(row_bytes));
    }
    pictures.push_back(std::make_shared<const decode::StillPicture>(std::move(picture)));
  }
  return pictures;
}

ThumbnailSource::ThumbnailSource(World world)
    : loop_(world.loop),
      presentation_(std::move(world.presentation)),
      grown_(std::move(world.grown)),
      beside_(std::move(world.beside)),
      rendition_(presentation_->type == media::PresentationType::on_demand || beside_
                     ? media::image_rendition(*presentation_, widest)
                     : nullptr),
      any_(rendition_ != nullptr ||
           ((presentation_->type == media::PresentationType::on_demand || grown_) &&
            has_thumbnails(*presentation_))),
      fetcher_(world.loop, world.client, fetching),
      newest_(presentation_) {
  // An image that is odd is passed over; its words are for nobody at the terminal.
  av_log_set_level(AV_LOG_QUIET);
}

ThumbnailSource::~ThumbnailSource() { loop_.cancel(timer_); }

void ThumbnailSource::begin(std::function<bool()> waits_for_media) {
  waits_for_media_ = std::move(waits_for_media);
}

std::shared_ptr<const decode::StillPicture> ThumbnailSource::at(MediaTime place) {
  if (!any_) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto wanted = thumbnail(place);
  if (wanted) {
    if (const Held* held = find(wanted->image)) {
      const auto number =
          static_cast<std::size_t>(wanted->row * wanted->grid.columns + wanted->column);
      return number < held->pictures.size() ? held->pictures[number] : nullptr;
    }
  } else if (!grown_ && !beside_ && (rendition_ == nullptr || playlist_)) {
    return nullptr;
  }
  if (wanted_ != place) {
    wanted_ = place;
    loop_.post([this] { look(); });
  }
  return nullptr;
}

std::optional<media::Thumbnail> ThumbnailSource::thumbnail(MediaTime place) const {
  if (rendition_ == nullptr) return media::thumbnail_at(*newest_, place, widest);
  if (!playlist_) return std::nullopt;
  return media::thumbnail_at(playlist_->playlist, playlist_->url, place - shift_);
}

const ThumbnailSource::Held* ThumbnailSource::find(const media::Resource& image) const {
  const auto found = std::ranges::find(held_, image, &Held::image);
  return found == held_.end() ? nullptr : &*found;
}

void ThumbnailSource::look() {
  loop_.cancel(timer_);
  if (busy_ || !waits_for_media_) return;
  std::optional<media::Thumbnail> next;
  bool playlist = false;
  {
    const std::lock_guard lock(mutex_);
    if (!wanted_) return;
    if (grown_) newest_ = grown_();
    next = thumbnail(*wanted_);
    playlist = !next && reads_playlist();
    if (next && find(next->image) != nullptr) next.reset();
    if (!next && !playlist) {
      wanted_.reset();
      return;
    }
  }
  if (waits_for_media_()) {
    timer_ = loop_.call_at(loop_.now() + look_again, [this] { look(); });
    return;
  }
  if (playlist) return fetch_playlist();
  fetch(*next);
}

bool ThumbnailSource::reads_playlist() const {
  return rendition_ != nullptr && read_again_ && *read_again_ <= loop_.now();
}

void ThumbnailSource::fetch_playlist() {
  busy_ = true;
  read_again_.reset();
  fetcher_.fetch({rendition_->playlist, std::nullopt}, limits::manifest_size,
                 [this](const Expected<Document>& document) { take_playlist(document); });
}

void ThumbnailSource::take_playlist(const Expected<Document>& document) {
  busy_ = false;
  std::optional<media::HlsMediaDocument> read;
  if (document) {
    auto parsed =
        media::parse_hls_playlist(document->text, document->url, presentation_->variables);
    auto* const images = parsed ? std::get_if<media::HlsMediaPlaylist>(&parsed->content) : nullptr;
    if (images != nullptr) read = {std::move(*images), document->url};
  }
  Duration shift{};
  if (beside_ && read && !read->playlist.segments.empty()) {
    if (const media::LivePlaylist* const beside = beside_()) {
      media::LivePlaylist placed(*read);
      placed.place_beside(*beside);
      shift = placed.segments().front().start.time_since_epoch();
    }
  }
  {
    const std::lock_guard lock(mutex_);
    // What is known stays where it cannot be read again.
    if (read || !playlist_) {
      playlist_ = std::move(read).value_or(media::HlsMediaDocument{});
      shift_ = shift;
    }
    const Duration target = playlist_->playlist.target_duration.value_or(Duration::zero());
    if (beside_) read_again_ = loop_.now() + std::max(target, shortest_reload);
  }
  look();
}

void ThumbnailSource::fetch(const media::Thumbnail& thumbnail) {
  busy_ = true;
  fetcher_.fetch(
      thumbnail.image, limits::artwork_size,
      [this, thumbnail](const Expected<Document>& document) { take_image(thumbnail, document); });
}

void ThumbnailSource::take_image(const media::Thumbnail& thumbnail,
                                 const Expected<Document>& document) {
  if (!document) return hold({thumbnail.image, {}});
  // Decoding takes longer than the loop may be kept from its transfers.
  decoder_ = std::jthread([this, thumbnail, file = document->text] {
    auto pictures = divided(file, thumbnail.grid);
    auto held = std::make_shared<Held>(Held{thumbnail.image, {}});
    if (pictures) held->pictures = *std::move(pictures);
    loop_.post([this, held] { hold(std::move(*held)); });
  });
}

void ThumbnailSource::hold(Held held) {
  busy_ = false;
  {
    const std::lock_guard lock(mutex_);
    held_.push_front(std::move(held));
    if (held_.size() > most_images) held_.pop_back();
  }
  look();
}

}  // namespace rung::player
