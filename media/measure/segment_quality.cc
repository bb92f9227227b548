#include "media/measure/segment_quality.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "media/decode/decoder.h"
#include "media/decode/demuxer.h"
#include "media/measure/picture_comparison.h"
#include "media/package/stream_reader.h"

namespace rung::measure {
namespace {

/// A reference that ends sooner than this before a picture has nothing to compare it with.
constexpr double longest_gap = 0.5;
/// Time stamps of a segment's first picture may be rounded down by less than this.
constexpr Duration rounding = std::chrono::milliseconds(2);

/// The pictures of a media file by time, counted from the first one.
class Reference {
 public:
  static Expected<std::unique_ptr<Reference>> open(const std::string& path) {
    auto reader = package::StreamReader::open(path, AVMEDIA_TYPE_VIDEO);
    if (!reader) return tl::unexpected(reader.error());
    if (*reader == nullptr)
      return failure(ErrorCode::invalid_argument, "has no pictures to compare with", path);
    std::unique_ptr<Reference> made(new Reference(path, *std::move(reader)));
    auto first = made->read();
    if (!first) return tl::unexpected(first.error());
    if (first->frame == nullptr)
      return failure(ErrorCode::invalid_argument, "has no pictures to compare with", path);
    made->start_ = first->time;
    first->time = 0;
    made->current_ = *std::move(first);
    auto next = made->read();
    if (!next) return tl::unexpected(next.error());
    made->next_ = *std::move(next);
    return made;
  }

  /// The one nearest to `time`, which must not decrease from call to call.
  Expected<const AVFrame*> at(double time) {
    while (next_.frame != nullptr &&
           std::abs(next_.time - time) <= std::abs(current_.time - time)) {
      current_ = std::move(next_);
      auto next = read();
      if (!next) return tl::unexpected(next.error());
      next_ = *std::move(next);
    }
    if (next_.frame == nullptr && time - current_.time > longest_gap)
      return failure(ErrorCode::invalid_argument,
                     "ends at " + std::to_string(current_.time) + " s, before the title does",
                     path_);
    return current_.frame.get();
  }

 private:
  struct Shown {
    package::FramePtr frame;
    double time = 0;
  };
  Reference(std::string path, std::unique_ptr<package::StreamReader> reader)
      : path_(std::move(path)), reader_(std::move(reader)) {}
  Expected<Shown> read() {
    auto frame = reader_->next();
    if (!frame) return tl::unexpected(frame.error());
    if (*frame == nullptr) return Shown{};
    const double time = reader_->time(**frame, current_.time + start_) - start_;
    return Shown{*std::move(frame), time};
  }

  std::string path_;
  std::unique_ptr<package::StreamReader> reader_;
  double start_ = 0;
  Shown current_;
  Shown next_;
};

/// Sums over the pictures of each segment.
class SegmentSums {
 public:
  SegmentSums(const media::Track& track, const std::string& reference)
      : track_(track),
        reference_(reference),
        sums_(static_cast<std::size_t>(track.segment_count())) {}

  /// Of a picture that shows `since` the first one.
  void expect(Duration since) {
    const auto segment = track_.find(track_.start(0) + since + rounding);
    waiting_.push_back(segment.value_or(track_.segment_count() - 1));
  }
  Expected<void> take(const Expected<std::vector<Likeness>>& results) {
    if (!results) return tl::unexpected(results.error());
    for (const Likeness& likeness : *results) {
      Sum& sum = sums_[static_cast<std::size_t>(waiting_[taken_++])];
      sum.ssim += likeness.ssim;
      sum.square_error += likeness.square_error;
      ++sum.pictures;
    }
    return {};
  }
  /// Of all pairs, once they are taken.
  Expected<void> take_vmaf(const Expected<std::vector<double>>& scores) {
    if (!scores) return tl::unexpected(scores.error());
    if (scores->size() != waiting_.size())
      return failure(ErrorCode::malformed,
                     "FFmpeg's filter libvmaf tells of " + std::to_string(scores->size()) +
                         " pictures where " + std::to_string(waiting_.size()) + " were compared",
                     reference_);
    for (std::size_t i = 0; i < scores->size(); ++i)
      sums_[static_cast<std::size_t>(waiting_[i])].vmaf += (*scores)[i];
    with_vmaf_ = true;
    return {};
  }
  [[nodiscard]] Expected<SegmentQuality> quality() const {
    SegmentQuality made;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const Sum& sum = sums_[i];
      if (sum.pictures == 0)
        return failure(ErrorCode::invalid_argument,
                       "segment " + std::to_string(i) + " has no picture to compare", reference_);
      made.ssim.push_back(sum.ssim / sum.pictures);
      made.psnr.push_back(psnr(sum.square_error / sum.pictures));
      if (with_vmaf_) made.vmaf.push_back(sum.vmaf / sum.pictures);
    }
    return made;
  }

