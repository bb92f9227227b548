#include "player/http_exchange.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.h"
#include "media/url.h"

namespace rung::player {
namespace {

using session::FailureKind;

/// Body bytes of an answer that is not wanted which are read to keep the connection; a longer one
/// costs the connection.
constexpr std::int64_t max_unwanted_body = 64 * 1024;
constexpr long receive_buffer_size = 64 * 1024;
/// Of what comes compressed although nobody has asked for that: as media it would hardly be
/// smaller.
constexpr ByteCount most_uncoded{64 * 1024 * 1024};

/// Fails unless `url` may be asked at all, whatever led to it.
Expected<void> check_url(std::string_view url) {
  if (url.size() > limits::url_length)
    return failure(ErrorCode::refused, "a URL longer than the limit",
                   std::string(url.substr(0, 60)));
  const media::Url parts = media::parse_url(url);
  if (!parts.is_http())
    return failure(ErrorCode::refused, "only http and https are fetched", media::redacted_url(url));
  if (parts.host().empty())
    return failure(ErrorCode::refused, "the URL names no host", media::redacted_url(url));
  return {};
}

std::string numeric_address(const curl_sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(&address.addr)->sin_addr;
  } else if (address.family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(&address.addr)->sin6_addr;
  }
  if (bytes == nullptr || inet_ntop(address.family, bytes, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

FailureKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return FailureKind::timeout;
    case CURLE_PARTIAL_FILE:
      return FailureKind::truncated;
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return FailureKind::refused;
    default:
      return FailureKind::connection;
  }
}

constexpr int proxy_authentication_required = 407;

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  RUNG_CHECK(code == CURLE_OK);
}

}  // namespace

HttpExchange::HttpExchange(const Context& context, HttpClient::ExchangeId id, HttpRequest request,
                           HttpClient::Receiver receiver)
    : context_(context),
      id_(id),
      request_(std::move(request)),
      receiver_(std::move(receiver)),
      addresses_(context.confinement.addresses) {
  answer_.requested = context_.loop.now();
  if (request_.timeout) deadline_ = answer_.requested + *request_.timeout;
  configure();
}

HttpExchange& HttpExchange::of(CURL* easy) {
  void* exchange = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
  return *static_cast<HttpExchange*>(exchange);
}

void HttpExchange::configure() {
  easy_.reset(curl_easy_init());
  CURL* easy = easy_.get();
  RUNG_CHECK(easy != nullptr);
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_HEADERFUNCTION, &HttpExchange::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &HttpExchange::on_write);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpExchange::on_open_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
  set(easy, CURLOPT_PREREQFUNCTION, &HttpExchange::on_connected);
  set(easy, CURLOPT_PREREQDATA, this);
  set(easy, CURLOPT_ERRORBUFFER, said_.data());
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // A cancelled exchange does not wait for its name server.
  set(easy, CURLOPT_NOPROGRESS, 1L);
  set(easy, CURLOPT_BUFFERSIZE, receive_buffer_size);
  set(easy, CURLOPT_USERAGENT, "rung/0.1.0");
  set(easy, CURLOPT_PROXY, context_.options.proxy.c_str());
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);  // Each hop passes the URL policy first.
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
  set(easy, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(
          std::chrono::duration_cast<std::chrono::milliseconds>(limits::connect_timeout).count()));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy, CURLOPT_LOW_SPEED_TIME,
      static_cast<long>(
          std::chrono::duration_cast<std::chrono::seconds>(context_.options.idle_timeout).count()));
  if (!context_.options.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, context_.options.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  // The jar is shared, but each handle has to be told to look into it.
  if (context_.identity.cookies != nullptr) set(easy, CURLOPT_COOKIEFILE, "");
  if (!request_.json.empty()) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.json.size()));
    set(easy, CURLOPT_POSTFIELDS, request_.json.c_str());
  }
  if (request_.coding == HttpRequest::Coding::gzip) {
    set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  }
  if (const auto& range = request_.resource.range) {
    RUNG_CHECK(range->first >= 0 && range->length >= ByteCount{});
    std::string text = std::to_string(range->first) + "-";
    if (range->length > ByteCount{})
      text += std::to_string(range->first + range->length.bytes() - 1);
    set(easy, CURLOPT_RANGE, text.c_str());
  }
}

Expected<void> HttpExchange::begin() { return begin_hop(request_.resource.url); }

