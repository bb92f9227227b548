#include "player/decode_thread.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "media/decode/sample_decryptor.h"
#include "media/sample_protection.h"
#include "player/clock_text.h"

namespace rung::player {

namespace {

/// So many segments without a single frame mean that the track cannot be decoded.
constexpr int most_bad_segments = 3;
/// So many keys are known to be right ones; in place of more they are tried anew.
constexpr std::size_t most_right_keys = 64;
/// So many packets are kept until it is clear whether their key is the right one.
constexpr std::size_t most_held = 64;
/// A decoder that has been given so many packets and has delivered nothing does not hold back
/// pictures (those that others refer to, and one for each of its threads), it has none.
constexpr int most_held_back = 64;
/// So many packets are kept in front of a seek's target until it is clear where decoding begins.
constexpr std::size_t most_kept = 4096;
/// A picture that begins so long before the target of a seek may be one that reaches it.
constexpr Duration longest_picture = std::chrono::milliseconds(250);
/// A frame so far outside its segment has a wrong time stamp.
constexpr Duration plausible_distance = std::chrono::seconds(10);

}  // namespace

/// The bytes of one segment behind those of its init segment, as they arrive.
class DecodeThread::SegmentSource final : public decode::ByteSource {
 public:
  SegmentSource(const Options& options, SegmentNumber segment, const std::stop_token& stop)
      : options_(options), segment_(segment), stop_(stop) {}

  /// Waits for the first bytes. False when something else came.
  [[nodiscard]] bool begin() {
    fetch();
    return status_ == SegmentStore::ReadStatus::bytes;
  }

  /// The init segment of the representation, which comes first, is that of `part`.
  void use_init(std::size_t part) {
    init_ = options_.store.init(options_.kind, part, representation_);
  }

  [[nodiscard]] std::size_t read(std::span<std::byte> into) override {
    if (init_ && init_passed_ < init_->size()) return copy(*init_, init_passed_, into);
    if (passed_ == chunk_.size() && status_ == SegmentStore::ReadStatus::bytes) fetch();
    return passed_ < chunk_.size() ? copy(chunk_, passed_, into) : 0;
  }

  /// Reads on until the segment is over or given up, so that status() tells which.
  void skip_rest() {
    while (status_ == SegmentStore::ReadStatus::bytes) fetch();
  }

  /// What the samples are encrypted with, as far as that is known.
  [[nodiscard]] Expected<std::optional<decode::SampleKey>> key() const {
    if (key_ || !init_ || !options_.keys) return key_;
    const decode::ContentKeys keys = options_.keys();
    if (keys.empty()) return key_;
    const auto id =
        media::default_key_id({reinterpret_cast<const char*>(init_->data()), init_->size()});
    if (!id) return tl::unexpected<Error>(id.error());
    const auto known = keys.find(*id);
    if (known == keys.end()) return std::nullopt;
    return decode::SampleKey{.key = known->second};
  }
  /// Of media from which nothing sensible comes with the key.
  [[nodiscard]] std::string wrong_key() const {
    std::string whose = "was fetched";
    if (!key_ && init_)
      whose = "is given for " +
              media::default_key_id({reinterpret_cast<const char*>(init_->data()), init_->size()})
                  .value_or("it");
    return "the media makes no sense with the key that " + whose +
           ": that is a wrong one, or all is damaged";
  }
  [[nodiscard]] SegmentStore::ReadStatus status() const { return status_; }
  [[nodiscard]] RepresentationIndex representation() const { return representation_; }
  /// All bytes were there at the last look.
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] SegmentNumber sought() const { return sought_; }

 private:
  [[nodiscard]] static std::size_t copy(const std::vector<std::byte>& from, std::size_t& passed,
                                        std::span<std::byte> into) {
    const auto rest = std::span(from).subspan(passed);
    const std::size_t size = std::min(into.size(), rest.size());
    std::ranges::copy(rest.first(size), into.begin());
    passed += size;
    return size;
  }

