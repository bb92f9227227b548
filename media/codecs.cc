#include "media/codecs.h"

#include <algorithm>
#include <array>

namespace rung::media {
namespace {

struct KnownCodec {
  std::string_view name;  ///< The part before the first dot.
  ContentType type;
  CodecFamily family;
};

constexpr std::array known_codecs = {
    KnownCodec{"avc1", ContentType::video, CodecFamily::avc},
    KnownCodec{"avc3", ContentType::video, CodecFamily::avc},
    KnownCodec{"hvc1", ContentType::video, CodecFamily::hevc},
    KnownCodec{"hev1", ContentType::video, CodecFamily::hevc},
    KnownCodec{"av01", ContentType::video, CodecFamily::av1},
    KnownCodec{"vp09", ContentType::video, CodecFamily::vp9},
    KnownCodec{"vp9", ContentType::video, CodecFamily::vp9},
    KnownCodec{"vp08", ContentType::video, CodecFamily::vp8},
    KnownCodec{"vp8", ContentType::video, CodecFamily::vp8},
    KnownCodec{"mp4v", ContentType::video, CodecFamily::other},
    KnownCodec{"vvc1", ContentType::video, CodecFamily::other},
    KnownCodec{"vvi1", ContentType::video, CodecFamily::other},
    KnownCodec{"dvh1", ContentType::video, CodecFamily::other},
    KnownCodec{"dvhe", ContentType::video, CodecFamily::other},
    KnownCodec{"svc1", ContentType::video, CodecFamily::other},
    KnownCodec{"mp4a", ContentType::audio, CodecFamily::aac},
    KnownCodec{"opus", ContentType::audio, CodecFamily::opus},
    KnownCodec{"Opus", ContentType::audio, CodecFamily::opus},
    KnownCodec{"vorbis", ContentType::audio, CodecFamily::other},
    KnownCodec{"ac-3", ContentType::audio, CodecFamily::ac3},
    KnownCodec{"ec-3", ContentType::audio, CodecFamily::ec3},
    KnownCodec{"ac-4", ContentType::audio, CodecFamily::other},
    KnownCodec{"dtsc", ContentType::audio, CodecFamily::other},
    KnownCodec{"dtse", ContentType::audio, CodecFamily::other},
    KnownCodec{"mp3", ContentType::audio, CodecFamily::mp3},
    KnownCodec{"fLaC", ContentType::audio, CodecFamily::flac},
    KnownCodec{"flac", ContentType::audio, CodecFamily::flac},
    KnownCodec{"alac", ContentType::audio, CodecFamily::other},
    KnownCodec{"stpp", ContentType::text, CodecFamily::other},
    KnownCodec{"wvtt", ContentType::text, CodecFamily::other},
};

const KnownCodec* find_codec(std::string_view codec) {
  const std::string_view name = codec.substr(0, codec.find('.'));
  const auto found = std::ranges::find(known_codecs, name, &KnownCodec::name);
  return found == known_codecs.end() ? nullptr : &*found;
}

/// MPEG-4 audio's object types tell MP3 and the Dolby codecs from AAC (RFC 6381 section 3.3).
CodecFamily family_of(std::string_view codec, const KnownCodec& known) {
  if (codec == "mp4a.40.34" || codec == "mp4a.69" || codec == "mp4a.6B" || codec == "mp4a.6b")
    return CodecFamily::mp3;
  if (codec == "mp4a.a5" || codec == "mp4a.A5") return CodecFamily::ac3;
  if (codec == "mp4a.a6" || codec == "mp4a.A6") return CodecFamily::ec3;
  return known.family;
}

}  // namespace

std::vector<std::string> split_codecs(std::string_view codecs) {
  std::vector<std::string> entries;
  std::string entry;
  const auto finish = [&] {
    if (!entry.empty()) entries.push_back(entry);
    entry.clear();
  };
  for (const char c : codecs) {
    if (c == ',')
      finish();
    else if (c != ' ' && c != '\t')
      entry += c;
  }
  finish();
  return entries;
}

ContentType content_type_of_codec(std::string_view codec) {
  const KnownCodec* known = find_codec(codec);
  return known == nullptr ? ContentType::unknown : known->type;
}

CodecFamily codec_family(std::string_view codecs, ContentType type) {
  CodecFamily fallback = CodecFamily::none;
  for (const std::string& entry : split_codecs(codecs)) {
    const KnownCodec* known = find_codec(entry);
    if (known != nullptr && known->type == type) return family_of(entry, *known);
    if (known == nullptr) fallback = CodecFamily::other;
  }
  return fallback;
}

std::string codecs_of_type(std::string_view codecs, ContentType type) {
  std::string joined;
  for (const std::string& entry : split_codecs(codecs)) {
    if (content_type_of_codec(entry) != type) continue;
    if (!joined.empty()) joined += ',';
    joined += entry;
  }
  return joined;
}

}  // namespace rung::media
