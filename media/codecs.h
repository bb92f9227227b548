#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "media/presentation.h"

namespace rung::media {

/// Codecs between which no decoder switches in mid-stream, the most widely decodable first.
enum class CodecFamily { avc, hevc, av1, vp9, vp8, aac, opus, ac3, ec3, mp3, flac, other, none };

/// The entries of a codecs parameter (RFC 6381), without white space.
[[nodiscard]] std::vector<std::string> split_codecs(std::string_view codecs);
/// What an entry such as "avc1.64001f" is; `unknown` when it is not known.
[[nodiscard]] ContentType content_type_of_codec(std::string_view codec);
/// The family of the first entry of this type; without one `other` when an entry is not known, else
/// `none`.
[[nodiscard]] CodecFamily codec_family(std::string_view codecs, ContentType type);
/// The entries of this type, joined by commas.
[[nodiscard]] std::string codecs_of_type(std::string_view codecs, ContentType type);

}  // namespace rung::media
