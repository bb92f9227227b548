#pragma once

#include <chrono>

#include "media/package/packager.h"

namespace rung::cli {

/// A bar on the standard error that is written over while a title is encoded; nothing where no
/// person watches. Takes itself away at the end. A resource.
class EncodingProgress {
 public:
  enum class Visibility { when_watched, hidden };
  explicit EncodingProgress(Visibility visibility);
  EncodingProgress(const EncodingProgress&) = delete;
  EncodingProgress& operator=(const EncodingProgress&) = delete;
  ~EncodingProgress();

  void show(const package::PackageProgress& progress);

 private:
  bool shown_;
  bool coloured_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point first_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace rung::cli
