#include "network_sim/emulator/response_head.h"

#include <chrono>
#include <cstddef>
#include <utility>

#include <boost/beast/http/status.hpp>

#include "network_sim/emulator/served_file.h"

namespace rung::emulator {

std::string reason_of(int status) {
  namespace http = boost::beast::http;
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

ResponseHead::ResponseHead(int status, Duration now, std::string_view cache_control) {
  text_ = "HTTP/1.1 " + std::to_string(status) + ' ' + reason_of(status) + "\r\n";
  add("Server", "rung");
  add("Date", http_date(std::chrono::floor<std::chrono::seconds>(now).count()));
  add("Access-Control-Allow-Origin", "*");
  add("Access-Control-Expose-Headers",
      "Accept-Ranges, Content-Length, Content-Range, Date, ETag, Last-Modified, Retry-After");
  add("Timing-Allow-Origin", "*");
  add("Cache-Control", cache_control);
}

void ResponseHead::add(std::string_view name, std::string_view value) {
  text_.append(name).append(": ").append(value).append("\r\n");
}

void ResponseHead::flood(std::int64_t bytes) {
  constexpr std::int64_t line = 1000;
  constexpr std::string_view name = "X-Flood: ";
  for (std::int64_t left = bytes; left > 0; left -= line)
    text_.append(name).append(static_cast<std::size_t>(line) - name.size() - 2, 'x').append("\r\n");
}

std::string ResponseHead::done() && { return std::move(text_) + "\r\n"; }

}  // namespace rung::emulator
