#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "core/limits.h"
#include "core/time.h"
#include "core/units.h"
#include "media/presentation.h"
#include "media/url_policy.h"
#include "player/cmcd.h"
#include "player/event_loop.h"
#include "player/freshness.h"
#include "session/event.h"

namespace rung::player {

/// One GET, or a POST.
struct HttpRequest {
  enum class Coding : std::uint8_t {
    identity,  ///< Bytes as they are: segments.
    gzip,      ///< May come compressed: documents.
  };

  media::Resource resource;
  ByteCount limit = limits::segment_size;  ///< Of the body after content decoding.
  Coding coding = Coding::identity;
  Cmcd cmcd;                        ///< Said where the client's options ask for it.
  std::optional<Duration> timeout;  ///< For the whole exchange, redirects included.
  std::string json = {};            ///< What is posted; empty: nothing is, it is a GET.
};

/// What is known about an answer (200 or 206): first from its header, at the end all of it.
struct HttpAnswer {
  int status = 0;
  std::string url;  ///< The last one, after redirects.
  std::string content_type;
  std::string address;  ///< Numeric; the one connected to.
  std::string date;     ///< The server's, as it wrote it; empty where it tells none.
  std::string age;      ///< The same of how long ago that was.
  Freshness freshness;  ///< Of all answers that led to it.
  /// Bytes that will be handed out, where the server told it before.
  std::optional<ByteCount> expected;
  Timestamp requested{};
  Timestamp first_byte{};  ///< Of the last answer's header.
  Timestamp completed{};
  ByteCount received;  ///< Bytes handed out so far.
};

struct HttpFailure {
  session::FailureKind kind{};
  int status = 0;  ///< 0 when there was no answer.
  ByteCount received;
  std::optional<Duration> retry_after;
  std::string message;  ///< For a person; holds no secret of the URL.
};

/// Fetches resources over HTTP/1.1 and HTTP/2 on the loop's thread: libcurl with the event loop's
/// readiness and timers. Connections are kept alive and shared by all exchanges; at most
/// `max_connections` at a time, more exchanges wait.
///
/// What it guards, for the first URL and every redirect: http and https only, never from https down
/// to http, at most limits::redirects; the URL policy and the addresses of confine(); a connection
/// within limits::connect_timeout; no body beyond the request's limit after content decoding, none
/// shorter than announced, none of another byte range than asked for. A server that ignores the
/// range is answered by cutting the range out where it lies within the limit; one that sends
/// another range is asked once more, for the whole. Proxies, cookies and credential files of the
/// environment are not used. A resource.
class HttpClient {
 public:
  struct Options {
    std::string ca_file =
        {};  ///< PEM; trusted in place of the system's authorities where not empty.
    int max_connections = 16;
    int max_connections_per_host = 6;
    /// URL (http, https, socks4, socks5 and their kin) of what all requests go through; empty for
    /// none. The proxy looks names up, so addresses are not checked then.
    std::string proxy = {};
    /// "Name: value". Sent to the origin of the title, and to no other.
    std::vector<std::string> fields = {};
    /// In Netscape's format; empty for none. Each cookie goes to its domain as always, but of the
    /// servers on the title's host only to the title's origin. What servers set is kept in memory.
    std::string cookie_file = {};
    CmcdMode cmcd = CmcdMode::off;
    /// A connection that carries nothing for so long while it should fails.
    Duration idle_timeout = std::chrono::seconds(30);
  };

  using ExchangeId = Id<struct ExchangeTag>;
  using Outcome = tl::expected<HttpAnswer, HttpFailure>;
  /// Called on the loop's thread, never from within start(). All may start and cancel exchanges,
  /// none may destroy the client.
  struct Receiver {
    /// The answer is acceptable, its body follows. May be empty.
    std::function<void(const HttpAnswer&)> on_head;
    std::function<void(std::span<const std::byte>)> on_body;
    /// Exactly once, unless the exchange was cancelled.
    std::function<void(const Outcome&)> on_end;
  };

  enum class Addresses : std::uint8_t { any, public_only };

  HttpClient(EventLoop& loop, const Options& options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// The title that it fetches for: further fields and cookies go to its origin, and CMCD tells it
  /// apart. Without this no further field is sent.
  void serve_title(const std::string& url);

  /// From now on every URL must pass `policy` and every address connected to must be in
  /// `addresses`, also on connections that are open already.
  void confine(media::UrlPolicy policy, Addresses addresses);

  ExchangeId start(HttpRequest request, Receiver receiver);
  /// At once: nothing more is called, nothing more is read. Without effect on an ended exchange.
  void cancel(ExchangeId exchange);

  /// Exchanges that have not ended.
  [[nodiscard]] std::size_t running() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rung::player