  void fetch() {
    if (options_.pictures != nullptr) options_.pictures->set_starved(true);
    SegmentStore::Read read =
        options_.store.read(options_.kind, segment_, transfer_, offset_, stop_);
    if (options_.pictures != nullptr) options_.pictures->set_starved(false);
    status_ = read.status;
    chunk_ = std::move(read.bytes);
    passed_ = 0;
    if (status_ == SegmentStore::ReadStatus::bytes) {
      transfer_ = read.transfer;
      representation_ = read.representation;
      key_ = read.key;
      whole_ = read.whole;
      offset_ += chunk_.size();
    }
    sought_ = read.segment;
  }

  const Options& options_;
  const SegmentNumber segment_;
  const std::stop_token& stop_;
  SegmentStore::ReadStatus status_ = SegmentStore::ReadStatus::bytes;
  TransferId transfer_;
  RepresentationIndex representation_ = 0;
  std::optional<decode::SampleKey> key_;
  bool whole_ = false;
  SegmentNumber sought_ = 0;
  std::size_t offset_ = 0;
  std::shared_ptr<const std::vector<std::byte>> init_;
  std::size_t init_passed_ = 0;
  std::vector<std::byte> chunk_;
  std::size_t passed_ = 0;
};

DecodeThread::DecodeThread(Options options)
    : options_(std::move(options)),
      tracks_(options_.tracks()),
      segment_(track().find(options_.start).value_or(0)),
      seek_(options_.seek_point.value()),
      samples_end_(seek_.target),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

bool DecodeThread::wants(media::TrackKind kind) const {
  return kind == media::TrackKind::video ? options_.pictures != nullptr
                                         : options_.samples != nullptr;
}

void DecodeThread::run(const std::stop_token& stop) {
  for (;;) {
    if (segment_ >= track().segment_count()) tracks_ = options_.tracks();
    if (segment_ >= track().segment_count() && !tracks_->live) {
      drain(stop);
      if (bad_segment_ && !delivered_) fail_for_bad_segment();
      finish();
    }
    switch (decode_segment(stop)) {
      case Next::segment:
        ++segment_;
        options_.store.release_before(options_.kind, segment_);
        break;
      case Next::again:
        // Of what the decoders hold back, the segment's own pictures come again: between those
        // that came there may be some that did not.
        keep_before_ = segment_start_;
        drain(stop);
        keep_before_.reset();
        break;
      case Next::sought:
        forget();
        break;
      case Next::closed:
        drain(stop);
        finish();
        return;
      case Next::stopped:
        return;
    }
  }
}

DecodeThread::Next DecodeThread::decode_segment(const std::stop_token& stop) {
  SegmentSource source(options_, segment_, stop);
  const bool begun = source.begin();
  if (begun) tracks_ = options_.tracks();  // With what has come is where it belongs.
  // Behind the end lies what was of a track whose place another one has taken: a seek follows.
  if (begun && !failed_ && segment_ < track().segment_count()) {
    const std::size_t part = track().place(segment_).part;
    source.use_init(part);
    if (representation_ != source.representation() || part_ != part) {
      for (Channel& channel : channels_) channel.switched = true;
    }
    representation_ = source.representation();
    part_ = part;
    segment_start_ = track().start(segment_);
    segment_end_ = segment_start_ + track().duration(segment_);
    delivered_in_segment_ = false;
    const auto key = source.key();
    auto demuxer = key.and_then([&](const std::optional<decode::SampleKey>& known) {
      return decode::Demuxer::open(source, known);
    });
    if (demuxer)
      decode_packets(**demuxer, source, *key, stop);
    else if (source.status() == SegmentStore::ReadStatus::bytes ||
             source.status() == SegmentStore::ReadStatus::complete)
      note_bad_segment(demuxer.error(), source, key.value_or(std::nullopt));
  }
  source.skip_rest();
  switch (source.status()) {
    case SegmentStore::ReadStatus::bytes:
    case SegmentStore::ReadStatus::complete:
      return Next::segment;
    case SegmentStore::ReadStatus::discarded:
      return Next::again;
    case SegmentStore::ReadStatus::sought:
      segment_ = source.sought();
      return Next::sought;
    case SegmentStore::ReadStatus::closed:
      return Next::closed;
    case SegmentStore::ReadStatus::stopped:
      break;
  }
  return Next::stopped;
}