 private:
  struct Sum {
    double ssim = 0;
    double square_error = 0;
    double vmaf = 0;
    int pictures = 0;
  };
  const media::Track& track_;
  const std::string& reference_;
  std::vector<Sum> sums_;
  std::vector<SegmentNumber> waiting_;  ///< The segment of each pair that was added.
  std::size_t taken_ = 0;
  bool with_vmaf_ = false;
};

/// Feeds decoded pictures with their references to the comparison.
class PicturePairs {
 public:
  PicturePairs(Reference& reference, SegmentSums& sums, bool with_vmaf)
      : reference_(reference), sums_(sums), with_vmaf_(with_vmaf) {}

  Expected<void> add(const AVFrame& picture) {
    const Duration time(picture.pts);
    if (!first_) first_ = time;
    const Duration since = std::max(time - *first_, Duration::zero());
    const auto reference = reference_.at(to_seconds(since));
    if (!reference) return tl::unexpected(reference.error());
    if (comparison_ == nullptr) {
      auto made = PictureComparison::create(picture, **reference, with_vmaf_);
      if (!made) return tl::unexpected(made.error());
      comparison_ = *std::move(made);
    }
    sums_.expect(since);
    return sums_.take(comparison_->add(picture, **reference));
  }
  Expected<void> finish() {
    if (comparison_ == nullptr) return {};
    auto taken = sums_.take(comparison_->finish());
    if (taken && with_vmaf_) taken = sums_.take_vmaf(comparison_->vmaf());
    return taken;
  }

 private:
  Reference& reference_;
  SegmentSums& sums_;
  bool with_vmaf_;
  std::unique_ptr<PictureComparison> comparison_;
  std::optional<Duration> first_;
};

/// Hands on what comes out of the decoder.
Expected<void> receive(decode::Decoder& decoder, PicturePairs& pairs) {
  while (const decode::FramePtr frame = decoder.receive())
    if (const auto added = pairs.add(*frame); !added) return added;
  return {};
}

Expected<void> decode_segment(std::span<const std::byte> bytes,
                              std::unique_ptr<decode::Decoder>& decoder, PicturePairs& pairs) {
  decode::MemorySource source(bytes);
  const auto demuxer = decode::Demuxer::open(source);
  if (!demuxer) return tl::unexpected(demuxer.error());
  for (;;) {
    const auto packet = (*demuxer)->next();
    if (!packet) return tl::unexpected(packet.error());
    if (!*packet) return {};
    if ((*packet)->kind != media::TrackKind::video || !(*packet)->pts) continue;
    if (decoder == nullptr) {
      auto made = decode::Decoder::create(media::TrackKind::video,
                                          (*demuxer)->parameters(media::TrackKind::video));
      if (!made) return tl::unexpected(made.error());
      decoder = *std::move(made);
    }
    decoder->send(**packet, MediaTime(*(*packet)->pts));
    if (const auto received = receive(*decoder, pairs); !received) return received;
  }
}

}  // namespace

Expected<SegmentQuality> measure_segments(const media::Track& track, const SegmentBytes& bytes,
                                          const std::string& reference, bool with_vmaf) {
  av_log_set_level(AV_LOG_FATAL);  // The filters say their sums, and what fails we say ourselves.
  const auto opened = Reference::open(reference);
  if (!opened) return tl::unexpected(opened.error());
  SegmentSums sums(track, reference);
  PicturePairs pairs(**opened, sums, with_vmaf);
  std::unique_ptr<decode::Decoder> decoder;
  for (SegmentNumber segment = 0; segment < track.segment_count(); ++segment) {
    const auto got = bytes(segment);
    if (!got) return tl::unexpected(got.error());
    if (const auto decoded = decode_segment(*got, decoder, pairs); !decoded)
      return tl::unexpected(decoded.error());
  }
  if (decoder != nullptr) {
    decoder->drain();
    if (const auto received = receive(*decoder, pairs); !received)
      return tl::unexpected(received.error());
  }
  if (const auto finished = pairs.finish(); !finished) return tl::unexpected(finished.error());
  return sums.quality();
}

}  // namespace rung::measure
