#include "tests/network_sim/emulator/http_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/check.h"

namespace rung::emulator {

HttpProbe::HttpProbe(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr plain{};
  static_assert(sizeof(plain) == sizeof(address));
  std::memcpy(&plain, &address, sizeof(address));
  RUNG_CHECK(::connect(socket_, &plain, sizeof(plain)) == 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

HttpProbe::~HttpProbe() { ::close(socket_); }

void HttpProbe::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool HttpProbe::read_more() {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

ProbeResponse HttpProbe::receive(bool body_expected) {
  ProbeResponse response;
  while (received_.find("\r\n\r\n") == std::string::npos)
    if (!read_more()) return response;
  const std::size_t head_end = received_.find("\r\n\r\n") + 2;
  std::string_view head = std::string_view(received_).substr(0, head_end);
  response.status = std::atoi(std::string(head.substr(head.find(' ') + 1, 3)).c_str());
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = line.find(": ");
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.fields[name] = line.substr(colon + 2);
    head.remove_prefix(line.size() + 2);
  }
  received_.erase(0, head_end + 2);
  const auto length = response.fields.find("content-length");
  const std::size_t size = length == response.fields.end() || !body_expected
                               ? 0
                               : std::strtoul(length->second.c_str(), nullptr, 10);
  while (received_.size() < size && read_more()) {
  }
  response.complete = received_.size() >= size;
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  return response;
}

bool HttpProbe::receive_some(std::string& seen, std::size_t size) {
  while (received_.size() < size)
    if (!read_more()) break;
  seen += std::exchange(received_, {});
  return seen.size() >= size;
}

ProbeResponse HttpProbe::get(std::string_view target, std::string_view fields) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: origin\r\n").append(fields).append("\r\n");
  send(request);
  return receive();
}

bool HttpProbe::closed_by_server() {
  return received_.empty() && !read_more() && received_.empty();
}

}  // namespace rung::emulator
