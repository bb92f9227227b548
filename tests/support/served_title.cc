#include "tests/support/served_title.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace rung::test {

void write_encoded_title(const std::filesystem::path& directory, int seconds) {
  std::filesystem::create_directories(directory);
  const std::string length = std::to_string(seconds);
  const std::string command =
      "cd '" + directory.string() +
      "' && ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=640x360:rate=25:duration=" +
      length + " -f lavfi -i sine=frequency=440:sample_rate=48000:duration=" + length +
      " -map 0:v -map 0:v -map 1:a -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50"
      " -keyint_min 50 -sc_threshold 0 -filter:v:0 scale=320:180 -b:v:0 200k -b:v:1 800k"
      " -c:a aac -b:a 64k -f dash -seg_duration 2 -use_template 1 -use_timeline 1 -hls_playlist 1"
      " -adaptation_sets 'id=0,streams=v id=1,streams=a' manifest.mpd";
  if (std::system(command.c_str()) == 0) return;
  std::fprintf(stderr, "ffmpeg failed: %s\n", command.c_str());
  std::abort();
}

}  // namespace rung::test
