#include "media/decode/demuxer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace rung::decode {

namespace {

constexpr std::size_t io_buffer_size = 32 * 1024;
/// MPEG-TS packets are 188 bytes; the second sync byte makes it sure.
constexpr std::size_t transport_packet_size = 188;
constexpr std::size_t recognition_size = transport_packet_size + 1;
/// An ID3 tag before packed audio (RFC 8216 section 3.4) holds a time stamp; more is suspicious.
constexpr std::size_t largest_id3_tag = 64 * 1024;
constexpr std::size_t id3_header_size = 10;
/// 73 years: time stamps that count from 1970 are legal, sums of two of them must not overflow.
constexpr std::int64_t largest_pts = std::int64_t{1} << 61;
constexpr int probe_size = 1024 * 1024;

[[nodiscard]] unsigned byte_at(std::span<const std::byte> bytes, std::size_t index) {
  return std::to_integer<unsigned>(bytes[index]);
}

[[nodiscard]] bool starts_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

[[nodiscard]] bool begins_with_box(std::span<const std::byte> head) {
  static constexpr std::string_view types[] = {"ftyp", "styp", "moov", "moof", "sidx", "ssix",
                                               "emsg", "prft", "pdin", "free", "skip", "mdat"};
  return head.size() >= 8 && std::ranges::any_of(types, [&](std::string_view type) {
           return starts_with(head.subspan(4), type);
         });
}

/// The whole ID3v2 tag's length; its size field holds 7 bits a byte.
[[nodiscard]] std::size_t id3_size(std::span<const std::byte> head) {
  if (head.size() < id3_header_size || !starts_with(head, "ID3")) return 0;
  std::size_t size = 0;
  for (std::size_t i = 6; i < id3_header_size; ++i) size = size << 7 | (byte_at(head, i) & 0x7f);
  return size + id3_header_size;
}

[[nodiscard]] const char* format_name(Container container) {
  switch (container) {
    case Container::iso_bmff:
      return "mov";
    case Container::mpeg_ts:
      return "mpegts";
    case Container::aac:
      return "aac";
    case Container::mp3:
      return "mp3";
  }
  return "";
}

[[nodiscard]] int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int,
                                 AVDictionary**) {
  return AVERROR(EACCES);
}

/// Options of libavformat, freed with the object.
class Options {
 public:
  Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { av_dict_free(&options_); }

  void set(const char* name, const char* value) { av_dict_set(&options_, name, value, 0); }
  void set(const char* name, int value) { av_dict_set_int(&options_, name, value, 0); }
  [[nodiscard]] AVDictionary** address() { return &options_; }

 private:
  AVDictionary* options_ = nullptr;
};

