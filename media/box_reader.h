#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rung::media {

/// Takes big-endian numbers off the front of bytes. Behind the end it gives zeros and remembers.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t take(int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
      if (position_ == bytes_.size()) {
        overrun_ = true;
        return 0;
      }
      value = value << 8U | static_cast<unsigned char>(bytes_[position_++]);
    }
    return value;
  }
  [[nodiscard]] bool overrun() const { return overrun_; }
  /// What has not been taken.
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(position_); }

 private:
  std::string_view bytes_;
  std::size_t position_ = 0;
  bool overrun_ = false;
};

/// A box (ISO/IEC 14496-12 section 4.2): where it lies in the bytes, its type and what is in it.
struct Box {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view type;
  std::string_view body;
};

/// The box that begins at `begin`; nullopt where none does, or it does not end in `bytes`.
[[nodiscard]] std::optional<Box> read_box(std::string_view bytes, std::size_t begin);

/// The first box of that type in `bytes`, which begin with a box.
[[nodiscard]] std::optional<Box> find_box(std::string_view bytes, std::string_view type);

}  // namespace rung::media
