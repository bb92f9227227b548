#pragma once

namespace rung::plugin {

/// While one exists, a signal that ends the program (an invalid access, abort() and their like)
/// says on the error output that it came in `call` of `object`: code that runs in this process
/// cannot be kept from ending it, but it can be named. Both texts must outlive the object. One a
/// thread.
class CrashNotice {
 public:
  CrashNotice(const char* object, const char* call);
  CrashNotice(const CrashNotice&) = delete;
  CrashNotice& operator=(const CrashNotice&) = delete;
  ~CrashNotice();

  /// Catches the signals that nobody else catches. Once for the program.
  static void install();
};

}  // namespace rung::plugin
