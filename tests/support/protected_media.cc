#include "tests/support/protected_media.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

extern "C" {
#include <libavutil/aes.h>
#include <libavutil/mem.h>
}

#include "core/check.h"
#include "media/box_writer.h"
#include "media/decode/content_keys.h"
#include "media/decode/demuxer.h"
#include "media/decode/libav.h"
#include "media/fragment_reader.h"

namespace rung::test {
namespace {

using media::box;
using media::number_at;
using media::put;
using media::rewritten;
using media::text_of;

constexpr std::size_t block = 16;
constexpr std::size_t clear_of_nal = 36;  // With its length.
constexpr std::size_t pattern = 10 * block;

/// AES-128 in counter mode, from block 0 of an 8 byte vector on.
struct Counter {
  const decode::CipherBlock& key;
  std::uint64_t vector = 0;
  std::uint64_t used = 0;  ///< Bytes so far.

  void encrypt(std::byte* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i, ++used) {
      Bytes input;
      put(input, vector, 8);
      put(input, used / block, 8);
      decode::CipherBlock stream{};
      std::ranges::copy(input, stream.begin());
      decode::CipherBlock zero{};
      if (used % block == 0 || i == 0) {
        encrypt_blocks(stream.data(), 1, key, zero);
        stream_ = stream;
      }
      bytes[i] ^= stream_[used % block];
    }
  }
  decode::CipherBlock stream_{};
};

}  // namespace

void encrypt_blocks(std::byte* bytes, std::size_t blocks, const decode::CipherBlock& key,
                    decode::CipherBlock& chained) {
  const std::unique_ptr<AVAES, void (*)(void*)> state(av_aes_alloc(), &av_free);
  av_aes_init(state.get(), reinterpret_cast<const std::uint8_t*>(key.data()), 128, 0);
  auto* const data = reinterpret_cast<std::uint8_t*>(bytes);
  av_aes_crypt(state.get(), data, data, static_cast<int>(blocks),
               reinterpret_cast<std::uint8_t*>(chained.data()), 0);
}

Bytes SampleProtection::init(const Bytes& clear) const {
  const auto protect = [&](const media::Box& entry) {
    const bool pictures = entry.type != "mp4a";
    Bytes body;
    put(body, entry.body);
    const bool counts = scheme == "cenc";
    Bytes type;
    put(type, 0, 4);
    put(type, scheme);
    put(type, 0x10000, 4);
    Bytes track;
    put(track, counts ? 0 : 0x01000000, 4);
    put(track, 0, 1);
    put(track, pictures && !counts ? 0x19 : 0, 1);
    put(track, counts ? 0x0108 : 0x0100, 2);  // Protected; the size of each sample's own vector.
    const auto id = decode::cipher_block(key_id).value();
    track.insert(track.end(), id.begin(), id.end());
    if (!counts) {
      put(track, block, 1);
      track.insert(track.end(), vector.begin(), vector.end());
    }
    Bytes format;
    put(format, entry.type);
    Bytes protection = box("frma", format);
    put(protection, box("schm", type));
    put(protection, box("schi", box("tenc", track)));
    put(body, box("sinf", protection));
    return box(pictures ? "encv" : "enca", body);
  };
  const auto change = [&](const auto& self, const media::Box& found) -> Bytes {
    const auto inside = [&](const media::Box& inner) { return self(self, inner); };
    for (const char* container : {"moov", "trak", "mdia", "minf", "stbl"})
      if (found.type == container) return box(found.type, rewritten(found.body, 0, inside));
    if (found.type == "stsd") return box("stsd", rewritten(found.body, 8, protect));
    return box(found);
  };
  return rewritten(text_of(clear), 0,
                   [&](const media::Box& found) { return change(change, found); });
}

