#include "media/url_policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/limits.h"
#include "media/url.h"

namespace rung::media {
namespace {

using Ipv4 = std::uint32_t;
using Ipv6 = std::array<std::uint16_t, 8>;

std::optional<unsigned> parse_number(std::string_view text, int base, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  Ipv4 address = 0;
  for (int i = 0; i < 4; ++i) {
    const auto dot = std::min(text.find('.'), text.size());
    if ((i < 3) == (dot == text.size())) return std::nullopt;
    const auto part = parse_number(text.substr(0, dot), 10, 255);
    if (!part) return std::nullopt;
    address = address << 8U | *part;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return address;
}

/// The 16-bit groups of one side of "::".
std::optional<std::vector<std::uint16_t>> parse_groups(std::string_view text) {
  std::vector<std::uint16_t> groups;
  if (text.empty()) return groups;
  for (;;) {
    const auto colon = std::min(text.find(':'), text.size());
    const std::string_view part = text.substr(0, colon);
    if (colon == text.size() && part.find('.') != std::string_view::npos) {
      const auto tail = parse_ipv4(part);
      if (!tail) return std::nullopt;
      groups.push_back(static_cast<std::uint16_t>(*tail >> 16U));
      groups.push_back(static_cast<std::uint16_t>(*tail & 0xffffU));
      return groups;
    }
    const auto value = parse_number(part, 16, 0xffff);
    if (!value || groups.size() == 8) return std::nullopt;
    groups.push_back(static_cast<std::uint16_t>(*value));
    if (colon == text.size()) return groups;
    text.remove_prefix(colon + 1);
  }
}

std::optional<Ipv6> parse_ipv6(std::string_view text) {
  text = text.substr(0, text.find('%'));  // the zone of a link-local address
  const auto gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap));
  const auto tail = has_gap ? parse_groups(text.substr(gap + 2)) : std::vector<std::uint16_t>{};
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->size() + tail->size();
  if (has_gap ? count > 7 : count != 8) return std::nullopt;
  Ipv6 address{};
  std::ranges::copy(*head, address.begin());
  std::ranges::copy(*tail, address.end() - static_cast<std::ptrdiff_t>(tail->size()));
  return address;
}

bool is_private(Ipv4 address) {
  struct Network {
    Ipv4 prefix;
    unsigned bits;
  };
  static constexpr std::array networks = {
      Network{0x00000000, 8},   // this network
      Network{0x0a000000, 8},   // private
      Network{0x64400000, 10},  // shared (carrier-grade NAT)
      Network{0x7f000000, 8},   // loopback
      Network{0xa9fe0000, 16},  // link-local
      Network{0xac100000, 12},  // private
      Network{0xc0000000, 24},  // protocol assignments
      Network{0xc0000200, 24},  // documentation
      Network{0xc0a80000, 16},  // private
      Network{0xc6120000, 15},  // benchmarking
      Network{0xc6336400, 24},  // documentation
      Network{0xcb007100, 24},  // documentation
      Network{0xe0000000, 3},   // multicast and reserved
  };
  return std::ranges::any_of(networks, [&](const Network& network) {
    return (address ^ network.prefix) >> (32U - network.bits) == 0;
  });
}

bool is_private(const Ipv6& address) {
  const Ipv4 last = static_cast<Ipv4>(address[6]) << 16U | address[7];
  const bool leading_zeros = std::all_of(address.begin(), address.begin() + 5,
                                         [](std::uint16_t group) { return group == 0; });
  if (leading_zeros && address[5] == 0xffff) return is_private(last);       // IPv4-mapped
  if (address[0] == 0x64 && address[1] == 0xff9b) return is_private(last);  // NAT64
  if (address[0] == 0x2002)                                                 // 6to4
    return is_private(static_cast<Ipv4>(address[1]) << 16U | address[2]);
  // Of the rest only 2000::/3 is global unicast, less documentation and Teredo.
  if ((address[0] & 0xe000U) != 0x2000) return true;
  return address[0] == 0x2001 && (address[1] == 0 || address[1] == 0xdb8);
}

}  // namespace

UrlPolicy::UrlPolicy(std::string_view manifest_url) {
  const Url url = parse_url(manifest_url);
  https_only_ = url.is_http() && url.scheme.size() == 5;
  if (url.is_http()) origin_ = std::string(manifest_url);
}

Expected<void> UrlPolicy::check(std::string_view url) const {
  if (url.size() > limits::url_length)
    return failure(ErrorCode::refused,
                   "the URL is longer than " + std::to_string(limits::url_length) + " characters");
  const Url parts = parse_url(url);
  const auto refuse = [&](const std::string& reason) {
    return failure(ErrorCode::refused, reason, redacted_url(url));
  };
  if (!parts.is_http()) return refuse("only http and https are allowed");
  if (parts.host().empty()) return refuse("the URL names no host");
  if (parts.port() == 0) return refuse("the URL's port is not a number between 1 and 65535");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(*parts.authority, is_control))
    return refuse("the URL's host holds a space or control character");
  if (https_only_ && parts.scheme.size() == 4)
    return refuse("a manifest that came over https may not lead to http");
  return {};
}

bool UrlPolicy::is_same_origin(std::string_view url) const { return same_origin(origin_, url); }

std::string redacted_url(std::string_view url) {
  Url parts = parse_url(url);
  parts.query.reset();
  parts.fragment.reset();
  if (parts.authority) {
    const auto at = parts.authority->rfind('@');
    if (at != std::string::npos) parts.authority->erase(0, at + 1);
  }
  return to_string(parts);
}

bool is_private_address(std::string_view address) {
  if (const auto ipv4 = parse_ipv4(address)) return is_private(*ipv4);
  if (const auto ipv6 = parse_ipv6(address)) return is_private(*ipv6);
  return true;
}

}  // namespace rung::media
