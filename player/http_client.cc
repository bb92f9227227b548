#include "player/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "core/check.h"
#include "media/url.h"

namespace rung::player {
namespace {

using session::FailureKind;

/// Header bytes of one answer; more is refused.
constexpr std::size_t max_header_size = 256 * 1024;
/// Body bytes of an answer that is not wanted which are read to keep the connection; a longer one
/// costs the connection.
constexpr std::int64_t max_unwanted_body = 64 * 1024;
constexpr long receive_buffer_size = 64 * 1024;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// The whole of `text` as a number that is not negative.
std::optional<std::int64_t> parse_size(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

/// "bytes first-last/total" (RFC 9110 section 14.4).
std::optional<media::ByteRange> parse_content_range(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  if (lower_case(text.substr(0, unit.size())) != unit) return std::nullopt;
  text.remove_prefix(unit.size());
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash)
    return std::nullopt;
  const auto first = parse_size(trimmed(text.substr(0, dash)));
  const auto last = parse_size(trimmed(text.substr(dash + 1, slash - dash - 1)));
  if (!first || !last || *last < *first) return std::nullopt;
  return media::ByteRange{*first, ByteCount(*last - *first + 1)};
}

/// Manifests hold spaces and letters of all languages; on the wire they are percent-encoded.
std::string encoded_url(std::string_view url) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view forbidden = "\"<>\\^`{|}";
  std::string result;
  for (const char letter : url) {
    const auto code = static_cast<unsigned char>(letter);
    if (code <= 0x20 || code >= 0x7f || forbidden.find(letter) != std::string_view::npos) {
      result.push_back('%');
      result.push_back(digits[code >> 4]);
      result.push_back(digits[code & 15U]);
    } else {
      result.push_back(letter);
    }
  }
  return result;
}

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

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
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

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  RUNG_CHECK(code == CURLE_OK);
}

}  // namespace

class HttpClient::Impl {
 public:
  Impl(EventLoop& loop, const Options& options);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  void confine(media::UrlPolicy policy, Addresses addresses) {
    policy_ = std::move(policy);
    addresses_ = addresses;
  }
  ExchangeId start(HttpRequest request, Receiver receiver);
  void cancel(ExchangeId id);
  std::size_t running() const { return exchanges_.size(); }

 private:
  /// What the header of the answer that is being received says.
  struct Head {
    int status = 0;
    std::size_t size = 0;
    bool complete = false;
    std::optional<std::int64_t> content_length;
    bool chunked = false;
    std::string content_range;
    std::string content_encoding;
    std::string content_type;
    std::string location;
    Timestamp first_byte{};
  };

  enum class Body { unwanted, wanted };

  struct Exchange {
    Impl* client = nullptr;
    ExchangeId id;
    HttpRequest request;
    Receiver receiver;
    std::unique_ptr<CURL, EasyDeleter> easy;
    std::unique_ptr<curl_slist, ListDeleter> headers;
    std::string url;  ///< Of the hop under way.
    int redirects = 0;
    Addresses addresses = Addresses::any;
    std::optional<Timestamp> deadline;
    bool in_multi = false;
    bool cancelled = false;

    Head head;
    Body body = Body::unwanted;
    std::int64_t unwanted = 0;
    std::int64_t to_skip = 0;            ///< Bytes before the range in a 200.
    std::optional<std::int64_t> wanted;  ///< Bytes of the range.
    bool whole_range = false;            ///< All of the range is there: hang up.
    HttpAnswer answer;
    std::optional<HttpFailure> failure;  ///< Found by us; curl's own code follows from it.
  };

