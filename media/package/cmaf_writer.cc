#include "media/package/cmaf_writer.h"

#include <new>
#include <utility>

#include "core/check.h"

namespace rung::package {

Expected<std::unique_ptr<CmafWriter>> CmafWriter::create(
    const AVCodecParameters& parameters, AVRational time_base, std::optional<Duration> chunk,
    const std::optional<ContentProtection>& protection, FileSink sink) {
  std::unique_ptr<CmafWriter> writer(new CmafWriter(chunk, std::move(sink)));
  if (protection)
    writer->encryptor_.emplace(*protection, parameters.codec_type == AVMEDIA_TYPE_VIDEO
                                                ? media::TrackKind::video
                                                : media::TrackKind::audio);
  const Expected<void> opened = writer->open(parameters, time_base);
  if (!opened) return tl::unexpected(opened.error());
  return writer;
}

CmafWriter::~CmafWriter() {
  if (muxer_ != nullptr) {
    muxer_->pb = nullptr;
    avformat_free_context(muxer_);
  }
  if (output_ != nullptr) {
    std::uint8_t* buffer = nullptr;
    avio_close_dyn_buf(output_, &buffer);
    av_free(buffer);
  }
}

Expected<void> CmafWriter::open(const AVCodecParameters& parameters, AVRational time_base) {
  if (avformat_alloc_output_context2(&muxer_, nullptr, "mp4", nullptr) < 0) throw std::bad_alloc();
  AVStream* stream = avformat_new_stream(muxer_, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  avcodec_parameters_copy(stream->codecpar, &parameters);
  // Priming samples are left out by whoever writes the packets.
  stream->codecpar->initial_padding = 0;
  stream->codecpar->codec_tag = 0;
  stream->time_base = time_base;
  // Neither creation times nor library versions: the same packets give the same bytes.
  muxer_->flags |= AVFMT_FLAG_BITEXACT;
  if (avio_open_dyn_buf(&output_) < 0) throw std::bad_alloc();
  muxer_->pb = output_;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "+cmaf+frag_custom+empty_moov+default_base_moof+skip_trailer",
              0);
  const int error = avformat_write_header(muxer_, &options);
  av_dict_free(&options);
  if (error < 0) return libav_failure(ErrorCode::io, "cannot begin the MP4 file", error);
  std::vector<std::byte> init = take_output();
  if (encryptor_) init = encryptor_->init(init);
  init_size_ = ByteCount(static_cast<std::int64_t>(init.size()));
  return sink_("init.mp4", init);
}

Expected<void> CmafWriter::write(AVPacket& packet, AVRational time_base, std::int64_t segment) {
  RUNG_CHECK(segment >= segment_);
  av_packet_rescale_ts(&packet, time_base, muxer_->streams[0]->time_base);
  if (segment != segment_) {
    const Expected<void> closed = close_segment();
    if (!closed) return closed;
    segment_ = segment;
  }
  if (segment_ticks_ == 0) {
    segment_start_ = packet.pts;
    chunk_number_ = 0;
  } else if (chunk_) {
    // A sample belongs to the last chunk that begins at or before its middle.
    const std::int64_t middle = packet.pts - segment_start_ + packet.duration / 2;
    const std::int64_t number = from_ticks(middle, timescale()) / *chunk_;
    if (number > chunk_number_) {
      const int error = av_write_frame(muxer_, nullptr);
      if (error < 0) return libav_failure(ErrorCode::io, "cannot write a chunk", error);
      chunk_number_ = number;
    }
  }
  segment_ticks_ += packet.duration;
  packet.stream_index = 0;
  const int error = av_write_frame(muxer_, &packet);
  if (error < 0) return libav_failure(ErrorCode::io, "cannot write a sample", error);
  return {};
}

Expected<void> CmafWriter::finish() { return close_segment(); }

int CmafWriter::timescale() const { return muxer_->streams[0]->time_base.den; }

Expected<void> CmafWriter::close_segment() {
  if (segment_ticks_ == 0) return {};
  const int error = av_write_frame(muxer_, nullptr);
  if (error < 0) return libav_failure(ErrorCode::io, "cannot write a segment", error);
  std::vector<std::byte> bytes = take_output();
  if (encryptor_)
    bytes = encryptor_->segment(bytes, static_cast<std::int64_t>(segments_.size()) + 1);
  segments_.push_back(PackagedSegment{segment_start_, segment_ticks_,
                                      ByteCount(static_cast<std::int64_t>(bytes.size()))});
  segment_ticks_ = 0;
  return sink_("seg-" + std::to_string(segments_.size()) + ".m4s", bytes);
}

std::vector<std::byte> CmafWriter::take_output() {
  avio_flush(output_);
  std::uint8_t* buffer = nullptr;
  const int size = avio_close_dyn_buf(output_, &buffer);
  output_ = nullptr;
  const std::span<const std::byte> bytes =
      std::as_bytes(std::span(buffer, static_cast<std::size_t>(size)));
  std::vector<std::byte> taken(bytes.begin(), bytes.end());
  av_free(buffer);
  if (avio_open_dyn_buf(&output_) < 0) throw std::bad_alloc();
  muxer_->pb = output_;
  return taken;
}

}  // namespace rung::package
