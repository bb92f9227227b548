#pragma once

#include <netinet/in.h>

namespace rung::test {

/// 127.0.0.1 with `port`.
[[nodiscard]] sockaddr_in loopback_address(int port);

/// A port of 127.0.0.1 that nobody listened on a moment ago.
[[nodiscard]] int free_loopback_port();

}  // namespace rung::test
