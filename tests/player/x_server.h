#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace rung::test {

/// What a screen shows: rows of red, green and blue.
struct Screenshot {
  int width = 0;
  int height = 0;
  std::vector<unsigned char> samples;

  [[nodiscard]] std::array<int, 3> at(int x, int y) const;
  /// How many different colours there are, each with its five highest bits.
  [[nodiscard]] std::size_t colors() const;
  /// For a person to look at.
  void write_ppm(const std::string& path) const;
};

/// An X server without a screen of its own, for as long as the object lives, and SDL told to use it
/// (and no sound card). A resource.
class XServer {
 public:
  static constexpr int width = 800;
  static constexpr int height = 600;

  XServer();
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;
  ~XServer();

  /// False when Xvfb is not installed or does not start.
  [[nodiscard]] bool running() const { return !display_.empty(); }
  [[nodiscard]] Screenshot screenshot() const;
  /// A key stroke, such as "space" or "question", or another command of xdotool; false where that
  /// is not installed.
  [[nodiscard]] bool press(const std::string& key) const { return xdotool("key " + key); }
  [[nodiscard]] bool xdotool(const std::string& command) const;

 private:
  std::FILE* pipe_ = nullptr;
  int process_ = 0;
  std::string display_;
};

}  // namespace rung::test
