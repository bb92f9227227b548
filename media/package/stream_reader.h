#pragma once

#include <memory>
#include <string>

#include "core/expected.h"
#include "media/package/libav.h"

namespace rung::package {

/// Decodes one stream of a media file, front to back. A resource.
class StreamReader {
 public:
  /// Null when the file has no stream of this type; a failure when it has but cannot be decoded, or
  /// when the file cannot be read.
  [[nodiscard]] static Expected<std::unique_ptr<StreamReader>> open(const std::string& path,
                                                                    AVMediaType type);
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader();

  /// The next frame in presentation order; null behind the last one. Damaged packets are skipped.
  [[nodiscard]] Expected<FramePtr> next();

  [[nodiscard]] const AVStream& stream() const { return *stream_; }
  [[nodiscard]] const AVFormatContext& container() const { return *container_; }
  /// The frame's time stamp in seconds, on the file's clock; `otherwise` when it has none.
  [[nodiscard]] double time(const AVFrame& frame, double otherwise) const;
  /// How long it is shown or heard by the file's word, in seconds; 0 where that is not told.
  [[nodiscard]] double duration(const AVFrame& frame) const;

 private:
  StreamReader() = default;
  [[nodiscard]] Expected<bool> start(const std::string& path, AVMediaType type);
  [[nodiscard]] Expected<void> feed();

  std::string path_;
  AVFormatContext* container_ = nullptr;
  AVStream* stream_ = nullptr;
  CodecContextPtr decoder_;
  PacketPtr packet_ = make_packet();
  bool drained_ = false;  ///< The decoder has been told that nothing follows.
};

}  // namespace rung::package
