#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "media/box_reader.h"

// What movie fragments say of their samples (ISO/IEC 14496-12 section 8.8).

namespace rung::media {

/// The body of the box at the end of `path`, each box within the one before; empty where there is
/// none.
[[nodiscard]] std::string_view within_boxes(std::string_view bytes,
                                            std::initializer_list<const char*> path);

/// Ticks a second by the mdhd in an mdia box's body; zero where it tells none.
[[nodiscard]] std::int64_t read_timescale(std::string_view media);

/// What holds for samples of which fragments say nothing: the first trex in a moov box's body.
struct SampleDefaults {
  std::int64_t duration = 0;  ///< In ticks.
  std::int64_t size = 0;      ///< In bytes.
  friend bool operator==(const SampleDefaults&, const SampleDefaults&) = default;
};
[[nodiscard]] SampleDefaults read_sample_defaults(std::string_view movie);

/// What the tfhd of a traf box's body states.
struct FragmentHeader {
  std::optional<std::uint64_t> base;  ///< base_data_offset.
  SampleDefaults samples;
};
/// Nullopt where it is cut short. `otherwise` holds for what it does not state, also without a
/// tfhd.
[[nodiscard]] std::optional<FragmentHeader> read_fragment_header(std::string_view fragment,
                                                                 const SampleDefaults& otherwise);

/// The samples of a trun box's body, one after the other.
class RunReader {
 public:
  RunReader(std::string_view run, const SampleDefaults& defaults);

  /// As the box says; there may be fewer.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::optional<std::int32_t> data_offset() const { return data_offset_; }
  /// Every sample lasts for `defaults.duration`.
  [[nodiscard]] bool equal_durations() const { return (flags_ & has_duration) == 0; }
  /// Duration and size of the next one; zeros behind the end.
  SampleDefaults next();
  /// The box ended before what it announced.
  [[nodiscard]] bool overrun() const { return reader_.overrun(); }

 private:
  static constexpr std::uint64_t has_data_offset = 0x1;
  static constexpr std::uint64_t has_first_flags = 0x4;
  static constexpr std::uint64_t has_duration = 0x100;
  static constexpr std::uint64_t has_size = 0x200;
  static constexpr std::uint64_t has_flags = 0x400;
  static constexpr std::uint64_t has_composition_offset = 0x800;

  ByteReader reader_;
  SampleDefaults defaults_;
  std::uint64_t flags_ = 0;
  std::uint64_t count_ = 0;
  std::optional<std::int32_t> data_offset_;
};

}  // namespace rung::media
