#include "plugin/crash_notice.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace rung::plugin {
namespace {

thread_local const char* running_object = nullptr;
thread_local const char* running_call = nullptr;

/// A line that is put together without memory of its own, for a signal handler.
class Line {
 public:
  void add(const char* text) {
    const std::size_t length = std::min(std::strlen(text), text_.size() - used_);
    std::memcpy(text_.data() + used_, text, length);
    used_ += length;
  }
  /// In one piece, for other threads may crash as well.
  void write() const {
    // Nothing can be done where the error output is gone.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text_.data(), used_);
  }

 private:
  std::array<char, 4096> text_{};
  std::size_t used_ = 0;
};

/// Only what is safe inside a signal handler. Behind it the signal does what it would have done.
extern "C" void name_culprit(int signal) {
  if (running_object != nullptr) {
    Line line;
    line.add("rung: ");
    line.add(running_object);
    line.add(": crashed inside ");
    line.add(running_call);
    line.add("()\n");
    line.write();
  }
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

CrashNotice::CrashNotice(const char* object, const char* call) {
  running_call = call;
  running_object = object;
}

CrashNotice::~CrashNotice() { running_object = nullptr; }

void CrashNotice::install() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_handler = name_culprit;
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace rung::plugin