Bytes SampleProtection::segment(const Bytes& clear, media::TrackKind kind) const {
  const bool pictures = kind == media::TrackKind::video;
  const bool counts = scheme == "cenc";
  Bytes result;
  Bytes encrypted;  // The body of the next mdat.
  const std::string_view all = text_of(clear);
  for (std::size_t at = 0; at < all.size();) {
    const media::Box found = media::read_box(all, at).value();
    at = found.end;
    if (found.type == "mdat") {
      put(result, box("mdat", encrypted));
      continue;
    }
    if (found.type != "moof") {
      put(result, box(found));
      continue;
    }
    // What is said of the samples, whose bytes follow in one mdat.
    const std::string_view fragment = media::within_boxes(found.body, {"traf"});
    media::RunReader run(media::within_boxes(fragment, {"trun"}),
                         media::read_fragment_header(fragment, {}).value().samples);
    const media::Box data = media::read_box(all, at).value();
    RUNG_CHECK(data.type == "mdat");
    encrypted.clear();
    put(encrypted, data.body);
    Bytes samples;
    std::size_t position = 0;
    for (std::uint64_t i = 0; i < run.count(); ++i) {
      const auto end = position + static_cast<std::size_t>(run.next().size);
      if (counts) put(samples, 0x1000 + i, 8);
      Counter counter{.key = key, .vector = 0x1000 + i};
      if (!pictures && counts) counter.encrypt(encrypted.data() + position, end - position);
      if (!pictures && !counts) {
        decode::CipherBlock chained = vector;
        encrypt_blocks(encrypted.data() + position, (end - position) / block, key, chained);
      }
      Bytes ranges;
      std::uint64_t count = 0;
      for (std::size_t nal = position; pictures && nal < end; ++count) {
        const auto length = static_cast<std::size_t>(number_at(encrypted, nal, 4)) + 4;
        const auto type = std::to_integer<unsigned>(encrypted[nal + 4]) & 31U;
        const bool hidden = (type == 1 || type == 5) && length > clear_of_nal;
        put(ranges, hidden ? clear_of_nal : length, 2);
        put(ranges, hidden ? length - clear_of_nal : 0, 4);
        if (hidden && counts)
          counter.encrypt(encrypted.data() + nal + clear_of_nal, length - clear_of_nal);
        decode::CipherBlock chained = vector;
        for (std::size_t j = clear_of_nal; hidden && !counts && j + block <= length; j += pattern)
          encrypt_blocks(encrypted.data() + nal + j, 1, key, chained);
        nal += length;
      }
      if (pictures) put(samples, count, 2);
      put(samples, ranges);
      position = end;
    }
    Bytes auxiliary;
    put(auxiliary, pictures ? 2 : 0, 4);  // With subsamples.
    put(auxiliary, run.count(), 4);
    put(auxiliary, samples);
    const Bytes extra = pictures || counts ? box("senc", auxiliary) : Bytes();
    const auto moved = [&](const media::Box& inner) {
      Bytes bytes = box(inner);
      if (inner.type != "trun") return bytes;
      Bytes offset;
      put(offset, number_at(bytes, 16, 4) + extra.size(), 4);
      std::ranges::copy(offset, bytes.begin() + 16);
      return bytes;
    };
    put(result, box("moof", rewritten(found.body, 0, [&](const media::Box& inner) {
                      if (inner.type != "traf") return box(inner);
                      Bytes body = rewritten(inner.body, 0, moved);
                      put(body, extra);
                      return box("traf", body);
                    })));
  }
  return result;
}

namespace {

/// CRC-32 of MPEG-2 (ISO/IEC 13818-1 annex A).
std::uint32_t checksum(const std::byte* bytes, std::size_t size) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= std::to_integer<std::uint32_t>(bytes[i]) << 24U;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 0x80000000U) != 0 ? crc << 1U ^ 0x04C11DB7U : crc << 1U;
  }
  return crc;
}

/// Lets the programme map of a transport stream packet tell of encrypted samples.
void mark_programme_map(std::byte* packet) {
  constexpr std::size_t header = 5;  // With the pointer field.
  const auto value = [&](std::size_t at) { return std::to_integer<unsigned>(packet[at]); };
  const bool begins = (value(1) & 0x40U) != 0 && (value(3) & 0x30U) == 0x10U && value(4) == 0;
  if (!begins || value(header) != 2) return;  // The table id of a programme map.
  const std::size_t length = (value(header + 1) & 0x0FU) << 8U | value(header + 2);
  const std::size_t end = header + 3 + length - 4;
  std::size_t at = header + 12 + ((value(header + 10) & 0x0FU) << 8U | value(header + 11));
  while (at + 5 <= end) {
    if (value(at) == 0x1B) packet[at] = std::byte{0xDB};
    if (value(at) == 0x0F) packet[at] = std::byte{0xCF};
    at += 5 + ((value(at + 3) & 0x0FU) << 8U | value(at + 4));
  }
  Bytes crc;
  put(crc, checksum(packet + header, end - header), 4);
  std::ranges::copy(crc, packet + end);
}

}  // namespace

Bytes with_emulation_prevention(const Bytes& plain) {
  Bytes result;
  std::size_t zeros = 0;
  for (const std::byte byte : plain) {
    if (zeros >= 2 && std::to_integer<unsigned>(byte) <= 3) {
      result.push_back(std::byte{3});
      zeros = 0;
    }
    zeros = byte == std::byte{} ? zeros + 1 : 0;
    result.push_back(byte);
  }
  return result;
}

