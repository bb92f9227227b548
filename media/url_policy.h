#pragma once

#include <string>
#include <string_view>

#include "core/expected.h"

namespace rung::media {

/// Which URLs a title may lead us to: segments, keys, maps, BaseURL, Location, redirects and all
/// else. Only http and https; never from https down to http; no private address unless the manifest
/// itself came from one (that is checked on the address connected to, see is_private_address). A
/// value.
class UrlPolicy {
 public:
  /// What a manifest fetched from `manifest_url` (after redirects) may refer to. A local file path
  /// stands for no origin: http and https are both allowed.
  explicit UrlPolicy(std::string_view manifest_url);

  /// Fails with ErrorCode::refused and the reason; the message shows no user name, password or
  /// query.
  [[nodiscard]] Expected<void> check(std::string_view url) const;
  /// Whether a request to `url` may carry what belongs to the manifest's origin (credentials).
  [[nodiscard]] bool is_same_origin(std::string_view url) const;

 private:
  std::string origin_;
  bool https_only_ = false;
};

/// `url` without user name, password, query and fragment, for messages and logs.
[[nodiscard]] std::string redacted_url(std::string_view url);

/// Whether `address` (numeric IPv4 or IPv6 text) lies in a network that is not the public internet:
/// loopback, private, link-local, shared, unspecified, multicast, reserved (RFC 6890), also when an
/// IPv4 address is carried in IPv6. Text that is no address counts as private.
[[nodiscard]] bool is_private_address(std::string_view address);

}  // namespace rung::media
