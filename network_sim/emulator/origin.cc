#include "network_sim/emulator/origin.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/limits.h"
#include "network_sim/emulator/connection.h"

namespace rung::emulator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;
using SystemError = boost::system::error_code;

constexpr std::size_t remembered_requests = 100'000;

/// What a link without a trace has: more than any loopback.
network_sim::Trace unlimited_trace() {
  return *network_sim::Trace::create(
      "unlimited",
      {{.duration = std::chrono::seconds(1), .rate = limits::trace_rate, .rtt = std::nullopt}});
}

tl::unexpected<Error> bind_failure(const std::string& place, const SystemError& error) {
  return failure(ErrorCode::network, "cannot listen: " + error.message(), place);
}

}  // namespace

/// The server behind Origin: all of it but the constructor, stop(), port() and requests() happens
/// on its own thread.
class Origin::Loop : public ConnectionHost {
 public:
  explicit Loop(OriginOptions options)
      : options_(std::move(options)),
        acceptor_(context_),
        pacing_(context_),
        retry_(context_),
        scheduler_(network_sim::LinkCapacity(options_.trace ? *options_.trace : unlimited_trace())),
        launched_(SteadyClock::now()) {
    if (options_.trace_start == TraceStart::launch) trace_zero_ = launched_;
  }

  [[nodiscard]] Expected<void> listen() {
    SystemError error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error)
      return failure(ErrorCode::invalid_argument, "is not a numeric IP address", options_.address);
    const tcp::endpoint endpoint(address, options_.port);
    const std::string place = options_.address + " port " + std::to_string(options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (error) return bind_failure(place, error);
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_.bind(endpoint, error);
    if (error) return bind_failure(place, error);
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return bind_failure(place, error);
    const tcp::endpoint bound = acceptor_.local_endpoint(error);
    if (error) return bind_failure(place, error);
    port_ = bound.port();
    const std::string host = address.is_v6() ? '[' + options_.address + ']' : options_.address;
    url_ = "http://" + host + ':' + std::to_string(port_) + '/';
    return {};
  }

  [[nodiscard]] Expected<void> load_live_title() {
    if (!options_.live) return {};
    auto title = LiveTitle::load(options_.directory, *options_.live, wall_clock());
    if (!title) return tl::unexpected(title.error());
    live_title_ = *std::move(title);
    return {};
  }

  void run() {
    accept();
    thread_ = std::jthread([this] { context_.run(); });
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] {
      SystemError ignored;
      acceptor_.close(ignored);
      retry_.cancel();
      const auto open = connections_;
      for (const auto& [number, connection] : open) connection->close();
      pacing_.cancel();
      context_.stop();
    });
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::vector<RequestRecord> requests() const {
    const std::lock_guard lock(records_mutex_);
    return {records_.begin(), records_.end()};
  }

  [[nodiscard]] const std::filesystem::path& directory() const override {
    return options_.directory;
  }

  [[nodiscard]] const LiveTitle* live_title() const override {
    return live_title_ ? &*live_title_ : nullptr;
  }

  [[nodiscard]] const media::KeysById& keys() const override { return options_.keys; }
  [[nodiscard]] Duration max_age() const override { return options_.max_age; }
  [[nodiscard]] Duration wall_clock() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const Duration offset = options_.live ? options_.live->clock_offset : Duration::zero();
    return std::chrono::duration_cast<Duration>(now) + offset;
  }

  [[nodiscard]] std::optional<Fault> next_fault(std::string_view target) override {
    return options_.faults.next(target);
  }

  [[nodiscard]] Duration link_time() override {
    const auto now = SteadyClock::now();
    if (!trace_zero_) trace_zero_ = now;
    return now - *trace_zero_;
  }

  [[nodiscard]] Duration rtt_at(Duration link_time) const override {
    const network_sim::LinkCapacity& link = scheduler_.capacity();
    const std::size_t piece = link.piece_at(link_time % link.trace().duration());
    return link.piece(piece).rtt.value_or(options_.rtt);
  }

  void join_link(LinkUser& user) override {
    scheduler_.join(user, link_time());
    pace();
  }

  void leave_link(LinkUser& user) override { scheduler_.leave(user); }

  void report(const RequestRecord& record) override {
    if (options_.on_request) options_.on_request(record);
    const std::lock_guard lock(records_mutex_);
    records_.push_back(record);
    if (records_.size() > remembered_requests) records_.pop_front();
  }

  void closed(std::uint64_t connection) override { connections_.erase(connection); }

 private:
  void accept() {
    acceptor_.async_accept([this](SystemError error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return accept_later();
      // One too many is closed again by the destructor of its socket.
      if (connections_.size() < options_.connections) {
        const std::uint64_t number = ++last_connection_;
        const auto connection = std::make_shared<Connection>(number, std::move(socket), *this);
        connections_.emplace(number, connection);
        connection->start();
      }
      accept();
    });
  }

  /// Out of file descriptors, say: waiting beats spinning.
  void accept_later() {
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](SystemError error) {
      if (!error) accept();
    });
  }

  /// Sees to it that the link is shared out again in time.
  void pace() {
    if (scheduler_.idle()) return;
    pacing_.expires_at(*trace_zero_ + scheduler_.next_advance());
    pacing_.async_wait([this](SystemError error) {
      if (error) return;  // a newer wait has taken over
      scheduler_.advance(link_time());
      pace();
    });
  }

  OriginOptions options_;
  std::optional<LiveTitle> live_title_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer pacing_;
  asio::steady_timer retry_;
  LinkScheduler scheduler_;
  SteadyClock::time_point launched_;
  std::optional<SteadyClock::time_point> trace_zero_;
  std::map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::uint64_t last_connection_ = 0;
  std::uint16_t port_ = 0;
  std::string url_;
  mutable std::mutex records_mutex_;
  std::deque<RequestRecord> records_;
  std::jthread thread_;
};

Expected<std::unique_ptr<Origin>> Origin::create(OriginOptions options) {
  std::error_code error;
  const std::string given = options.directory.string();
  options.directory = std::filesystem::canonical(options.directory, error);
  if (error || !std::filesystem::is_directory(options.directory, error))
    return failure(ErrorCode::not_found, "is not a directory", given);
  auto loop = std::make_unique<Loop>(std::move(options));
  if (const auto loaded = loop->load_live_title(); !loaded) return tl::unexpected(loaded.error());
  const auto listening = loop->listen();
  if (!listening) return tl::unexpected(listening.error());
  loop->run();
  return std::make_unique<Origin>(std::move(loop));
}

Origin::Origin(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Origin::~Origin() { stop(); }
std::uint16_t Origin::port() const { return loop_->port(); }
std::string Origin::url() const { return loop_->url(); }
std::vector<RequestRecord> Origin::requests() const { return loop_->requests(); }
void Origin::stop() { loop_->stop(); }

}  // namespace rung::emulator