void DecodeThread::decode_packets(decode::Demuxer& demuxer, const SegmentSource& source,
                                  const std::optional<decode::SampleKey>& key,
                                  const std::stop_token& stop) {
  // Sound that may come along with the pictures, but does not.
  if (options_.pictures != nullptr && options_.samples != nullptr &&
      !demuxer.announces(media::TrackKind::audio))
    options_.samples->finish(seek_.seeks);
  offset_.reset();
  // The key frames of a transport stream may be pictures from which others only recover.
  may_begin_later_ = source.whole() && segment_start_ < seek_.target &&
                     demuxer.container() == decode::Container::iso_bmff;
  kept_.clear();
  const std::int64_t errors_before = errors_;
  packets_in_segment_ = 0;
  // Of each segment: those before it may have been clear.
  std::optional<decode::KeyTrial> trial;
  if (key) trial.emplace();
  std::vector<decode::Packet> held;
  const auto decode_held = [&] {
    trial.reset();
    for (decode::Packet& packet : std::exchange(held, {}))
      if (!take_packet(std::move(packet), demuxer, stop)) return false;
    return true;
  };
  for (;;) {
    auto packet = demuxer.next();
    const SegmentStore::ReadStatus status = source.status();
    if (status == SegmentStore::ReadStatus::sought || status == SegmentStore::ReadStatus::stopped)
      return;
    const bool whole =
        status == SegmentStore::ReadStatus::bytes || status == SegmentStore::ReadStatus::complete;
    if ((!packet || !*packet) && (!decode_held() || !decode_kept(demuxer, stop))) return;
    if (!packet) {
      if (whole && !delivered_in_segment_) note_bad_segment(packet.error(), source, key);
      return;
    }
    if (!*packet) {
      // Without a frame out of it: the decoder may hold back the little that there was.
      if (whole && !offset_)
        note_bad_segment({ErrorCode::decode, "a segment without pictures or sound", {}}, source,
                         key);
      else if (whole && !delivered_in_segment_ &&
               (errors_ > errors_before || packets_in_segment_ > most_held_back))
        note_bad_segment({ErrorCode::decode, "nothing of the segment can be decoded", {}}, source,
                         key);
      return;
    }
    decode::Packet& media = **packet;
    if (!wants(media.kind)) continue;
    if (!trial) {
      if (!take_packet(std::move(media), demuxer, stop)) return;
      continue;
    }
    trial->take(media, demuxer.parameters(media.kind));
    held.push_back(std::move(media));
    const decode::KeyTrial::Verdict verdict = trial->verdict();
    if (!accept(key->key, verdict))
      return fail(Error{ErrorCode::unsupported, source.wrong_key(), {}});
    const bool open = verdict == decode::KeyTrial::Verdict::open;
    if ((!open || held.size() >= most_held) && !decode_held()) return;
  }
}

bool DecodeThread::accept(const decode::CipherBlock& key, decode::KeyTrial::Verdict verdict) {
  switch (verdict) {
    case decode::KeyTrial::Verdict::open:
      return true;
    case decode::KeyTrial::Verdict::right:
      if (right_keys_.size() == most_right_keys) right_keys_.clear();
      right_keys_.insert(key);
      senseless_in_a_row_ = 0;
      return true;
    case decode::KeyTrial::Verdict::wrong:
      break;
  }
  // What made sense may have been clear.
  return ++senseless_in_a_row_ < most_bad_segments && right_keys_.contains(key);
}

std::optional<MediaTime> DecodeThread::time_of(const decode::Packet& packet,
                                               const decode::Demuxer& demuxer) {
  if (!packet.pts) return std::nullopt;
  if (!offset_)
    offset_ = options_.timestamps.offset(track(), segment_, demuxer.container(), *packet.pts);
  if (!offset_) return std::nullopt;
  return MediaTime(*offset_ + *packet.pts);
}

