#include "network_sim/emulator/connection.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>

#include "network_sim/emulator/gzipped_zeros.h"
#include "network_sim/emulator/response_head.h"

namespace rung::emulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// A request's head may not be larger...
constexpr std::uint32_t head_limit = 16 * 1024;
/// ...nor take longer from its first byte to its last.
constexpr Duration head_time = std::chrono::seconds(10);
/// A request's body is read where it is one for a licence, and not a larger one.
constexpr std::uint64_t body_limit = 16 * 1024;
constexpr std::string_view licence_path = "/licence";
/// Between two requests.
constexpr Duration idle_time = std::chrono::seconds(120);
/// For a client that takes no bytes although the link has carried some (a paused player).
constexpr Duration blocked_time = std::chrono::minutes(10);
/// For the client to close after us.
constexpr Duration linger_time = std::chrono::seconds(2);
/// Written in one go before others get their turn.
constexpr std::int64_t burst = 1 << 20;
/// Enough for any link and small beside a segment, so that what is logged as sent is not still
/// waiting here. The kernel doubles it.
constexpr int send_buffer = 64 * 1024;

/// The path of a target in absolute form ("http://host/path"), else the target itself.
std::string_view path_of(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  if (!target.starts_with(scheme)) return target;
  const std::size_t slash = target.find('/', scheme.size());
  return slash == std::string_view::npos ? "/" : target.substr(slash);
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

int status_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::bad_target:
      return 400;
    case Refusal::forbidden:
      return 403;
    case Refusal::not_found:
      break;
  }
  return 404;
}

}  // namespace

Connection::Connection(std::uint64_t number, tcp::socket socket, ConnectionHost& host)
    : number_(number),
      socket_(std::move(socket)),
      host_(host),
      deadline_(socket_.get_executor()),
      delay_(socket_.get_executor()) {}

void Connection::start() {
  Error ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.set_option(tcp::socket::send_buffer_size(send_buffer), ignored);
  socket_.non_blocking(true, ignored);
  await_request();
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  if (on_link_) host_.leave_link(*this);
  on_link_ = false;
  finish_record(false);
  deadline_.cancel();
  delay_.cancel();
  Error ignored;
  socket_.close(ignored);
  host_.closed(number_);
}

ByteCount Connection::wanted(Duration now) const {
  if (!response_ || blocked_) return {};
  std::int64_t limit = response_->total;
  if (!response_->pieces.empty()) {
    std::int64_t there = static_cast<std::int64_t>(response_->text.size());
    for (const Response::Piece& piece : response_->pieces)
      if (piece.at <= now) there = piece.end;
    limit = std::min(limit, there);
  }
  if (response_->bytes_per_second) {
    const auto paced =
        BitRate::bits_per_second(*response_->bytes_per_second * 8) * (now - response_->began);
    limit = std::min(limit, record_->head.bytes() + paced.bytes());
  }
  return ByteCount(std::max<std::int64_t>(0, limit - response_->granted));
}

void Connection::grant(ByteCount bytes) {
  response_->granted += bytes.bytes();
  if (blocked_ || pump_posted_) return;
  pump_posted_ = true;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->pump_posted_ = false;
    self->pump();
  });
}

void Connection::await_request() {
  if (buffer_.size() > 0) return read_head();  // a pipelined request
  set_deadline(idle_time);
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](Error error) {
    if (self->closed_) return;
    if (error) return self->close();
    self->read_head();
  });
}

void Connection::read_head() {
  parser_.emplace();
  parser_->header_limit(head_limit);
  parser_->body_limit(body_limit);
  set_deadline(head_time);
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](Error error, std::size_t) {
                            if (!self->closed_) self->on_head(error);
                          });
}

