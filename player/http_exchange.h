#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/expected.h"
#include "media/url_policy.h"
#include "player/http_client.h"
#include "player/http_head.h"

// Only for http_client.cc and http_exchange.cc: everybody else includes http_client.h, which is
// free of libcurl.

namespace rung::player {

/// What all exchanges of a client may ask for and connect to.
struct HttpConfinement {
  std::optional<media::UrlPolicy> policy;
  HttpClient::Addresses addresses = HttpClient::Addresses::any;
};

/// Whom a client's requests may tell what.
struct HttpIdentity {
  std::string title_url;      ///< Whose origin gets the further fields; empty for nobody's.
  std::string content_id;     ///< For CMCD.
  std::string session_id;     ///< The same.
  CURLSH* cookies = nullptr;  ///< The jar; null where there is none.
};

/// One GET with its redirects, as a handle of libcurl that is run elsewhere: prepares each hop,
/// checks what it leads to, takes header and body, and says what a hop that is over means. A
/// resource.
class HttpExchange {
 public:
  /// What an exchange is part of; all of it must outlive it.
  struct Context {
    EventLoop& loop;
    const HttpClient::Options& options;
    const HttpConfinement& confinement;
    const HttpIdentity& identity;
  };

  HttpExchange(const Context& context, HttpClient::ExchangeId id, HttpRequest request,
               HttpClient::Receiver receiver);
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  [[nodiscard]] HttpClient::ExchangeId id() const { return id_; }
  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  /// The exchange whose handle that is.
  [[nodiscard]] static HttpExchange& of(CURL* easy);

  /// Prepares the handle for the first hop. Refuses what may not be asked for.
  [[nodiscard]] Expected<void> begin();

  enum class HopEnd : std::uint8_t { next_hop, over };
  /// The hop is over as `code` says. With `next_hop` the handle is to be run again: it has been
  /// prepared for where a redirect leads to.
  [[nodiscard]] HopEnd end_hop(CURLcode code);
  /// Nothing more comes of it: the receiver is told how it ended.
  void tell_end();
  void tell_end(const HttpFailure& failed);

  /// Nothing more is told.
  void cancel() { cancelled_ = true; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  enum class Body : std::uint8_t { unwanted, wanted };
  struct EasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  // libcurl's callbacks.
  static std::size_t on_header(char* text, std::size_t size, std::size_t count, void* exchange);
  static std::size_t on_write(char* text, std::size_t size, std::size_t count, void* exchange);
  static curl_socket_t on_open_socket(void* exchange, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* exchange, char* address, char* local, int port, int local_port);

  void configure();
  [[nodiscard]] Expected<void> begin_hop(std::string url);
  [[nodiscard]] HopEnd follow_redirect();
  /// Gives the hop the header fields and cookies that its server may see.
  void identify();
  /// The hop's URL with what it says beside that.
  [[nodiscard]] std::string url_to_send() const;
  [[nodiscard]] Cmcd cmcd() const;
  /// Why a hop that ended with `code` and led nowhere else failed; nullopt when it did not.
  [[nodiscard]] std::optional<HttpFailure> failure_of(CURLcode code) const;
  /// The same for a person.
  [[nodiscard]] std::string message_of(CURLcode code) const;
  /// These return false where the exchange cannot go on.
  [[nodiscard]] bool read_header_line(std::string_view line);
  [[nodiscard]] bool begin_body();
  [[nodiscard]] bool place_range(std::optional<std::int64_t>& length);
  [[nodiscard]] bool take(std::span<const std::byte> bytes);
  bool fail(session::FailureKind kind, std::string message);
  [[nodiscard]] HttpFailure failed(session::FailureKind kind, const std::string& message) const;
  [[nodiscard]] bool address_allowed(std::string_view address) const;

  Context context_;
  HttpClient::ExchangeId id_;
  HttpRequest request_;
  HttpClient::Receiver receiver_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::string url_;  ///< Of the hop under way.
  int redirects_ = 0;
  HttpClient::Addresses addresses_;
  std::optional<Timestamp> deadline_;
  bool cancelled_ = false;

  std::array<char, CURL_ERROR_SIZE> said_{};  ///< By libcurl, of the hop under way.
  HttpHead head_;                             ///< Of the answer that is being received.
  Timestamp first_byte_{};
  Body body_ = Body::unwanted;
  std::int64_t unwanted_ = 0;
  std::int64_t to_skip_ = 0;            ///< Bytes before the range in a 200.
  std::optional<std::int64_t> wanted_;  ///< Bytes of the range.
  bool whole_range_ = false;            ///< All of the range is there: hang up.
  /// A server that sends another range than asked for is asked once more, for the whole.
  enum class WithoutRange : std::uint8_t { never, now, already };
  WithoutRange without_range_ = WithoutRange::never;
  /// It is asked for once more, uncompressed: the words on its coding are passed over only then.
  bool plain_next_ = false;
  /// The same, in the coding that it comes in although nobody has asked for one. Once.
  enum class Coded : std::uint8_t { never, now, already };
  Coded coded_ = Coded::never;
  HttpAnswer answer_;
  std::optional<HttpFailure> failure_;  ///< Found by us; libcurl's own code follows from it.
};

}  // namespace rung::player