[[nodiscard]] std::string hexadecimal(const CipherBlock& block) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : block) {
    text += digits[std::to_integer<unsigned>(byte) >> 4U];
    text += digits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

/// Without a key FFmpeg hands samples on as they are, with what it knows of their encryption.
[[nodiscard]] bool is_encrypted(const AVPacket& packet) {
  return av_packet_get_side_data(&packet, AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr;
}

[[nodiscard]] std::optional<media::TrackKind> kind_of(const AVStream& stream) {
  if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return std::nullopt;
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
      return media::TrackKind::video;
    case AVMEDIA_TYPE_AUDIO:
      return media::TrackKind::audio;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::size_t MemorySource::read(std::span<std::byte> into) {
  const std::size_t size = std::min(into.size(), rest_.size());
  std::ranges::copy(rest_.first(size), into.begin());
  rest_ = rest_.subspan(size);
  return size;
}

std::optional<Container> recognise_container(std::span<const std::byte> head) {
  if (begins_with_box(head)) return Container::iso_bmff;
  if (head.size() >= recognition_size && byte_at(head, 0) == 0x47 &&
      byte_at(head, transport_packet_size) == 0x47)
    return Container::mpeg_ts;
  const std::size_t tag = id3_size(head);
  if (head.size() < tag + 2) return std::nullopt;
  const unsigned first = byte_at(head, tag);
  const unsigned second = byte_at(head, tag + 1);
  // ADTS (ISO/IEC 14496-3 section 1.A.2.2.1) has layer bits 00, MPEG audio layer III has 01.
  if (first == 0xff && (second & 0xf6) == 0xf0) return Container::aac;
  if (first == 0xff && (second & 0xe6) == 0xe2) return Container::mp3;
  return std::nullopt;
}

Expected<std::unique_ptr<Demuxer>> Demuxer::open(ByteSource& source,
                                                 const std::optional<SampleKey>& key) {
  std::unique_ptr<Demuxer> demuxer(new Demuxer(source));
  if (auto opened = demuxer->open_input(key); !opened)
    return tl::unexpected<Error>(std::move(opened.error()));
  return demuxer;
}

Expected<void> Demuxer::open_input(const std::optional<SampleKey>& key) {
  std::size_t wanted = recognition_size;
  while (head_.size() < wanted) {
    const std::size_t filled = head_.size();
    head_.resize(wanted);
    const std::size_t size = source_.read(std::span(head_).subspan(filled));
    head_.resize(filled + size);
    if (size == 0) break;
    const std::size_t tag = id3_size(head_);
    if (tag > largest_id3_tag)
      return failure(ErrorCode::limit_exceeded, "the segment's ID3 tag is too large");
    wanted = std::max(wanted, tag + 2);
  }
  const std::optional<Container> container = recognise_container(head_);
  if (!container)
    return failure(ErrorCode::malformed, "the segment is neither ISO BMFF, MPEG-TS, AAC nor MP3");
  container_ = *container;

  auto* buffer = static_cast<unsigned char*>(av_malloc(io_buffer_size));
  if (buffer == nullptr) return failure(ErrorCode::decode, "no memory for the demuxer");
  io_.reset(avio_alloc_context(buffer, static_cast<int>(io_buffer_size), 0, this, &read_callback,
                               nullptr, nullptr));
  if (!io_) {
    av_free(buffer);
    return failure(ErrorCode::decode, "no memory for the demuxer");
  }
  io_->seekable = 0;

  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) return failure(ErrorCode::decode, "no memory for the demuxer");
  context->pb = io_.get();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = &refuse_to_open;

  Options options;
  options.set("format_whitelist", format_name(container_));
  options.set("protocol_whitelist", "");
  options.set("probesize", probe_size);
  options.set("max_streams", 64);
  if (container_ == Container::iso_bmff) options.set("ignore_chapters", 1);
  if (key && container_ == Container::iso_bmff)
    options.set("decryption_key", hexadecimal(key->key).c_str());
  else if (key)
    decryptor_.emplace(*key);
  auto* format = av_find_input_format(format_name(container_));
  if (format == nullptr) {
    avformat_free_context(context);
    return failure(ErrorCode::unsupported,
                   std::string("this FFmpeg cannot read ") + format_name(container_));
  }
  // Frees the context when it fails.
  const int result = avformat_open_input(&context, nullptr, format, options.address());
  if (result < 0)
    return failure(ErrorCode::malformed,
                   "the segment's headers cannot be read: " + libav_message(result));
  input_.reset(context);
  return {};
}

std::size_t Demuxer::read(std::span<std::byte> into) {
  if (head_passed_ < head_.size()) {
    const auto rest = std::span(head_).subspan(head_passed_);
    const std::size_t size = std::min(into.size(), rest.size());
    std::ranges::copy(rest.first(size), into.begin());
    head_passed_ += size;
    return size;
  }
  return source_.read(into);
}

int Demuxer::read_callback(void* opaque, std::uint8_t* buffer, int size) {
  if (size <= 0) return AVERROR_EOF;
  auto& demuxer = *static_cast<Demuxer*>(opaque);
  const std::size_t read =
      demuxer.read(std::as_writable_bytes(std::span(buffer, static_cast<std::size_t>(size))));
  return read == 0 ? AVERROR_EOF : static_cast<int>(read);
}

bool Demuxer::selects(const AVStream& stream) {
  const auto kind = kind_of(stream);
  if (!kind) return false;
  int& selected = selected_[static_cast<std::size_t>(*kind)];
  if (selected < 0) selected = stream.index;
  return selected == stream.index;
}

Expected<std::optional<Packet>> Demuxer::next() {
  for (;;) {
    PacketPtr packet(av_packet_alloc());
    if (!packet) return failure(ErrorCode::decode, "no memory for a packet");
    const int result = av_read_frame(input_.get(), packet.get());
    if (result == AVERROR_EOF) return std::optional<Packet>{};
    if (result < 0)
      return failure(ErrorCode::malformed, "the segment cannot be read: " + libav_message(result));
    const AVStream& stream = *input_->streams[packet->stream_index];
    // What was cut off in the middle would show as a broken picture.
    if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0 || !selects(stream)) continue;

    if (is_encrypted(*packet))
      return failure(ErrorCode::unsupported, "the media is encrypted, and its key is not known");
    if (decryptor_ && !decryptor_->decrypt(*packet, stream.codecpar->codec_id))
      return failure(ErrorCode::unsupported, "samples of this kind cannot be decrypted");

    const AVRational base = stream.time_base;
    std::optional<Duration> pts;
    if (packet->pts != AV_NOPTS_VALUE) pts = Duration(av_rescale_q(packet->pts, base, nanoseconds));
    av_packet_rescale_ts(packet.get(), base, nanoseconds);
    return std::optional<Packet>(Packet{std::move(packet), *kind_of(stream), pts});
  }
}

bool Demuxer::announces(media::TrackKind kind) const {
  const std::span streams(input_->streams, input_->nb_streams);
  return std::ranges::any_of(streams,
                             [&](const AVStream* stream) { return kind_of(*stream) == kind; });
}

const AVCodecParameters& Demuxer::parameters(media::TrackKind kind) const {
  return *input_->streams[selected_[static_cast<std::size_t>(kind)]]->codecpar;
}

}  // namespace rung::decode