  // curl's callbacks.
  static int on_socket(CURL* easy, curl_socket_t descriptor, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  static std::size_t on_header(char* text, std::size_t size, std::size_t count, void* exchange);
  static std::size_t on_write(char* text, std::size_t size, std::size_t count, void* exchange);
  static curl_socket_t on_open_socket(void* exchange, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* exchange, char* address, char* local, int port, int local_port);

  void act(curl_socket_t descriptor, int readiness);
  void collect_ended();
  void add_waiting();
  void configure(Exchange& exchange);
  Expected<void> begin_hop(Exchange& exchange, std::string url);
  void end_hop(Exchange& exchange, CURLcode code);
  void finish(Exchange& exchange, const std::optional<HttpFailure>& failed);
  void fail_soon(ExchangeId id, HttpFailure failed);
  void remove_from_multi(Exchange& exchange);

  static bool read_header_line(Exchange& exchange, std::string_view line);
  static bool read_head(Exchange& exchange);
  static bool take(Exchange& exchange, std::span<const std::byte> bytes);
  static bool fail(Exchange& exchange, FailureKind kind, std::string message);
  bool address_allowed(const Exchange& exchange, std::string_view address) const;

  EventLoop& loop_;
  Options options_;
  std::optional<media::UrlPolicy> policy_;
  Addresses addresses_ = Addresses::any;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::map<ExchangeId, std::unique_ptr<Exchange>> exchanges_;
  std::vector<ExchangeId> waiting_;  ///< To be added to or removed from curl outside its callbacks.
  ExchangeId last_id_;
  std::optional<EventLoop::TimerId> timer_;
  int depth_ = 0;  ///< Above zero inside of curl, where handles may not be added or removed.
  /// Failures that are to be told outside of start().
  std::map<ExchangeId, EventLoop::TimerId> failing_;
};

HttpClient::Impl::Impl(EventLoop& loop, const Options& options) : loop_(loop), options_(options) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  RUNG_CHECK(initialised == CURLE_OK);
  multi_.reset(curl_multi_init());
  RUNG_CHECK(multi_ != nullptr);
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, long{options.max_connections});
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, long{options.max_connections_per_host});
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, long{options.max_connections});
}

HttpClient::Impl::~Impl() {
  for (const auto& [id, timer] : failing_) loop_.cancel(timer);
  for (auto& [id, exchange] : exchanges_) remove_from_multi(*exchange);
  exchanges_.clear();
  multi_.reset();
  if (timer_) loop_.cancel(*timer_);
}

HttpClient::ExchangeId HttpClient::Impl::start(HttpRequest request, Receiver receiver) {
  last_id_ = last_id_.next();
  auto exchange = std::make_unique<Exchange>();
  exchange->client = this;
  exchange->id = last_id_;
  exchange->request = std::move(request);
  exchange->receiver = std::move(receiver);
  exchange->addresses = addresses_;
  exchange->answer.requested = loop_.now();
  if (exchange->request.timeout)
    exchange->deadline = exchange->answer.requested + *exchange->request.timeout;
  Exchange& added = *exchange;
  exchanges_.emplace(last_id_, std::move(exchange));
  configure(added);
  if (const auto begun = begin_hop(added, added.request.resource.url); !begun)
    fail_soon(added.id, {FailureKind::refused, 0, {}, {}, to_string(begun.error())});
  return added.id;
}

void HttpClient::Impl::cancel(ExchangeId id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  found->second->cancelled = true;
  if (depth_ > 0) {
    waiting_.push_back(id);
    return;
  }
  remove_from_multi(*found->second);
  exchanges_.erase(found);
}

