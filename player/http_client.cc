#include "player/http_client.h"

#include <curl/curl.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/checksum.h"
#include "media/url_policy.h"
#include "player/http_exchange.h"

namespace rung::player {
namespace {

struct ShareDeleter {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

/// A random UUID (RFC 9562 section 5.4).
std::string new_session_id() {
  std::random_device device;
  std::string text = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  constexpr std::string_view digits = "0123456789abcdef";
  for (char& letter : text) {
    const unsigned bits = device();
    if (letter == 'x') letter = digits[bits % 16];
    if (letter == 'y') letter = digits[8 + bits % 4];
  }
  return text;
}

/// The same for the same URL, and says nothing of it.
std::string content_id_of(const std::string& url) {
  const std::uint64_t hash = checksum(url);
  std::string text;
  for (unsigned shift = 64; shift > 0; shift -= 4)
    text += "0123456789abcdef"[(hash >> (shift - 4)) & 15U];
  return text;
}

/// A jar with the cookies of a file.
CURLSH* cookies_of(const std::string& file) {
  CURLSH* jar = curl_share_init();
  RUNG_CHECK(jar != nullptr);
  curl_share_setopt(jar, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  CURL* reader = curl_easy_init();
  RUNG_CHECK(reader != nullptr);
  curl_easy_setopt(reader, CURLOPT_SHARE, jar);
  curl_easy_setopt(reader, CURLOPT_COOKIEFILE, file.c_str());
  curl_easy_setopt(reader, CURLOPT_COOKIELIST, "RELOAD");
  curl_easy_cleanup(reader);
  return jar;
}

}  // namespace

/// libcurl's multi interface on the event loop: which exchanges there are, and when they go on.
class HttpClient::Impl {
 public:
  Impl(EventLoop& loop, const Options& options);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  void confine(media::UrlPolicy policy, Addresses addresses) {
    confinement_ = {std::move(policy), addresses};
  }
  void serve_title(const std::string& url);
  ExchangeId start(HttpRequest request, Receiver receiver);
  void cancel(ExchangeId id);
  std::size_t running() const { return exchanges_.size(); }

 private:
  struct Entry {
    std::unique_ptr<HttpExchange> exchange;
    bool in_multi = false;
  };

  // libcurl's callbacks.
  static int on_socket(CURL* easy, curl_socket_t descriptor, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long milliseconds, void* self);

  void act(curl_socket_t descriptor, int readiness);
  void collect_ended();
  void add_soon(ExchangeId id);
  void add_waiting();
  void end_hop(ExchangeId id, CURLcode code);
  void fail_soon(ExchangeId id, HttpFailure failed);
  void remove_from_multi(Entry& entry);

  EventLoop& loop_;
  Options options_;
  HttpConfinement confinement_;
  std::unique_ptr<CURLSH, ShareDeleter> cookies_;
  HttpIdentity identity_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::map<ExchangeId, Entry> exchanges_;
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
  if (!options.cookie_file.empty()) cookies_.reset(cookies_of(options.cookie_file));
  identity_.cookies = cookies_.get();
  if (options.cmcd != CmcdMode::off) identity_.session_id = new_session_id();
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
  for (auto& [id, entry] : exchanges_) remove_from_multi(entry);
  exchanges_.clear();
  multi_.reset();
  if (timer_) loop_.cancel(*timer_);
}

void HttpClient::Impl::serve_title(const std::string& url) {
  identity_.title_url = url;
  identity_.content_id = content_id_of(media::redacted_url(url));
}

HttpClient::ExchangeId HttpClient::Impl::start(HttpRequest request, Receiver receiver) {
  last_id_ = last_id_.next();
  const ExchangeId id = last_id_;
  Entry& entry = exchanges_[id];
  entry.exchange = std::make_unique<HttpExchange>(
      HttpExchange::Context{loop_, options_, confinement_, identity_}, id, std::move(request),
      std::move(receiver));
  if (const auto begun = entry.exchange->begin(); begun)
    add_soon(id);
  else
    fail_soon(id, {session::FailureKind::refused, 0, {}, {}, to_string(begun.error())});
  return id;
}

void HttpClient::Impl::cancel(ExchangeId id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  found->second.exchange->cancel();
  if (depth_ > 0) {
    waiting_.push_back(id);
    return;
  }
  remove_from_multi(found->second);
  exchanges_.erase(found);
}

void HttpClient::Impl::add_soon(ExchangeId id) {
  waiting_.push_back(id);
  if (depth_ == 0) add_waiting();
}

void HttpClient::Impl::add_waiting() {
  const std::vector<ExchangeId> waiting = std::exchange(waiting_, {});
  for (const ExchangeId id : waiting) {
    const auto found = exchanges_.find(id);
    if (found == exchanges_.end()) continue;
    Entry& entry = found->second;
    if (entry.exchange->cancelled()) {
      remove_from_multi(entry);
      exchanges_.erase(found);
    } else if (!entry.in_multi) {
      entry.in_multi = true;
      const CURLMcode code = curl_multi_add_handle(multi_.get(), entry.exchange->easy());
      RUNG_CHECK(code == CURLM_OK);
    }
  }
}

void HttpClient::Impl::remove_from_multi(Entry& entry) {
  if (!entry.in_multi) return;
  entry.in_multi = false;
  curl_multi_remove_handle(multi_.get(), entry.exchange->easy());
}

void HttpClient::Impl::fail_soon(ExchangeId id, HttpFailure failed) {
  failing_[id] = loop_.call_at(Timestamp::min(), [this, id, failed = std::move(failed)] {
    failing_.erase(id);
    if (const auto ended = exchanges_.extract(id)) ended.mapped().exchange->tell_end(failed);
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
    end_hop(HttpExchange::of(message->easy_handle).id(), message->data.result);
  }
}

void HttpClient::Impl::end_hop(ExchangeId id, CURLcode code) {
  const auto found = exchanges_.find(id);
  RUNG_CHECK(found != exchanges_.end());
  remove_from_multi(found->second);
  HttpExchange& exchange = *found->second.exchange;
  if (exchange.cancelled()) {
    exchanges_.erase(found);
  } else if (exchange.end_hop(code) == HttpExchange::HopEnd::next_hop) {
    add_soon(id);
  } else {
    // Told when it is out of the list: what is told may cancel or start others.
    const auto ended = exchanges_.extract(found);
    ended.mapped().exchange->tell_end();
  }
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

HttpClient::HttpClient(EventLoop& loop, const Options& options)
    : impl_(std::make_unique<Impl>(loop, options)) {}
HttpClient::~HttpClient() = default;
void HttpClient::confine(media::UrlPolicy policy, Addresses addresses) {
  impl_->confine(std::move(policy), addresses);
}
void HttpClient::serve_title(const std::string& url) { impl_->serve_title(url); }
HttpClient::ExchangeId HttpClient::start(HttpRequest request, Receiver receiver) {
  return impl_->start(std::move(request), std::move(receiver));
}
void HttpClient::cancel(ExchangeId exchange) { impl_->cancel(exchange); }
std::size_t HttpClient::running() const { return impl_->running(); }

}  // namespace rung::player
