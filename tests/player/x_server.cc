#include "tests/player/x_server.h"

#include <signal.h>
#include <stdlib.h>

#include <cstdlib>
#include <fstream>
#include <set>

namespace rung::test {

std::array<int, 3> Screenshot::at(int x, int y) const {
  const auto first = static_cast<std::size_t>(y * width + x) * 3;
  return {samples.at(first), samples.at(first + 1), samples.at(first + 2)};
}

std::size_t Screenshot::colors() const {
  std::set<int> colors;
  for (std::size_t i = 0; i + 2 < samples.size(); i += 3)
    colors.insert((samples[i] >> 3) << 10 | (samples[i + 1] >> 3) << 5 | samples[i + 2] >> 3);
  return colors.size();
}

void Screenshot::write_ppm(const std::string& path) const {
  std::ofstream file(path, std::ios::binary);
  file << "P6 " << width << ' ' << height << " 255\n";
  file.write(reinterpret_cast<const char*>(samples.data()),
             static_cast<std::streamsize>(samples.size()));
}

XServer::XServer() {
  pipe_ = popen(
      "echo $$; exec Xvfb -displayfd 1 -screen 0 800x600x24 -nolisten tcp -noreset 2>/dev/null",
      "r");
  if (pipe_ == nullptr) return;
  int display = 0;
  if (std::fscanf(pipe_, "%d %d", &process_, &display) != 2) return;
  display_ = ":" + std::to_string(display);
  setenv("DISPLAY", display_.c_str(), 1);
  setenv("SDL_VIDEODRIVER", "x11", 1);
  setenv("SDL_AUDIODRIVER", "dummy", 1);
}

XServer::~XServer() {
  if (process_ > 0) kill(process_, SIGTERM);
  if (pipe_ != nullptr) pclose(pipe_);
}

Screenshot XServer::screenshot() const {
  Screenshot shot;
  const std::string command =
      "ffmpeg -nostdin -v error -f x11grab -draw_mouse 0 -video_size 800x600 -i " + display_ +
      " -frames:v 1 -f rawvideo -pix_fmt rgb24 -";
  std::FILE* grab = popen(command.c_str(), "r");
  if (grab == nullptr) return shot;
  shot.width = width;
  shot.height = height;
  shot.samples.resize(static_cast<std::size_t>(width * height) * 3);
  const std::size_t size = std::fread(shot.samples.data(), 1, shot.samples.size(), grab);
  shot.samples.resize(size);
  pclose(grab);
  return shot;
}

bool XServer::xdotool(const std::string& command) const {
  return std::system(("DISPLAY=" + display_ + " xdotool " + command).c_str()) == 0;
}

}  // namespace rung::test