Expected<void> HttpExchange::begin_hop(std::string url) {
  if (const auto checked = check_url(url); !checked) return checked;
  if (const auto& policy = context_.confinement.policy) {
    if (const auto checked = policy->check(url); !checked) return checked;
  }
  if (!url_.empty()) {
    if (const auto checked = media::UrlPolicy(url_).check(url); !checked) return checked;
  }
  url_ = std::move(url);
  head_ = HttpHead{};
  body_ = Body::unwanted;
  unwanted_ = 0;
  said_.front() = '\0';
  CURL* easy = easy_.get();
  const bool tls = media::parse_url(url_).scheme.size() == std::string_view("https").size();
  set(easy, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
  set(easy, CURLOPT_URL, url_to_send().c_str());
  identify();
  // Over TLS it pays to wait for the first connection: it may carry all exchanges.
  set(easy, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
  if (deadline_) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - context_.loop.now());
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, left.count())));
  }
  return {};
}

void HttpExchange::identify() {
  CURL* easy = easy_.get();
  const HttpIdentity& identity = context_.identity;
  const bool own = media::same_origin(identity.title_url, url_);
  headers_.reset();
  const auto add = [this](const std::string& field) {
    headers_.reset(curl_slist_append(headers_.release(), field.c_str()));
    RUNG_CHECK(headers_ != nullptr);
  };
  if (request_.coding == HttpRequest::Coding::identity) add("Accept-Encoding: identity");
  if (!request_.json.empty()) add("Content-Type: application/json");
  if (own)
    for (const std::string& field : context_.options.fields) add(field);
  if (context_.options.cmcd == CmcdMode::headers)
    for (const std::string& field : cmcd_fields(cmcd())) add(field);
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
  // Cookies know no port: another server of the title's host is not the title's.
  const bool cookies =
      own || media::parse_url(identity.title_url).host() != media::parse_url(url_).host();
  set(easy, CURLOPT_SHARE, cookies ? identity.cookies : nullptr);
}

Cmcd HttpExchange::cmcd() const {
  Cmcd facts = request_.cmcd;
  facts.content_id = context_.identity.content_id;
  facts.session_id = context_.identity.session_id;
  return facts;
}

std::string HttpExchange::url_to_send() const {
  std::string url = encoded_url(url_);
  if (context_.options.cmcd != CmcdMode::query || redirects_ > 0) return url;
  url.resize(std::min(url.find('#'), url.size()));
  url += url.find('?') == std::string::npos ? '?' : '&';
  return url + "CMCD=" + cmcd_query(cmcd());
}

HttpExchange::HopEnd HttpExchange::end_hop(CURLcode code) {
  if (failure_) return HopEnd::over;
  if (without_range_ == WithoutRange::now) {
    without_range_ = WithoutRange::already;
    set(easy_.get(), CURLOPT_RANGE, static_cast<const char*>(nullptr));
    RUNG_CHECK(begin_hop(url_));
    return HopEnd::next_hop;
  }
  if (std::exchange(plain_next_, false)) {
    request_.coding = HttpRequest::Coding::identity;
    set(easy_.get(), CURLOPT_ACCEPT_ENCODING, static_cast<const char*>(nullptr));
    RUNG_CHECK(begin_hop(url_));
    return HopEnd::next_hop;
  }
  if (coded_ == Coded::now) {
    coded_ = Coded::already;
    request_.coding = HttpRequest::Coding::gzip;
    request_.limit = std::min(request_.limit, most_uncoded);
    set(easy_.get(), CURLOPT_ACCEPT_ENCODING, "gzip");
    RUNG_CHECK(begin_hop(url_));
    return HopEnd::next_hop;
  }
  if (head_.redirects()) return follow_redirect();
  failure_ = failure_of(code);
  return HopEnd::over;
}

HttpExchange::HopEnd HttpExchange::follow_redirect() {
  if (++redirects_ > limits::redirects) {
    fail(FailureKind::http_status, "more than " + std::to_string(limits::redirects) + " redirects");
    return HopEnd::over;
  }
  // Others turn a POST into a GET, which asks for nothing.
  if (!request_.json.empty() && head_.status != 307 && head_.status != 308) {
    fail(FailureKind::http_status, "HTTP status " + std::to_string(head_.status) +
                                       " leads elsewhere without what was posted");
    return HopEnd::over;
  }
  // Who speaks from the public network may not lead us into a private one.
  if (!media::is_private_address(answer_.address)) addresses_ = HttpClient::Addresses::public_only;
  // One that does not last leads elsewhere the next time, unless the server says how long it holds.
  const bool lasts = head_.status == 301 || head_.status == 308;
  answer_.freshness = both(answer_.freshness,
                           freshness_of(head_.cache_control, head_.age, head_.expires || !lasts));
  const auto begun = begin_hop(media::resolve_url(url_, head_.location));
  if (begun) return HopEnd::next_hop;
  fail(FailureKind::refused, "redirect refused: " + to_string(begun.error()));
  return HopEnd::over;
}

