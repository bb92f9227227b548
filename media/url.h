#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rung::media {

/// A URI reference in its five parts (RFC 3986 appendix B): any text can be taken apart, and
/// to_string() puts it together again unchanged. A value.
struct Url {
  std::string scheme;  ///< Without the colon, as written; empty in a relative reference.
  std::optional<std::string> authority;
  std::string path;
  std::optional<std::string> query;
  std::optional<std::string> fragment;
  friend bool operator==(const Url&, const Url&) = default;

  /// The authority's host in lower case, an IPv6 address without brackets.
  [[nodiscard]] std::string host() const;
  /// The port as written, else the default of http and https; 0 when there is none or it is wrong.
  [[nodiscard]] int port() const;
  /// The scheme is http or https, in any case.
  [[nodiscard]] bool is_http() const;
};

[[nodiscard]] Url parse_url(std::string_view text);
[[nodiscard]] std::string to_string(const Url& url);

/// `reference` as seen from `base` (RFC 3986 section 5.2.2, with two allowances that browsers make
/// too: a reference may repeat the base's scheme, and one with an empty host keeps that of an http
/// base, because HTTP knows no empty host). `base` may be a plain file path.
[[nodiscard]] std::string resolve_url(std::string_view base, std::string_view reference);

/// Whether scheme, host and port agree (RFC 6454 section 4). False unless both are http or https.
[[nodiscard]] bool same_origin(std::string_view a, std::string_view b);

/// `text` as it may stand in a query (RFC 3986 section 2.3): what is not unreserved
/// percent-encoded.
[[nodiscard]] std::string query_escaped(std::string_view text);

/// `url` with one more parameter ("name=value") in its query.
[[nodiscard]] std::string with_parameter(std::string url, std::string_view parameter);

}  // namespace rung::media
