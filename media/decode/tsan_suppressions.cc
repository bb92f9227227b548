// FFmpeg's libraries count references with atomics that ThreadSanitizer cannot see, because they
// are not built with it: what they free looks like a race between their own threads.

extern "C" {

const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() {
  return "called_from_lib:libavcodec.so\n"
         "called_from_lib:libavutil.so\n"
         "called_from_lib:libavformat.so\n";
}

}  // extern "C"
