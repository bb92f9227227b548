#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rung::test {

/// Answers every connection with the same bytes, word for word, so that it can say what no proper
/// server says; listens on a free loopback port for as long as it lives. One connection at a time.
class ScriptedServer {
 public:
  /// What it does once a request's header is there. Pieces are sent one by one.
  struct Script {
    std::vector<std::string> pieces;
    std::chrono::milliseconds between{0};
    /// Waits with the connection open until the peer or the server goes, instead of closing it.
    bool stalls = false;
  };

  explicit ScriptedServer(Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::string url(std::string_view path) const;
  /// Requests so far.
  [[nodiscard]] int requests() const { return requests_; }
  /// Whether the peer of a stalled connection has hung up.
  [[nodiscard]] bool peer_left() const { return peer_left_; }

 private:
  void serve();
  void answer(int connection);

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<bool> peer_left_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::test
