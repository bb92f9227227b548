#pragma once

#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "media/clear_key.h"
#include "network_sim/emulator/fault_script.h"
#include "network_sim/emulator/link_scheduler.h"
#include "network_sim/emulator/live_title.h"
#include "network_sim/emulator/request_record.h"
#include "network_sim/emulator/served_file.h"

// Only for origin.cc and connection.cc: everybody else includes origin.h, which is free of Asio.

namespace rung::emulator {

/// What a connection needs of its origin.
class ConnectionHost {
 public:
  ConnectionHost() = default;
  ConnectionHost(const ConnectionHost&) = delete;
  ConnectionHost& operator=(const ConnectionHost&) = delete;
  virtual ~ConnectionHost() = default;

  [[nodiscard]] virtual const std::filesystem::path& directory() const = 0;
  /// The title that is shown live in place of the files; null for none.
  [[nodiscard]] virtual const LiveTitle* live_title() const = 0;
  /// The origin's own clock, since 1970.
  [[nodiscard]] virtual Duration wall_clock() const = 0;
  /// What licences are given for; where there are none, nobody may ask.
  [[nodiscard]] virtual const media::KeysById& keys() const = 0;
  /// Clients may keep files for so long.
  [[nodiscard]] virtual Duration max_age() const = 0;
  [[nodiscard]] virtual std::optional<Fault> next_fault(std::string_view target) = 0;
  /// Time on the trace, which the first request may start.
  [[nodiscard]] virtual Duration link_time() = 0;
  /// Of a request that arrives at this time on the trace.
  [[nodiscard]] virtual Duration rtt_at(Duration link_time) const = 0;
  virtual void join_link(LinkUser& user) = 0;
  virtual void leave_link(LinkUser& user) = 0;
  virtual void report(const RequestRecord& record) = 0;
  virtual void closed(std::uint64_t connection) = 0;
};

/// One client's connection: reads a request, answers it over the shared link, then the next one.
/// Kept alive by its own pending operations and by the origin's list until close().
class Connection : public std::enable_shared_from_this<Connection>, public LinkUser {
 public:
  Connection(std::uint64_t number, boost::asio::ip::tcp::socket socket, ConnectionHost& host);

  void start();
  /// Ends the connection at once; an unfinished request is reported.
  void close();

  [[nodiscard]] ByteCount wanted(Duration now) const override;
  void grant(ByteCount bytes) override;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::system::error_code;
  enum class Afterwards { next_request, close, reset, stay_silent };

  /// What is being sent.
  struct Response {
    std::string text;  ///< The head, and the body where it is not of a file.
    std::unique_ptr<ServedFile> file;
    ByteRange bytes;  ///< Of the file.
    /// What follows the text where the file is still being produced; else empty.
    struct Piece {
      std::string text;      ///< Empty: of the file.
      ByteRange bytes = {};  ///< Of the file.
      Duration at{};         ///< Not sent before this link time.
      std::int64_t end = 0;  ///< Behind it, of all.
    };
    std::vector<Piece> pieces;
    std::int64_t total = 0;  ///< Of all, after faults.
    std::int64_t granted = 0;
    std::int64_t sent = 0;
    std::optional<std::int64_t> bytes_per_second;
    Duration began{};  ///< Link time of joining the link.
    Afterwards afterwards = Afterwards::next_request;
    bool ends_early = false;                    ///< Not all that was announced is sent.
    std::optional<std::int64_t> inverted_from;  ///< Of all.
    bool endless = false;                       ///< The file again and again.
    Duration wait{};                            ///< Besides the round trip.
  };

  void await_request();
  void read_head();
  void on_head(Error error);
  /// Whether it is a request for a licence, whose body is read.
  [[nodiscard]] bool asks_for_licence() const;
  void answer();
  [[nodiscard]] Response respond(const std::optional<Fault>& fault);
  /// The file, or its first `longest` bytes, comes in pieces as it is produced.
  void cut_into_pieces(Response& response, const std::vector<LiveTitle::Answer::Chunk>& chunks,
                       bool framed, std::int64_t longest);
  void apply(const Fault& fault, Response& response, std::int64_t head_size) const;
  void send(Response response);
  void pump();
  [[nodiscard]] bool fill_chunk();
  void finish_response();
  void finish_record(bool complete);
  void reset();
  void linger();
  void stay_silent();
  void drain();
  void set_deadline(Duration after);
  void clear_deadline();

  std::uint64_t number_;
  boost::asio::ip::tcp::socket socket_;
  ConnectionHost& host_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer delay_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<Response> response_;
  std::optional<RequestRecord> record_;
  std::chrono::steady_clock::time_point received_;
  std::array<char, 65536> chunk_{};
  std::size_t chunk_begin_ = 0;
  std::size_t chunk_end_ = 0;
  bool on_link_ = false;
  bool blocked_ = false;  ///< The socket takes nothing more for now.
  bool pump_posted_ = false;
  bool closed_ = false;
};

}  // namespace rung::emulator