void Connection::on_head(Error error) {
  clear_deadline();
  // A body is hardly ever wanted: the answer comes at once, and ends the connection.
  const bool unwanted_body = error == http::error::body_limit;
  const bool bad_head = error && !unwanted_body &&
                        error.category() == make_error_code(http::error::bad_method).category() &&
                        error != http::error::end_of_stream &&
                        error != http::error::partial_message;
  if (error && !unwanted_body && !bad_head) return close();
  received_ = std::chrono::steady_clock::now();
  record_.emplace();
  record_->connection = number_;
  record_->received = std::chrono::system_clock::now();
  record_->link_time = host_.link_time();
  if (bad_head) {
    Response response;
    record_->status = error == http::error::header_limit ? 431 : 400;
    ResponseHead head(record_->status, host_.wall_clock());
    head.add("Content-Length", "0");
    head.add("Connection", "close");
    response.text = std::move(head).done();
    response.total = static_cast<std::int64_t>(response.text.size());
    response.afterwards = Afterwards::close;
    record_->head = ByteCount(response.total);
    return send(std::move(response));
  }
  if (unwanted_body || !asks_for_licence()) return answer();
  set_deadline(head_time);
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](Error failed, std::size_t) {
                     if (self->closed_) return;
                     self->clear_deadline();
                     // One that is too large is answered as one that cannot be read.
                     if (failed && failed != http::error::body_limit) return self->close();
                     self->answer();
                   });
}

bool Connection::asks_for_licence() const {
  const auto& request = parser_->get();
  const std::string_view path = path_of(view(request.target()));
  return !host_.keys().empty() && request.method() == http::verb::post &&
         path.substr(0, path.find('?')) == licence_path;
}

void Connection::answer() {
  const auto& request = parser_->get();
  record_->method = std::string(view(request.method_string()));
  record_->target = std::string(view(request.target()));
  record_->range = std::string(view(request[http::field::range]));
  for (const auto& field : request)
    record_->fields.emplace_back(view(field.name_string()), view(field.value()));
  const std::optional<Fault> fault = host_.next_fault(record_->target);
  if (fault) record_->fault = std::string(to_string(fault->kind));
  if (fault && fault->kind == Fault::Kind::refuse) return reset();
  if (fault && (fault->kind == Fault::Kind::hang || fault->kind == Fault::Kind::hang_up)) {
    finish_record(false);
    return fault->kind == Fault::Kind::hang ? stay_silent() : linger();
  }
  send(respond(fault));
}