void HttpClient::Impl::configure(Exchange& exchange) {
  exchange.easy.reset(curl_easy_init());
  CURL* easy = exchange.easy.get();
  RUNG_CHECK(easy != nullptr);
  set(easy, CURLOPT_PRIVATE, &exchange);
  set(easy, CURLOPT_HEADERFUNCTION, &Impl::on_header);
  set(easy, CURLOPT_HEADERDATA, &exchange);
  set(easy, CURLOPT_WRITEFUNCTION, &Impl::on_write);
  set(easy, CURLOPT_WRITEDATA, &exchange);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &Impl::on_open_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, &exchange);
  set(easy, CURLOPT_PREREQFUNCTION, &Impl::on_connected);
  set(easy, CURLOPT_PREREQDATA, &exchange);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // A cancelled exchange does not wait for its name server.
  set(easy, CURLOPT_NOPROGRESS, 1L);
  set(easy, CURLOPT_BUFFERSIZE, receive_buffer_size);
  set(easy, CURLOPT_USERAGENT, "rung/0.1.0");
  set(easy, CURLOPT_PROXY, "");
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
          std::chrono::duration_cast<std::chrono::seconds>(options_.idle_timeout).count()));
  if (!options_.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (exchange.request.coding == HttpRequest::Coding::gzip) {
    set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  } else {
    exchange.headers.reset(curl_slist_append(nullptr, "Accept-Encoding: identity"));
    set(easy, CURLOPT_HTTPHEADER, exchange.headers.get());
  }
  if (const auto& range = exchange.request.resource.range) {
    RUNG_CHECK(range->first >= 0 && range->length.bytes() > 0);
    const std::string text = std::to_string(range->first) + "-" +
                             std::to_string(range->first + range->length.bytes() - 1);
    set(easy, CURLOPT_RANGE, text.c_str());
  }
}

Expected<void> HttpClient::Impl::begin_hop(Exchange& exchange, std::string url) {
  if (const auto checked = check_url(url); !checked) return checked;
  if (policy_) {
    if (const auto checked = policy_->check(url); !checked) return checked;
  }
  if (!exchange.url.empty()) {
    if (const auto checked = media::UrlPolicy(exchange.url).check(url); !checked) return checked;
  }
  exchange.url = std::move(url);
  exchange.head = Head{};
  exchange.body = Body::unwanted;
  exchange.unwanted = 0;
  CURL* easy = exchange.easy.get();
  const std::string scheme = lower_case(media::parse_url(exchange.url).scheme);
  set(easy, CURLOPT_PROTOCOLS_STR, scheme.c_str());
  set(easy, CURLOPT_URL, encoded_url(exchange.url).c_str());
  // Over TLS it pays to wait for the first connection: it may carry all exchanges.
  set(easy, CURLOPT_PIPEWAIT, scheme == "https" ? 1L : 0L);
  if (exchange.deadline) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*exchange.deadline - loop_.now());
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, left.count())));
  }
  waiting_.push_back(exchange.id);
  if (depth_ == 0) add_waiting();
  return {};
}

void HttpClient::Impl::add_waiting() {
  const std::vector<ExchangeId> waiting = std::exchange(waiting_, {});
  for (const ExchangeId id : waiting) {
    const auto found = exchanges_.find(id);
    if (found == exchanges_.end()) continue;
    Exchange& exchange = *found->second;
    if (exchange.cancelled) {
      remove_from_multi(exchange);
      exchanges_.erase(found);
    } else if (!exchange.in_multi) {
      exchange.in_multi = true;
      const CURLMcode code = curl_multi_add_handle(multi_.get(), exchange.easy.get());
      RUNG_CHECK(code == CURLM_OK);
    }
  }
}

void HttpClient::Impl::remove_from_multi(Exchange& exchange) {
  if (!exchange.in_multi) return;
  exchange.in_multi = false;
  curl_multi_remove_handle(multi_.get(), exchange.easy.get());
}

void HttpClient::Impl::fail_soon(ExchangeId id, HttpFailure failed) {
  failing_[id] = loop_.call_at(Timestamp::min(), [this, id, failed = std::move(failed)] {
    failing_.erase(id);
    const auto found = exchanges_.find(id);
    if (found != exchanges_.end()) finish(*found->second, failed);
  });
}

void HttpClient::Impl::act(curl_socket_t descriptor, int readiness) {
  ++depth_;
  int running = 0;
  curl_multi_socket_action(multi_.get(), descriptor, readiness, &running);
  --depth_;
  collect_ended();
  add_waiting();
}

void HttpClient::Impl::collect_ended() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* exchange = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    end_hop(*static_cast<Exchange*>(exchange), message->data.result);
  }
}

