#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rung::emulator {

/// What came back for one request.
struct ProbeResponse {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< Names in lower case.
  std::string body;
  bool complete = false;  ///< All announced bytes came.
};

/// A blocking HTTP client over one plain socket, which sends exactly the bytes it is told to.
/// Reading gives up after ten seconds of silence. A resource.
class HttpProbe {
 public:
  explicit HttpProbe(std::uint16_t port);
  ~HttpProbe();
  HttpProbe(const HttpProbe&) = delete;
  HttpProbe& operator=(const HttpProbe&) = delete;

  void send(std::string_view bytes) const;
  /// Reads one response; `body_expected` is false for an answer to HEAD.
  [[nodiscard]] ProbeResponse receive(bool body_expected = true);
  /// Appends what comes until `seen` has `size` bytes; false when it ends before that.
  [[nodiscard]] bool receive_some(std::string& seen, std::size_t size);
  /// GET with the given further head lines, each ending in "\r\n".
  [[nodiscard]] ProbeResponse get(std::string_view target, std::string_view fields = {});
  /// The server has closed the connection, and nothing came before that.
  [[nodiscard]] bool closed_by_server();

 private:
  [[nodiscard]] bool read_more();

  int socket_;
  std::string received_;
};

}  // namespace rung::emulator