Connection::Response Connection::respond(const std::optional<Fault>& fault) {
  const auto& request = parser_->get();
  const bool options = request.method() == http::verb::options;
  const bool only_head = request.method() == http::verb::head;
  const bool known_method = only_head || options || request.method() == http::verb::get;
  const bool has_body = !parser_->is_done();
  const std::string methods =
      host_.keys().empty() ? "GET, HEAD, OPTIONS" : "GET, HEAD, OPTIONS, POST";
  const bool injected = fault && fault->kind == Fault::Kind::status;
  const bool made_up =
      fault && (fault->kind == Fault::Kind::body || fault->kind == Fault::Kind::gzip_bomb);
  const bool endless = fault && fault->kind == Fault::Kind::endless;
  const std::int64_t longest = fault && fault->kind == Fault::Kind::cut
                                   ? fault->bytes
                                   : std::numeric_limits<std::int64_t>::max();
  const bool until_closed = endless || (fault && fault->kind == Fault::Kind::no_length);
  Response response;
  Lookup lookup;
  RangeChoice choice;
  std::optional<LiveTitle::Answer> live;
  std::string body;
  std::string_view body_type;  // Of one that is generated.
  int status = 200;
  if (injected) {
    status = fault->status;
  } else if (made_up) {
    status = 200;
  } else if (asks_for_licence()) {
    body = media::clear_key_licence(request.body(), host_.keys()).value_or("");
    if (body.empty()) status = 400;
    if (!body.empty()) body_type = "application/json";
  } else if (!known_method) {
    status = 405;
  } else if (options) {
    status = 204;
  } else {
    std::string_view path = path_of(record_->target);
    if (const LiveTitle* const title = host_.live_title())
      live = title->at(path, view(request[http::field::host]), host_.wall_clock());
    if (live) path = live->path;
    if (!live || live->kind == LiveTitle::Answer::Kind::file)
      lookup = find_served_file(host_.directory(), path);
    if (live && live->kind == LiveTitle::Answer::Kind::text) {
      body_type = content_type_of(live->path);
      body = std::move(live->text);
    }
    if (!lookup.file && body_type.empty()) status = status_of(lookup.refusal);
  }
  const bool growing = lookup.file && live && !live->chunks.empty();
  const bool part = lookup.file && live && live->part;
  if (lookup.file && !growing && !part) {
    const auto condition = view(request[http::field::if_range]);
    const bool ignored = fault && fault->kind == Fault::Kind::ignore_range;
    if (!ignored && (condition.empty() || condition == lookup.file->etag()))
      choice = choose_range(record_->range, lookup.file->size());
    if (choice.kind == RangeKind::part) status = 206;
    if (choice.kind == RangeKind::unsatisfiable) status = 416;
  }

  const bool lasts = lookup.file && !live && host_.max_age() > Duration::zero();
  ResponseHead head(
      status, host_.wall_clock(),
      lasts ? "max-age=" + std::to_string(host_.max_age() / std::chrono::seconds(1)) : "no-store");
  std::int64_t length = 0;
  if (made_up) {
    const bool bomb = fault->kind == Fault::Kind::gzip_bomb;
    body = bomb ? gzipped_zeros(fault->bytes) : fault->text;
    if (bomb) head.add("Content-Encoding", "gzip");
    if (!fault->value.empty()) head.add("Content-Type", fault->value);
    length = static_cast<std::int64_t>(body.size());
    if (only_head) body.clear();
  } else if (!body_type.empty()) {
    head.add("Content-Type", body_type);
    if (std::cmp_less(longest, body.size())) body.resize(static_cast<std::size_t>(longest));
    length = static_cast<std::int64_t>(body.size());
    if (only_head) body.clear();
  } else if (growing) {
    head.add("Content-Type", lookup.file->content_type());
    const bool framed = request.version() >= 11;
    if (framed) head.add("Transfer-Encoding", "chunked");
    if (!framed) response.afterwards = Afterwards::close;
    if (!only_head) {
      response.file = std::move(lookup.file);
      cut_into_pieces(response, live->chunks, framed, longest);
    }
  } else if (status == 200 || status == 206) {
    if (lookup.file) {
      const std::int64_t size = lookup.file->size().bytes();
      response.bytes = status == 206 ? choice.bytes : ByteRange{.begin = 0, .end = size};
      if (part) response.bytes = {.begin = live->part->begin, .end = live->part->end};
      const std::int64_t last = response.bytes.end - 1;
      length = std::min(response.bytes.end - response.bytes.begin, longest);
      response.bytes.end = response.bytes.begin + length;
      head.add("Content-Type", lookup.file->content_type());
      head.add("Accept-Ranges", "bytes");
      head.add("ETag", lookup.file->etag());
      head.add("Last-Modified", lookup.file->last_modified());
      if (status == 206) {
        const std::int64_t off =
            fault && fault->kind == Fault::Kind::wrong_range ? fault->bytes : 0;
        head.add("Content-Range", "bytes " + std::to_string(response.bytes.begin + off) + '-' +
                                      std::to_string(last + off) + '/' + std::to_string(size));
      }
      if (!only_head) response.file = std::move(lookup.file);
    }
  } else if (options && !injected) {
    head.add("Access-Control-Allow-Methods", methods);
    head.add("Access-Control-Allow-Headers", "Range, If-Range, Content-Type");
    head.add("Access-Control-Max-Age", "86400");
    head.add("Allow", methods);
  } else if (status != 204 && status != 304) {
    if (status == 416)
      head.add("Content-Range", "bytes */" + std::to_string(lookup.file->size().bytes()));
    if (status == 405) head.add("Allow", methods);
    head.add("Content-Type", "text/plain; charset=utf-8");
    body = std::to_string(status) + ' ' + reason_of(status) + '\n';
    length = static_cast<std::int64_t>(body.size());
    if (only_head) body.clear();
  }
  if (injected && !fault->retry_after.empty()) head.add("Retry-After", fault->retry_after);
  if (injected && !fault->location.empty()) head.add("Location", fault->location);
  if (fault && fault->kind == Fault::Kind::content_length)
    length = std::max<std::int64_t>(0, length + fault->bytes);
  if (fault && fault->kind == Fault::Kind::field) head.add(fault->text, fault->value);
  if (fault && fault->kind == Fault::Kind::header_flood) head.flood(fault->bytes);
  if (status != 204 && status != 304 && !until_closed && !growing)
    head.add("Content-Length", std::to_string(length));
  if (has_body || until_closed || !request.keep_alive()) response.afterwards = Afterwards::close;
  head.add("Connection", response.afterwards == Afterwards::close ? "close" : "keep-alive");

  if (live) response.wait = live->wait;
  response.text = std::move(head).done();
  const auto head_size = static_cast<std::int64_t>(response.text.size());
  response.text += body;
  response.total = static_cast<std::int64_t>(response.text.size());
  for (Response::Piece& piece : response.pieces) {
    const std::int64_t size = piece.text.empty() ? piece.bytes.end - piece.bytes.begin
                                                 : static_cast<std::int64_t>(piece.text.size());
    piece.end = response.total += size;
  }
  if (response.file) response.total += response.bytes.end - response.bytes.begin;
  record_->status = status;
  record_->announced = ByteCount(length);
  record_->head = ByteCount(head_size);
  if (fault) apply(*fault, response, head_size);
  return response;
}

