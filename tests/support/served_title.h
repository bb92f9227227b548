#pragma once

#include <filesystem>

namespace rung::test {

/// Encodes a title with the `ffmpeg` program into `directory`: moving test pictures of 25 a
/// second in two representations (180 and 360 lines) and a tone, segments of two seconds, as
/// manifest.mpd and master.m3u8. `seconds` must be a multiple of two. Aborts when
/// ffmpeg fails.
void write_encoded_title(const std::filesystem::path& directory, int seconds);

}  // namespace rung::test
