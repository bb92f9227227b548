#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "media/decode/content_keys.h"
#include "media/decode/decoder.h"
#include "media/decode/demuxer.h"
#include "media/decode/key_trial.h"
#include "media/decode/resampler.h"
#include "media/track.h"
#include "player/frame_queue.h"
#include "player/sample_queue.h"
#include "player/seek_point.h"
#include "player/segment_store.h"
#include "player/steady_time.h"
#include "player/timestamp_mapping.h"

namespace rung::player {

/// Tells the tracks of a title as they are by now; from any thread.
using TrackSource = std::function<std::shared_ptr<const media::Tracks>()>;
/// Tells the keys of protected media that there are by now; from any thread.
using KeySource = std::function<decode::ContentKeys()>;

/// Reads one track's segments in order while they arrive, decodes them and fills the queues. A
/// resource that owns its thread; destruction stops it.
///
/// A segment whose transfer is given up is begun again; a segment in another representation goes
/// on where the last one ended. Nothing that a queue has already got is delivered twice.
class DecodeThread {
 public:
  struct Options {
    media::TrackKind kind{};
    /// The tracks of the title as they are by now.
    TrackSource tracks;
    MediaTime start{};
    SegmentStore& store;
    TimestampMapping& timestamps;
    const SeekPoint& seek_point;
    /// Where pictures and samples go; null where they are not wanted.
    FrameQueue* pictures = nullptr;
    SampleQueue* samples = nullptr;
    KeySource keys = {};  ///< Of media that only names them; empty: there are none.
    /// After so long on the way to the target of a seek the last picture before it is seen early.
    Duration early_after = std::chrono::milliseconds(80);
    /// Called on this thread, at most once: the track cannot be decoded.
    std::function<void(const Error&)> on_failure;
  };

  /// Everything in `options` must outlive the object.
  explicit DecodeThread(Options options);
  DecodeThread(const DecodeThread&) = delete;
  DecodeThread& operator=(const DecodeThread&) = delete;

  [[nodiscard]] std::int64_t pictures_decoded() const { return pictures_decoded_; }
  /// Packets and segments that could not be read.
  [[nodiscard]] std::int64_t errors() const { return errors_; }

 private:
  class SegmentSource;
  enum class Next { segment, again, sought, closed, stopped };
  struct Channel {
    std::unique_ptr<decode::Decoder> decoder;
    RepresentationIndex representation = 0;
    bool switched = false;  ///< The representation changed since the last packet.
  };

  void run(const std::stop_token& stop);
  [[nodiscard]] Next decode_segment(const std::stop_token& stop);
  void decode_packets(decode::Demuxer& demuxer, const SegmentSource& source,
                      const std::optional<decode::SampleKey>& key, const std::stop_token& stop);
  /// Takes in what the trial of a segment says of its key. False where it is a wrong one.
  [[nodiscard]] bool accept(const decode::CipherBlock& key, decode::KeyTrial::Verdict verdict);
  /// The same as decode_packet(), but in front of a seek's target packets are kept until it is
  /// known whether decoding may begin behind them: at the last sync sample that is not behind the
  /// target.
  [[nodiscard]] bool take_packet(decode::Packet packet, const decode::Demuxer& demuxer,
                                 const std::stop_token& stop);
  /// Decodes what take_packet() has kept.
  [[nodiscard]] bool decode_kept(const decode::Demuxer& demuxer, const std::stop_token& stop);
  /// When a packet shows; none where that is not known.
  [[nodiscard]] std::optional<MediaTime> time_of(const decode::Packet& packet,
                                                 const decode::Demuxer& demuxer);
  /// False when no more of the segment is wanted.
  [[nodiscard]] bool decode_packet(const decode::Packet& packet, const decode::Demuxer& demuxer,
                                   const std::stop_token& stop);
  /// Makes sure that the packet's decoder is the right one for it.
  [[nodiscard]] Expected<void> prepare(media::TrackKind kind, const decode::Demuxer& demuxer,
                                       const std::stop_token& stop);
  /// Delivers what the decoder has ready. False when it is no longer wanted.
  [[nodiscard]] bool deliver(media::TrackKind kind, const std::stop_token& stop);
  [[nodiscard]] bool deliver_picture(decode::FramePtr frame, const std::stop_token& stop);
  [[nodiscard]] bool deliver_samples(const AVFrame& frame, const std::stop_token& stop);
  /// Delivers what the decoder still holds back, or what all of them do.
  void drain(media::TrackKind kind, const std::stop_token& stop);
  void drain(const std::stop_token& stop);
  /// Nothing of the segment can be decoded. Its key may be the reason, where media has made no
  /// sense with that so far.
  void note_bad_segment(const Error& error, const SegmentSource& source,
                        const std::optional<decode::SampleKey>& key);
  void fail_for_bad_segment();
  void fail(const Error& error);
  void finish();
  /// After a seek: begins anew with nothing in hand.
  void forget();
  [[nodiscard]] bool wants(media::TrackKind kind) const;
  [[nodiscard]] bool plausible(MediaTime at) const;
  [[nodiscard]] Channel& channel(media::TrackKind kind) {
    return channels_[static_cast<std::size_t>(kind)];
  }

  [[nodiscard]] const media::Track& track() const { return *tracks_->of(options_.kind); }

  const Options options_;
  std::shared_ptr<const media::Tracks> tracks_;
  SegmentNumber segment_ = 0;
  SeekPoint::Value seek_;
  std::array<Channel, media::track_kinds> channels_;
  decode::Resampler resampler_;
  std::size_t part_ = 0;
  std::optional<RepresentationIndex> representation_;
  MediaTime segment_start_{};
  MediaTime segment_end_{};
  bool may_begin_later_ = false;      ///< Packets are kept, in the segment of the target.
  std::vector<decode::Packet> kept_;  ///< At most `most_kept`.
  SteadyTime sought_at_{};
  bool early_offered_ = true;
  std::optional<Duration> offset_;         ///< Of the segment's times, once a packet has told it.
  std::optional<MediaTime> keep_before_;   ///< Pictures from here on are not delivered.
  std::optional<MediaTime> last_picture_;  ///< Presentation time of the last one delivered.
  MediaTime samples_end_{};                ///< Where audio without a time stamp goes on.
  int bad_segments_in_a_row_ = 0;
  std::optional<Error> bad_segment_;  ///< What was wrong with the last one.
  bool key_doubted_ = false;          ///< That may be its key.
  /// Media has made sense with these: where it does not later, that is what is damaged.
  std::set<decode::CipherBlock> right_keys_;
  int senseless_in_a_row_ = 0;  ///< Segments.
  int packets_in_segment_ = 0;  ///< That the decoders were given.
  bool delivered_in_segment_ = false;
  bool delivered_ = false;
  bool failed_ = false;
  std::atomic<std::int64_t> pictures_decoded_{0};
  std::atomic<std::int64_t> errors_{0};
  std::jthread thread_;  ///< Declared last: it uses all of the above.
};

}  // namespace rung::player