void HttpClient::Impl::end_hop(Exchange& exchange, CURLcode code) {
  remove_from_multi(exchange);
  if (exchange.cancelled) {
    exchanges_.erase(exchange.id);
    return;
  }
  const Head& head = exchange.head;
  HttpFailure failed{FailureKind::connection, head.status, exchange.answer.received, {}, {}};
  const std::string where = media::redacted_url(exchange.url) + ": ";

  if (exchange.failure) {
    finish(exchange, exchange.failure);
    return;
  }
  if (head.complete && is_redirect(head.status) && !head.location.empty()) {
    failed.kind = FailureKind::http_status;
    if (++exchange.redirects > limits::redirects) {
      failed.message = where + "more than " + std::to_string(limits::redirects) + " redirects";
      finish(exchange, failed);
      return;
    }
    // Who speaks from the public network may not lead us into a private one.
    if (!media::is_private_address(exchange.answer.address))
      exchange.addresses = Addresses::public_only;
    const auto begun = begin_hop(exchange, media::resolve_url(exchange.url, head.location));
    if (!begun) {
      failed.kind = FailureKind::refused;
      failed.message = where + "redirect refused: " + to_string(begun.error());
      finish(exchange, failed);
    }
    return;
  }
  if (head.complete && exchange.body == Body::unwanted) {
    failed.kind = FailureKind::http_status;
    failed.message = where + "HTTP status " + std::to_string(head.status);
    curl_off_t retry_after = 0;
    curl_easy_getinfo(exchange.easy.get(), CURLINFO_RETRY_AFTER, &retry_after);
    constexpr curl_off_t longest = 24 * 3600;
    if (retry_after > 0) failed.retry_after = std::chrono::seconds(std::min(retry_after, longest));
    finish(exchange, failed);
    return;
  }
  if (!head.complete && head.status != 0 && code == CURLE_OUT_OF_MEMORY) {
    // What libcurl says to a line that is longer than its buffers may grow.
    failed.kind = FailureKind::refused;
    failed.message = where + "a header line is larger than the limit";
    finish(exchange, failed);
    return;
  }
  const std::optional<ByteCount>& expected = exchange.answer.expected;
  const bool short_body =
      exchange.body == Body::wanted && expected && exchange.answer.received < *expected;
  if (short_body || (code != CURLE_OK && !exchange.whole_range)) {
    failed.kind = short_body && kind_of(code) == FailureKind::connection ? FailureKind::truncated
                                                                         : kind_of(code);
    failed.message = where + (failed.kind == FailureKind::truncated
                                  ? "the body ended before its announced length"
                                  : std::string(curl_easy_strerror(code)));
    finish(exchange, failed);
    return;
  }
  if (!head.complete) {
    failed.message = where + "the connection ended within the header";
    finish(exchange, failed);
    return;
  }
  finish(exchange, std::nullopt);
}

void HttpClient::Impl::finish(Exchange& exchange, const std::optional<HttpFailure>& failed) {
  remove_from_multi(exchange);
  exchange.answer.completed = loop_.now();
  const auto node = exchanges_.extract(exchange.id);
  const std::unique_ptr<Exchange>& ended = node.mapped();
  if (!ended->receiver.on_end) return;
  if (failed) {
    ended->receiver.on_end(tl::unexpected<HttpFailure>(*failed));
  } else {
    ended->receiver.on_end(ended->answer);
  }
}

bool HttpClient::Impl::fail(Exchange& exchange, FailureKind kind, std::string message) {
  if (!exchange.failure) {
    exchange.failure = HttpFailure{kind,
                                   exchange.head.status,
                                   exchange.answer.received,
                                   {},
                                   media::redacted_url(exchange.url) + ": " + std::move(message)};
  }
  return false;
}

