#pragma once

#include "tests/support/nginx_server.h"

namespace rung::test {

/// Encodes a title with the `ffmpeg` program into the server's files: moving test pictures of 25 a
/// second in two representations (180 and 360 lines) and a tone, segments of two seconds, as
/// title/manifest.mpd and title/master.m3u8. `seconds` must be a multiple of two. Aborts when
/// ffmpeg fails.
void serve_encoded_title(const NginxServer& server, int seconds);

}  // namespace rung::test