bool DecodeThread::take_packet(decode::Packet packet, const decode::Demuxer& demuxer,
                               const std::stop_token& stop) {
  if (!may_begin_later_ || packet.kind != media::TrackKind::video)
    return decode_packet(packet, demuxer, stop);
  const auto pts = time_of(packet, demuxer);
  if (!pts || *pts > seek_.target || kept_.size() >= most_kept)
    return decode_kept(demuxer, stop) && decode_packet(packet, demuxer, stop);
  if ((packet.packet->flags & AV_PKT_FLAG_KEY) != 0) kept_.clear();
  kept_.push_back(std::move(packet));
  return true;
}

bool DecodeThread::decode_kept(const decode::Demuxer& demuxer, const std::stop_token& stop) {
  may_begin_later_ = false;
  return std::ranges::all_of(std::exchange(kept_, {}), [&](const decode::Packet& packet) {
    return decode_packet(packet, demuxer, stop);
  });
}

bool DecodeThread::decode_packet(const decode::Packet& packet, const decode::Demuxer& demuxer,
                                 const std::stop_token& stop) {
  const std::optional<MediaTime> pts = time_of(packet, demuxer);
  if (auto ready = prepare(packet.kind, demuxer, stop); !ready) {
    fail(ready.error());
    return false;
  }
  decode::Decoder& decoder = *channel(packet.kind).decoder;
  // What lies before the target of a seek is decoded for the pictures that refer to it alone.
  if (packet.kind == media::TrackKind::video)
    decoder.skip_unreferenced(pts && *pts + longest_picture < seek_.target);
  const std::int64_t errors = decoder.errors();
  ++packets_in_segment_;
  decoder.send(packet, pts);
  const bool wanted = deliver(packet.kind, stop);
  errors_ += decoder.errors() - errors;
  return wanted;
}

Expected<void> DecodeThread::prepare(media::TrackKind kind, const decode::Demuxer& demuxer,
                                     const std::stop_token& stop) {
  Channel& own = channel(kind);
  const AVCodecParameters& parameters = demuxer.parameters(kind);
  const bool fits = own.decoder && own.decoder->fits(parameters);
  // Audio goes through a switch without a break where its decoder fits: a drained one would fade
  // in. Pictures that are held back belong in front of the new representation's.
  if (own.decoder && own.switched && (kind == media::TrackKind::video || !fits)) drain(kind, stop);
  own.switched = false;
  own.representation = *representation_;
  if (fits) return {};
  auto decoder = decode::Decoder::create(kind, parameters);
  if (!decoder) return tl::unexpected<Error>(std::move(decoder.error()));
  own.decoder = std::move(*decoder);
  return {};
}

bool DecodeThread::deliver(media::TrackKind kind, const std::stop_token& stop) {
  decode::Decoder& decoder = *channel(kind).decoder;
  while (decode::FramePtr frame = decoder.receive()) {
    const bool wanted = kind == media::TrackKind::video ? deliver_picture(std::move(frame), stop)
                                                        : deliver_samples(*frame, stop);
    if (!wanted) return false;
  }
  return true;
}

bool DecodeThread::plausible(MediaTime at) const {
  return at > segment_start_ - plausible_distance && at < segment_end_ + plausible_distance;
}