bool HttpClient::Impl::read_header_line(Exchange& exchange, std::string_view line) {
  if (exchange.cancelled) return false;
  Head& head = exchange.head;
  if (head.complete && line.substr(0, 5) != "HTTP/") return true;  // A trailer.
  if (line.substr(0, 5) == "HTTP/") {
    head = Head{};
    head.first_byte = exchange.client->loop_.now();
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos)
      head.status = static_cast<int>(parse_size(trimmed(line.substr(space + 1, 3))).value_or(0));
    return true;
  }
  head.size += line.size();
  if (head.size > max_header_size)
    return fail(exchange, FailureKind::refused, "the header is larger than the limit");
  if (trimmed(line).empty()) return head.status < 200 || read_head(exchange);

  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string name = lower_case(trimmed(line.substr(0, colon)));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "content-length") {
    const auto length = parse_size(value);
    if (!length || (head.content_length && head.content_length != length))
      return fail(exchange, FailureKind::connection, "contradictory Content-Length");
    head.content_length = length;
  } else if (name == "transfer-encoding") {
    head.chunked = true;
  } else if (name == "content-range") {
    head.content_range = value;
  } else if (name == "content-encoding") {
    head.content_encoding = lower_case(value);
  } else if (name == "content-type") {
    head.content_type = value;
  } else if (name == "location") {
    head.location = value;
  }
  return true;
}

bool HttpClient::Impl::read_head(Exchange& exchange) {
  Head& head = exchange.head;
  head.complete = true;
  if (head.chunked && head.content_length)
    return fail(exchange, FailureKind::connection, "both Content-Length and Transfer-Encoding");
  const char* address = nullptr;
  curl_easy_getinfo(exchange.easy.get(), CURLINFO_PRIMARY_IP, &address);
  HttpAnswer& answer = exchange.answer;
  answer.address = address == nullptr ? "" : address;
  if (head.status != 200 && head.status != 206) return true;  // end_hop() tells.

  const bool coded = !head.content_encoding.empty() && head.content_encoding != "identity";
  if (coded && exchange.request.coding == HttpRequest::Coding::identity)
    return fail(exchange, FailureKind::http_status, "a content coding that was not asked for");
  const auto& range = exchange.request.resource.range;
  std::optional<std::int64_t> length = coded ? std::nullopt : head.content_length;
  if (range) {
    exchange.wanted = range->length.bytes();
    if (*exchange.wanted > exchange.request.limit.bytes())
      return fail(exchange, FailureKind::too_large, "a range larger than the limit");
    if (head.status == 206) {
      const auto got = parse_content_range(head.content_range);
      if (!got || got->first != range->first || got->length > range->length)
        return fail(exchange, FailureKind::http_status, "another byte range than asked for");
    } else {
      exchange.to_skip = range->first;
      if (range->first + *exchange.wanted > exchange.request.limit.bytes())
        return fail(exchange, FailureKind::too_large,
                    "the server sends no byte ranges, and the whole is larger than the limit");
    }
    length = exchange.wanted;
  } else if (head.status == 206) {
    return fail(exchange, FailureKind::http_status, "a byte range that was not asked for");
  }
  if (length && *length > exchange.request.limit.bytes())
    return fail(exchange, FailureKind::too_large, "a body larger than the limit");

  answer.status = head.status;
  answer.url = exchange.url;
  answer.content_type = head.content_type;
  answer.first_byte = head.first_byte;
  if (length) answer.expected = ByteCount(*length);
  exchange.body = Body::wanted;
  if (exchange.receiver.on_head) exchange.receiver.on_head(answer);
  return !exchange.cancelled;
}

bool HttpClient::Impl::take(Exchange& exchange, std::span<const std::byte> bytes) {
  if (exchange.cancelled) return false;
  if (exchange.body == Body::unwanted) {
    exchange.unwanted += static_cast<std::int64_t>(bytes.size());
    return exchange.unwanted <= max_unwanted_body;
  }
  if (exchange.to_skip > 0) {
    const auto skipped = std::min(static_cast<std::size_t>(exchange.to_skip), bytes.size());
    exchange.to_skip -= static_cast<std::int64_t>(skipped);
    bytes = bytes.subspan(skipped);
  }
  ByteCount& received = exchange.answer.received;
  if (exchange.wanted) {
    const std::int64_t left = *exchange.wanted - received.bytes();
    if (static_cast<std::int64_t>(bytes.size()) > left) {
      bytes = bytes.first(static_cast<std::size_t>(left));
      exchange.whole_range = true;
    }
  }
  received += ByteCount(static_cast<std::int64_t>(bytes.size()));
  if (received > exchange.request.limit)
    return fail(exchange, FailureKind::too_large, "a body larger than the limit");
  if (!bytes.empty()) exchange.receiver.on_body(bytes);
  return !exchange.cancelled && !exchange.whole_range;
}

