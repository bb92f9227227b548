#include "network_sim/emulator/gzipped_zeros.h"

#include <algorithm>
#include <array>

#include <zlib.h>

namespace rung::emulator {

std::string gzipped_zeros(std::int64_t size) {
  constexpr int gzip_window = 15 + 16;
  constexpr int memory_level = 8;
  z_stream stream{};
  std::string packed;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return packed;
  std::array<Bytef, 65536> zeros{};
  std::array<Bytef, 65536> out{};
  for (int state = Z_OK; state != Z_STREAM_END;) {
    if (stream.avail_in == 0 && size > 0) {
      const auto part = std::min(static_cast<std::int64_t>(zeros.size()), size);
      stream.next_in = zeros.data();
      stream.avail_in = static_cast<uInt>(part);
      size -= part;
    }
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    state = deflate(&stream, size == 0 ? Z_FINISH : Z_NO_FLUSH);
    if (state == Z_STREAM_ERROR) break;
    packed.append(reinterpret_cast<const char*>(out.data()), out.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return packed;
}

}  // namespace rung::emulator
