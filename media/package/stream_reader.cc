#include "media/package/stream_reader.h"

#include <new>

namespace rung::package {

Expected<std::unique_ptr<StreamReader>> StreamReader::open(const std::string& path,
                                                           AVMediaType type) {
  std::unique_ptr<StreamReader> reader(new StreamReader());
  const Expected<bool> found = reader->start(path, type);
  if (!found) return tl::unexpected(found.error());
  if (!*found) reader.reset();
  return reader;
}

StreamReader::~StreamReader() { avformat_close_input(&container_); }

Expected<bool> StreamReader::start(const std::string& path, AVMediaType type) {
  path_ = path;
  // A playlist or concat script among the inputs may name files, but nothing on the network.
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  const std::string url = "file:" + path;
  int error = avformat_open_input(&container_, url.c_str(), nullptr, &options);
  av_dict_free(&options);
  if (error == AVERROR(ENOENT)) return failure(ErrorCode::not_found, "no such file", path);
  if (error < 0) return failure(ErrorCode::io, "cannot be read: " + libav_message(error), path);
  error = avformat_find_stream_info(container_, nullptr);
  if (error < 0) return failure(ErrorCode::io, "cannot be read: " + libav_message(error), path);
  const AVCodec* codec = nullptr;
  const int index = av_find_best_stream(container_, type, -1, -1, &codec, 0);
  if (index == AVERROR_DECODER_NOT_FOUND)
    return failure(ErrorCode::unsupported, "is in a format that this FFmpeg cannot decode", path);
  if (index < 0) return false;
  stream_ = container_->streams[index];
  if ((stream_->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return false;
  for (unsigned i = 0; i < container_->nb_streams; ++i)
    if (container_->streams[i] != stream_) container_->streams[i]->discard = AVDISCARD_ALL;
  decoder_.reset(avcodec_alloc_context3(codec));
  if (decoder_ == nullptr) throw std::bad_alloc();
  avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
  decoder_->pkt_timebase = stream_->time_base;
  decoder_->thread_count = 2;
  error = avcodec_open2(decoder_.get(), codec, nullptr);
  if (error < 0)
    return failure(ErrorCode::unsupported, "cannot be decoded: " + libav_message(error), path);
  return true;
}

Expected<void> StreamReader::feed() {
  int error = av_read_frame(container_, packet_.get());
  if (error == AVERROR_EOF) {
    drained_ = true;
    avcodec_send_packet(decoder_.get(), nullptr);
    return {};
  }
  if (error < 0) return failure(ErrorCode::io, "cannot be read: " + libav_message(error), path_);
  if (packet_->stream_index == stream_->index)
    error = avcodec_send_packet(decoder_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (error < 0 && error != AVERROR_INVALIDDATA)
    return failure(ErrorCode::decode, "cannot be decoded: " + libav_message(error), path_);
  return {};
}

Expected<FramePtr> StreamReader::next() {
  FramePtr frame = make_frame();
  for (;;) {
    const int error = avcodec_receive_frame(decoder_.get(), frame.get());
    if (error >= 0) return frame;
    if (error == AVERROR_EOF) return FramePtr();
    if (error == AVERROR(EAGAIN)) {
      if (drained_) return FramePtr();
      const Expected<void> fed = feed();
      if (!fed) return tl::unexpected(fed.error());
    } else if (error != AVERROR_INVALIDDATA) {
      return failure(ErrorCode::decode, "cannot be decoded: " + libav_message(error), path_);
    }
  }
}

double StreamReader::time(const AVFrame& frame, double otherwise) const {
  if (frame.best_effort_timestamp == AV_NOPTS_VALUE) return otherwise;
  return static_cast<double>(frame.best_effort_timestamp) * av_q2d(stream_->time_base);
}

double StreamReader::duration(const AVFrame& frame) const {
  return static_cast<double>(frame.pkt_duration) * av_q2d(stream_->time_base);
}

}  // namespace rung::package
