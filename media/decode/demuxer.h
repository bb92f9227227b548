#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/decode/libav.h"
#include "media/decode/sample_decryptor.h"
#include "media/track.h"

namespace rung::decode {

/// Where a demuxer's bytes come from: memory that Rung fetched itself.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Copies the next bytes, at least one, into `into` and tells how many; waits for them where
  /// they are still on their way. 0 at the end.
  [[nodiscard]] virtual std::size_t read(std::span<std::byte> into) = 0;
};

/// Bytes that are all there.
class MemorySource final : public ByteSource {
 public:
  /// The bytes must outlive the source.
  explicit MemorySource(std::span<const std::byte> bytes) : rest_(bytes) {}
  [[nodiscard]] std::size_t read(std::span<std::byte> into) override;

 private:
  std::span<const std::byte> rest_;
};

/// The containers that segments come in.
enum class Container : std::uint8_t { iso_bmff, mpeg_ts, aac, mp3 };

/// What the first bytes of a segment are, nullopt when none of the above (a playlist that poses
/// as a segment, for instance). `head` is the beginning, as much as is known of it.
[[nodiscard]] std::optional<Container> recognise_container(std::span<const std::byte> head);

/// A compressed video picture or piece of audio, with its presentation time in nanoseconds on the
/// container's own time line.
struct Packet {
  PacketPtr packet;
  media::TrackKind kind{};
  std::optional<Duration> pts;
};

/// Takes the packets out of one segment (behind its init segment, where it has one). A resource.
///
/// libavformat sees nothing but the bytes of the source: the container is recognised here and
/// forced, so nothing is probed; every protocol is refused, and so is every attempt to open
/// something else. Reading is bounded by the source's bytes.
class Demuxer {
 public:
  /// Reads as far as the first media. Fails with `malformed` when the bytes are no known container
  /// or its headers are broken. Samples that are encrypted are decrypted with `key`: of ISO BMFF as
  /// its boxes say (cenc, cens, cbc1 and cbcs of ISO/IEC 23001-7), others as SampleDecryptor does.
  static Expected<std::unique_ptr<Demuxer>> open(
      ByteSource& source, const std::optional<SampleKey>& key = std::nullopt);
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  [[nodiscard]] Container container() const { return container_; }
  /// The next packet of the first video or audio track, nullopt at the end. An error is final:
  /// `unsupported` where samples are encrypted, and there is no key or no way to decrypt them.
  [[nodiscard]] Expected<std::optional<Packet>> next();
  /// Whether the headers announce a track of that kind.
  [[nodiscard]] bool announces(media::TrackKind kind) const;
  /// What a decoder must know of the track; valid after a packet of that kind was returned.
  [[nodiscard]] const AVCodecParameters& parameters(media::TrackKind kind) const;

 private:
  explicit Demuxer(ByteSource& source) : source_(source) {}
  [[nodiscard]] Expected<void> open_input(const std::optional<SampleKey>& key);
  [[nodiscard]] std::size_t read(std::span<std::byte> into);
  static int read_callback(void* opaque, std::uint8_t* buffer, int size);
  [[nodiscard]] bool selects(const AVStream& stream);

  ByteSource& source_;
  std::vector<std::byte> head_;  ///< Read to recognise the container.
  std::size_t head_passed_ = 0;
  Container container_{};
  IoPtr io_;
  InputPtr input_;  ///< Declared behind io_: closed first.
  std::array<int, media::track_kinds> selected_{-1, -1};
  std::optional<SampleDecryptor> decryptor_;  ///< Not of ISO BMFF, which FFmpeg decrypts.
};

}  // namespace rung::decode
