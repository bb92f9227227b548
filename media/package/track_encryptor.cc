#include "media/package/track_encryptor.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

extern "C" {
#include <libavutil/aes.h>
#include <libavutil/aes_ctr.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

#include "core/check.h"
#include "media/box_writer.h"
#include "media/fragment_reader.h"

namespace rung::package {
namespace {

using media::box;
using media::box_header;
using media::Bytes;
using media::number_at;
using media::put;
using media::rewritten;
using media::text_of;
using Scheme = ContentProtection::Scheme;

constexpr std::size_t block = 16;
constexpr std::size_t counter_vector = 8;
constexpr std::size_t nal_length = 4;
constexpr std::size_t clear_of_slice = 128;
constexpr std::size_t pattern = 10 * block;    // Of cbcs: one block of so many bytes.
constexpr std::size_t description_fields = 8;  // Of stsd: version, flags and count.
constexpr std::uint64_t with_ranges = 2;       // senc: UseSubSampleEncryption.

std::uint8_t* octets(std::byte* bytes) { return reinterpret_cast<std::uint8_t*>(bytes); }
const std::uint8_t* octets(const std::byte* bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes);
}

Bytes bytes_of(const std::string& digits) {
  Bytes bytes;
  const auto value = [](char digit) {
    return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  };
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(std::byte(value(digits[i]) << 4U | value(digits[i + 1])));
  return bytes;
}

}  // namespace

std::string_view name_of(ContentProtection::Scheme scheme) {
  switch (scheme) {
    case Scheme::cenc:
      return "cenc";
    case Scheme::cbcs:
      return "cbcs";
    case Scheme::aes_128:
      break;
  }
  return "aes-128";
}

void TrackEncryptor::Free::operator()(AVAES* state) const { av_free(state); }
void TrackEncryptor::Free::operator()(AVAESCTR* state) const { av_aes_ctr_free(state); }

TrackEncryptor::TrackEncryptor(ContentProtection protection, media::TrackKind kind)
    : protection_(std::move(protection)),
      kind_(kind),
      blocks_(av_aes_alloc()),
      counter_(av_aes_ctr_alloc()) {
  constexpr int key_bits = 128;
  if (!blocks_ || !counter_) throw std::bad_alloc();
  const std::uint8_t* const key = octets(protection_.key.data());
  RUNG_CHECK(av_aes_init(blocks_.get(), key, key_bits, 0) == 0);
  if (av_aes_ctr_init(counter_.get(), key) < 0) throw std::bad_alloc();
}

TrackEncryptor::Block TrackEncryptor::vector_of(std::uint64_t number,
                                                std::span<const std::byte> bytes) const {
  constexpr int hash_bits = 256;
  const std::unique_ptr<AVSHA, void (*)(void*)> hash(av_sha_alloc(), &av_free);
  if (!hash) throw std::bad_alloc();
  av_sha_init(hash.get(), hash_bits);
  av_sha_update(hash.get(), octets(protection_.key.data()), protection_.key.size());
  Bytes head;
  put(head, number, 8);
  av_sha_update(hash.get(), octets(head.data()), head.size());
  av_sha_update(hash.get(), octets(bytes.data()), bytes.size());
  std::array<std::byte, hash_bits / 8> digest{};
  av_sha_final(hash.get(), octets(digest.data()));
  Block vector{};
  std::copy_n(digest.begin(), vector.size(), vector.begin());
  return vector;
}

Bytes TrackEncryptor::init(std::span<const std::byte> clear) {
  if (protection_.scheme == Scheme::aes_128) return {clear.begin(), clear.end()};
  constant_ = vector_of(0, clear);
  const auto protect = [&](const media::Box& entry) {
    Bytes type;
    put(type, 0, 4);
    put(type, name_of(protection_.scheme));
    put(type, 0x10000, 4);  // Version 1.0 of the scheme.
    Bytes track;
    put(track, counts() ? 0 : 0x01000000, 4);
    put(track, 0, 1);
    put(track, is_of(media::TrackKind::video) && !counts() ? 0x19 : 0, 1);  // One block of ten.
    put(track, 1, 1);                                                       // It is protected.
    put(track, counts() ? counter_vector : 0, 1);
    put(track, bytes_of(protection_.key_id));
    if (!counts()) {
      put(track, constant_.size(), 1);
      put(track, constant_);
    }
    Bytes protection = box("frma", std::as_bytes(std::span(entry.type)));
    put(protection, box("schm", type));
    put(protection, box("schi", box("tenc", track)));
    Bytes body;
    put(body, entry.body);
    put(body, box("sinf", protection));
    return box(is_of(media::TrackKind::video) ? "encv" : "enca", body);
  };
  const auto change = [&](const auto& self, const media::Box& found) -> Bytes {
    const auto inside = [&](const media::Box& inner) { return self(self, inner); };
    for (const char* container : {"moov", "trak", "mdia", "minf", "stbl"})
      if (found.type == container) return box(found.type, rewritten(found.body, 0, inside));
    if (found.type == "stsd")
      return box(found.type, rewritten(found.body, description_fields, protect));
    return box(found);
  };
  return rewritten(text_of(clear), 0,
                   [&](const media::Box& found) { return change(change, found); });
}

Bytes TrackEncryptor::segment(std::span<const std::byte> clear, std::int64_t number) {
  if (protection_.scheme == Scheme::aes_128) return whole(clear, number);
  const std::string_view all = text_of(clear);
  Bytes data;  // Of the next mdat.
  return rewritten(all, 0, [&](const media::Box& found) {
    if (found.type == "mdat") return box(found.type, data);
    if (found.type != "moof") return box(found);
    const auto behind = media::read_box(all, found.end);
    RUNG_CHECK(behind && behind->type == "mdat");
    data.clear();
    put(data, behind->body);
    return fragment(found.body, data);
  });
}

Bytes TrackEncryptor::fragment(std::string_view moof, std::span<std::byte> data) {
  const std::string_view track = media::within_boxes(moof, {"traf"});
  const auto header = media::read_fragment_header(track, {});
  RUNG_CHECK(header.has_value());
  media::RunReader run(media::within_boxes(track, {"trun"}), header->samples);
  Bytes samples;  // What senc says of them.
  Bytes sizes;    // How long each of its entries is.
  for (std::uint64_t i = 0; i < run.count(); ++i) {
    const auto size = static_cast<std::size_t>(run.next().size);
    RUNG_CHECK(size <= data.size());
    const auto sample = data.first(size);
    data = data.subspan(size);
    const std::size_t before = samples.size();
    const Block vector = counts() ? vector_of(++samples_, sample) : constant_;
    if (counts()) put(samples, std::span(vector).first(counter_vector));
    const std::vector<Range> parts = ranges(sample);
    if (is_of(media::TrackKind::video)) {
      put(samples, parts.size(), 2);
      for (const Range& range : parts) {
        put(samples, range.clear, 2);
        put(samples, range.hidden, 4);
      }
    }
    hide(sample, parts, vector);
    put(sizes, samples.size() - before, 1);
  }
  Bytes more;
  if (!samples.empty()) {
    Bytes said;
    put(said, is_of(media::TrackKind::video) ? with_ranges : 0, 4);
    put(said, run.count(), 4);
    put(said, samples);
    Bytes lengths;
    put(lengths, 0, 5);  // Version, flags; no size that holds for all.
    put(lengths, run.count(), 4);
    put(lengths, sizes);
    Bytes place;
    put(place, 0, 4);
    put(place, 1, 4);
    // From the moof's beginning to the first entry; senc is the last of the boxes in it.
    constexpr std::size_t place_box = box_header + 12;
    constexpr std::size_t senc_fields = box_header + 8;
    put(place, box_header + moof.size() + lengths.size() + box_header + place_box + senc_fields, 4);
    more = box("saiz", lengths);
    put(more, box("saio", place));
    put(more, box("senc", said));
  }
  const auto moved = [&](const media::Box& inner) {
    Bytes bytes = box(inner);
    if (inner.type != "trun") return bytes;
    constexpr std::size_t data_offset = box_header + 8;
    Bytes offset;
    put(offset, number_at(bytes, data_offset, 4) + more.size(), 4);
    std::ranges::copy(offset, bytes.begin() + data_offset);
    return bytes;
  };
  return box("moof", rewritten(moof, 0, [&](const media::Box& inner) {
               if (inner.type != "traf") return box(inner);
               Bytes body = rewritten(inner.body, 0, moved);
               put(body, more);
               return box("traf", body);
             }));
}

std::vector<TrackEncryptor::Range> TrackEncryptor::ranges(std::span<const std::byte> sample) const {
  if (is_of(media::TrackKind::audio)) return {{.clear = 0, .hidden = sample.size()}};
  constexpr std::size_t most_clear = 0xFFFF;
  std::vector<Range> ranges;
  std::size_t clear = 0;
  while (sample.size() > nal_length) {
    const std::size_t length = std::min(
        static_cast<std::size_t>(number_at(sample, 0, nal_length)) + nal_length, sample.size());
    const unsigned type = std::to_integer<unsigned>(sample[nal_length]) & 0x1FU;
    const std::size_t lead = nal_length + clear_of_slice;
    std::size_t hidden = 0;
    if ((type == 1 || type == 5) && length >= lead + block)
      hidden = counts() ? (length - lead) / block * block : length - lead;
    clear += length - hidden;
    sample = sample.subspan(length);
    if (hidden == 0 && !sample.empty()) continue;
    for (; clear > most_clear; clear -= most_clear)
      ranges.push_back({.clear = most_clear, .hidden = 0});
    ranges.push_back({.clear = std::exchange(clear, 0), .hidden = hidden});
  }
  return ranges;
}

void TrackEncryptor::hide(std::span<std::byte> sample, const std::vector<Range>& ranges,
                          const Block& vector) {
  if (counts()) av_aes_ctr_set_iv(counter_.get(), octets(vector.data()));
  for (const Range& range : ranges) {
    const auto hidden = sample.subspan(range.clear, range.hidden);
    sample = sample.subspan(range.clear + range.hidden);
    if (counts()) {
      av_aes_ctr_crypt(counter_.get(), octets(hidden.data()), octets(hidden.data()),
                       static_cast<int>(hidden.size()));
      continue;
    }
    Block chained = vector;
    const std::size_t step = is_of(media::TrackKind::video) ? pattern : block;
    for (std::size_t at = 0; at + block <= hidden.size(); at += step) {
      std::uint8_t* const place = octets(hidden.data()) + at;
      av_aes_crypt(blocks_.get(), place, place, 1, octets(chained.data()), 0);
    }
  }
}

Bytes TrackEncryptor::whole(std::span<const std::byte> clear, std::int64_t number) {
  Bytes bytes(clear.begin(), clear.end());
  // PKCS #7: as many bytes as each of them says, at least one.
  const std::size_t padding = block - bytes.size() % block;
  bytes.insert(bytes.end(), padding, std::byte(padding));
  Bytes vector;
  put(vector, 0, 8);
  put(vector, static_cast<std::uint64_t>(number), 8);
  av_aes_crypt(blocks_.get(), octets(bytes.data()), octets(bytes.data()),
               static_cast<int>(bytes.size() / block), octets(vector.data()), 0);
  return bytes;
}

}  // namespace rung::package