void Connection::cut_into_pieces(Response& response,
                                 const std::vector<LiveTitle::Answer::Chunk>& chunks, bool framed,
                                 std::int64_t longest) {
  const Duration ahead = host_.link_time() - host_.wall_clock();
  std::int64_t begin = 0;
  Duration at{};
  const auto text = [&](std::string frame) {
    if (framed) response.pieces.push_back({.text = std::move(frame), .at = at});
  };
  // What lies behind the last chunk comes with it.
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::int64_t end =
        std::min(i + 1 == chunks.size() ? response.file->size().bytes() : chunks[i].end, longest);
    if (end <= begin) continue;
    at = chunks[i].at + ahead;
    std::ostringstream size;
    size << std::hex << end - begin << "\r\n";
    text(size.str());
    response.pieces.push_back({.text = {}, .bytes = {.begin = begin, .end = end}, .at = at});
    text("\r\n");
    begin = end;
  }
  text("0\r\n\r\n");
}

void Connection::apply(const Fault& fault, Response& response, std::int64_t head_size) const {
  if (fault.kind == Fault::Kind::slow) response.bytes_per_second = fault.bytes;
  if (fault.kind == Fault::Kind::delay) response.wait += fault.wait;
  if (fault.kind == Fault::Kind::corrupt) response.inverted_from = head_size + fault.bytes;
  if (fault.kind == Fault::Kind::endless && response.file &&
      response.bytes.begin < response.bytes.end) {
    response.endless = true;
    response.total = std::numeric_limits<std::int64_t>::max() / 2;
  }
  std::optional<Afterwards> early;
  if (fault.kind == Fault::Kind::close) early = Afterwards::close;
  if (fault.kind == Fault::Kind::reset) early = Afterwards::reset;
  if (fault.kind == Fault::Kind::stall) early = Afterwards::stay_silent;
  if (!early) return;
  response.total = std::min(response.total, head_size + fault.bytes);
  response.afterwards = *early;
  response.ends_early = true;
}

void Connection::send(Response response) {
  response_ = std::move(response);
  chunk_begin_ = 0;
  chunk_end_ = 0;
  delay_.expires_at(received_ + host_.rtt_at(record_->link_time) + response_->wait);
  delay_.async_wait([self = shared_from_this()](Error) {
    if (self->closed_) return;
    self->response_->began = self->host_.link_time();
    self->on_link_ = true;
    self->host_.join_link(*self);
  });
}

void Connection::pump() {
  if (closed_ || !response_ || blocked_) return;
  Response& response = *response_;
  const std::int64_t stop_at = std::min(response.granted, response.sent + burst);
  while (response.sent < stop_at) {
    if (chunk_begin_ == chunk_end_ && !fill_chunk()) return close();
    const std::size_t size =
        std::min(chunk_end_ - chunk_begin_, static_cast<std::size_t>(stop_at - response.sent));
    Error error;
    const std::size_t written =
        socket_.write_some(asio::buffer(chunk_.data() + chunk_begin_, size), error);
    if (error == asio::error::would_block) {
      blocked_ = true;
      set_deadline(blocked_time);
      socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](Error failed) {
        if (self->closed_) return;
        if (failed) return self->close();
        self->blocked_ = false;
        self->clear_deadline();
        self->pump();
      });
      return;
    }
    if (error) return close();
    if (response.sent == 0) record_->first_byte = std::chrono::steady_clock::now() - received_;
    chunk_begin_ += written;
    response.sent += static_cast<std::int64_t>(written);
  }
  if (response.sent == response.total) return finish_response();
  if (response.sent < response.granted) grant(ByteCount{});  // go on after the others
}

