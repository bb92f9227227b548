#include "cli/http_flags.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>

#include "cli/files.h"
#include "core/limits.h"
#include "media/url.h"
#include "media/url_policy.h"

namespace rung::cli {
namespace {

/// "Name: value" (RFC 9110 section 5), fit to be sent as it is.
bool is_field(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto in_name = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(letter) != std::string_view::npos;
  };
  const std::string_view value = text.substr(colon + 1);
  return std::ranges::all_of(text.substr(0, colon), in_name) &&
         value.find_first_not_of(" \t") != std::string_view::npos &&
         std::ranges::all_of(value, [](char letter) {
           return letter == '\t' || static_cast<unsigned char>(letter) >= ' ';
         });
}

/// Fields that say what the transfer itself rests on.
bool is_ours(std::string_view field) {
  constexpr std::array<std::string_view, 8> ours{
      "host",       "range", "accept-encoding", "content-length", "transfer-encoding",
      "connection", "te",    "upgrade"};
  std::string name(field.substr(0, field.find(':')));
  std::ranges::transform(name, name.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return std::ranges::count(ours, name) > 0;
}

Expected<void> check_proxy(const std::string& proxy) {
  constexpr std::array<std::string_view, 6> schemes{"http",    "https",  "socks4",
                                                    "socks4a", "socks5", "socks5h"};
  const media::Url url = media::parse_url(proxy);
  if (std::ranges::count(schemes, url.scheme) == 0 || url.host().empty())
    return failure(ErrorCode::invalid_argument,
                   "a proxy is a URL with a host: http, https, socks4, socks4a, socks5 or socks5h",
                   media::redacted_url(proxy));
  return {};
}

}  // namespace

void add_http_flags(CLI::App& command, HttpFlags& flags) {
  command
      .add_option("--ca-file", flags.ca_file,
                  "Certificates (PEM) to trust in place of the system's")
      ->check(CLI::ExistingFile);
  command.add_option("--proxy", flags.proxy, "URL that all requests go through");
  command
      .add_option("--header", flags.fields,
                  "\"Name: value\" for the title's origin; may be given several times")
      ->allow_extra_args(false);
  command
      .add_option("--cookie-file", flags.cookie_file,
                  "Cookies in Netscape's format, readable by nobody else")
      ->check(CLI::ExistingFile);
  command
      .add_option("--cmcd", flags.cmcd, "Tell servers of the playback (CTA-5004): headers or query")
      ->check(CLI::IsMember({"headers", "query"}));
}

Expected<player::HttpClient::Options> http_options(const HttpFlags& flags) {
  player::HttpClient::Options options;
  options.ca_file = flags.ca_file;
  if (!flags.proxy.empty())
    if (const auto checked = check_proxy(flags.proxy); !checked)
      return tl::unexpected<Error>(checked.error());
  options.proxy = flags.proxy;
  for (const std::string& field : flags.fields) {
    const std::string name = field.substr(0, field.find(':'));
    if (!is_field(field))
      return failure(ErrorCode::invalid_argument, "a header field is \"Name: value\"",
                     "--header " + name);
    if (is_ours(field))
      return failure(ErrorCode::invalid_argument, "this field is Rung's own", "--header " + name);
  }
  options.fields = flags.fields;
  if (!flags.cookie_file.empty()) {
    std::error_code error;
    const auto status = std::filesystem::status(flags.cookie_file, error);
    using std::filesystem::perms;
    if (!error && (status.permissions() & (perms::group_all | perms::others_all)) != perms::none)
      return failure(ErrorCode::refused,
                     "other users of this machine can get at these cookies; chmod 600 it",
                     flags.cookie_file);
    const auto text = read_file(flags.cookie_file, limits::init_segment_size);
    if (!text) return tl::unexpected<Error>(text.error());
    if (const auto checked = check_cookies(*text, flags.cookie_file); !checked)
      return tl::unexpected<Error>(checked.error());
  }
  options.cookie_file = flags.cookie_file;
  if (flags.cmcd == "headers") options.cmcd = player::CmcdMode::headers;
  if (flags.cmcd == "query") options.cmcd = player::CmcdMode::query;
  return options;
}

Expected<void> check_cookies(const std::string& text, const std::string& name) {
  constexpr std::string_view http_only = "#HttpOnly_";
  constexpr std::ptrdiff_t tabs = 6;
  std::istringstream lines(text);
  int number = 0;
  int cookies = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line == "\r") continue;
    if (line.front() == '#' && !line.starts_with(http_only)) continue;
    if (std::ranges::count(line, '\t') != tabs)
      return failure(ErrorCode::malformed,
                     "a cookie is seven columns with tabs between (domain, subdomains, path, "
                     "secure, expiry, name, value)",
                     name + ':' + std::to_string(number));
    ++cookies;
  }
  if (cookies == 0) return failure(ErrorCode::malformed, "holds no cookie", name);
  return {};
}

}  // namespace rung::cli