std::optional<HttpFailure> HttpExchange::failure_of(CURLcode code) const {
  if (head_.complete && body_ == Body::unwanted) {
    std::string message = "HTTP status " + std::to_string(head_.status);
    if (head_.status == proxy_authentication_required && !context_.options.proxy.empty())
      message += ", as the proxy asks for a user name and a password";
    HttpFailure status = failed(FailureKind::http_status, message);
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &retry_after);
    constexpr curl_off_t longest = 24 * 3600;
    if (retry_after > 0) status.retry_after = std::chrono::seconds(std::min(retry_after, longest));
    return status;
  }
  // What libcurl says to a line that is longer than its buffers may grow.
  if (!head_.complete && head_.status != 0 && code == CURLE_OUT_OF_MEMORY)
    return failed(FailureKind::refused, "a header line is larger than the limit");
  if (code == CURLE_BAD_CONTENT_ENCODING || (code == CURLE_WRITE_ERROR && !whole_range_))
    return failed(FailureKind::http_status,
                  "the body is not in the content coding that its header names (" +
                      head_.content_encoding + ")");
  const std::optional<ByteCount>& expected = answer_.expected;
  const bool short_body = body_ == Body::wanted && expected && answer_.received < *expected;
  if (short_body || (code != CURLE_OK && !whole_range_)) {
    const FailureKind kind = short_body && kind_of(code) == FailureKind::connection
                                 ? FailureKind::truncated
                                 : kind_of(code);
    return failed(kind, kind == FailureKind::truncated
                            ? "the body ended before its announced length"
                            : message_of(code));
  }
  if (!head_.complete)
    return failed(FailureKind::connection, "the connection ended within the header");
  return std::nullopt;
}

std::string HttpExchange::message_of(CURLcode code) const {
  const bool by_proxy = !context_.options.proxy.empty();
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
      // Only http and https are asked for at all, so it speaks of HTTP/0.9: no header.
      return "what came is no HTTP answer";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      // What is wrong with the certificate.
      if (said_.front() != '\0') return said_.data();
      break;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_PROXY:
      if (by_proxy)
        return "the proxy " + media::redacted_url(context_.options.proxy) + " cannot be reached";
      break;
    case CURLE_RECV_ERROR: {
      long tunnel = 0;
      curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &tunnel);
      if (by_proxy && tunnel >= 300)
        return "the proxy refuses the tunnel with HTTP status " + std::to_string(tunnel);
      break;
    }
    default:
      break;
  }
  return curl_easy_strerror(code);
}

void HttpExchange::tell_end() {
  if (failure_) {
    tell_end(HttpFailure(*failure_));
    return;
  }
  answer_.completed = context_.loop.now();
  if (receiver_.on_end) receiver_.on_end(answer_);
}

void HttpExchange::tell_end(const HttpFailure& failed) {
  if (receiver_.on_end) receiver_.on_end(tl::unexpected<HttpFailure>(failed));
}

HttpFailure HttpExchange::failed(FailureKind kind, const std::string& message) const {
  return {kind, head_.status, answer_.received, {}, media::redacted_url(url_) + ": " + message};
}

bool HttpExchange::fail(FailureKind kind, std::string message) {
  if (!failure_) failure_ = failed(kind, message);
  return false;
}

bool HttpExchange::read_header_line(std::string_view line) {
  if (cancelled_) return false;
  switch (head_.read(line)) {
    case HttpHead::Line::field:
      return true;
    case HttpHead::Line::begin:
      first_byte_ = context_.loop.now();
      return true;
    case HttpHead::Line::complete:
      return begin_body();
    case HttpHead::Line::too_large:
      return fail(FailureKind::refused, "the header is larger than the limit");
    case HttpHead::Line::contradictory:
      break;
  }
  return fail(FailureKind::connection, "contradictory words on the length of the body");
}

bool HttpExchange::begin_body() {
  const char* address = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
  answer_.address = address == nullptr ? "" : address;
  if (head_.status != 200 && head_.status != 206) return true;  // end_hop() tells.

  if (head_.coded() && request_.coding == HttpRequest::Coding::identity) {
    // Of what is compressed a range is none of what there is in it.
    if (request_.resource.range || coded_ == Coded::already)
      return fail(FailureKind::http_status, "a content coding that was not asked for");
    coded_ = Coded::now;
    return false;
  }
  if (head_.claims_what_is_no_coding() && request_.coding == HttpRequest::Coding::gzip) {
    plain_next_ =
        true;  // Where it may come compressed libcurl refuses words that it does not know.
    return false;
  }
  std::optional<std::int64_t> length = head_.coded() ? std::nullopt : head_.content_length;
  if (!place_range(length)) return false;
  if (length && *length > request_.limit.bytes())
    return fail(FailureKind::too_large, "a body larger than the limit");

  answer_.status = head_.status;
  answer_.url = url_;
  answer_.content_type = head_.content_type;
  answer_.date = head_.date;
  answer_.age = head_.age;
  answer_.freshness =
      both(answer_.freshness, freshness_of(head_.cache_control, head_.age, head_.expires));
  answer_.first_byte = first_byte_;
  if (length) answer_.expected = ByteCount(*length);
  body_ = Body::wanted;
  if (receiver_.on_head) receiver_.on_head(answer_);
  return !cancelled_;
}

