#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "core/expected.h"
#include "player/http_client.h"

namespace rung::cli {

/// How a program speaks to servers: --ca-file, --proxy, --header, --cookie-file and --cmcd.
struct HttpFlags {
  std::string ca_file;
  std::string proxy;
  std::vector<std::string> fields;
  std::string cookie_file;
  std::string cmcd;
};

void add_http_flags(CLI::App& command, HttpFlags& flags);

/// Fails where a value cannot be used, or a file of cookies is open to other users of the machine.
[[nodiscard]] Expected<player::HttpClient::Options> http_options(const HttpFlags& flags);

/// A file of cookies in Netscape's format: seven columns with tabs between. Fails (malformed) at
/// the first line that is none, and where there is none at all.
[[nodiscard]] Expected<void> check_cookies(const std::string& text, const std::string& name);

}  // namespace rung::cli
