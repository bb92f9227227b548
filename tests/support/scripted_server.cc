#include "tests/support/scripted_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "tests/support/loopback.h"

namespace rung::test {
namespace {

bool readable_within(int descriptor, int milliseconds) {
  pollfd entry{descriptor, POLLIN, 0};
  return poll(&entry, 1, milliseconds) > 0;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback_address(0);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    std::abort();
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  thread_.join();
  close(listener_);
}

std::string ScriptedServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

void ScriptedServer::serve() {
  while (!stopping_) {
    if (!readable_within(listener_, 10)) continue;
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer(connection);
    close(connection);
  }
}

void ScriptedServer::answer(int connection) {
  std::string request;
  while (request.find("\r\n\r\n") == std::string::npos) {
    if (stopping_) return;
    if (!readable_within(connection, 10)) continue;
    char buffer[4096];
    const ssize_t count = recv(connection, buffer, sizeof(buffer), 0);
    if (count <= 0) return;
    request.append(buffer, static_cast<std::size_t>(count));
  }
  ++requests_;
  for (const std::string& piece : script_.pieces) {
    if (stopping_) return;
    for (std::string_view rest = piece; !rest.empty();) {
      const ssize_t count = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        peer_left_ = true;
        return;
      }
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    std::this_thread::sleep_for(script_.between);
  }
  while (script_.stalls && !stopping_) {
    char byte = 0;
    if (readable_within(connection, 10) && recv(connection, &byte, 1, 0) <= 0) {
      peer_left_ = true;
      return;
    }
  }
}

}  // namespace rung::test