bool HttpClient::Impl::address_allowed(const Exchange& exchange, std::string_view address) const {
  const bool any = addresses_ == Addresses::any && exchange.addresses == Addresses::any;
  return any || !media::is_private_address(address);
}

int HttpClient::Impl::on_socket(CURL* /*easy*/, curl_socket_t descriptor, int what, void* self,
                                void* /*known*/) {
  auto* client = static_cast<Impl*>(self);
  if (what == CURL_POLL_REMOVE) {
    client->loop_.unwatch(descriptor);
    return 0;
  }
  using enum EventLoop::Readiness;
  const auto wanted = what == CURL_POLL_IN ? read : what == CURL_POLL_OUT ? write : both;
  client->loop_.watch(descriptor, wanted, [client, descriptor](EventLoop::Readiness ready) {
    client->act(descriptor, ready == read ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
  });
  return 0;
}

int HttpClient::Impl::on_timer(CURLM* /*multi*/, long milliseconds, void* self) {
  auto* client = static_cast<Impl*>(self);
  if (client->timer_) client->loop_.cancel(*client->timer_);
  client->timer_.reset();
  if (milliseconds < 0) return 0;
  const Timestamp at = client->loop_.now() + std::chrono::milliseconds(milliseconds);
  client->timer_ = client->loop_.call_at(at, [client] {
    client->timer_.reset();
    client->act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

std::size_t HttpClient::Impl::on_header(char* text, std::size_t size, std::size_t count,
                                        void* exchange) {
  const std::size_t length = size * count;
  return read_header_line(*static_cast<Exchange*>(exchange), {text, length}) ? length : 0;
}

std::size_t HttpClient::Impl::on_write(char* text, std::size_t size, std::size_t count,
                                       void* exchange) {
  const std::size_t length = size * count;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(text, length));
  // Anything but the length ends the exchange.
  return take(*static_cast<Exchange*>(exchange), bytes) ? length : CURL_WRITEFUNC_ERROR;
}

curl_socket_t HttpClient::Impl::on_open_socket(void* exchange, curlsocktype /*purpose*/,
                                               curl_sockaddr* address) {
  auto& owner = *static_cast<Exchange*>(exchange);
  if (!owner.client->address_allowed(owner, numeric_address(*address))) {
    fail(owner, FailureKind::refused, "a private address");
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int HttpClient::Impl::on_connected(void* exchange, char* address, char* /*local*/, int /*port*/,
                                   int /*local_port*/) {
  auto& owner = *static_cast<Exchange*>(exchange);
  // A host with several addresses may have had a refused one before this one.
  owner.failure.reset();
  if (owner.client->address_allowed(owner, address)) return CURL_PREREQFUNC_OK;
  fail(owner, FailureKind::refused, "a private address");
  return CURL_PREREQFUNC_ABORT;
}

HttpClient::HttpClient(EventLoop& loop, const Options& options)
    : impl_(std::make_unique<Impl>(loop, options)) {}
HttpClient::~HttpClient() = default;
void HttpClient::confine(media::UrlPolicy policy, Addresses addresses) {
  impl_->confine(std::move(policy), addresses);
}
HttpClient::ExchangeId HttpClient::start(HttpRequest request, Receiver receiver) {
  return impl_->start(std::move(request), std::move(receiver));
}
void HttpClient::cancel(ExchangeId exchange) { impl_->cancel(exchange); }
std::size_t HttpClient::running() const { return impl_->running(); }

}  // namespace rung::player
