#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "media/presentation.h"

namespace rung::player {

/// The header of one HTTP answer (RFC 9110), read line by line as libcurl hands them out. A value.
struct HttpHead {
  /// Bytes of all lines; more is refused.
  static constexpr std::size_t max_size = 256 * 1024;

  enum class Line : std::uint8_t {
    field,     ///< One more field, or one that means nothing here.
    begin,     ///< A status line: another answer begins.
    complete,  ///< The empty line behind the last field of a final answer.
    too_large,
    contradictory,  ///< Two different lengths, or a length beside chunks.
  };
  [[nodiscard]] Line read(std::string_view line);

  [[nodiscard]] bool redirects() const;
  /// The body is in a content coding (RFC 9110 section 8.4.1, RFC 8878, RFC 7932). What is none,
  /// but stands in that field ("utf-8", "none", "aws-chunked"), says nothing of the bytes.
  [[nodiscard]] bool coded() const;
  /// Such words are all that it says, and not those that mean that there is no coding.
  [[nodiscard]] bool claims_what_is_no_coding() const;

  int status = 0;
  bool complete = false;
  std::optional<std::int64_t> content_length;
  bool chunked = false;
  std::string content_range;
  std::string content_encoding;  ///< In lower case.
  std::string content_type;
  std::string location;
  std::string date;
  std::string cache_control;  ///< All of them, with commas between.
  std::string age;
  bool expires = false;  ///< There is Expires or Pragma.

 private:
  [[nodiscard]] Line read_field(std::string_view line);
  std::size_t size_ = 0;
};

/// "bytes first-last/total" (RFC 9110 section 14.4).
[[nodiscard]] std::optional<media::ByteRange> parse_content_range(std::string_view text);

/// Manifests hold spaces and letters of all languages; on the wire they are percent-encoded.
[[nodiscard]] std::string encoded_url(std::string_view url);

}  // namespace rung::player