bool HttpExchange::place_range(std::optional<std::int64_t>& length) {
  const auto& range = request_.resource.range;
  if (!range) {
    if (head_.status != 206) return true;
    return fail(FailureKind::http_status, "a byte range that was not asked for");
  }
  const bool to_end = range->length == ByteCount{};
  if (!to_end) wanted_ = range->length.bytes();
  if (wanted_ && *wanted_ > request_.limit.bytes())
    return fail(FailureKind::too_large, "a range larger than the limit");
  if (head_.status == 206) {
    const auto got = parse_content_range(head_.content_range);
    const bool other = !got || got->first != range->first ||
                       (!to_end && got->length.bytes() > range->length.bytes());
    if (without_range_ == WithoutRange::already)
      return fail(FailureKind::http_status, "another byte range than asked for");
    if (other) {
      without_range_ = WithoutRange::now;
      return false;
    }
    if (to_end) length = got->length.bytes();
  } else {
    to_skip_ = range->first;
    if (to_end && length) length = std::max<std::int64_t>(*length - range->first, 0);
    if (range->first + wanted_.value_or(0) > request_.limit.bytes())
      return fail(FailureKind::too_large,
                  "the server sends no byte ranges, and the whole is larger than the limit");
  }
  if (!to_end) length = wanted_;
  return true;
}

bool HttpExchange::take(std::span<const std::byte> bytes) {
  if (cancelled_) return false;
  if (body_ == Body::unwanted) {
    unwanted_ += static_cast<std::int64_t>(bytes.size());
    return unwanted_ <= max_unwanted_body;
  }
  if (to_skip_ > 0) {
    const auto skipped = std::min(static_cast<std::size_t>(to_skip_), bytes.size());
    to_skip_ -= static_cast<std::int64_t>(skipped);
    bytes = bytes.subspan(skipped);
  }
  ByteCount& received = answer_.received;
  if (wanted_) {
    const std::int64_t left = *wanted_ - received.bytes();
    if (static_cast<std::int64_t>(bytes.size()) > left) {
      bytes = bytes.first(static_cast<std::size_t>(left));
      whole_range_ = true;
    }
  }
  received += ByteCount(static_cast<std::int64_t>(bytes.size()));
  if (received > request_.limit)
    return fail(FailureKind::too_large, "a body larger than the limit");
  if (!bytes.empty()) receiver_.on_body(bytes);
  return !cancelled_ && !whole_range_;
}

bool HttpExchange::address_allowed(std::string_view address) const {
  using enum HttpClient::Addresses;
  if (!context_.options.proxy.empty()) return true;
  return (context_.confinement.addresses == any && addresses_ == any) ||
         !media::is_private_address(address);
}

std::size_t HttpExchange::on_header(char* text, std::size_t size, std::size_t count,
                                    void* exchange) {
  const std::size_t length = size * count;
  return static_cast<HttpExchange*>(exchange)->read_header_line({text, length}) ? length : 0;
}

std::size_t HttpExchange::on_write(char* text, std::size_t size, std::size_t count,
                                   void* exchange) {
  const std::size_t length = size * count;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(text, length));
  // Anything but the length ends the exchange.
  return static_cast<HttpExchange*>(exchange)->take(bytes) ? length : CURL_WRITEFUNC_ERROR;
}

curl_socket_t HttpExchange::on_open_socket(void* exchange, curlsocktype /*purpose*/,
                                           curl_sockaddr* address) {
  auto& owner = *static_cast<HttpExchange*>(exchange);
  if (!owner.address_allowed(numeric_address(*address))) {
    owner.fail(FailureKind::refused, "a private address");
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int HttpExchange::on_connected(void* exchange, char* address, char* /*local*/, int /*port*/,
                               int /*local_port*/) {
  auto& owner = *static_cast<HttpExchange*>(exchange);
  // A host with several addresses may have had a refused one before this one.
  owner.failure_.reset();
  if (owner.address_allowed(address)) return CURL_PREREQFUNC_OK;
  owner.fail(FailureKind::refused, "a private address");
  return CURL_PREREQFUNC_ABORT;
}

}  // namespace rung::player
