#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace rung {

/// What kind of failure it was; the program's exit status follows from it.
enum class ErrorCode {
  invalid_argument,  ///< an option or value that a person gave
  malformed,         ///< a document that breaks its own format
  unsupported,       ///< a well-formed document or media that Rung cannot handle
  limit_exceeded,    ///< input larger than a limit of core/limits.h
  not_found,         ///< a file or resource that does not exist
  io,                ///< reading or writing failed
  network,           ///< a transfer failed for good
  refused,           ///< the URL policy forbids the access
  decode,            ///< the decoder could not go on
};

/// A failure that input or environment caused: a sentence for a person, and where it happened
/// ("stream.mpd line 12 <SegmentTemplate>", "trace.csv line 40"), empty when there is no place.
struct Error {
  ErrorCode code{};
  std::string message;
  std::string where;

  friend bool operator==(const Error&, const Error&) = default;
};

/// "where: message", or the message alone.
[[nodiscard]] inline std::string to_string(const Error& error) {
  return error.where.empty() ? error.message : error.where + ": " + error.message;
}

template <typename T>
using Expected = tl::expected<T, Error>;

/// The failure side of an Expected: `return failure(ErrorCode::malformed, "...", "x.mpd line 3");`
[[nodiscard]] inline tl::unexpected<Error> failure(ErrorCode code, std::string message,
                                                   std::string where = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(where)});
}

}  // namespace rung