bool Connection::fill_chunk() {
  const Response& response = *response_;
  chunk_begin_ = 0;
  chunk_end_ = 0;
  const auto text_size = static_cast<std::int64_t>(response.text.size());
  if (response.sent < text_size) {
    chunk_end_ =
        response.text.copy(chunk_.data(), chunk_.size(), static_cast<std::size_t>(response.sent));
  } else if (!response.pieces.empty()) {
    const auto piece =
        std::ranges::upper_bound(response.pieces, response.sent, {}, &Response::Piece::end);
    if (piece == response.pieces.end()) return false;
    const std::int64_t begin = piece == response.pieces.begin() ? text_size : (piece - 1)->end;
    const auto offset = static_cast<std::size_t>(response.sent - begin);
    if (!piece->text.empty()) {
      chunk_end_ = piece->text.copy(chunk_.data(), chunk_.size(), offset);
    } else {
      const auto size =
          std::min(chunk_.size(), static_cast<std::size_t>(piece->end - response.sent));
      chunk_end_ = response.file->read(piece->bytes.begin + response.sent - begin,
                                       std::span(chunk_).first(size));
    }
  } else {
    if (!response.file) return false;
    std::int64_t offset = response.sent - text_size;
    if (response.endless) offset %= response.bytes.end - response.bytes.begin;
    offset += response.bytes.begin;
    const auto size =
        std::min(static_cast<std::int64_t>(chunk_.size()), response.bytes.end - offset);
    chunk_end_ =
        response.file->read(offset, std::span(chunk_).first(static_cast<std::size_t>(size)));
  }
  if (response.inverted_from) {
    const auto first = std::clamp<std::int64_t>(*response.inverted_from - response.sent, 0,
                                                static_cast<std::int64_t>(chunk_end_));
    for (char& byte : std::span(chunk_).subspan(static_cast<std::size_t>(first),
                                                chunk_end_ - static_cast<std::size_t>(first)))
      byte = static_cast<char>(~static_cast<unsigned char>(byte));
  }
  return chunk_end_ > 0;
}

void Connection::finish_response() {
  host_.leave_link(*this);
  on_link_ = false;
  const Afterwards afterwards = response_->afterwards;
  finish_record(!response_->ends_early);
  response_.reset();
  switch (afterwards) {
    case Afterwards::next_request:
      return await_request();
    case Afterwards::close:
      return linger();
    case Afterwards::reset:
      return reset();
    case Afterwards::stay_silent:
      return stay_silent();
  }
}

void Connection::finish_record(bool complete) {
  if (!record_) return;
  if (response_) record_->body = std::max(ByteCount{}, ByteCount(response_->sent) - record_->head);
  record_->complete = complete;
  record_->finished = std::chrono::steady_clock::now() - received_;
  host_.report(*record_);
  record_.reset();
}

void Connection::reset() {
  Error ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

void Connection::linger() {
  // Closing with unread bytes would reset the connection and could take the answer with it.
  Error ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  set_deadline(linger_time);
  drain();
}

void Connection::stay_silent() {
  set_deadline(blocked_time);
  drain();
}

void Connection::drain() {
  socket_.async_read_some(asio::buffer(chunk_),
                          [self = shared_from_this()](Error error, std::size_t) {
                            if (self->closed_) return;
                            if (error) return self->close();
                            self->drain();
                          });
}

void Connection::set_deadline(Duration after) {
  deadline_.expires_after(after);
  deadline_.async_wait([self = shared_from_this()](Error error) {
    // A wait that had ended before it was cancelled is told apart by the new expiry.
    if (!error && self->deadline_.expiry() <= std::chrono::steady_clock::now()) self->close();
  });
}

void Connection::clear_deadline() {
  deadline_.expires_at(std::chrono::steady_clock::time_point::max());
}

}  // namespace rung::emulator
