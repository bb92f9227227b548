#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace rung::test {

/// An nginx of its own on two free loopback ports (plain and TLS with HTTP/2), for as long as the
/// object lives. Serves the files that write_file() puts down, and:
///
///   /slow/FILE             20 kB/s
///   /whole/FILE            ranges ignored
///   /wrong-range           206 with the range 5-9/10, whatever was asked for
///   /status/404, /status/503 (with Retry-After: 3)
///   /redirect/N            to N-1, 0 to /file.bin; /redirect/loop to itself
///   /redirect/to?URL       to URL
///   files *.txt            compressed where the client allows it
///   files *.gz             with Content-Encoding: gzip, whatever the client allows
class NginxServer {
 public:
  /// One line of the access log.
  struct Access {
    int connection = 0;
    std::string path;
    int status = 0;
    std::string protocol;
    std::string range;
    std::string accept_encoding;
    long long body_sent = 0;
  };

  NginxServer();
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;
  ~NginxServer();

  void write_file(std::string_view name, std::string_view contents) const;
  /// Where the files lie.
  [[nodiscard]] std::filesystem::path files() const { return directory_.path() / "files"; }
  [[nodiscard]] std::string url(std::string_view path) const;
  [[nodiscard]] std::string tls_url(std::string_view path) const;
  /// The certificate that signs for tls_url().
  [[nodiscard]] std::string ca_file() const;
  /// The log once it has `count` lines, or what it has after a second.
  [[nodiscard]] std::vector<Access> accesses(std::size_t count) const;

 private:
  [[nodiscard]] bool launch();

  TemporaryDirectory directory_;
  int port_ = 0;
  int tls_port_ = 0;
  pid_t process_ = -1;
};

}  // namespace rung::test