bool DecodeThread::deliver_picture(decode::FramePtr frame, const std::stop_token& stop) {
  ++pictures_decoded_;
  bad_segments_in_a_row_ = 0;
  delivered_in_segment_ = true;
  delivered_ = true;
  const MediaTime pts{Duration(frame->pts)};
  if (frame->pts == AV_NOPTS_VALUE || !plausible(pts)) {
    ++errors_;
    return true;
  }
  const Duration duration{std::max<std::int64_t>(decode::duration_of(*frame), 0)};
  // Shown before the target of the seek, or delivered already from an older transfer.
  const MediaTime end = pts + std::max(duration, Duration(1));
  if (end <= seek_.target) {
    if (!early_offered_ && SteadyClock::now() - sought_at_ >= options_.early_after) {
      early_offered_ = true;
      options_.pictures->offer_early({decode::Picture(std::move(frame), pts, duration),
                                      channel(media::TrackKind::video).representation},
                                     seek_.seeks);
    }
    return true;
  }
  if (last_picture_ && pts <= *last_picture_) return true;
  if (keep_before_ && pts >= *keep_before_) return true;
  last_picture_ = pts;
  return options_.pictures->push(QueuedPicture{decode::Picture(std::move(frame), pts, duration),
                                               channel(media::TrackKind::video).representation},
                                 seek_.seeks, stop);
}

bool DecodeThread::deliver_samples(const AVFrame& frame, const std::stop_token& stop) {
  bad_segments_in_a_row_ = 0;
  delivered_in_segment_ = true;
  delivered_ = true;
  const MediaTime pts = frame.pts == AV_NOPTS_VALUE ? samples_end_ : MediaTime(Duration(frame.pts));
  if (!plausible(pts)) {
    ++errors_;
    return true;
  }
  const auto samples = resampler_.convert(frame, pts);
  if (!samples) {
    ++errors_;
    return true;
  }
  samples_end_ =
      samples->pts + from_ticks(static_cast<std::int64_t>(samples->frames()), decode::sample_rate);
  return options_.samples->push(*samples, seek_.seeks, stop);
}

void DecodeThread::drain(media::TrackKind kind, const std::stop_token& stop) {
  const std::unique_ptr<decode::Decoder>& decoder = channel(kind).decoder;
  if (!decoder) return;
  decoder->drain();
  if (!deliver(kind, stop)) decoder->reset();
}

void DecodeThread::drain(const std::stop_token& stop) {
  drain(media::TrackKind::video, stop);
  drain(media::TrackKind::audio, stop);
}

void DecodeThread::note_bad_segment(const Error& error, const SegmentSource& source,
                                    const std::optional<decode::SampleKey>& key) {
  ++errors_;
  bad_segment_ = error;
  key_doubted_ = key && !right_keys_.contains(key->key);
  if (key_doubted_) bad_segment_->message = source.wrong_key();
  if (error.where.empty())
    bad_segment_->where = (options_.kind == media::TrackKind::video ? "video at " : "audio at ") +
                          clock_text(segment_start_.time_since_epoch());
  // What lacks a key is not a segment that is bad.
  if (++bad_segments_in_a_row_ >= most_bad_segments || error.code == ErrorCode::unsupported)
    fail_for_bad_segment();
}

void DecodeThread::fail_for_bad_segment() {
  if (key_doubted_) bad_segment_->code = ErrorCode::unsupported;
  fail(*bad_segment_);
}

void DecodeThread::fail(const Error& error) {
  if (failed_) return;
  failed_ = true;
  if (options_.on_failure) options_.on_failure(error);
}

void DecodeThread::finish() {
  if (options_.pictures != nullptr) options_.pictures->finish(seek_.seeks);
  if (options_.samples != nullptr) options_.samples->finish(seek_.seeks);
}

void DecodeThread::forget() {
  const SeekCount seeks = seek_.seeks;
  tracks_ = options_.tracks();  // The track may be another one.
  seek_ = options_.seek_point.value();
  if (seek_.seeks == seeks) {
    // Two seeks came so close that this thread has begun at the older one's segment.
    if (options_.pictures != nullptr) options_.pictures->restart(seeks);
    if (options_.samples != nullptr) options_.samples->restart(seeks, seek_.target);
  }
  for (Channel& channel : channels_) {
    if (channel.decoder) channel.decoder->reset();
  }
  resampler_.reset();
  last_picture_.reset();
  kept_.clear();
  sought_at_ = SteadyClock::now();
  early_offered_ = false;
  samples_end_ = seek_.target;
}

}  // namespace rung::player