Bytes encrypted_pictures(const Bytes& clear, const decode::SampleKey& key) {
  const auto is_start = [&](std::size_t at) {
    return at + 3 <= clear.size() && number_at(clear, at, 3) == 1;
  };
  Bytes result;
  for (std::size_t at = 0; at < clear.size();) {
    if (!is_start(at)) {
      result.push_back(clear[at++]);
      continue;
    }
    std::size_t end = at + 3;
    while (end < clear.size() && !is_start(end)) ++end;
    std::size_t last = end;
    while (last > at + 3 && clear[last - 1] == std::byte{}) --last;
    const auto offset = [](std::size_t index) { return static_cast<std::ptrdiff_t>(index); };
    Bytes nal(clear.begin() + offset(at + 3), clear.begin() + offset(last));
    const unsigned type = nal.empty() ? 0 : std::to_integer<unsigned>(nal[0]) & 31U;
    if ((type == 1 || type == 5) && nal.size() > 48) {
      decode::CipherBlock chained = key.vector;
      for (std::size_t i = 32; i + block < nal.size(); i += pattern)
        encrypt_blocks(nal.data() + i, 1, key.key, chained);
      nal = with_emulation_prevention(nal);
    }
    result.insert(result.end(), clear.begin() + offset(at), clear.begin() + offset(at + 3));
    put(result, nal);
    result.insert(result.end(), clear.begin() + offset(last), clear.begin() + offset(end));
    at = end;
  }
  return result;
}

Bytes encrypted_frames(const Bytes& clear, const decode::SampleKey& key) {
  Bytes result = clear;
  for (std::size_t at = 0; at + 7 <= result.size();) {
    const std::size_t header = (number_at(result, at + 1, 1) & 1U) != 0 ? 7 : 9;
    const std::size_t size = number_at(result, at + 3, 3) >> 5U & 0x1FFFU;
    decode::CipherBlock chained = key.vector;
    if (size > header + 16)
      encrypt_blocks(result.data() + at + header + 16, (size - header - 16) / block, key.key,
                     chained);
    at += std::max<std::size_t>(size, 7);
  }
  return result;
}

Bytes encrypted_stream(const Bytes& clear, const decode::SampleKey& key) {
  decode::MemorySource source(clear);
  const auto demuxer = decode::Demuxer::open(source).value();
  std::vector<decode::Packet> packets;
  while (auto packet = demuxer->next().value()) packets.push_back(*std::move(packet));
  AVFormatContext* muxer = nullptr;
  RUNG_CHECK(avformat_alloc_output_context2(&muxer, nullptr, "mpegts", nullptr) >= 0);
  for (const media::TrackKind kind : {media::TrackKind::video, media::TrackKind::audio}) {
    AVStream* const stream = avformat_new_stream(muxer, nullptr);
    RUNG_CHECK(avcodec_parameters_copy(stream->codecpar, &demuxer->parameters(kind)) >= 0);
    stream->codecpar->codec_tag = 0;
    // What was not probed: it does not stand in the file, but the muxer wants to know.
    AVCodecParameters& parameters = *stream->codecpar;
    if (kind == media::TrackKind::video && parameters.width == 0)
      parameters.width = parameters.height = 16;
    if (kind == media::TrackKind::audio && parameters.sample_rate == 0)
      parameters.sample_rate = 48000;
  }
  RUNG_CHECK(avio_open_dyn_buf(&muxer->pb) >= 0 && avformat_write_header(muxer, nullptr) >= 0);
  std::array<std::int64_t, media::track_kinds> last_time{};
  for (const decode::Packet& packet : packets) {
    const bool pictures = packet.kind == media::TrackKind::video;
    const auto* const data = reinterpret_cast<const std::byte*>(packet.packet->data);
    const Bytes bytes(data, data + packet.packet->size);
    const Bytes locked = pictures ? encrypted_pictures(bytes, key) : encrypted_frames(bytes, key);
    const decode::PacketPtr copy(av_packet_alloc());
    RUNG_CHECK(av_new_packet(copy.get(), static_cast<int>(locked.size())) >= 0 &&
               av_packet_copy_props(copy.get(), packet.packet.get()) >= 0);
    std::ranges::copy(locked, reinterpret_cast<std::byte*>(copy->data));
    copy->stream_index = pictures ? 0 : 1;
    // Of the frames of one PES packet the first one alone has a time stamp.
    std::int64_t& last = last_time[pictures ? 0 : 1];
    constexpr std::int64_t frame = 1024 * std::int64_t{1'000'000'000} / 48000;
    if (copy->dts == AV_NOPTS_VALUE) copy->dts = copy->pts;
    if (copy->dts == AV_NOPTS_VALUE) copy->dts = last + (pictures ? 40'000'000 : frame);
    if (copy->pts == AV_NOPTS_VALUE) copy->pts = copy->dts;
    last = copy->dts;
    av_packet_rescale_ts(copy.get(), {1, 1'000'000'000},
                         muxer->streams[copy->stream_index]->time_base);
    RUNG_CHECK(av_interleaved_write_frame(muxer, copy.get()) >= 0);
  }
  RUNG_CHECK(av_write_trailer(muxer) >= 0);
  std::uint8_t* written = nullptr;
  const int size = avio_close_dyn_buf(muxer->pb, &written);
  const auto* const data = reinterpret_cast<const std::byte*>(written);
  Bytes result(data, data + size);
  av_free(written);
  avformat_free_context(muxer);
  constexpr std::size_t packet_size = 188;
  for (std::size_t at = 0; at + packet_size <= result.size(); at += packet_size)
    mark_programme_map(result.data() + at);
  return result;
}

}  // namespace rung::test
