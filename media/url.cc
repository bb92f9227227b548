#include "media/url.h"

#include <algorithm>
#include <charconv>

namespace rung::media {
namespace {

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

/// RFC 3986 section 5.2.4.
std::string remove_dot_segments(std::string_view in) {
  std::string out;
  const auto drop_last_segment = [&] {
    const auto slash = out.rfind('/');
    out.resize(slash == std::string::npos ? 0 : slash);
  };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.remove_prefix(3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.remove_prefix(2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.remove_prefix(3);
      drop_last_segment();
    } else if (in == "/..") {
      in = "/";
      drop_last_segment();
    } else if (in == "." || in == "..") {
      in = {};
    } else {
      const auto end = std::min(in.find('/', in.starts_with('/') ? 1 : 0), in.size());
      out += in.substr(0, end);
      in.remove_prefix(end);
    }
  }
  return out;
}

/// RFC 3986 section 5.2.3.
std::string merge_paths(const Url& base, std::string_view path) {
  std::string merged;
  if (base.authority && base.path.empty()) {
    merged = "/";
  } else if (const auto slash = base.path.rfind('/'); slash != std::string::npos) {
    merged = base.path.substr(0, slash + 1);
  }
  merged += path;
  return merged;
}

/// The authority without user name and password.
std::string_view host_and_port(std::string_view authority) {
  const auto at = authority.rfind('@');
  return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

/// Where the host ends and ":port" may begin.
std::size_t host_end(std::string_view text) {
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    return bracket == std::string_view::npos ? text.size() : bracket + 1;
  }
  return std::min(text.find(':'), text.size());
}

}  // namespace

std::string Url::host() const {
  if (!authority) return {};
  std::string_view text = host_and_port(*authority);
  text = text.substr(0, host_end(text));
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return lower(text);
}

int Url::port() const {
  if (!authority) return 0;
  std::string_view text = host_and_port(*authority);
  text.remove_prefix(host_end(text));
  if (text.starts_with(':')) text.remove_prefix(1);
  if (text.empty()) {
    const std::string name = lower(scheme);
    return name == "http" ? 80 : name == "https" ? 443 : 0;
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number > 0 && number < 65536 ? number : 0;
}

bool Url::is_http() const {
  const std::string name = lower(scheme);
  return name == "http" || name == "https";
}

Url parse_url(std::string_view text) {
  Url url;
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    url.fragment = std::string(text.substr(hash + 1));
    text = text.substr(0, hash);
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    url.query = std::string(text.substr(mark + 1));
    text = text.substr(0, mark);
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && is_scheme(text.substr(0, colon))) {
    url.scheme = std::string(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto slash = std::min(text.find('/'), text.size());
    url.authority = std::string(text.substr(0, slash));
    text.remove_prefix(slash);
  }
  url.path = std::string(text);
  return url;
}

std::string to_string(const Url& url) {
  std::string text;
  if (!url.scheme.empty()) text += url.scheme + ":";
  if (url.authority) text += "//" + *url.authority;
  text += url.path;
  if (url.query) text += "?" + *url.query;
  if (url.fragment) text += "#" + *url.fragment;
  return text;
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  const Url from = parse_url(base);
  Url target = parse_url(reference);
  if (!target.scheme.empty() && !target.authority && lower(target.scheme) == lower(from.scheme))
    target.scheme.clear();
  // HTTP knows no empty host (RFC 9110 section 4.2.1), so "///path" keeps the base's.
  if (target.scheme.empty() && target.authority && target.authority->empty() && from.is_http())
    target.authority.reset();
  if (!target.scheme.empty() || target.authority) {
    if (target.scheme.empty()) target.scheme = from.scheme;
    target.path = remove_dot_segments(target.path);
    return to_string(target);
  }
  target.scheme = from.scheme;
  target.authority = from.authority;
  if (target.path.empty()) {
    target.path = from.path;
    if (!target.query) target.query = from.query;
  } else if (target.path.starts_with('/')) {
    target.path = remove_dot_segments(target.path);
  } else {
    const std::string merged = merge_paths(from, target.path);
    target.path = remove_dot_segments(merged);
    // Seen from a relative file path the result is one too.
    if (!merged.starts_with('/') && !target.authority && target.path.starts_with('/'))
      target.path.erase(0, 1);
  }
  return to_string(target);
}

bool same_origin(std::string_view a, std::string_view b) {
  const Url first = parse_url(a);
  const Url second = parse_url(b);
  return first.is_http() && lower(first.scheme) == lower(second.scheme) &&
         first.host() == second.host() && first.port() == second.port() && first.port() != 0;
}

std::string query_escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view marks = "-._~";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       marks.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      const auto value = static_cast<unsigned char>(c);
      out += '%';
      out += digits[value >> 4U];
      out += digits[value & 15U];
    }
  }
  return out;
}

std::string with_parameter(std::string url, std::string_view parameter) {
  const std::size_t end = std::min(url.find('#'), url.size());
  const std::size_t query = url.find('?');
  std::string more(query < end ? "&" : "?");
  more += parameter;
  return url.insert(end, more);
}

}  // namespace rung::media
