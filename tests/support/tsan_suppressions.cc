// FFmpeg's own threads synchronise with atomics that ThreadSanitizer does not see, because Debian's
// libraries are built without it.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libavcodec.so\n"
         "called_from_lib:libavutil.so\n";
}
